"""What a verifier left that died: its usage is sent and its leases are settled, to the unit.

Each verifier holds its folder locked while it lives. A folder that can be locked has no owner:
another verifier of the machine, or the next one to start, does what was left undone and removes it.
"""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import psycopg
import structlog

from keys.edge import lease_rows
from keys.edge.database import Database, Unreachable
from keys.edge.intake import REFUSED, next_chunk, send
from keys.edge.journal import LOCK, SUFFIX, Segment, lock
from keys.edge.lease_book import FILE, open_leases

log = structlog.get_logger()

LOOK_SECONDS = 2.0


async def follow(database: Database, folders: Path, own: str) -> None:
    """Look for folders without an owner until cancelled."""
    while True:
        for folder in sorted(folders.iterdir()):
            if folder.is_dir() and folder.name != own:
                with suppress(Unreachable, psycopg.Error, OSError):
                    await adopt(database, folder)
        await asyncio.sleep(LOOK_SECONDS)


async def adopt(database: Database, folder: Path) -> bool:
    """Finish what the owner of `folder` began; False where it lives.

    Raises Unreachable, psycopg.Error or OSError where it must be tried again.
    """
    descriptor = lock(folder)
    if descriptor is None:
        return False
    try:
        used = dict(open_leases(folder))
        if used:
            await lease_rows.settle(database, used)
        (folder / FILE).unlink(missing_ok=True)
        rows = 0
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            rows += await _send(database, path)
        (folder / LOCK).unlink(missing_ok=True)
        # What the database refused stays for a person to look at.
        if not (folder / REFUSED).exists():
            folder.rmdir()
        log.warning("edge.adopted", verifier=folder.name, leases=len(used), rows=rows)
    finally:
        os.close(descriptor)
    return True


async def _send(database: Database, path: Path) -> int:
    try:
        segment = Segment(path, 0, make=False)
    except ValueError:
        log.error("edge.segment_unreadable", path=path.name)
        path.rename(path.with_suffix(".unreadable"))
        return 0
    rows = 0
    while segment.sent < segment.written:
        chunk, upto = next_chunk(segment)
        await send(database, chunk)
        segment.mark_sent(upto)
        rows += chunk.count(b"\n")
    segment.remove()
    return rows
