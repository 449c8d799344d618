"""What people are told about money, each thing once: thresholds, forecasts, unusual days."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from billing.limits.budgets import Standing, counted, refresh_counters, standings
from billing.limits.quotas import QuotaStanding, quota_standings
from billing.models import Alert, Budget, Consumer, Quota
from billing.rating.labels import amount_text
from catalog.models import Api
from marketplace import clock
from marketplace.events.outbox import emit

QUOTA_THRESHOLDS = (80, 100)
WEEKS = 6
LEAST_WEEKS = 3
SPREAD = 1.4826  # of a median absolute deviation to a standard deviation
FAR = 4.0  # such deviations from its season, and
HALF = 0.5  # at least this share of it, and
LEAST_CALLS = 200  # at least this many calls
DAYS = """
SELECT s.application_id, s.api_id, r.start, sum(r.sum)::bigint
FROM billing_usageseries s JOIN billing_usagerollup r ON r.series_id = s.id AND r.grain = 'd'
WHERE s.tenant_id = %s AND s.meter = 'requests' AND r.start = ANY(%s)
  AND s.application_id IS NOT NULL AND s.api_id IS NOT NULL
GROUP BY 1, 2, 3
"""


def watch(tenant_id: UUID) -> int:
    """Look at a tenant's budgets, quotas and yesterday; returns how many alerts are new.

    Also tells the edge what is spent of hard budgets.
    """
    budgets = standings(list(counted(Budget.across.filter(tenant_id=tenant_id))))
    refresh_counters(budgets)
    quotas = quota_standings(list(Quota.across.filter(tenant_id=tenant_id)))
    return (
        sum(_budget(standing) for standing in budgets)
        + sum(_quota(standing) for standing in quotas)
        + _unusual(tenant_id)
    )


def alert_once(
    *, tenant_id: UUID, kind: str, key: str, title: str, detail: dict[str, Any],
    subject_kind: str = "", subject_id: UUID | None = None,
) -> bool:  # fmt: skip
    """Raise an alert unless its key has been: the row and its event in one transaction."""
    with transaction.atomic():
        _, new = Alert.across.get_or_create(
            tenant_id=tenant_id,
            key=key[:200],
            defaults={
                "kind": kind,
                "title": title[:300],
                "detail": detail,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "at": clock.now(),
            },
        )
        if new:
            data = {"kind": kind, "title": title, **detail}
            emit(f"alert.{kind}", tenant_id=tenant_id, subject=key[:200], data=data)
    return new


def _budget(standing: Standing) -> int:
    budget, new = standing.budget, 0
    start = f"{standing.start:%Y-%m-%d}"
    detail = {
        "budget_id": str(budget.id),
        "spent_micros": standing.spent_micros,
        "amount_micros": budget.amount_micros,
        "currency": budget.currency,
    }
    limit = amount_text(budget.amount_micros, budget.currency)
    reached = [percent for percent in budget.thresholds if standing.used_percent >= percent]
    for percent in reached:
        # Of several reached at once all count as told, and the highest is said.
        said = percent == max(reached)
        new += said & alert_once(
            tenant_id=budget.tenant_id,
            kind=Alert.Kind.THRESHOLD if said else Alert.Kind.PASSED,
            key=f"budget:{budget.id}:{start}:{percent}",
            title=f"{budget.subject_name}: {percent} % of {limit} a {budget.window} is spent",
            detail={**detail, "percent": percent},
            subject_kind=budget.subject_kind,
            subject_id=budget.subject_id,
        )
    if standing.forecast_micros > budget.amount_micros > standing.spent_micros:
        forecast = amount_text(standing.forecast_micros, budget.currency)
        new += alert_once(
            tenant_id=budget.tenant_id,
            kind=Alert.Kind.FORECAST,
            key=f"budget:{budget.id}:{start}:forecast",
            title=f"{budget.subject_name} is heading for {forecast}, above {limit}",
            detail={**detail, "forecast_micros": standing.forecast_micros},
            subject_kind=budget.subject_kind,
            subject_id=budget.subject_id,
        )
    return new


def _quota(standing: QuotaStanding) -> int:
    quota = standing.quota
    if quota.window in ("minute", "hour") or quota.limit == 0:
        return 0
    reached = [p for p in QUOTA_THRESHOLDS if standing.used * 100 >= quota.limit * p]
    if not reached:
        return 0
    start = f"{clock.now() if quota.sliding else standing.start:%Y-%m-%d}"
    return alert_once(
        tenant_id=quota.tenant_id,
        kind=Alert.Kind.QUOTA,
        key=f"quota:{quota.id}:{start}:{max(reached)}",
        title=f"{quota.subject_name}: {max(reached)} % of {quota.limit:,} {quota.meter}"
        f" a {quota.window} is used",
        detail={"quota_id": str(quota.id), "used": standing.used, "limit": quota.limit},
        subject_kind=quota.subject_kind,
        subject_id=quota.subject_id,
    )


def _unusual(tenant_id: UUID) -> int:
    """Alert where yesterday's calls lie far from those of the same weekday before."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = today - timedelta(days=1)
    days = [yesterday - timedelta(weeks=week) for week in range(WEEKS + 1)]
    with connection.cursor() as cursor:
        cursor.execute(DAYS, [tenant_id, days])
        rows = cursor.fetchall()
    calls: dict[tuple[UUID, UUID], dict[datetime, int]] = defaultdict(dict)
    for application_id, api_id, start, count in rows:
        calls[application_id, api_id][start] = count
    found = []
    for pair, counts in calls.items():
        first = min(counts)
        past = [counts.get(day, 0) for day in days[1:] if day >= first]
        if (usual := unusual(counts.get(yesterday, 0), past)) is not None:
            found.append((*pair, counts.get(yesterday, 0), usual))
    return _tell_unusual(tenant_id, yesterday.date(), found)


def unusual(value: int, past: Iterable[int]) -> float | None:
    """What a value should have been, where it lies far from those of its season; else None."""
    season = list(past)
    if len(season) < LEAST_WEEKS:
        return None
    middle = float(median(season))
    spread = float(median(abs(one - middle) for one in season)) * SPREAD
    away = abs(value - middle)
    far = away > FAR * spread and away > HALF * middle and away >= LEAST_CALLS
    return middle if far else None


def _tell_unusual(tenant_id: UUID, day: date, found: list[tuple[UUID, UUID, int, float]]) -> int:
    if not found:
        return 0
    names = dict(
        Consumer.across.filter(application_id__in={row[0] for row in found}).values_list(
            "application_id", "name"
        )
    )
    apis = dict(Api.across.filter(id__in={row[1] for row in found}).values_list("id", "name"))
    return sum(
        alert_once(
            tenant_id=tenant_id,
            kind=Alert.Kind.ANOMALY,
            key=f"anomaly:{application}:{api}:{day}",
            title=f"{names.get(application, 'An application')} called {apis.get(api, 'an API')}"
            f" {value:,} times on {day:%-d %B}; {usual:,.0f} is usual on a {day:%A}",
            detail={"day": str(day), "calls": value, "usual": usual, "api_id": str(api)},
            subject_kind="application",
            subject_id=application,
        )
        for application, api, value, usual in found
    )
