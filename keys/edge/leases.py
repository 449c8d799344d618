"""Quotas: exact over any number of verifiers, without asking the database for each call.

A verifier leases part of what is left of a quota's counter and spends it by itself. A lease is as
large as a second of its traffic, and as small as the calls that wait when the limit is near; what
is not spent soon is given back. Where nothing is left but others hold leases, they are asked to
give back (NOTIFY mkt_leases) before a call is refused, so that exactly the limit is admitted.

The counter holds `used` and `leased`; a lease is granted only out of limit - used - leased, under
the counter's row lock. Giving back moves what was used to `used` and frees the rest. A verifier
that dies leaves its use in the lease book, from which it is settled exactly (adopt.py); one that is
gone with its machine has its leases counted as wholly used. So no order of failures admits more.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from keys.edge import lease_rows, windows
from keys.edge.database import Database, Unreachable
from keys.edge.entries import Quota
from keys.edge.lease_book import LeaseBook
from marketplace import clock
from marketplace.ids import new_id

log = structlog.get_logger()

# A sliding window's lease is spent no longer than this, as it may be reaped after it expires.
SPEND_SECONDS = lease_rows.LEASE_SECONDS - 2.0
RETURN_SECONDS = 2.0
HOLD_SECONDS = 5.0
SWEEP_SECONDS = 0.5
REAP_SECONDS = 5.0
FORGET_SECONDS = 600.0
MAX_LEASE = 20_000
RECALL_PAUSES = (0.01, 0.02, 0.04, 0.08, 0.12)
LOOK_AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class Lease:
    """A part of a counter, of `amount` units. `taken_at` is on the monotonic clock."""

    id: UUID
    amount: int
    slot: int
    taken_at: float
    used: int = 0


class Refusal(NamedTuple):
    """A quota that is used up, and in how many seconds there is more of it."""

    quota: Quota
    seconds: float


@dataclass(slots=True)
class Allowance:
    """What this verifier holds of one quota.

    Times are on the monotonic clock. What it holds is good until `good_until`: the end of the
    window, or in a sliding one the time when it might be reaped. `waiting` calls wait for
    `refill`; until `refused_until` none is tried; `remaining` is what was left for anybody when
    last asked; `resets_at` is when there is more.
    """

    quota: Quota
    good_until: float = 0.0
    lease: Lease | None = None
    waiting: int = 0
    refill: asyncio.Task[None] | None = None
    refused_until: float = 0.0
    remaining: int = 0
    resets_at: float = 0.0
    used_at: float = 0.0
    traffic: float = 0.0

    @property
    def left(self) -> int:
        """Units that can be spent without asking."""
        return self.lease.amount - self.lease.used if self.lease else 0


@dataclass(slots=True)
class Leases:
    """All allowances of one verifier."""

    database: Database
    book: LeaseBook
    verifier_id: str
    refused: int = 0
    _write: Callable[[int, int], None] = field(init=False)
    _allowances: dict[bytes, Allowance] = field(default_factory=dict)
    _unsettled: list[Lease] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._write = self.book.write

    def check(
        self, quotas: Iterable[Quota], mono: float
    ) -> list[Allowance] | Refusal | asyncio.Task[None]:
        """The allowances to `take` from, at once and without waiting in between, where each quota
        has a unit left; else the quota that is used up, or what to wait for."""
        found: list[Allowance] = []
        for quota in quotas:
            allowance = self._allowances.get(quota.key)
            if allowance is None or allowance.quota is not quota or mono >= allowance.good_until:
                allowance = self._allowance(quota, mono)
            lease = allowance.lease
            if lease is None or lease.used >= lease.amount:
                if mono < allowance.refused_until:
                    return Refusal(quota, max(0.0, allowance.resets_at - mono))
                return self._refill(allowance)
            found.append(allowance)
        return found

    def take(self, allowances: list[Allowance], mono: float) -> None:
        """Spend one unit of each, noted before the answer leaves."""
        for allowance in allowances:
            lease = allowance.lease
            assert lease is not None
            lease.used = used = lease.used + 1
            allowance.used_at = mono
            self._write(lease.slot, used)

    def forget(self) -> None:
        """Limits have changed: what was refused may be allowed now."""
        for allowance in self._allowances.values():
            allowance.refused_until = 0.0

    def recall(self, quota_id: UUID) -> None:
        """Another verifier needs what is not used here."""
        allowance = self._allowances.get(quota_id.bytes)
        if allowance is not None and allowance.left > 0:
            self._drop(allowance)
            task = asyncio.create_task(_without_answer(self.settle()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def follow(self) -> None:
        """Give back what is not used soon, and count what the dead left; until cancelled."""
        reap_at = time.monotonic() + REAP_SECONDS
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            self._sweep(now)
            try:
                await self.settle()
                if now >= reap_at:
                    reap_at = now + REAP_SECONDS
                    if reaped := await lease_rows.reap(self.database):
                        log.warning("edge.leases_reaped", leases=reaped)
            except Unreachable:
                continue

    async def settle(self) -> None:
        """Give back all leases that are no longer spent. Raises Unreachable."""
        leases, self._unsettled = self._unsettled, []
        if not leases:
            return
        try:
            await lease_rows.settle(self.database, {lease.id: lease.used for lease in leases})
        except BaseException:
            self._unsettled.extend(leases)
            raise
        for lease in leases:
            self.book.close_slot(lease.slot)

    async def stop(self) -> bool:
        """Give everything back; False where the database did not take it."""
        for allowance in self._allowances.values():
            if allowance.refill is not None:
                await asyncio.wait([allowance.refill], timeout=1.0)
            self._drop(allowance)
        try:
            await self.settle()
        except Unreachable:
            return False
        return True

    def _sweep(self, now: float) -> None:
        for allowance in list(self._allowances.values()):
            lease = allowance.lease
            if lease is not None:
                idle = now - max(allowance.used_at, lease.taken_at) > RETURN_SECONDS
                if allowance.left < 1 or idle or now - lease.taken_at > HOLD_SECONDS:
                    self._drop(allowance)
            elif allowance.refill is None and now - allowance.used_at > FORGET_SECONDS:
                del self._allowances[allowance.quota.key]

    def _allowance(self, quota: Quota, mono: float) -> Allowance:
        """The allowance for `quota` as it is now: what it held for another window is given up."""
        allowance = self._allowances.get(quota.key)
        if allowance is None:
            allowance = self._allowances[quota.key] = Allowance(quota, used_at=mono)
        elif allowance.quota != quota:
            allowance.refused_until = 0.0
        allowance.quota = quota
        if mono >= allowance.good_until:
            self._drop(allowance)
            allowance.refused_until = 0.0
            if quota.sliding:
                allowance.good_until = mono + SPEND_SECONDS
            else:
                at = clock.now()
                left = windows.end(quota.window, at) - at
                allowance.good_until = mono + left.total_seconds()
        return allowance

    def _drop(self, allowance: Allowance) -> None:
        lease, allowance.lease = allowance.lease, None
        if lease is not None:
            allowance.traffic = lease.used / max(0.05, time.monotonic() - lease.taken_at)
            self._unsettled.append(lease)

    def _refill(self, allowance: Allowance) -> asyncio.Task[None]:
        """One question at a time for a quota; the calls that wait share its answer."""
        allowance.waiting += 1
        if allowance.refill is None:
            allowance.refill = asyncio.create_task(self._fill(allowance))
        return allowance.refill

    async def _fill(self, allowance: Allowance) -> None:
        try:
            await asyncio.sleep(0)  # calls of the same moment are counted in
            for pause in (*RECALL_PAUSES, 0.0):
                held_elsewhere = await self._acquire(allowance)
                if allowance.left > 0:
                    return
                if not held_elsewhere or not pause:
                    break
                await lease_rows.recall(self.database, allowance.quota.id)
                await asyncio.sleep(pause)
            now = time.monotonic()
            soon = min(LOOK_AGAIN_SECONDS, max(0.05, allowance.resets_at - now))
            allowance.refused_until = now + soon
        finally:
            allowance.waiting = 0
            allowance.refill = None

    async def _acquire(self, allowance: Allowance) -> bool:
        """Ask for a lease; True where there is none and others hold some. Raises Unreachable."""
        self._drop(allowance)
        await self.settle()
        waiting = max(1, allowance.waiting)
        quota, lease_id, asked_at, at = allowance.quota, new_id(), time.monotonic(), clock.now()
        slot = self.book.open(lease_id)
        try:
            grant = await lease_rows.acquire(
                self.database,
                quota,
                lease_id=lease_id,
                wanted=max(waiting, min(MAX_LEASE, int(allowance.traffic))),
                waiting=waiting,
                verifier=self.verifier_id,
                at=at,
            )
        except BaseException:
            # It may have been granted: given back unused when the database is there again.
            self._unsettled.append(Lease(lease_id, 0, slot, asked_at))
            raise
        allowance.remaining = grant.remaining
        allowance.resets_at = asked_at + grant.reset_seconds
        if grant.amount < 1:
            self.book.close_slot(slot)
            return grant.leased > 0
        if quota.sliding:
            allowance.good_until = asked_at + SPEND_SECONDS
        else:
            # The window asked about, which may have begun since the call came.
            left = windows.end(quota.window, at) - at
            allowance.good_until = asked_at + left.total_seconds()
        allowance.lease = Lease(lease_id, grant.amount, slot, asked_at)
        return False


async def _without_answer(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Unreachable:
        log.info("edge.leases_not_returned")
