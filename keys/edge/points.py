"""Enforcement points, the APIs behind them, and the operations of these: the edge's map.

All points and APIs are read together every RELOAD_SECONDS and at each change in the feed, so no
call ever asks for a point. An API's operations are read at its first call and when the set of its
served versions changes.
"""

import asyncio
import hmac
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
import structlog

from keys.edge import store
from keys.edge.database import Database, Unreachable
from keys.edge.entries import risk_class
from keys.edge.feed import Change
from keys.edge.matcher import Matcher

log = structlog.get_logger()

RELOAD_SECONDS = 5.0
Header = tuple[bytes, bytes]


@dataclass(slots=True)
class Api:
    """An API as the edge sees it. `notices` are its Deprecation and Sunset headers."""

    id: UUID
    slug: str
    risk: str
    lifecycle: str
    notices: list[Header]
    fingerprint: str
    row: tuple[Any, ...]
    matcher: Matcher | None = None
    key: bytes = b""
    retired: bool = False

    def __post_init__(self) -> None:
        self.key = self.id.bytes
        self.retired = self.lifecycle == "retired"


@dataclass(slots=True)
class Prefix:
    """A node of a point's prefix tree; `api` where a prefix ends."""

    api: Api | None = None
    below: dict[bytes, "Prefix"] = field(default_factory=dict)


@dataclass(slots=True)
class Point:
    """An enforcement point and the prefixes it may ask about.

    `first` has the APIs that a path's first segment alone decides.
    """

    id: UUID
    name: str
    token_digest: bytes
    prefixes: Prefix
    api_ids: frozenset[UUID]
    first: dict[bytes, Api] = field(default_factory=dict)
    _seen: bytes = b""

    def __post_init__(self) -> None:
        for segment, node in self.prefixes.below.items():
            if node.api is not None and not node.below:
                self.first[segment] = node.api

    def knows(self, token: bytes) -> bool:
        """Whether `token` is this point's, in time that does not depend on it."""
        if self._seen and hmac.compare_digest(token, self._seen):
            return True
        if hmac.compare_digest(sha256(token).digest(), self.token_digest):
            self._seen = token
            return True
        return False

    def find(self, segments: list[bytes]) -> tuple[Api, int] | None:
        """The API with the longest prefix of the path, and where the rest of the path begins."""
        node, best = self.prefixes, None
        if node.api is not None:
            best = node.api, 1
        for place in range(1, len(segments)):
            following = node.below.get(segments[place])
            if following is None:
                break
            node = following
            if node.api is not None:
                best = node.api, place + 1
        return best


class Points:
    """All enforcement points by name, and all APIs behind them by id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.by_name: dict[bytes, Point] = {}
        self.apis: dict[UUID, Api] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._point_rows: list[tuple[Any, ...]] = []
        self.loaded = asyncio.Event()
        self._changed = asyncio.Event()
        self._loading: dict[UUID, asyncio.Task[None]] = {}

    def apply(self, changes: list[Change]) -> None:
        """Read anew, soon, where a change concerns points or APIs."""
        if any(kind in {"all", "api", "pep"} for kind, _ in changes):
            self._changed.set()

    async def follow(self) -> None:
        """Keep the map current until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self.reload()
            except Unreachable:
                self._changed.clear()
                await asyncio.sleep(RELOAD_SECONDS / 10)
                continue
            except psycopg.Error as error:
                log.error("edge.points_failed", error=type(error).__name__)
            try:
                async with asyncio.timeout(RELOAD_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def reload(self) -> None:
        """Read all points and APIs. Raises Unreachable."""
        rows = await self._database.rows(store.APIS)
        points = await self._database.rows(store.ENFORCEMENT_POINTS)
        apis: dict[UUID, Api] = {}
        for row in rows:
            before = self.apis.get(row[0])
            # The same object stays while nothing changed: what was prepared from it stays too.
            api = before if before is not None and before.row == row else _api(row)
            apis[api.id] = api
            if before is not None and before is not api and before.matcher is not None:
                api.matcher = before.matcher
                if before.fingerprint != api.fingerprint:
                    await self._read_operations(api)
        if rows != self._rows or points != self._point_rows or not self.loaded.is_set():
            # A new map only where something changed: decisions are remembered under the old one.
            self.by_name = {row[1].encode(): _point(row, apis) for row in points}
            self.apis = apis
            self._rows, self._point_rows = rows, points
        self.loaded.set()

    async def load_operations(self, api: Api) -> None:
        """Give `api` its matcher; callers at the same time share one query. Raises Unreachable."""
        task = self._loading.get(api.id)
        if task is None:
            task = asyncio.create_task(self._read_operations(api))
            self._loading[api.id] = task
            task.add_done_callback(lambda _: self._loading.pop(api.id, None))
        await asyncio.shield(task)

    async def _read_operations(self, api: Api) -> None:
        rows = await self._database.rows(store.OPERATIONS, (api.id,))
        started = time.monotonic()
        api.matcher = Matcher(rows)
        log.info(
            "edge.operations_read",
            api=api.slug,
            operations=api.matcher.count,
            seconds=round(time.monotonic() - started, 4),
        )


def _api(row: tuple[Any, ...]) -> Api:
    id, slug, risk, data_class, lifecycle, deprecation, sunset, fingerprint = row
    notices: list[Header] = []
    if deprecation is not None:  # RFC 9745: a structured field date
        notices.append((b"deprecation", f"@{int(deprecation)}".encode()))
    if sunset is not None:  # RFC 8594: an HTTP date
        date = format_datetime(datetime.fromtimestamp(int(sunset), UTC), usegmt=True)
        notices.append((b"sunset", date.encode()))
    return Api(id, slug, risk_class(risk, data_class), lifecycle, notices, fingerprint, row)


def _point(row: tuple[Any, ...], apis: dict[UUID, Api]) -> Point:
    id, name, token_digest, prefixes = row
    root = Prefix()
    for prefix, api_id in prefixes:
        node = root
        for segment in prefix.strip("/").encode().split(b"/") if prefix.strip("/") else ():
            node = node.below.setdefault(segment, Prefix())
        node.api = apis.get(UUID(api_id))
    api_ids = frozenset(UUID(api_id) for _, api_id in prefixes)
    return Point(id, name, bytes(token_digest), root, api_ids)
