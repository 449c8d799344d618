"""How much of each lease is used, kept so that it outlives the process.

A file of slots mapped into memory, beside the journal: a lease's id is written before the database
is asked for it, and its use before the answer leaves. Whoever finds the folder of a dead verifier
settles its leases to the unit (adopt.py).
"""

import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

FILE = "leases"
SLOT = struct.Struct("<16sQ")
SIZE = SLOT.size
WRITE = struct.Struct("<Q").pack_into
USED_AT = 16
SLOTS = 32_768
EMPTY = b"\0" * 16
NO_SLOT = -1


class LeaseBook:
    """The slots of one verifier; one lease takes one slot until it is settled."""

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, SLOTS * SLOT.size)
            self._map = mmap.mmap(descriptor, SLOTS * SLOT.size)
        finally:
            os.close(descriptor)
        self._free = list(range(SLOTS - 1, -1, -1))
        self._path = folder / FILE

    def open(self, lease_id: UUID) -> int:
        """A slot for a lease, its use being nothing; NO_SLOT where all are taken."""
        if not self._free:
            return NO_SLOT
        slot = self._free.pop()
        SLOT.pack_into(self._map, slot * SLOT.size, lease_id.bytes, 0)
        return slot

    def write(self, slot: int, used: int) -> None:
        """Note the use of the lease in `slot`."""
        if slot != NO_SLOT:
            WRITE(self._map, slot * SIZE + USED_AT, used)

    def close_slot(self, slot: int) -> None:
        """Free the slot of a lease that is settled."""
        if slot != NO_SLOT:
            SLOT.pack_into(self._map, slot * SLOT.size, EMPTY, 0)
            self._free.append(slot)

    def close(self, *, remove: bool) -> None:
        """Let go of the file, and delete it where nothing in it is open."""
        self._map.close()
        if remove:
            self._path.unlink(missing_ok=True)


def open_leases(folder: Path) -> Iterator[tuple[UUID, int]]:
    """The leases that a dead verifier left open: id and use."""
    path = folder / FILE
    if not path.is_file():
        return
    for lease_id, used in SLOT.iter_unpack(path.read_bytes()[: SLOTS * SLOT.size]):
        if lease_id != EMPTY:
            yield UUID(bytes=lease_id), used
