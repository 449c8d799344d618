"""The journal: each admitted call is written here before its answer leaves.

Segments are files mapped into memory, their blocks reserved when made, so that a write costs a
copy and survives the death of the process (not of the machine: the page cache is the store). A
segment holds rows of the intake's COPY text one after the other. The header tells how far rows are
whole and how far they have reached the database; a process that dies in between leaves both, and
whoever finds the folder unlocked sends the rest (adopt.py). Where no segment can be made (disk
full, too many waiting) `append` refuses, and the caller must refuse the call.
"""

import fcntl
import mmap
import os
import struct
from collections import deque
from pathlib import Path

SEGMENT_BYTES = 4 * 1024 * 1024
SPARE_SEGMENTS = 2  # full and sent, used again: their pages are in memory already
MAX_SEGMENTS = 64  # about half a million calls that the database has not taken
HEADER = struct.Struct("<8sQQ")
POSITION = struct.Struct("<Q")
PACK = POSITION.pack_into
MAGIC = b"MKTEDGE1"
WRITTEN_AT = 8
SENT_AT = 16
LOCK = "lock"
SUFFIX = ".rows"


class Segment:
    """One file of rows. `written` and `sent` are byte offsets kept in its header."""

    __slots__ = ("map", "path", "sent", "size", "written")

    def __init__(self, path: Path, size: int, *, make: bool) -> None:
        self.path = path
        flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if make else 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            if make:
                # A sparse file would kill the process (SIGBUS) when the disk fills later.
                os.posix_fallocate(descriptor, 0, size)
                os.pwrite(descriptor, HEADER.pack(MAGIC, HEADER.size, HEADER.size), 0)
            self.map = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
        except (OSError, ValueError):
            if make:
                path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        self.size = len(self.map)
        magic, self.written, self.sent = HEADER.unpack_from(self.map)
        if magic != MAGIC or not HEADER.size <= self.sent <= self.written <= len(self.map):
            self.map.close()
            raise ValueError(f"{path.name} is not a journal segment")

    def append(self, row: bytes) -> bool:
        """Write one row; False where it does not fit."""
        start, map = self.written, self.map
        end = start + len(row)
        if end > self.size:
            return False
        map[start:end] = row
        self.written = end
        POSITION.pack_into(map, WRITTEN_AT, end)
        return True

    def unsent(self) -> bytes:
        """The rows that are whole and not known to have reached the database."""
        return self.map[self.sent : self.written]

    def mark_sent(self, upto: int) -> None:
        """Note that all before the offset `upto` has reached the database."""
        self.sent = upto
        POSITION.pack_into(self.map, SENT_AT, upto)

    def rewind(self) -> None:
        """Begin again at the front, all rows being sent. In between, they would be sent again."""
        self.mark_sent(HEADER.size)
        self.written = HEADER.size
        POSITION.pack_into(self.map, WRITTEN_AT, self.written)

    def remove(self) -> None:
        """Close and delete the file."""
        self.map.close()
        self.path.unlink(missing_ok=True)


class Journal:
    """The segments of one verifier, in a folder that it holds locked as long as it lives."""

    def __init__(
        self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES, max_segments: int = MAX_SEGMENTS
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._max_segments = max_segments
        self._lock = lock(folder)
        if self._lock is None:
            raise BlockingIOError(f"{folder} belongs to a verifier that lives")
        self._number = 0
        self.segments: deque[Segment] = deque()
        self._spare: list[Segment] = []
        self._last: Segment | None = None
        self.refused = False

    @property
    def waiting(self) -> int:
        """Bytes not known to have reached the database."""
        return sum(segment.written - segment.sent for segment in self.segments)

    def append(self, row: bytes) -> bool:
        """Write one row; False where it cannot be kept, and the call must not be admitted."""
        last = self._last
        if last is not None:
            start = last.written
            end = start + len(row)
            if end <= last.size:
                map = last.map
                map[start:end] = row
                last.written = end
                PACK(map, WRITTEN_AT, end)
                return True
        if not self._roll():
            return False
        assert self._last is not None
        return self._last.append(row)

    def _roll(self) -> bool:
        if len(self.segments) >= self._max_segments:
            self.refused = True
            return False
        if self._spare:
            self._last = self._spare.pop()
            self.segments.append(self._last)
            self.refused = False
            return True
        self._number += 1
        path = self.folder / f"{self._number:08}{SUFFIX}"
        try:
            self._last = Segment(path, self._segment_bytes, make=True)
        except OSError:
            self.refused = True
            return False
        self.segments.append(self._last)
        self.refused = False
        return True

    def reclaim(self) -> None:
        """Keep a few of the full segments that are sent, delete the others, and use the last one
        again from its front, so that a full disk stops nothing while the database takes rows."""
        while len(self.segments) > 1 and self.segments[0].sent == self.segments[0].written:
            segment = self.segments.popleft()
            if len(self._spare) < SPARE_SEGMENTS:
                segment.rewind()
                self._spare.append(segment)
            else:
                segment.remove()
        if self.segments and self.segments[-1].sent == self.segments[-1].written:
            self.segments[-1].rewind()

    def close(self) -> None:
        """Let go of the folder, and of its files where nothing waits in them."""
        empty = self.waiting == 0
        self._last = None
        for spare in self._spare:
            spare.remove()
        self._spare.clear()
        while self.segments:
            segment = self.segments.popleft()
            if empty:
                segment.remove()
            else:
                segment.map.close()
        if self._lock is not None:
            if empty:
                (self.folder / LOCK).unlink(missing_ok=True)
                if not any(self.folder.iterdir()):
                    self.folder.rmdir()
            os.close(self._lock)
            self._lock = None


def lock(folder: Path) -> int | None:
    """Lock a verifier's folder; the descriptor that holds it, or None where its owner lives."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
