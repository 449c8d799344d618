"""The rows of budgets: what is reserved for a call and what it cost, each in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from keys.edge import windows
from keys.edge.database import Connection, Database
from keys.edge.entries import Budget
from marketplace.ids import new_id

RESERVATION_SECONDS = 900

STANDING_BEFORE = "SELECT 1 FROM billing_reservation WHERE decision_id = %s LIMIT 1"
ENSURE_COUNTER = """
INSERT INTO billing_budgetcounter (id, budget_id, window_start, spent_micros, reserved_micros)
SELECT %s, id, %s, 0, 0 FROM billing_budget WHERE id = %s
ON CONFLICT (budget_id, window_start) DO NOTHING
"""
RESERVE = """
WITH counter AS (
  UPDATE billing_budgetcounter c SET reserved_micros = c.reserved_micros + %(amount)s
  FROM billing_budget b
  WHERE b.id = c.budget_id AND c.budget_id = %(budget)s AND c.window_start = %(window)s
    AND c.spent_micros + c.reserved_micros + %(amount)s <= b.amount_micros
  RETURNING c.id
)
INSERT INTO billing_reservation (id, decision_id, counter_id, amount_micros, state, key_public_id,
  created_at, expires_at)
SELECT %(id)s, %(decision)s, id, %(amount)s, 'open', %(key)s, now(),
  now() + make_interval(secs => %(life)s) FROM counter
RETURNING id
"""
STANDING = """
SELECT b.id, coalesce(c.spent_micros + c.reserved_micros, 0) >= b.amount_micros
FROM unnest(%s::uuid[], %s::timestamptz[]) AS u(budget_id, window_start)
JOIN billing_budget b ON b.id = u.budget_id
LEFT JOIN billing_budgetcounter c ON c.budget_id = b.id AND c.window_start = u.window_start
"""
LOCK_RESERVED = """
SELECT r.id, r.counter_id, r.amount_micros, r.settled_micros, r.state, r.key_public_id
FROM billing_reservation r JOIN billing_budgetcounter c ON c.id = r.counter_id
WHERE r.decision_id = %s ORDER BY c.id FOR NO KEY UPDATE OF c, r
"""
SETTLE_RESERVATION = """
UPDATE billing_reservation SET state = 'settled', settled_micros = %s
WHERE decision_id = %s AND state = 'open'
"""
SETTLE_COUNTER = """
UPDATE billing_budgetcounter
SET reserved_micros = reserved_micros - %s, spent_micros = spent_micros + %s WHERE id = %s
"""


class Reserved(NamedTuple):
    """A reservation as it stands: amounts in micro-units; `settled` is None while it is open."""

    amount: int
    settled: int | None
    state: str
    key_public_id: str


class NoRoom(Exception):
    """A budget has no room for the reservation; nothing was reserved."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget.subject)
        self.budget = budget


async def reserve(
    database: Database,
    budgets: Sequence[Budget],
    *,
    amount: int,
    decision: str,
    key_public_id: str,
    at: datetime,
) -> Budget | None:
    """Reserve `amount` micro-units in every budget, or in none: then the one without room.

    Asked again for the same decision, it reserves nothing more. Raises Unreachable.
    """

    async def take(connection: Connection) -> None:
        async with connection.transaction():
            if await (await connection.execute(STANDING_BEFORE, (decision,))).fetchone():
                return
            for budget in sorted(budgets, key=lambda budget: budget.id):
                window = windows.start(budget.window, at)
                await connection.execute(ENSURE_COUNTER, (new_id(), window, budget.id))
                row = await connection.execute(
                    RESERVE,
                    {
                        "id": new_id(),
                        "budget": budget.id,
                        "window": window,
                        "amount": amount,
                        "decision": decision,
                        "key": key_public_id,
                        "life": RESERVATION_SECONDS,
                    },
                )
                if await row.fetchone() is None:
                    raise NoRoom(budget)

    try:
        await database.run(take)
    except NoRoom as refusal:
        return refusal.budget
    return None


async def spent(database: Database, budgets: Sequence[Budget], at: datetime) -> dict[UUID, bool]:
    """Which of the budgets are used up. Raises Unreachable."""
    ids = [budget.id for budget in budgets]
    begun = [windows.start(budget.window, at) for budget in budgets]
    return dict(await database.rows(STANDING, (ids, begun)))


async def find(database: Database, decision: str) -> Reserved | None:
    """The reservation of a decision. Raises Unreachable."""
    rows = await database.rows(
        "SELECT amount_micros, settled_micros, state, key_public_id FROM billing_reservation"
        " WHERE decision_id = %s LIMIT 1",
        (decision,),
    )
    return Reserved(*rows[0]) if rows else None


async def settle(database: Database, decision: str, cost: int) -> Reserved | None:
    """Put `cost` micro-units in the reservation's place; how it stood before, None if unknown.

    Only an open one changes, so to repeat it changes nothing. Raises Unreachable.
    """

    async def put(connection: Connection) -> Reserved | None:
        async with connection.transaction():
            rows = await (await connection.execute(LOCK_RESERVED, (decision,))).fetchall()
            for _, counter_id, amount, _, state, _ in rows:
                if state == "open":
                    await connection.execute(SETTLE_COUNTER, (amount, cost, counter_id))
            if rows:
                await connection.execute(SETTLE_RESERVATION, (cost, decision))
                _, _, amount, settled, state, key = rows[0]
                return Reserved(amount, settled, state, key)
            return None

    return await database.run(put)
