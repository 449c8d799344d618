"""Load on a server, and what the server's processes spend on it."""

import os
import selectors
import socket
import time
from dataclasses import dataclass

import psutil

from tests.edge_process import call

CONNECTIONS = 64


@dataclass(frozen=True)
class Round:
    """Calls per second, and microseconds of the server's CPU for each."""

    rate: float
    cpu: float


class Line:
    """A kept connection that carries one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""

    def send(self, request: bytes) -> None:
        self.socket.send(request)

    def receive(self) -> int:
        """The status of the answer; 0 while it is not whole."""
        self._held += self.socket.recv(65536)
        head, _, body = self._held.partition(b"\r\n\r\n")
        if len(head) == len(self._held):
            return 0
        length = head.lower().partition(b"content-length:")[2].split(b"\r", 1)[0]
        if len(body) < int(length or 0):
            return 0
        status = int(self._held[9:12])
        self._held = b""
        return status


def load(port: int, request: bytes, server: psutil.Process, calls: int) -> Round:
    """Keep CONNECTIONS busy with `request` until `calls` are answered; all must be 200."""
    selector = selectors.DefaultSelector()
    lines = [Line(port) for _ in range(CONNECTIONS)]
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    cpu, started, sent, answered = cpu_of(server), time.perf_counter(), 0, 0
    for line in lines:
        line.send(request)
        sent += 1
    while answered < calls:
        for key, _ in selector.select():
            status = key.data.receive()
            if not status:
                continue
            assert status == 200, status
            answered += 1
            if sent < calls:
                key.data.send(request)
                sent += 1
    seconds = time.perf_counter() - started
    spent = cpu_of(server) - cpu
    for line in lines:
        line.socket.close()
    return Round(calls / seconds, spent / calls * 1e6)


def seconds_of(line: Line, request: bytes) -> float:
    """How long one call takes that is sent alone; it must be answered 200."""
    started = time.perf_counter()
    line.send(request)
    while not (status := line.receive()):
        pass
    assert status == 200, status
    return time.perf_counter() - started


def cpu_of(process: psutil.Process) -> float:
    """Seconds of CPU that a process and all its children have taken."""
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


def answers(port: int, path: str = "/", headers: dict[str, str] | None = None) -> bool:
    """Whether a server answers 200 on a port."""
    try:
        return call(port, path=path, headers=headers or {}).status == 200
    except OSError:
        return False
