"""What keys were used for, from billing's rollups."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from billing.models import Charge, UsageIntake, UsageRollup, UsageSeries
from keys.models import Key
from marketplace import clock
from marketplace.tenants.scope import platform_scope

LOOK_BACK = timedelta(days=30)
CALLS = "requests"
HOUR = "h"
BY_DAY = """
SELECT s.key_public_id, r.start, sum(r.sum)::bigint, max(r.last_at)
FROM billing_usageseries s
JOIN billing_usagerollup r ON r.series_id = s.id AND r.grain = 'd' AND r.start >= %s
WHERE s.key_public_id = ANY(%s) AND s.meter = %s GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Calls with one key within the time looked at, and when the last was."""

    calls: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DayOfCalls:
    """Calls with one key on one day of UTC."""

    public_id: str
    day: datetime
    calls: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Spend:
    """Money in micro-units."""

    micros: int
    currency: str


def was_called(key: Key) -> bool:
    """Whether any call came with the key, as soon as anything tells of it: the edge's own note, a
    row not yet drained, or a rollup."""
    if key.last_used_at is not None:
        return True
    with platform_scope():
        return (
            UsageIntake.objects.filter(key_public_id=key.public_id).exists()
            or UsageSeries.objects.filter(key_public_id=key.public_id).exists()
        )


def lineage(key: Key) -> list[str]:
    """The public ids of a key and of those it replaced: one consumer over time."""
    found, generation = [key.public_id], [key.pk]
    while generation:
        rows = list(Key.across.filter(replaced_by_id__in=generation).values_list("id", "public_id"))
        generation = [row[0] for row in rows]
        found += [row[1] for row in rows]
    return found


def operations_used(key: Key, within: timedelta = LOOK_BACK) -> set[str]:
    """The operation keys called with a key or those it replaced."""
    series = UsageSeries.objects.filter(key_public_id__in=lineage(key), meter=CALLS).exclude(
        operation_key=""
    )
    names = dict(series.values_list("id", "operation_key"))
    since = clock.now() - within
    rows = UsageRollup.objects.filter(
        series_id__in=list(names), grain=HOUR, last_at__gte=since
    ).values_list("series_id", flat=True)
    return {names[series_id] for series_id in rows.distinct()}


def use_of_keys(public_ids: Collection[str]) -> Mapping[str, KeyUse]:
    """Calls of the last 30 days and the last call, by public id; one query. Keys without use are
    missing."""
    return added_up(calls_by_day(public_ids))


def calls_by_day(public_ids: Collection[str], days: int = LOOK_BACK.days) -> list[DayOfCalls]:
    """Calls with each of these keys on each of the last days; one query."""
    first = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, [first - timedelta(days=days - 1), list(public_ids), CALLS])
        return [DayOfCalls(*row) for row in cursor.fetchall()]


def added_up(rows: Iterable[DayOfCalls]) -> Mapping[str, KeyUse]:
    """The use of each key over all its days."""
    found: dict[str, KeyUse] = {}
    for row in rows:
        before = found.get(row.public_id, KeyUse())
        latest = max(row.last_at, before.last_at) if before.last_at else row.last_at
        found[row.public_id] = KeyUse(before.calls + row.calls, latest)
    return found


def spend_this_month(application_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], Spend]:
    """What applications spent on APIs in this month so far, by (application, API); one query."""
    month = clock.now().date().replace(day=1)
    rows = (
        Charge.across.filter(application_id__in=application_ids, month=month)
        .values("application_id", "api_id", "currency")
        .annotate(total=Sum("amount_micros"))
        .values_list("application_id", "api_id", "currency", "total")
    )
    return {
        (application_id, api_id): Spend(micros, currency)
        for application_id, api_id, currency, micros in rows
        if application_id is not None and api_id is not None
    }
