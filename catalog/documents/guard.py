"""Work inside the sandbox that may fail for a hostile document without refusing it.

A schema can be built so that judging one example takes for ever, and a document so wrong that
listing its errors fills the memory. In a sandbox's child such work is done in a fork, and what
it would have found is left out if the fork does not come back.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import traceback
from collections.abc import Callable
from math import ceil
from typing import TypeVar

from catalog.documents.watch import EVERY, Watched

Found = TypeVar("Found")


class Guard:
    """Whether this process is one that may fork: a sandbox's child, which has no threads."""

    may_fork = False
    memory = 0  # bytes that a fork may hold beyond what it began with


def attempt(work: Callable[[], Found], seconds: float) -> Found | None:
    """What the work returns, in plain values; None if it is killed or runs out of memory.

    Outside a sandbox's child the work is simply done here, without limits.
    """
    if not Guard.may_fork:
        return work()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            _, hard = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (min(ceil(seconds), hard), hard))
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(outcome(work), pipe, protocol=5)
        finally:
            os._exit(0)
    os.close(writer)
    answer = listen(reader, pid)
    try:
        found, failure = pickle.loads(answer)
    except (EOFError, pickle.UnpicklingError):
        return None
    if failure:
        raise RuntimeError(failure)
    result: Found | None = found
    return result


def listen(reader: int, pid: int) -> bytes:
    """All that the fork writes until it ends, which it does when it holds too much."""
    watched = Watched(pid, Guard.memory)
    parts: list[bytes] = []
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while True:
            ready, _, _ = select.select([pipe], [], [], EVERY)
            watched.look()
            if ready:
                part = pipe.read(1 << 20)
                if not part:
                    break
                parts.append(part)
    watched.bury()
    return b"".join(parts)


def outcome(work: Callable[[], Found]) -> tuple[Found | None, str]:
    """What the work returns and no failure; neither if it ran out of memory; else its traceback."""
    try:
        return work(), ""
    except (MemoryError, RecursionError, SystemError):
        return None, ""
    except Exception:  # noqa: BLE001 - raised again on the other side
        return None, traceback.format_exc()
