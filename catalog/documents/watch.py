"""Killing a process that holds too much memory.

The kernel's own limit counts addresses, of which orjson reserves far more than it fills, so it can
only be the outermost bound. What a process really holds is looked at from outside, often enough.
"""

from __future__ import annotations

import os
import resource
import signal
from contextlib import suppress

EVERY = 0.03  # seconds between two looks


def resident(pid: int) -> int:
    """Bytes of memory a process holds, shared ones included; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


class Watched:
    """A child process, held by a descriptor so that no other can be meant.

    It stays a zombie until it is buried, so that the descriptor can be had however soon it ends.
    """

    def __init__(self, pid: int, memory: int) -> None:
        """`memory` is how many bytes it may hold beyond what it began with."""
        self.pid = pid
        self.most = resident(pid) + memory
        self.descriptor = os.pidfd_open(pid)

    def fileno(self) -> int:
        """Readable when the process has ended."""
        return self.descriptor

    def look(self) -> None:
        """Kills the process if it holds too much."""
        if resident(self.pid) > self.most:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)

    def bury(self) -> None:
        """Waits for the process to end, and lets go of it."""
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)
