"""The verifier beside a bare hello handler of the same server, in one run.

Each figure stands beside its floor: what the same granian does with an application that does
nothing. Rounds alternate, so that a busy machine is busy for both.
"""

import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from marketplace.processes import postgres
from tests.edge_process import ROOT, EdgeProcess, Process, call, free_port, until
from tests.edge_world import World

ROUNDS = 5
CALLS = 20_000
CONNECTIONS = 64


@dataclass(frozen=True)
class Round:
    """Calls per second, and microseconds of the server's CPU for each."""

    rate: float
    cpu: float


def load(port: int, request: bytes, server: psutil.Process, calls: int = CALLS) -> Round:
    """Keep CONNECTIONS busy with `request` until `calls` are answered; all must be 200."""
    selector = selectors.DefaultSelector()
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for line in lines:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setblocking(False)
        selector.register(line, selectors.EVENT_READ, line)
    cpu, started, sent, answered = _cpu(server), time.perf_counter(), 0, 0
    for line in lines:
        line.send(request)
        sent += 1
    while answered < calls:
        for key, _ in selector.select():
            head = key.data.recv(65536)
            assert head.startswith(b"HTTP/1.1 200"), head
            answered += 1
            if sent < calls:
                key.data.send(request)
                sent += 1
    seconds = time.perf_counter() - started
    spent = _cpu(server) - cpu
    for line in lines:
        line.close()
    return Round(calls / seconds, spent / calls * 1e6)


def _cpu(process: psutil.Process) -> float:
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        times = one.cpu_times()
        total += times.user + times.system
    return total


def pin(process: psutil.Process, core: int) -> None:
    """Hold a process with all its children and threads on one core."""
    for one in [process, *process.children(recursive=True)]:
        for thread in one.threads():
            os.sched_setaffinity(thread.id, {core})


class Hello(Process):
    """The bare handler under the same granian."""

    def __init__(self) -> None:
        self.port = free_port()
        super().__init__(
            [
                sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1",
                "--port", str(self.port), "--workers", "1", "--no-ws", "--log-level", "warning",
                "tests.bench.hello_asgi:app",
            ],
            {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def ready(self) -> "Hello":
        until(lambda: _listens(self.port), 20)
        return self


def _listens(port: int) -> bool:
    try:
        return call(port).status == 200
    except OSError:
        return False


def run() -> list[str]:
    """The lines of this benchmark."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = postgres.start(home, durable=False)
        stack.callback(postgres.stop, home)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url, "MARKETPLACE_HOME": str(home)},
            check=True,
        )
        world = World(url, home)
        world.point("front", {"/payments": world.api()})
        issued = world.key(
            world.value("SELECT id FROM catalog_api"),
            limits={"rate": {"per_second": 1_000_000, "burst": 1_000_000}},
        )
        world.quota("application", issued.application_id, 1_000_000_000)
        edge = stack.enter_context(EdgeProcess(world)).ready()
        hello = stack.enter_context(Hello()).ready()
        request = (
            "GET /edge/v1/authz/envoy/front/payments/charges/ch_1 HTTP/1.1\r\n"
            f"Host: edge\r\nX-Mkt-Pep-Token: {world.points['front']}\r\n"
            "X-Mkt-Client-Address: 10.1.2.3\r\nX-Forwarded-For: 10.1.2.3\r\n"
            f"Authorization: Bearer {issued.text}\r\n\r\n"
        ).encode()
        servers = {"hello": hello, "check": edge}
        processes = {name: psutil.Process(one.process.pid) for name, one in servers.items()}
        rounds: dict[str, list[Round]] = {"hello": [], "check": []}
        if (os.cpu_count() or 1) > 1:
            for process in processes.values():
                pin(process, 0)
            os.sched_setaffinity(0, set(range(1, os.cpu_count() or 2)))
            stack.callback(os.sched_setaffinity, 0, set(range(os.cpu_count() or 1)))
        for number in range(ROUNDS + 1):
            for name, one in servers.items():
                measured = load(one.port, request, processes[name])
                if number:  # the first warms up
                    rounds[name].append(measured)
        return _report(rounds)


def _report(rounds: dict[str, list[Round]]) -> list[str]:
    def middle(name: str, field: str) -> float:
        return float(statistics.median(getattr(one, field) for one in rounds[name]))

    check, hello = middle("check", "cpu"), middle("hello", "cpu")
    rate, floor = middle("check", "rate"), middle("hello", "rate")
    return [
        f"edge: CPU of an allowed check, µs     {check:8.1f}  {hello:8.1f}  {check / hello:.2f}",
        f"edge: checks a second on one core     {rate:8.0f}  {floor:8.0f}  {rate / floor:.2f}",
    ]


if __name__ == "__main__":
    print("\n".join(run()))
