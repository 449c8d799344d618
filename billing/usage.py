"""Measured use, from rollups alone: sparklines for lists, who calls what for a change's impact."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from billing.models import UsageSeries
from catalog.extensions import ConsumerUse, Health, Use
from catalog.models import Api
from marketplace import clock
from marketplace.tenants.scope import platform_scope

CALLS = "requests"
DAYS = 24
LOOK_BACK = 30
BY_DAY = """
SELECT s.api_id, r.start, sum(r.sum)::bigint FROM billing_usageseries s
JOIN billing_usagerollup r ON r.series_id = s.id AND r.grain = 'd' AND r.start >= %s
WHERE s.api_id = ANY(%s) AND s.meter = %s GROUP BY 1, 2
"""
TEAMS = """
SELECT s.api_id, NULL::timestamptz, count(DISTINCT s.team_id) FROM billing_usageseries s
WHERE s.api_id = ANY(%s) AND s.meter = %s AND EXISTS (
  SELECT FROM billing_usagerollup r
  WHERE r.series_id = s.id AND r.grain = 'd' AND r.start >= %s)
GROUP BY 1
"""
# All calls of an operation count as its use, whatever else they are metered by.
USE = """
SELECT s.operation_key, s.tenant_id, t.name, s.team_id, coalesce(team.name, ''),
  coalesce(c.name, ''),
  array_agg(DISTINCT s.key_public_id) FILTER (WHERE s.key_public_id <> ''),
  coalesce(sum(r.sum) FILTER (WHERE s.meter = 'requests'), 0)::bigint, max(r.last_at)
FROM billing_usageseries s
JOIN billing_usagerollup r ON r.series_id = s.id AND r.grain = 'd' AND r.start >= %(since)s
JOIN tenants_tenant t ON t.id = s.tenant_id
LEFT JOIN tenants_team team ON team.id = s.team_id
LEFT JOIN billing_consumer c ON c.application_id = s.application_id
WHERE s.api_id = %(api)s AND (%(all)s OR s.operation_key = ANY(%(operations)s))
GROUP BY 1, 2, 3, 4, 5, 6, s.application_id
ORDER BY 8 DESC, 1
"""


def series(api_ids: Iterable[UUID], *, days: int = DAYS) -> Mapping[UUID, tuple[int, ...]]:
    """Calls a day of many APIs over the last `days`, today last; one query. Those without any are
    missing."""
    wanted = list(api_ids)
    today = _today()
    first = today - timedelta(days=days - 1)
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(BY_DAY, [first, wanted, CALLS])
        return _by_day(cursor.fetchall(), first, days)


def _by_day(
    rows: Iterable[tuple[UUID, datetime, int]], first: datetime, days: int
) -> dict[UUID, tuple[int, ...]]:
    counts: dict[UUID, list[int]] = {}
    for api_id, start, calls in rows:
        place = (start - first).days
        if place < days:
            counts.setdefault(api_id, [0] * days)[place] += calls
    return {api_id: tuple(found) for api_id, found in counts.items()}


def usage_of(api: Api, operation_keys: Collection[str] = ()) -> Use:
    """Who called which operations in the last 30 days; all operations where none is named.

    For the API's owners and for the impact of a change: it looks across tenants. `observed` is
    False where no use of the API was ever measured.
    """
    since = _today() - timedelta(days=LOOK_BACK)
    with platform_scope():
        observed = UsageSeries.objects.filter(api_id=api.id).exists()
        with connection.cursor() as cursor:
            cursor.execute(
                USE,
                {
                    "since": since,
                    "api": api.id,
                    "all": not operation_keys,
                    "operations": list(operation_keys),
                },
            )
            rows = cursor.fetchall()
    return Use(
        observed=observed,
        days=LOOK_BACK,
        lines=tuple(
            ConsumerUse(
                operation_key=operation,
                tenant_id=tenant_id,
                tenant=tenant,
                team_id=team_id or UUID(int=0),
                team=team,
                application=application,
                keys=tuple(sorted(keys or ())),
                calls=calls,
                last_call_at=last,
            )
            for operation, tenant_id, tenant, team_id, team, application, keys, calls, last in rows
        ),
    )


def health_of(apis: Sequence[Api]) -> Mapping[UUID, Health]:
    """Calls a day and consuming teams of many APIs; one query."""
    ids = [api.id for api in apis]
    today = _today()
    first = today - timedelta(days=DAYS - 1)
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            f"{BY_DAY} UNION ALL {TEAMS}",
            [first, ids, CALLS, ids, CALLS, today - timedelta(days=LOOK_BACK)],
        )
        rows = cursor.fetchall()
    counts = _by_day([row for row in rows if row[1] is not None], first, DAYS)
    teams = {api_id: count for api_id, start, count in rows if start is None}
    days = tuple(
        (today - timedelta(days=DAYS - 1 - place)).date().isoformat() for place in range(DAYS)
    )
    return {
        api_id: Health(teams=teams.get(api_id), calls=calls, days=days)
        for api_id, calls in counts.items()
    }


def _today() -> datetime:
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
