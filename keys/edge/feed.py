"""The revocation feed: what changed, heard at once by NOTIFY and known for certain by polling.

The notification speeds it; the sequence is the truth (ARCHITECTURE.md). Sequence numbers are given
before their transactions commit, so a lower one may appear after a higher: each poll reads again
from the lowest number still missing, until it is GAP_SECONDS old and taken to be rolled back.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import psycopg
import structlog

from keys.edge import store
from keys.edge.database import Connection, Database, Unreachable, within

log = structlog.get_logger()

POLL_SECONDS = 1.0
ANSWER_SECONDS = 1.0
FRESH_SECONDS = 2.0  # two missed polls
GAP_SECONDS = 600.0
START_WINDOW = 200
PAUSE_SECONDS = 0.25

Change = tuple[str, UUID | None]


class Feed:
    """Follows keys_revocation and hands on each change once it is seen.

    `confirmed_at` (monotonic) is when a poll that has been answered was sent: everything
    committed before it is known. `generation` counts the batches of changes handed on.
    """

    def __init__(
        self,
        database: Database,
        on_changes: Callable[[list[Change]], None],
        on_recall: Callable[[UUID], None],
    ) -> None:
        self._database = database
        self._on_changes = on_changes
        self._on_recall = on_recall
        self.confirmed_at = float("-inf")
        self.generation = 0
        self.last = -1
        self.gaps: dict[int, float] = {}
        self.regressed = False
        self.synced = asyncio.Event()

    @property
    def fresh(self) -> bool:
        """Whether all changes of more than FRESH_SECONDS ago are known."""
        return time.monotonic() - self.confirmed_at <= FRESH_SECONDS

    async def follow(self) -> None:
        """Listen and poll until cancelled, over any number of lost connections."""
        while True:
            try:
                connection = await self._database.connect()
            except Unreachable:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                await self._follow(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("edge.feed_lost", error=type(error).__name__)
            finally:
                # A dead peer must not hold us up, so nothing is said to it.
                connection.pgconn.finish()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self, connection: Connection) -> None:
        for channel in (store.FEED_CHANNEL, store.LEASE_CHANNEL):
            await within(ANSWER_SECONDS, connection, connection.execute(f"LISTEN {channel}"))
        while True:
            await within(ANSWER_SECONDS, connection, self.poll(connection))
            async for notice in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                if notice.channel == store.LEASE_CHANNEL:
                    with suppress(ValueError):
                        self._on_recall(UUID(notice.payload))

    async def poll(self, connection: Connection) -> None:
        """Read what is new and hand it on."""
        asked_at = time.monotonic()
        if self.last < 0:
            await self._begin(connection, asked_at)
        more = True
        while more:
            after = min(self.gaps, default=self.last + 1) - 1
            rows = await (await connection.execute(store.FEED, (after,))).fetchall()
            self._take(rows, asked_at)
            more = len(rows) == store.FEED_LIMIT
        top = rows[-1][0] if rows else await self._top(connection)
        if top < self.last:
            top = await self._top(connection)
        if top < self.last and not self.regressed:
            log.error("edge.feed_regressed", seen=self.last, answered=top)
        # A server that knows less than we saw is a lagging copy: it must revive no key.
        self.regressed = top < self.last
        if not self.regressed:
            self.confirmed_at = asked_at
            self.synced.set()

    async def _begin(self, connection: Connection, at: float) -> None:
        """Start at the newest change; numbers missing just below it may still be on their way."""
        top = await self._top(connection)
        self.last = max(0, top - START_WINDOW)
        rows = await (await connection.execute(store.FEED, (self.last,))).fetchall()
        seen = {row[0] for row in rows}
        self.gaps = {seq: at for seq in range(self.last + 1, top) if seq not in seen}
        self.last = max(top, *seen) if seen else top
        self.generation += 1
        self._on_changes([("all", None)])

    async def _top(self, connection: Connection) -> int:
        row = await (await connection.execute(store.FEED_START)).fetchone()
        return int(row[0]) if row else 0

    def _take(self, rows: list[tuple[int, str, UUID | None]], at: float) -> None:
        changes: list[Change] = []
        for seq, kind, subject in rows:
            if seq > self.last:
                for missing in range(max(self.last + 1, seq - 1000), seq):
                    self.gaps[missing] = at
                self.last = seq
            elif self.gaps.pop(seq, None) is None:
                continue
            changes.append((kind, subject))
        if self.gaps:
            self.gaps = {seq: seen for seq, seen in self.gaps.items() if at - seen < GAP_SECONDS}
        if changes:
            self.generation += 1
            self._on_changes(changes)
