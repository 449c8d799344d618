"""What keys were used for, from billing's rollups."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Max, Sum

from billing.models import Charge, UsageIntake, UsageRollup, UsageSeries
from keys.models import Key
from marketplace import clock
from marketplace.tenants.scope import platform_scope

LOOK_BACK = timedelta(days=30)
CALLS = "requests"
HOUR = "h"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Calls with one key within the time looked at, and when the last was."""

    calls: int = 0
    last_at: datetime | None = None


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


def use_of_keys(public_ids: Collection[str], within: timedelta = LOOK_BACK) -> Mapping[str, KeyUse]:
    """Calls and the last call by public id; two queries. Keys without use are missing."""
    series = dict(
        UsageSeries.objects.filter(key_public_id__in=public_ids, meter=CALLS).values_list(
            "id", "key_public_id"
        )
    )
    if not series:
        return {}
    rows = (
        UsageRollup.objects.filter(
            series_id__in=list(series), grain=HOUR, start__gte=clock.now() - within
        )
        .values("series_id")
        .annotate(calls=Sum("sum"), last=Max("last_at"))
        .values_list("series_id", "calls", "last")
    )
    return _added_up((series[series_id], int(calls), last) for series_id, calls, last in rows)


def _added_up(rows: Iterable[tuple[str, int, datetime]]) -> dict[str, KeyUse]:
    found: dict[str, KeyUse] = {}
    for public_id, calls, last in rows:
        before = found.get(public_id, KeyUse())
        latest = max(last, before.last_at) if before.last_at else last
        found[public_id] = KeyUse(before.calls + calls, latest)
    return found


def daily_calls(public_ids: Collection[str], days: int) -> Mapping[str, int]:
    """Calls by day (ISO date, UTC) with any of these keys; two queries."""
    series = list(
        UsageSeries.objects.filter(key_public_id__in=public_ids, meter=CALLS).values_list(
            "id", flat=True
        )
    )
    since = clock.now() - timedelta(days=days)
    rows = UsageRollup.objects.filter(series_id__in=series, grain="d", start__gte=since)
    totals = rows.values(day=F("start")).annotate(calls=Sum("sum")).values_list("day", "calls")
    return {day.date().isoformat(): int(calls) for day, calls in totals}


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
