"""The rows of quotas: what is granted, given back and reaped, each in one transaction.

Counters are locked before leases, and in the order of their ids, so that verifiers do not wait for
each other in a circle.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from keys.edge import store, windows
from keys.edge.database import Connection, Database
from keys.edge.entries import Quota
from marketplace import clock
from marketplace.ids import new_id

LEASE_SECONDS = 10
REAP_GRACE_SECONDS = 10

# A lease of this id that stands already (the answer was lost) is answered again.
ACQUIRE = """
WITH counter AS (
  SELECT c.id, q.limit_ - c.used - c.leased AS free, c.leased,
    (SELECT l.amount FROM billing_lease l WHERE l.id = %(lease)s) AS before
  FROM billing_quotacounter c JOIN billing_quota q ON q.id = c.quota_id
  WHERE c.quota_id = %(quota)s AND c.window_start = %(window)s
  FOR NO KEY UPDATE OF c
), sized AS (
  SELECT id, free, leased, before, CASE WHEN before IS NOT NULL THEN 0 ELSE
    greatest(0, least(%(wanted)s, greatest(%(waiting)s, free / 4), free)) END AS amount
  FROM counter
), taken AS (
  UPDATE billing_quotacounter c SET leased = c.leased + s.amount
  FROM sized s WHERE c.id = s.id AND s.amount > 0
), lease AS (
  INSERT INTO billing_lease (id, counter_id, verifier_id, amount, used, expires_at)
  SELECT %(lease)s, id, %(verifier)s, amount, 0, now() + make_interval(secs => %(life)s)
  FROM sized WHERE amount > 0
)
SELECT coalesce(before, amount), greatest(0, free - amount), leased FROM sized
"""

ENSURE_COUNTER = """
INSERT INTO billing_quotacounter (id, quota_id, window_start, used, leased)
SELECT %s, id, %s, 0, 0 FROM billing_quota WHERE id = %s
ON CONFLICT (quota_id, window_start) DO NOTHING
"""

LOCK_QUOTA = "SELECT limit_ FROM billing_quota WHERE id = %s FOR NO KEY UPDATE"
STANDING = """
SELECT coalesce(sum(used) FILTER (WHERE window_start >= %(oldest)s), 0)::bigint,
  coalesce(sum(leased), 0)::bigint,
  min(window_start) FILTER (WHERE window_start >= %(oldest)s AND used > 0),
  (SELECT l.amount FROM billing_lease l WHERE l.id = %(lease)s)
FROM billing_quotacounter WHERE quota_id = %(quota)s
"""
DROP_OLD = """
DELETE FROM billing_quotacounter
WHERE quota_id = %(quota)s AND window_start < %(oldest)s AND leased = 0
"""
LEASE_BUCKET = """
WITH counter AS (
  INSERT INTO billing_quotacounter AS c (id, quota_id, window_start, used, leased)
  VALUES (%(counter)s, %(quota)s, %(bucket)s, 0, %(amount)s)
  ON CONFLICT (quota_id, window_start) DO UPDATE SET leased = c.leased + excluded.leased
  RETURNING c.id
)
INSERT INTO billing_lease (id, counter_id, verifier_id, amount, used, expires_at)
SELECT %(lease)s, id, %(verifier)s, %(amount)s, 0, now() + make_interval(secs => %(life)s)
FROM counter
"""

LOCK_LEASED = """
SELECT l.id, c.id, c.quota_id, c.window_start, q."window", q.sliding, l.amount
FROM billing_lease l
JOIN billing_quotacounter c ON c.id = l.counter_id
JOIN billing_quota q ON q.id = c.quota_id
WHERE {which} ORDER BY c.id FOR NO KEY UPDATE OF c
"""
GIVEN_BACK = LOCK_LEASED.format(which="l.id = ANY(%s)")
EXPIRED = LOCK_LEASED.format(which="l.expires_at < now() - make_interval(secs => %s)")
DELETE_LEASES = "DELETE FROM billing_lease WHERE id = ANY(%s) RETURNING id"
FREE = """
UPDATE billing_quotacounter c SET leased = c.leased - s.amount
FROM (SELECT id, sum(amount) AS amount FROM unnest(%s::uuid[], %s::bigint[]) AS u(id, amount)
  GROUP BY id) s WHERE c.id = s.id
"""
USE = """
INSERT INTO billing_quotacounter AS c (id, quota_id, window_start, used, leased)
SELECT gen_random_uuid(), quota_id, window_start, sum(used), 0
FROM unnest(%s::uuid[], %s::timestamptz[], %s::bigint[]) AS u(quota_id, window_start, used)
WHERE used > 0 GROUP BY quota_id, window_start ORDER BY quota_id, window_start
ON CONFLICT (quota_id, window_start) DO UPDATE SET used = c.used + excluded.used
"""


class Grant(NamedTuple):
    """What came of asking. `remaining` is what is left for anybody after it, `leased` what
    verifiers hold besides, `reset_seconds` when there is more."""

    amount: int
    remaining: int
    leased: int
    reset_seconds: float


async def acquire(
    database: Database,
    quota: Quota,
    *,
    lease_id: UUID,
    wanted: int,
    waiting: int,
    verifier: str,
    at: datetime,
) -> Grant:
    """Lease up to `wanted` units; a quarter of what is left at most, but those that wait.

    Raises Unreachable.
    """
    if quota.sliding:
        return await _acquire_sliding(database, quota, lease_id, wanted, waiting, verifier, at)
    window = windows.start(quota.window, at)
    parameters = {
        "quota": quota.id,
        "window": window,
        "lease": lease_id,
        "wanted": wanted,
        "waiting": waiting,
        "verifier": verifier,
        "life": LEASE_SECONDS,
    }
    rows = await database.rows(ACQUIRE, parameters)
    if not rows:
        await database.rows(ENSURE_COUNTER, (new_id(), window, quota.id))
        rows = await database.rows(ACQUIRE, parameters)
    # No row again: the quota is gone, and the entry that named it is about to be.
    amount, remaining, leased = rows[0] if rows else (0, 0, 0)
    reset = (windows.end(quota.window, at) - at).total_seconds()
    return Grant(amount, remaining, leased, reset)


async def _acquire_sliding(
    database: Database,
    quota: Quota,
    lease_id: UUID,
    wanted: int,
    waiting: int,
    verifier: str,
    at: datetime,
) -> Grant:
    parameters = {
        "quota": quota.id,
        "oldest": windows.oldest_bucket(quota.window, at),
        "bucket": windows.bucket(quota.window, at),
        "lease": lease_id,
        "counter": new_id(),
        "verifier": verifier,
        "life": LEASE_SECONDS,
    }
    life = timedelta(seconds=windows.SECONDS[quota.window] + windows.BUCKET[quota.window])

    async def grant(connection: Connection) -> Grant:
        async with connection.transaction():
            locked = await (await connection.execute(LOCK_QUOTA, (quota.id,))).fetchone()
            if locked is None:
                return Grant(0, 0, 0, 0.0)
            # Only a statement after the lock sees what was granted before it.
            standing = await (await connection.execute(STANDING, parameters)).fetchone()
            assert standing is not None
            used, leased, first, before = standing
            reset = max(0.0, (first + life - at).total_seconds()) if first else 0.0
            if before is not None:
                return Grant(before, max(0, locked[0] - used - leased), leased, reset)
            left = locked[0] - used - leased
            amount = max(0, min(wanted, max(waiting, left // 4), left))
            if amount:
                await connection.execute(LEASE_BUCKET, {**parameters, "amount": amount})
                await connection.execute(DROP_OLD, parameters)
            return Grant(amount, max(0, left - amount), leased, reset)

    return await database.run(grant)


async def settle(database: Database, used: dict[UUID, int]) -> None:
    """Give leases back, each with its use. To repeat it changes nothing. Raises Unreachable."""

    async def give_back(connection: Connection) -> None:
        async with connection.transaction():
            await _settle(connection, GIVEN_BACK, (list(used),), used)

    await database.run(give_back)


async def reap(database: Database) -> int:
    """Count the leases of verifiers that are gone as wholly used; how many. Raises Unreachable."""

    async def count(connection: Connection) -> int:
        async with connection.transaction():
            return await _settle(connection, EXPIRED, (REAP_GRACE_SECONDS,), None)

    return await database.run(count)


async def _settle(
    connection: Connection,
    which: str,
    parameters: Sequence[object],
    used: dict[UUID, int] | None,
) -> int:
    found = await (await connection.execute(which, parameters)).fetchall()
    if not found:
        return 0
    # Who waited for the lock may find that another has settled some of them.
    cursor = await connection.execute(DELETE_LEASES, ([row[0] for row in found],))
    deleted = {row[0] for row in await cursor.fetchall()}
    rows = [row for row in found if row[0] in deleted]
    now = clock.now()
    counters, amounts, quotas, begun, uses = [], [], [], [], []
    for lease_id, counter_id, quota_id, window_start, window, sliding, amount in rows:
        counters.append(counter_id)
        amounts.append(amount)
        quotas.append(quota_id)
        # In a sliding window use counts from now: later than it was, so never too short.
        begun.append(windows.bucket(window, now) if sliding else window_start)
        uses.append(amount if used is None else min(amount, used[lease_id]))
    await connection.execute(FREE, (counters, amounts))
    await connection.execute(USE, (quotas, begun, uses))
    return len(rows)


async def recall(database: Database, quota_id: UUID) -> None:
    """Ask all verifiers to give back what they do not use of a quota. Raises Unreachable."""
    await database.rows("SELECT pg_notify(%s, %s)", (store.LEASE_CHANNEL, str(quota_id)))
