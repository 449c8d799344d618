"""Foreign documents are read in a process of their own, which the kernel kills when it overruns.

One nursery process stands ready for each process that reads (nursery.py). It has everything
imported and no threads, so it can fork a child for each document in a few milliseconds, which a
threaded server itself could not do safely. It sees none of the server's environment.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from catalog.documents.errors import DocumentError, Problem
from catalog.documents.limits import LIMITS
from catalog.documents.reading import Reading, reading

Answer = TypeVar("Answer")

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_000_000
AT_ONCE = max(2, os.cpu_count() or 2)
WALL = 5  # a child may wait this many times its CPU seconds for its turn


class Overrun(Exception):
    """The work was killed: it took too long or too much memory."""


class Failed(RuntimeError):
    """The work raised what it should not have; the text is the child's traceback."""


def read(
    data: bytes,
    *,
    seconds: float | None = None,
    memory: int | None = None,
    then: Callable[..., Any] | None = None,
    args: tuple[Any, ...] = (),
) -> Reading:
    """Parses, validates and lists a document in a process that can be killed.

    `seconds` of CPU and `memory` in bytes default to what a document of this size may need.
    `then`, a module-level function, is called there with the document, its operations and `args`;
    its result, which must be made of plain values and catalog classes, comes back as `extra`.
    Raises DocumentError: 422 with the problems, 413 if the document is too large or the limits
    were passed.
    """
    if len(data) > LIMITS.size:
        detail = f"{len(data)} bytes; a document may have {LIMITS.size}"
        raise DocumentError(413, [Problem("", None, None, detail)])
    try:
        return run(
            reading,
            data,
            then,
            *args,
            seconds=seconds or seconds_for(len(data)),
            memory=memory or memory_for(len(data)),
        )
    except Overrun:
        detail = "the document takes too much time or memory to read"
        raise DocumentError(413, [Problem("", None, None, detail)]) from None


def seconds_for(size: int) -> float:
    """CPU seconds that a document of so many bytes may take."""
    return 5 + 2 * size / MEGABYTE


def memory_for(size: int) -> int:
    """Bytes of memory that a document of so many bytes may take."""
    return 256 * MEGABYTE + 15 * size  # issue 4: at most 15 times its bytes


def run(
    function: Callable[..., Answer], *args: Any, seconds: float = 10, memory: int = 10**9
) -> Answer:
    """Calls a module-level function in a child that is killed when it passes its limits.

    Arguments go by pickle; the result may hold plain values and classes of this code. Raises
    Overrun, DocumentError as the function raises it, or Failed for any other exception.
    """
    with PLACES, contextlib.closing(NURSERY.child(function.__module__, memory)) as link:
        link.settimeout(seconds * WALL + 10)
        try:
            send(link, pickle.dumps((function, args, seconds), protocol=5))
            answer = receive(link)
        except (TimeoutError, ConnectionError):
            raise Overrun from None
    if not answer:
        raise Overrun
    outcome, value = Plain(BytesIO(answer)).load()
    if outcome == "refused":
        raise DocumentError(*value)
    if outcome == "overrun":
        raise Overrun
    if outcome == "failed":
        raise Failed(value)
    result: Answer = value
    return result


def send(link: socket.socket, message: bytes) -> None:
    """Sends one message with its length before it."""
    link.sendall(len(message).to_bytes(8, "big"))
    link.sendall(message)


def receive(link: socket.socket) -> bytearray:
    """One message; empty if the other side is gone before it was whole."""
    header = exactly(link, 8)
    return exactly(link, int.from_bytes(header, "big")) if header else header


def exactly(link: socket.socket, size: int) -> bytearray:
    buffer = bytearray(size)
    view, have = memoryview(buffer), 0
    while have < size:
        got = link.recv_into(view[have:])
        if not got:
            return bytearray()
        have += got
    return buffer


class Plain(pickle.Unpickler):
    """Loads only this code's own classes: a child has read hostile text, so it is not trusted."""

    PACKAGES = ("catalog.", "billing.", "keys.", "marketplace.")

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if module.startswith(self.PACKAGES) else None
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"{module}.{name} is not a plain value")
        return found


class Nursery:
    """The process that forks children, started when first needed and again if it died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.control: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def child(self, module: str, memory: int) -> socket.socket:
        """A link to a new child with this module imported, which may hold so much memory."""
        ours, theirs = socket.socketpair()
        with theirs, self.lock:
            for attempt in (1, 2):
                try:
                    control = self.control or self.start()
                    socket.send_fds(control, [f"{memory} {module}".encode()], [theirs.fileno()])
                    break
                except OSError:
                    self.stop()
                    if attempt == 2:
                        ours.close()
                        raise
        return ours

    def start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "catalog.documents.nursery", str(theirs.fileno())],
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.control = ours
        return ours

    def stop(self) -> None:
        """Ends the process: it leaves when its link closes."""
        if self.control:
            self.control.close()
        if self.process:
            self.process.wait()
        self.control = self.process = None

    def forget(self) -> None:
        """In a forked copy of this process: the nursery belongs to the original."""
        self.lock = threading.Lock()
        if self.control:
            self.control.close()
        self.control = self.process = None


def forget_after_fork() -> None:
    global PLACES
    PLACES = threading.BoundedSemaphore(AT_ONCE)
    NURSERY.forget()


NURSERY = Nursery()
PLACES = threading.BoundedSemaphore(AT_ONCE)
atexit.register(NURSERY.stop)
os.register_at_fork(after_in_child=forget_after_fork)
