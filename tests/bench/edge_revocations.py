"""Revoke → refused at several verifiers under load, and whether one accepted afterwards."""

import selectors
import statistics
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from tests.bench.edge_load import Line
from tests.edge_process import EdgeProcess
from tests.edge_world import Issued, World

LINES = 8  # at each verifier
WANTED = 5_000  # checks a second over all verifiers
REVOCATIONS = 32
BEFORE, LONGEST = 0.15, 5.0  # seconds: a key is called before it is revoked, and afterwards
AFTER = 0.25  # how long it is called on after all have refused it


@dataclass
class Victim:
    """A key to be revoked: when that began, and when each verifier first refused it."""

    request: bytes
    issued: Issued
    began: float = 0.0
    refused: dict[int, float] = field(default_factory=dict)
    accepted_after: int = 0


@dataclass
class Found:
    """Seconds from the beginning of each revocation until the last verifier refused."""

    seconds: list[float]
    accepted_after: int
    rate: float

    @property
    def p99(self) -> float:
        """The 99th percentile: with fewer than 100 the longest."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[98]


class Call:
    """A line with what it carries."""

    def __init__(self, edge: int, port: int) -> None:
        self.edge = edge
        self.line = Line(port)
        self.victim: Victim | None = None
        self.sent_at = 0.0


def revocations(
    world: World, edges: list[EdgeProcess], steady: bytes, victims: list[Victim]
) -> Found:
    """Revoke `victims` one after the other while WANTED checks a second run, half of them of the
    key that is next."""
    calls = [Call(n, edge.port) for _ in range(LINES) for n, edge in enumerate(edges)]
    selector = selectors.DefaultSelector()
    for one in calls:
        selector.register(one.line.socket, selectors.EVENT_READ, one)
    idle, sent, done = deque(calls), 0, 0
    waiting = deque(victims)
    victim, since = waiting.popleft(), time.perf_counter()
    started = since
    thread: threading.Thread | None = None
    while True:
        now = time.perf_counter()
        if not victim.began and now - since > BEFORE:
            victim.began = now
            thread = threading.Thread(target=world.revoke, args=(victim.issued,))
            thread.start()
        elif victim.began:
            last = max(victim.refused.values(), default=now)
            over = len(victim.refused) == len(edges) and now - last > AFTER
            if over or now - victim.began > LONGEST:
                assert thread is not None
                thread.join()
                if not waiting:
                    break
                victim, since = waiting.popleft(), now
        due = min(len(idle), int((now - started) * WANTED) - sent)
        for _ in range(due):
            one = idle.popleft()
            one.victim = victim if sent % 2 else None
            one.sent_at = time.perf_counter()
            one.line.send(one.victim.request if one.victim else steady)
            sent += 1
        for key, _ in selector.select(0.0005):
            one = key.data
            status = one.line.receive()
            if not status:
                continue
            _note(one, status)
            done += 1
            idle.append(one)
    rate = done / (time.perf_counter() - started)
    for one in calls:
        one.line.socket.close()
    seconds = [
        max(one.refused.values()) - one.began if len(one.refused) == len(edges) else LONGEST
        for one in victims
    ]
    return Found(seconds, sum(one.accepted_after for one in victims), rate)


def _note(one: Call, status: int) -> None:
    if one.victim is None:
        assert status == 200, status
    elif status == 200:
        first = one.victim.refused.get(one.edge)
        one.victim.accepted_after += first is not None and one.sent_at > first
    else:
        assert status == 401, status
        assert one.victim.began
        one.victim.refused.setdefault(one.edge, time.perf_counter())
