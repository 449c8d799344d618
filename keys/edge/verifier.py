"""One verifier process: its parts, how they start and how they stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog

from keys.edge import adopt
from keys.edge.assertion import Signer, load_signer
from keys.edge.cache import Keys
from keys.edge.database import Database, Unreachable
from keys.edge.entries import KeyEntry
from keys.edge.feed import Change, Feed
from keys.edge.gcra import Limiter
from keys.edge.intake import Intake, note_use
from keys.edge.journal import Journal
from keys.edge.lease_book import LeaseBook
from keys.edge.leases import Leases
from keys.edge.metrics import Metrics
from keys.edge.points import Points
from keys.edge.spend import Spend
from keys.edge.tokens import Tokens
from keys.edge.walltime import WallTime
from keys.peppers import load_peppers
from keys.secrets import Format, brand
from marketplace import env
from marketplace.ids import new_id

log = structlog.get_logger()

START_SECONDS = 3.0
NOTE_USE_SECONDS = 15.0
NOTE_FIRST_USE_SECONDS = 1.0  # somebody may be waiting to see the first call arrive
PEPPER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. `issuer` names this installation in what it signs."""

    database_url: str
    home: Path
    issuer: str

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read DATABASE_URL, MARKETPLACE_HOME, and PUBLIC_URL: the issuer of what it signs and
        checks.

        Raises EnvironmentProblem where there is no DATABASE_URL.
        """
        url = env.text("DATABASE_URL")
        if not url:
            raise env.EnvironmentProblem("The edge needs DATABASE_URL.")
        port = env.number("PORT", 8000)
        return cls(
            database_url=url,
            home=env.folder("MARKETPLACE_HOME", Path(".local")),
            issuer=env.text("PUBLIC_URL", f"http://localhost:{port}"),
        )


class Peppers:
    """The peppers, read again when a key names a version that is not known here."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._known = load_peppers(home)
        self._read_at = time.monotonic()

    def get(self, version: int) -> bytes | None:
        """The pepper, or None where there is none of this version."""
        if version not in self._known and time.monotonic() - self._read_at > PEPPER_SECONDS:
            self._read_at = time.monotonic()
            try:
                self._known = load_peppers(self._home)
            except (OSError, env.EnvironmentProblem) as error:
                log.error("edge.peppers_unreadable", error=type(error).__name__)
        return self._known.get(version)


class Verifier:
    """All that one process holds. `id` names it in leases, events and decisions."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.id = new_id().hex
        self.source = f"edge/{self.id}"
        self.format = Format(brand())
        self.key_mark = f"{brand()}_".encode()
        self.peppers = Peppers(settings.home)
        self.signer: Signer = load_signer(settings.home)
        self.metrics = Metrics()
        self.time = WallTime()
        self.database = Database(settings.database_url)
        self.feed = Feed(self.database, self._changed, self._recalled)
        self.keys = Keys(self.database, self.feed)
        self.points = Points(self.database)
        self.limiter = Limiter()
        self.folders = settings.home / "edge"
        self.journal = Journal(self.folders / self.id)
        self.leases = Leases(self.database, LeaseBook(self.journal.folder), self.id)
        self.intake = Intake(self.database, self.journal)
        self.spend = Spend(self.database)
        self.tokens = Tokens(self.database, settings.issuer)
        self.first_uses: dict[UUID, KeyEntry] = {}
        self.draining = False
        self._tasks: list[asyncio.Task[None]] = []
        self._show_gauges()

    async def start(self) -> None:
        """Begin to follow the database; waits a little for it, and starts without it too."""
        for work in (
            self.feed.follow,
            self.points.follow,
            self.intake.follow,
            self.leases.follow,
            self.time.follow,
            self._note_use,
            self._adopt,
        ):
            self._tasks.append(asyncio.create_task(_for_ever(work)))
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self.feed.synced.wait()
                await self.points.loaded.wait()
        log.info("edge.started", verifier=self.id, synced=self.feed.fresh)

    async def stop(self) -> None:
        """Send what is waiting and let go of everything."""
        self.draining = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Unreachable):
            await self._note_use_once(self.keys.entries())
        settled = await self.leases.stop()
        await self.intake.flush()
        self.leases.book.close(remove=settled)
        self.journal.close()
        await self.database.close()
        log.info("edge.stopped", verifier=self.id)

    @property
    def ready(self) -> bool:
        """Whether it decides with full knowledge."""
        return not self.draining and self.feed.fresh and self.points.loaded.is_set()

    def _changed(self, changes: list[Change]) -> None:
        self.keys.apply(changes)
        self.points.apply(changes)
        if any(kind in {"all", "quota"} for kind, _ in changes):
            self.leases.forget()
        if any(kind in {"all", "budget"} for kind, _ in changes):
            self.spend.forget()

    def _recalled(self, quota_id: UUID) -> None:
        self.leases.recall(quota_id)

    async def _adopt(self) -> None:
        await adopt.follow(self.database, self.folders, self.id)

    async def _note_use(self) -> None:
        noted_at = time.monotonic()
        while True:
            await asyncio.sleep(NOTE_FIRST_USE_SECONDS)
            with suppress(Unreachable):
                if time.monotonic() - noted_at >= NOTE_USE_SECONDS:
                    noted_at = time.monotonic()
                    await self._note_use_once(self.keys.entries())
                else:
                    await self._note_use_once(list(self.first_uses.values()))

    async def _note_use_once(self, entries: list[KeyEntry]) -> None:
        self.first_uses.clear()
        used = [(e.key_id, e.use, e.use[0]) for e in entries if e.use[0] > e.use[1]]
        if used:
            await note_use(self.database, [(key_id, at) for key_id, _, at in used])
            for _, use, at in used:
                use[1] = at

    def _show_gauges(self) -> None:
        show = self.metrics.gauge
        show("keys", "Keys in the cache.", lambda: len(self.keys))
        show("lookups_total", "Queries for keys.", lambda: self.keys.lookups, "counter")
        show("queries_total", "Queries of all kinds.", lambda: self.database.queries, "counter")
        show("database_reachable", "1 while Postgres answers.", lambda: self.database.reachable)
        show("feed_fresh", "1 while all changes are known.", lambda: self.feed.fresh)
        show(
            "feed_age_seconds",
            "Since the feed was last known to be complete.",
            lambda: time.monotonic() - self.feed.confirmed_at,
        )
        show("feed_sequence", "The newest change seen.", lambda: self.feed.last)
        show("journal_bytes", "Usage not yet in the database.", lambda: self.journal.waiting)
        show("usage_rows_total", "Usage sent.", lambda: self.intake.sent_rows, "counter")
        show("errors_total", "Decisions that failed.", lambda: self.metrics.errors, "counter")


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work`; a mistake in it is logged, and it begins again."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("edge.background_failed", work=work.__qualname__)
        await asyncio.sleep(1.0)
