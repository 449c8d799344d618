"""Budgets: what a call may cost at most is reserved before it, and settled when it is done.

A key whose grant names `reserve_micros` (the dearest a call can be: AI) reserves that much in each
of its hard budgets in one transaction, so that any number of calls at once never exceed one. What a
budget holds by now is spent + reserved; a call that no longer fits is refused. Calls without a
reservation are refused once a hard budget is used up, which is looked up every other second.
"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from keys.edge import spend_rows, windows
from keys.edge.database import Database, Unreachable
from keys.edge.denials import Denial
from keys.edge.entries import Budget, KeyEntry
from keys.edge.pending import Wait
from marketplace import clock

log = structlog.get_logger()

LOOK_SECONDS = 2.0


@dataclass(slots=True)
class Spend:
    """The reservations and standings of one verifier."""

    database: Database
    _outcomes: dict[bytes, Budget | None] = field(default_factory=dict)
    _spent: dict[UUID, tuple[bool, float]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def check(self, entry: KeyEntry, decision: bytes, mono: float) -> Denial | Wait | None:
        """None where the call may pass, its reservation being made where it needs one."""
        if entry.reserve_micros:
            if decision not in self._outcomes:
                return Wait(self._reserve(entry, decision))
            full = self._outcomes.pop(decision)
            return None if full is None else _exhausted(full)
        for budget in entry.budgets:
            spent, looked_at = self._spent.get(budget.id, (None, 0.0))
            if spent is None:
                return Wait(self._look(entry.budgets))
            if mono - looked_at > LOOK_SECONDS:
                self._spent[budget.id] = (spent, mono)
                self._start(self._look(entry.budgets))
            if spent:
                return _exhausted(budget)
        return None

    def release(self, decision: bytes) -> None:
        """The call is not let through after all: nothing was spent."""
        self._outcomes.pop(decision, None)
        self._start(self._settle_as_unspent(decision.decode()))

    def forget(self) -> None:
        """Budgets have changed: look at them again."""
        self._spent.clear()

    async def _reserve(self, entry: KeyEntry, decision: bytes) -> None:
        self._outcomes[decision] = await spend_rows.reserve(
            self.database,
            entry.budgets,
            amount=entry.reserve_micros,
            decision=decision.decode(),
            key_public_id=entry.public_id,
            at=clock.now(),
        )

    async def _look(self, budgets: tuple[Budget, ...]) -> None:
        found = await spend_rows.spent(self.database, budgets, clock.now())
        now = time.monotonic()
        for budget in budgets:
            self._spent[budget.id] = (found.get(budget.id, False), now)

    async def _settle_as_unspent(self, decision: str) -> None:
        await spend_rows.settle(self.database, decision, 0)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_without_answer(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _without_answer(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Unreachable:
        log.info("edge.spend_unreachable")


def _exhausted(budget: Budget) -> Denial:
    at = clock.now()
    seconds = int((windows.end(budget.window, at) - at).total_seconds()) + 1
    subject = budget.subject.replace("_", " ")
    return Denial(
        402,
        "budget-exhausted",
        "The budget is used up",
        f"The {subject}'s budget of this {budget.window} has no room for this call.",
        "Raise the budget, or wait for the next one.",
        ((b"retry-after", str(seconds).encode()),),
    )
