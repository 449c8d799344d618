"""A simulation of verifiers that share a quota, while whatever can fail fails.

Real leases on a real database: calls come in any order, verifiers are killed and adopted, machines
vanish, the database refuses connections and comes back, limits change. Whatever happens, no more
is admitted than the limit; and where nothing vanished for good, exactly the limit.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from keys.edge import lease_rows
from keys.edge.adopt import adopt
from keys.edge.database import Database, Unreachable
from keys.edge.entries import Quota
from keys.edge.journal import Journal
from keys.edge.lease_book import LeaseBook
from keys.edge.leases import Leases, Refusal
from tests.edge_world import World

pytestmark = pytest.mark.django_db  # so that pytest-django migrates a database

Result = TypeVar("Result")
INDEX = st.integers(0, 2)


class Sharer:
    """One verifier, as far as quotas concern it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.folder = folder
        self.database = Database(world.url)
        self.journal = Journal(folder)
        self.leases = Leases(self.database, LeaseBook(folder), folder.name)

    async def call(self, quota: Quota) -> bool | None:
        """Whether a call passes; None where the database does not answer."""
        try:
            while True:
                held = self.leases.check([quota], time.monotonic())
                if isinstance(held, Refusal):
                    return False
                if isinstance(held, list):
                    self.leases.take(held, time.monotonic())
                    return True
                await asyncio.shield(held)
        except Unreachable:
            return None

    async def die(self) -> None:
        """Without a word: only what is in its files stays."""
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        self.leases.book.close(remove=False)
        self.journal.close()
        await self.database.close()


class Sharing(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.root = Path(tempfile.mkdtemp(prefix="leases-"))
        self.sharers: list[Sharer] = []
        self.orphans: list[Path] = []
        self.number = 0
        self.down = False
        self.vanished = False
        self.admitted = 0

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @initialize(limit=st.integers(0, 60), sliding=st.booleans())
    def begin(self, limit: int, sliding: bool) -> None:
        self.highest = limit
        window = "hour" if sliding else "month"
        subject = UUID(int=0)
        self.world.rows("DELETE FROM billing_lease")
        self.world.rows("DELETE FROM billing_quotacounter")
        self.world.rows("DELETE FROM billing_quota")
        id = self.world.quota("key", subject, limit, window=window, sliding=sliding)
        self.quota = Quota(id, "key", limit, window, sliding)
        for _ in range(3):
            self.start()

    def start(self) -> None:
        async def make() -> Sharer:
            self.number += 1
            return Sharer(self.world, self.root / f"v{self.number}")

        self.sharers.append(self.run(make()))

    @rule(which=INDEX, count=st.integers(1, 25))
    def calls_at_once(self, which: int, count: int) -> None:
        async def all_of_them() -> list[bool | None]:
            return await asyncio.gather(*(sharer.call(self.quota) for _ in range(count)))

        sharer = self.sharers[which]
        self.admitted += self.run(all_of_them()).count(True)

    @rule(count=st.integers(1, 12))
    def calls_everywhere(self, count: int) -> None:
        async def all_of_them() -> list[bool | None]:
            return await asyncio.gather(
                *(sharer.call(self.quota) for sharer in self.sharers for _ in range(count))
            )

        self.admitted += self.run(all_of_them()).count(True)

    @rule(which=INDEX)
    def a_verifier_is_killed(self, which: int) -> None:
        sharer = self.sharers.pop(which)
        self.run(sharer.die())
        self.orphans.append(sharer.folder)
        self.start()

    @precondition(lambda self: self.orphans and not self.down)
    @rule()
    def an_orphan_is_adopted(self) -> None:
        assert self.run(adopt(self.sharers[0].database, self.orphans.pop()))

    @precondition(lambda self: self.orphans)
    @rule()
    def a_machine_vanishes_with_its_files(self) -> None:
        shutil.rmtree(self.orphans.pop())
        self.vanished = True

    @precondition(lambda self: not self.down)
    @rule()
    def expired_leases_are_reaped(self) -> None:
        """Those of the dead, and of the living that were cut off for long."""
        held = self.world.value("SELECT count(*) FROM billing_lease")
        self.world.rows("UPDATE billing_lease SET expires_at = now() - interval '1 hour'")
        if self.quota.sliding:  # its holders have stopped to spend by then
            for sharer in self.sharers:
                for allowance in sharer.leases._allowances.values():
                    allowance.good_until = 0.0
        assert self.run(lease_rows.reap(self.sharers[0].database)) == held
        self.vanished = self.vanished or held > 0

    @rule(which=INDEX)
    def idle_leases_are_given_back(self, which: int) -> None:
        leases = self.sharers[which].leases
        leases._sweep(time.monotonic() + 60)
        self.attempt(leases.settle)

    def attempt(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            self.run(work())
        except Unreachable:
            assert self.down

    @precondition(lambda self: not self.down)
    @rule(limit=st.integers(0, 90))
    def the_limit_changes(self, limit: int) -> None:
        self.world.rows("UPDATE billing_quota SET limit_ = %s WHERE id = %s", limit, self.quota.id)
        self.highest = max(self.highest, limit)
        self.quota = Quota(self.quota.id, "key", limit, self.quota.window, self.quota.sliding)

    @precondition(lambda self: not self.down)
    @rule()
    def the_database_goes_away(self) -> None:
        self.refuse_connections(True)

    @precondition(lambda self: self.down)
    @rule()
    def the_database_comes_back(self) -> None:
        self.refuse_connections(False)

    def refuse_connections(self, refuse: bool) -> None:
        name = urlsplit(self.world.url).path[1:]
        with psycopg.connect(self.world.url.replace(name, "postgres"), autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not refuse}')
            if refuse:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    (name,),
                )
        self.down = refuse
        self.world.connection.close()
        if not refuse:
            self.world.connection = psycopg.connect(self.world.url, autocommit=True)
            self.world.connection.execute("SET session_replication_role = replica")
            for sharer in self.sharers:
                sharer.database._not_before = 0.0  # a quarter of a second later

    @invariant()
    def never_more_than_the_limit(self) -> None:
        assert self.admitted <= getattr(self, "highest", 0)

    @invariant()
    def the_counters_never_promise_more_than_the_limit(self) -> None:
        if self.sharers and not self.down:
            used, leased, lowest = self.world.rows(
                "SELECT coalesce(sum(used), 0), coalesce(sum(leased), 0),"
                " coalesce(min(least(used, leased)), 0) FROM billing_quotacounter"
            )[0]
            assert used + leased <= self.highest
            assert lowest >= 0
            assert leased == self.world.value("SELECT coalesce(sum(amount), 0) FROM billing_lease")

    def teardown(self) -> None:
        if self.sharers:
            if self.down:
                self.refuse_connections(False)
            self.drain()
            for sharer in self.sharers:
                assert self.run(sharer.leases.stop())
            if self.vanished:
                self.expired_leases_are_reaped()
            for sharer in self.sharers:
                self.run(sharer.die())
            counted, leased = self.world.rows(
                "SELECT coalesce(sum(used), 0), coalesce(sum(leased), 0) FROM billing_quotacounter"
            )[0]
            assert leased == 0
            assert counted == self.admitted or (self.vanished and counted > self.admitted)
        self.runner.close()
        shutil.rmtree(self.root)

    def drain(self) -> None:
        """When all is well again, what is left of the limit is admitted to the last unit."""
        for folder in self.orphans:
            assert self.run(adopt(self.sharers[0].database, folder))
        for sharer in self.sharers:
            sharer.leases.forget()
        for sharer in self.sharers:
            while self.run(sharer.call(self.quota)):
                self.admitted += 1
                assert self.admitted <= self.highest
        if not self.vanished:
            assert self.admitted >= self.quota.limit


def test_h36_no_order_of_faults_admits_more_than_the_limit(world: World) -> None:
    Sharing.world = world
    run_state_machine_as_test(
        Sharing,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
