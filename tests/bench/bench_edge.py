"""The verifier: each figure beside what the same machine does without it, in the same run.

The check beside a bare handler of the same server; a call through the real Envoy with the check
and without it; revocations at four verifiers under load; the same check in
djangorestframework-api-key. Rounds alternate, so that a busy machine is busy for both. CPU is that
of the server's processes, which other processes disturb less than the clock.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg

from marketplace.processes import postgres
from tests.bench import edge_beside
from tests.bench.edge_load import Line, Round, answers, load, pin, seconds_of
from tests.bench.edge_revocations import REVOCATIONS, WANTED, Victim, revocations
from tests.edge_process import ROOT, EdgeProcess, until
from tests.edge_world import Issued, World

ROUNDS = 5
CALLS = 20_000
DRF_CALLS = 1_000
ENVOY_ROUNDS, ENVOY_CALLS = 6, 300
VERIFIERS = 4
PATH = "/edge/v1/authz/envoy/front/payments/charges/ch_1"
MANY = {"rate": {"per_second": 1_000_000, "burst": 1_000_000}}


def request(path: str, *lines: str) -> bytes:
    """A GET with these header lines."""
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: bench", *lines, "", "")).encode()


def question(world: World, issued: Issued) -> bytes:
    """What Envoy asks about a call with a key."""
    return request(
        PATH,
        f"X-Mkt-Pep-Token: {world.points['front']}",
        "X-Mkt-Client-Address: 10.1.2.3",
        "X-Forwarded-For: 10.1.2.3",
        f"Authorization: Bearer {issued.text}",
    )


def run() -> list[str]:
    """The lines of this benchmark."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = postgres.start(home, durable=False)
        stack.callback(postgres.stop, home)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE drf")
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url, "MARKETPLACE_HOME": str(home)},
            check=True,
        )
        world = World(url, home)
        stack.callback(world.connection.close)
        world.point("front", {"/payments": world.api()})
        issued = world.key(world.value("SELECT id FROM catalog_api"), limits=MANY)
        world.quota("application", issued.application_id, 1_000_000_000)
        return [*_through_envoy(world, issued), *_cpu(world, issued), *_revoked(world, issued)]


def _cpu(world: World, issued: Issued) -> list[str]:
    """The check, the bare handler, and the other library's check, all on one core."""
    with ExitStack() as stack:
        edge = stack.enter_context(EdgeProcess(world)).ready()
        hello = edge_beside.ready(stack.enter_context(edge_beside.hello()))
        other, key = edge_beside.drf_api_key(_beside(world.url, "drf"))
        drf = edge_beside.ready(
            stack.enter_context(other), "/check", {"Authorization": f"Api-Key {key}"}
        )
        asked = question(world, issued)
        servers = {
            "hello": (hello, asked, CALLS),
            "check": (edge, asked, CALLS),
            "drf": (drf, request("/check", f"Authorization: Api-Key {key}"), DRF_CALLS),
        }
        processes = {name: psutil.Process(one.process.pid) for name, (one, *_) in servers.items()}
        cores = set(range(os.cpu_count() or 1))
        if len(cores) > 1:
            for process in processes.values():
                pin(process, 0)
            os.sched_setaffinity(0, cores - {0})
            stack.callback(os.sched_setaffinity, 0, cores)
        rounds: dict[str, list[Round]] = {name: [] for name in servers}
        for number in range(ROUNDS + 1):
            for name, (one, text, calls) in servers.items():
                measured = load(one.port, text, processes[name], calls)
                if number:  # the first warms up
                    rounds[name].append(measured)
    cpu = {name: statistics.median(r.cpu for r in found) for name, found in rounds.items()}
    rate = {name: statistics.median(r.rate for r in found) for name, found in rounds.items()}
    return [
        _line("CPU of an allowed check, µs (hello)", cpu["check"], cpu["hello"]),
        _line("checks a second on one core (hello)", rate["check"], rate["hello"]),
        _line("CPU of a check, µs (djangorestframework-api-key)", cpu["check"], cpu["drf"]),
        _line("checks a second (djangorestframework-api-key)", rate["check"], rate["drf"]),
    ]


def _through_envoy(world: World, issued: Issued) -> list[str]:
    """One call at a time through the real Envoy, with the check and without."""
    if not edge_beside.ENVOY.exists():
        return ["edge: Envoy is not installed here"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        edge = stack.enter_context(EdgeProcess(world)).ready()
        hello = edge_beside.ready(stack.enter_context(edge_beside.hello()))
        lines: dict[bool, Line] = {}
        headers = {"Authorization": f"Bearer {issued.text}"}
        for check in (True, False):
            process, port = edge_beside.envoy(folder, edge, "front", hello.port, check=check)
            stack.enter_context(process)
            until(lambda port=port: answers(port, "/payments/charges/ch_1", headers), 20)
            lines[check] = Line(port)
        text = request("/payments/charges/ch_1", f"Authorization: Bearer {issued.text}")
        taken: dict[bool, list[float]] = {True: [], False: []}
        for number in range(ENVOY_ROUNDS + 1):
            for check, line in lines.items():
                found = [seconds_of(line, text) * 1e6 for _ in range(ENVOY_CALLS)]
                taken[check] += found if number else []
        for line in lines.values():
            line.socket.close()
    asked, bare = statistics.median(taken[True]), statistics.median(taken[False])
    return [
        _line("p50 through Envoy, µs (Envoy without the check)", asked, bare),
        f"edge: added p50 through Envoy, µs  {asked - bare:.0f}",
    ]


def _revoked(world: World, issued: Issued) -> list[str]:
    """Revocations at VERIFIERS processes under load."""
    api = issued.api_id
    keys = [world.key(api, limits=MANY) for _ in range(REVOCATIONS)]
    with ExitStack() as stack:
        edges = [stack.enter_context(EdgeProcess(world)) for _ in range(VERIFIERS)]
        for edge in edges:
            edge.ready()
        victims = [Victim(question(world, key), key) for key in keys]
        found = revocations(world, edges, question(world, issued), victims)
    middle = statistics.median(found.seconds)
    return [
        f"edge: revoke → refused by all {VERIFIERS} verifiers, s  p50 {middle:.3f}  "
        f"p99 {found.p99:.3f}  (at most 2; {REVOCATIONS} revocations at {found.rate:,.0f} of "
        f"{WANTED:,} checks a second)",
        f"edge: accepted after a refusal  {found.accepted_after}  (must be 0)",
    ]


def _beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    head, mark, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{mark}{query}"


def _line(name: str, value: float, floor: float) -> str:
    return f"edge: {name:<52} {value:9.1f}  {floor:9.1f}  {value / floor:.2f}"


if __name__ == "__main__":
    print("\n".join(run()))
