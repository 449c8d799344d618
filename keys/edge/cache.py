"""The keys that the verifier knows, and how it comes to know one.

An unknown id waits for a lookup. Lookups are single flight by id and travel together: at most one
query every BATCH_SECONDS while more are asked for, whatever the number of callers, so a flood of
made-up ids costs the database a bounded number of queries. What is not found is remembered for a
while and never admitted. A change in the feed evicts, so a revoked key is gone at once, and what
was read while a change came in is read again.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import structlog

from keys.edge import store
from keys.edge.database import Database, Unreachable
from keys.edge.entries import KeyEntry, entry_from_row
from keys.edge.feed import Change, Feed

log = structlog.get_logger()

MAX_ENTRIES = 200_000
MAX_UNKNOWN = 100_000
UNKNOWN_SECONDS = 10.0
MAX_PROOFS = 512  # tokens, mostly; each is checked again where it is forgotten
BATCH = 500
BATCH_SECONDS = 0.010
MAX_WAITING = 20_000
TRIES = 5

EVICTS: dict[str, Callable[[KeyEntry, UUID | None], bool]] = {
    "key": lambda entry, subject: entry.key_id == subject,
    "grant": lambda entry, subject: entry.grant_id == subject,
    "application": lambda entry, subject: entry.application_id == subject,
    "team": lambda entry, subject: entry.team_id == subject,
    "tenant": lambda entry, subject: entry.tenant_id == subject,
    "api": lambda entry, subject: entry.api_id == subject,
}


class Keys:
    """Entries by public id, and by the digest of a credential that has proved one (`proven`);
    `load` is for what is not known here."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database = database
        self._feed = feed
        self.proven: dict[bytes, KeyEntry] = {}
        self._entries: dict[bytes, KeyEntry] = {}
        self._by_id: dict[UUID, bytes] = {}
        self._unknown: dict[bytes, float] = {}
        self._waiting: dict[bytes, asyncio.Future[KeyEntry | None]] = {}
        self._queue: list[bytes] = []
        self._pump: asyncio.Task[None] | None = None
        self.lookups = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, public_id: bytes) -> KeyEntry | None:
        """The entry, or None where it is not known here."""
        return self._entries.get(public_id)

    def is_unknown(self, public_id: bytes) -> bool:
        """Whether the database said lately that there is no such key."""
        until = self._unknown.get(public_id)
        return until is not None and until > time.monotonic()

    def entries(self) -> list[KeyEntry]:
        """All entries, for those that sweep over them."""
        return list(self._entries.values())

    async def load(self, public_id: bytes) -> KeyEntry | None:
        """Ask the database; None where there is no such key. Raises Unreachable."""
        future = self._waiting.get(public_id)
        if future is None:
            if len(self._waiting) >= MAX_WAITING:
                raise Unreachable("too many lookups")
            future = asyncio.get_running_loop().create_future()
            self._waiting[public_id] = future
            self._queue.append(public_id)
            if self._pump is None or self._pump.done():
                self._pump = asyncio.create_task(self._look_up())
        return await asyncio.shield(future)

    def remember(self, entry: KeyEntry, proof: bytes, as_token: KeyEntry | None = None) -> None:
        """Note that a credential with this digest has proved `entry`, or a token of it."""
        if len(entry.proofs) >= MAX_PROOFS:
            for oldest in entry.proofs[: MAX_PROOFS // 2]:
                self.proven.pop(oldest, None)
            del entry.proofs[: MAX_PROOFS // 2]
        entry.proofs.append(proof)
        self.proven[proof] = as_token or entry

    def refresh(self, entry: KeyEntry) -> None:
        """Read the entry again in the background; it serves until then."""
        public_id = entry.public_id.encode()
        if public_id not in self._waiting:
            asyncio.create_task(self._quietly(public_id))  # noqa: RUF006

    def apply(self, changes: list[Change]) -> None:
        """Forget what the feed says has changed."""
        wide = [change for change in changes if change[0] != "key"]
        for kind, subject in changes:
            if kind == "key" and subject is not None and (found := self._by_id.get(subject)):
                self._drop(found)
        if any(kind in {"all", "quota", "budget"} for kind, _ in wide):
            self._entries.clear()
            self._by_id.clear()
            self.proven.clear()
        elif wide:
            for public_id, entry in list(self._entries.items()):
                if any(kind in EVICTS and EVICTS[kind](entry, subject) for kind, subject in wide):
                    self._drop(public_id)

    async def _quietly(self, public_id: bytes) -> None:
        try:
            await self.load(public_id)
        except Unreachable:
            log.info("edge.refresh_failed", key=public_id.decode())

    async def _look_up(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            started = time.monotonic()
            try:
                found = await self._read(batch)
            except Unreachable as error:
                self._settle(batch, {}, error)
            except psycopg.Error as error:
                log.error("edge.lookup_failed", error=type(error).__name__)
                self._settle(batch, {}, Unreachable(type(error).__name__))
            else:
                self._settle(batch, found, None)
            await asyncio.sleep(max(0.0, BATCH_SECONDS - (time.monotonic() - started)))

    async def _read(self, batch: list[bytes]) -> dict[bytes, KeyEntry | Unreachable]:
        names = [public_id.decode() for public_id in batch]
        for _ in range(TRIES):
            generation, started = self._feed.generation, time.monotonic()
            self.lookups += 1
            rows = await self._database.rows(store.KEYS, (names,))
            behind = any(row[-1] < self._feed.last for row in rows)
            if generation == self._feed.generation and not behind:
                return {row[0].encode(): _readable(row, started) for row in rows}
        raise Unreachable("the database lags behind the feed")

    def _settle(
        self,
        batch: list[bytes],
        found: dict[bytes, KeyEntry | Unreachable],
        error: Unreachable | None,
    ) -> None:
        until = time.monotonic() + UNKNOWN_SECONDS
        for public_id in batch:
            answer = error or found.get(public_id)
            if isinstance(answer, KeyEntry):
                self._keep(public_id, answer)
            elif answer is None:
                self._drop(public_id)
                self._unknown[public_id] = until
            future = self._waiting.pop(public_id)
            if future.done():
                continue
            if isinstance(answer, Unreachable):
                future.set_exception(answer)
                future.exception()  # a caller that went away leaves no complaint
            else:
                future.set_result(answer)
        _shorten(self._unknown, MAX_UNKNOWN)

    def _keep(self, public_id: bytes, entry: KeyEntry) -> None:
        before = self._entries.get(public_id)
        if before is not None:
            self._drop(public_id)
            entry.use = before.use
        self._entries[public_id] = entry
        self._by_id[entry.key_id] = public_id
        self._unknown.pop(public_id, None)
        if len(self._entries) > MAX_ENTRIES:
            for oldest in list(self._entries)[: MAX_ENTRIES // 10]:
                self._drop(oldest)

    def _drop(self, public_id: bytes) -> None:
        entry = self._entries.pop(public_id, None)
        if entry is not None:
            self._by_id.pop(entry.key_id, None)
            for proof in entry.proofs:
                self.proven.pop(proof, None)


def _shorten(table: dict[bytes, float], size: int) -> None:
    if len(table) > size:
        for oldest in list(table)[: len(table) - size // 2]:
            del table[oldest]


def _readable(row: tuple[Any, ...], loaded_at: float) -> KeyEntry | Unreachable:
    """A row that cannot be read decides nothing, and takes no other row with it."""
    try:
        return entry_from_row(row, loaded_at)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("edge.key_unreadable", key=row[0], error=type(error).__name__)
        return Unreachable("the key's limits cannot be read")
