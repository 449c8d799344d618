"""A tenant's month of use, cut at the times when a price changes.

Whole days come from day rollups, days that a cut divides from hour rollups, and hours that a cut
divides from the events themselves: every event falls on its own side of every cut.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection


class Slice(NamedTuple):
    """The use of one meter by one application within one segment on one day of the month."""

    application_id: UUID | None
    team_id: UUID | None
    cost_center: str
    api_id: UUID | None
    operation_key: str
    meter: str
    segment: int
    day: int
    total: Decimal
    events: int
    highest: Decimal


DAYS = """
SELECT series_id, start AS at, sum, count, max FROM billing_usagerollup
WHERE tenant_id = %(tenant)s AND grain = 'd' AND start >= %(start)s AND start < %(end)s
  AND NOT start = ANY(%(days)s::timestamptz[])
"""
HOURS = """
SELECT series_id, start, sum, count, max FROM billing_usagerollup
WHERE tenant_id = %(tenant)s AND grain = 'h' AND start >= %(start)s AND start < %(end)s
  AND date_trunc('day', start, 'UTC') = ANY(%(days)s::timestamptz[])
  AND NOT start = ANY(%(hours)s::timestamptz[])
"""
EVENTS = """
SELECT e.series_id, e.time, e.quantity, 1, e.quantity
FROM unnest(%(hours)s::timestamptz[]) AS cut(hour)
JOIN billing_usageseries s ON s.tenant_id = %(tenant)s
JOIN billing_usageevent e ON e.series_id = s.id AND e.time >= cut.hour
  AND e.time < cut.hour + interval '1 hour' AND e.time >= %(start)s AND e.time < %(end)s
JOIN billing_usagebatch b ON b.id = e.batch_id AND b.rolled_up_at IS NOT NULL
"""
SLICES = """
WITH segment AS (
  SELECT n - 1 AS n, low, coalesce(lead(low) OVER (ORDER BY low), %(end)s) AS high
  FROM unnest(%(lows)s::timestamptz[]) WITH ORDINALITY AS g(low, n)
), special AS (
  SELECT * FROM unnest(%(apis)s::uuid[], %(meters)s::text[], %(operations)s::text[])
    AS g(api_id, meter, operation_key)
), part AS ({parts})
SELECT s.application_id, s.team_id, s.cost_center, s.api_id,
  coalesce(special.operation_key, '') AS operation_key, s.meter, segment.n,
  extract(day FROM part.at AT TIME ZONE 'UTC')::int AS day,
  sum(part.sum), sum(part.count)::bigint, max(part.max)
FROM part JOIN billing_usageseries s ON s.id = part.series_id
JOIN segment ON part.at >= segment.low AND part.at < segment.high
LEFT JOIN special ON special.api_id = s.api_id AND special.meter = s.meter
  AND special.operation_key = s.operation_key
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""
UNIQUE = """
WITH segment AS (
  SELECT n - 1 AS n, low, coalesce(lead(low) OVER (ORDER BY low), %(end)s) AS high
  FROM unnest(%(lows)s::timestamptz[]) WITH ORDINALITY AS g(low, n)
)
SELECT u.application_id, s.team_id, s.cost_center, u.api_id, '', u.meter, segment.n,
  extract(day FROM u.first_at AT TIME ZONE 'UTC')::int, count(*)::numeric, count(*), count(*)
FROM billing_usageunique u JOIN billing_usageseries s ON s.id = u.series_id
JOIN segment ON u.first_at >= segment.low AND u.first_at < segment.high
WHERE u.tenant_id = %(tenant)s AND u.month = %(start)s::date
GROUP BY 1, 2, 3, 4, 6, 7, 8 ORDER BY 1, 2, 3, 4, 6, 7, 8
"""


def slices(
    *,
    tenant_id: UUID,
    start: datetime,
    end: datetime,
    cuts: Sequence[datetime] = (),
    special: Collection[tuple[UUID, str, str]] = (),
) -> list[Slice]:
    """The slices of a month from `start` to `end`; segment n begins at the n-th of start + cuts.

    Operations are told apart only where `special` names API, meter and operation.
    """
    parts, days, hours = [DAYS], set(), set()
    for cut in cuts:
        day = cut.replace(hour=0, minute=0, second=0, microsecond=0)
        hour = cut.replace(minute=0, second=0, microsecond=0)
        if cut != day:
            days.add(day)
        if cut != hour:
            hours.add(hour)
    if days:
        parts.append(HOURS)
    if hours:
        parts.append(EVENTS)
    apis, meters, operations = zip(*special, strict=True) if special else ((), (), ())
    values: dict[str, Any] = {
        "tenant": tenant_id,
        "start": start,
        "end": end,
        "lows": [start, *sorted(cuts)],
        "days": sorted(days),
        "hours": sorted(hours),
        "apis": list(apis),
        "meters": list(meters),
        "operations": list(operations),
    }
    with connection.cursor() as cursor:
        cursor.execute(SLICES.format(parts=" UNION ALL ".join(parts)), values)
        return [Slice(*row) for row in cursor.fetchall()]


def unique_slices(
    *, tenant_id: UUID, start: datetime, end: datetime, cuts: Sequence[datetime] = ()
) -> list[Slice]:
    """The slices of meters that count unique values: each at the time of its first event."""
    values: dict[str, Any] = {
        "tenant": tenant_id,
        "start": start,
        "end": end,
        "lows": [start, *sorted(cuts)],
    }
    with connection.cursor() as cursor:
        cursor.execute(UNIQUE, values)
        return [Slice(*row) for row in cursor.fetchall()]
