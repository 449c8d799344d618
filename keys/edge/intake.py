"""Brings the journal's rows into billing_usage_intake, several times a second.

Rows whose arrival is not certain (the connection broke, the process died) are sent again; the
intake's drain counts each (source, event_id) once.
"""

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import structlog

from keys.edge import store
from keys.edge.database import Connection, Database, Unreachable
from keys.edge.journal import Journal, Segment

log = structlog.get_logger()

FLUSH_SECONDS = 0.25
CHUNK_BYTES = 1024 * 1024
REFUSED = "refused.copy"


def escape(value: str) -> str:
    """`value` as a field of COPY's text format."""
    return (
        value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    )


class Intake:
    """Sends what the journal holds. `failing_since` (monotonic) is None while all goes well."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self.failing_since: float | None = None
        self.sent_rows = 0
        self.sent_at = time.monotonic()

    async def follow(self) -> None:
        """Send until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> bool:
        """Send all that is waiting now; False where the database did not take it."""
        try:
            for segment in list(self._journal.segments):
                while segment.sent < segment.written:
                    rows, upto = next_chunk(segment)
                    await self._send(rows)
                    segment.mark_sent(upto)
                    self.sent_rows += rows.count(b"\n")
        except (Unreachable, psycopg.Error) as error:
            if self.failing_since is None:
                self.failing_since = time.monotonic()
                log.error("edge.intake_failed", error=type(error).__name__)
            return False
        self._journal.reclaim()
        self.failing_since = None
        self.sent_at = time.monotonic()
        return True

    async def _send(self, rows: bytes) -> None:
        """Send rows; one that the database refuses is put aside, lest it stop all others."""
        try:
            await send(self._database, rows)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            lines = rows.splitlines(keepends=True)
            if len(lines) == 1:
                log.error("edge.row_refused", error=type(error).__name__)
                with (self._journal.folder / REFUSED).open("ab") as aside:
                    aside.write(rows)
                return
            middle = len(lines) // 2
            await self._send(b"".join(lines[:middle]))
            await self._send(b"".join(lines[middle:]))


def next_chunk(segment: Segment) -> tuple[bytes, int]:
    """Whole rows from where the segment was sent to, at most about CHUNK_BYTES, and their end."""
    end = segment.written
    if end - segment.sent > CHUNK_BYTES:
        end = segment.map.find(b"\n", segment.sent + CHUNK_BYTES, end) + 1 or end
    return segment.map[segment.sent : end], end


async def send(database: Database, rows: bytes) -> None:
    """Put rows of COPY text into the intake.

    Raises Unreachable, or psycopg.Error where the database refuses them.
    """

    async def copy_in(connection: Connection) -> None:
        async with connection.cursor() as cursor, cursor.copy(store.INTAKE) as copy:
            await copy.write(rows)

    await database.run(copy_in)


async def note_use(database: Database, used: list[tuple[UUID, float]]) -> None:
    """Write when keys were last used: pairs of key id and POSIX seconds."""
    ids = [key_id for key_id, _ in used]
    times = [datetime.fromtimestamp(at, UTC) for _, at in used]
    await database.rows(store.LAST_USED, (ids, times))
