"""Rollups: the use of each series by hour and day, brought up to date batch by batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from billing.models import OwnMeter
from billing.models.prices import Aggregate
from marketplace import clock

MOST_EVENTS = 200_000  # in one transaction, so that memory and lag stay bounded
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('billing:rollup', 17))"
WAIT_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('billing:rollup', 17))"
TAKE = """
SELECT id, first_time, last_time FROM (
  SELECT id, first_time, last_time, sum(accepted) OVER (ORDER BY id) - accepted AS before
  FROM billing_usagebatch WHERE rolled_up_at IS NULL
) waiting WHERE before < %s
"""
BY_HOUR = """
SELECT series_id, date_trunc('hour', time, 'UTC') AS start, tenant_id, sum(quantity) AS sum,
  count(*) AS count, max(quantity) AS max, max(time) AS last_at
FROM billing_usageevent WHERE {where} GROUP BY 1, 2, 3
"""
ADD = """
WITH hours AS MATERIALIZED ({by_hour}), hourly AS (
  INSERT INTO billing_usagerollup AS r
    (series_id, grain, start, tenant_id, sum, count, max, last_at)
  SELECT series_id, 'h', start, tenant_id, sum, count, max, last_at FROM hours ORDER BY 1, 3
  ON CONFLICT (series_id, grain, start) DO UPDATE SET sum = r.sum + excluded.sum,
    count = r.count + excluded.count, max = greatest(r.max, excluded.max),
    last_at = greatest(r.last_at, excluded.last_at)
), daily AS (
  INSERT INTO billing_usagerollup AS r
    (series_id, grain, start, tenant_id, sum, count, max, last_at)
  SELECT series_id, 'd', date_trunc('day', start, 'UTC'), tenant_id, sum(sum), sum(count),
    max(max), max(last_at)
  FROM hours GROUP BY 1, 3, 4 ORDER BY 1, 3
  ON CONFLICT (series_id, grain, start) DO UPDATE SET sum = r.sum + excluded.sum,
    count = r.count + excluded.count, max = greatest(r.max, excluded.max),
    last_at = greatest(r.last_at, excluded.last_at)
)
INSERT INTO billing_dirtymonth (tenant_id, month, since)
SELECT DISTINCT tenant_id, date_trunc('month', start AT TIME ZONE 'UTC')::date,
  %(now)s::timestamptz
FROM hours
ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
ADD_UNIQUE = """
INSERT INTO billing_usageunique AS u
  (tenant_id, application_id, api_id, meter, month, value, first_at, series_id)
SELECT DISTINCT ON (1, 2, 3, 4, 5, 6) s.tenant_id, s.application_id, s.api_id, s.meter,
  date_trunc('month', e.time AT TIME ZONE 'UTC')::date, left(e.data ->> m.member, 200), e.time,
  e.series_id
FROM billing_usageevent e JOIN billing_usageseries s ON s.id = e.series_id
JOIN unnest(%(meters)s::text[], %(members)s::text[]) AS m(meter, member) ON m.meter = s.meter
WHERE {where} AND e.data ->> m.member IS NOT NULL
ORDER BY 1, 2, 3, 4, 5, 6, e.time, e.series_id
ON CONFLICT (tenant_id, application_id, api_id, meter, month, value) DO UPDATE
  SET first_at = excluded.first_at, series_id = excluded.series_id
  WHERE (excluded.first_at, excluded.series_id) < (u.first_at, u.series_id)
"""
IN_BATCHES = "batch_id = ANY(%(batches)s) AND time BETWEEN %(first)s AND %(last)s"
OF_MONTH = """
time >= %(first)s::date::timestamp AT TIME ZONE 'UTC'
  AND time < (%(first)s::date + interval '1 month')::timestamp AT TIME ZONE 'UTC'
  AND batch_id IN (SELECT id FROM billing_usagebatch WHERE rolled_up_at IS NOT NULL)
  AND (%(tenant)s::uuid IS NULL OR {events}tenant_id = %(tenant)s)
"""
MARK = "UPDATE billing_usagebatch SET rolled_up_at = now() WHERE id = ANY(%s)"
CLEAR = """
DELETE FROM billing_usagerollup r
WHERE r.start >= %(first)s::date::timestamp AT TIME ZONE 'UTC'
  AND r.start < (%(first)s::date + interval '1 month')::timestamp AT TIME ZONE 'UTC'
  AND (%(tenant)s::uuid IS NULL OR r.tenant_id = %(tenant)s)
"""
CLEAR_UNIQUE = """
DELETE FROM billing_usageunique
WHERE month = %(first)s AND (%(tenant)s::uuid IS NULL OR tenant_id = %(tenant)s)
"""


def roll_up(*, most_events: int = MOST_EVENTS) -> int:
    """Add waiting batches to the rollups, about `most_events` at once; returns the batches taken.

    A batch is added and marked in one transaction: however often workers die or run at once, each
    event counts once. Where another worker is at it, nothing is taken.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute(TAKE, [most_events])
        batches = cursor.fetchall()
        if not batches:
            return 0
        where = {
            "batches": [batch for batch, _, _ in batches],
            "first": min(first for _, first, _ in batches),
            "last": max(last for _, _, last in batches),
            "now": clock.now(),
        }
        cursor.execute(ADD.format(by_hour=BY_HOUR.format(where=IN_BATCHES)), where)
        _add_unique(IN_BATCHES, where)
        cursor.execute(MARK, [where["batches"]])
    return len(batches)


def rebuild(*, month: date, tenant_id: UUID | None = None) -> None:
    """Make a month's rollups anew from its events, for one tenant or all.

    The result is the same as what rolling up batch by batch made; a test holds it to that.
    """
    where = {"first": month.replace(day=1), "tenant": tenant_id, "now": clock.now()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WAIT_LOCK)
        cursor.execute(CLEAR, where)
        cursor.execute(CLEAR_UNIQUE, where)
        of_month = OF_MONTH.format(events="billing_usageevent.")
        cursor.execute(ADD.format(by_hour=BY_HOUR.format(where=of_month)), where)
        _add_unique(OF_MONTH.format(events="e."), where)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the rollups are behind: events waiting, and the age of the oldest in seconds."""

    events: int
    seconds: float


def lag() -> Lag:
    """What waits to be rolled up, the edges' staging included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n), 0), coalesce(extract(epoch FROM now() - min(since)), 0)"
            " FROM (SELECT sum(accepted) AS n, min(received_at) AS since FROM billing_usagebatch"
            " WHERE rolled_up_at IS NULL UNION ALL"
            " SELECT count(*), min(received_at) FROM billing_usage_intake) waiting"
        )
        events, seconds = cursor.fetchone() or (0, 0)
    return Lag(int(events), float(seconds))


def _add_unique(where: str, values: Mapping[str, Any]) -> None:
    members = dict(
        OwnMeter.across.filter(aggregate=Aggregate.UNIQUE).values_list("slug", "unique_of")
    )
    if members:
        given = {**values, "meters": list(members), "members": list(members.values())}
        with connection.cursor() as cursor:
            cursor.execute(ADD_UNIQUE.format(where=where), given)
