"""`GET /usage`: sums of rollups by the dimensions asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from catalog.models import Api
from marketplace.errors import Forbidden, Invalid, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

MOST_ROWS = 500
LONGEST = timedelta(days=400)
BY_HOUR = timedelta(days=14)
DIMENSIONS: Mapping[str, str] = {
    "tenant": "t.slug",
    "team": "coalesce(team.slug, '')",
    "application": "coalesce(c.name, '')",
    "application_id": "s.application_id",
    "cost_center": "s.cost_center",
    "key": "s.key_public_id",
    "api": "coalesce(a.slug, '')",
    "operation": "s.operation_key",
    "meter": "s.meter",
    "month": "to_char(r.start AT TIME ZONE 'UTC', 'YYYY-MM')",
    "day": "to_char(r.start AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "hour": "to_char(r.start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:00\"Z\"')",
}
FILTERS: Mapping[str, str] = {
    "meter": "s.meter",
    "api": "a.slug",
    "team": "team.slug",
    "key": "s.key_public_id",
    "operation": "s.operation_key",
    "cost_center": "s.cost_center",
    "application": "c.name",
    "application_id": "s.application_id::text",
}
ROWS = """
SELECT {columns}, sum(r.sum), sum(r.count)::bigint, max(r.max), max(r.last_at)
FROM billing_usagerollup r JOIN billing_usageseries s ON s.id = r.series_id
JOIN tenants_tenant t ON t.id = s.tenant_id
LEFT JOIN tenants_team team ON team.id = s.team_id
LEFT JOIN billing_consumer c ON c.application_id = s.application_id
LEFT JOIN catalog_api a ON a.id = s.api_id
WHERE r.grain = {grain} AND r.start >= {start} AND r.start < {end} AND {where}
GROUP BY {groups} ORDER BY {groups} LIMIT {limit} OFFSET {offset}
"""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A sum: `key` holds a value for each dimension asked for."""

    key: dict[str, Any]
    quantity: str
    events: int
    highest: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Rows in the order of their keys; `more` where there are further ones."""

    rows: list[UsageRow]
    more: bool


def usage(
    *,
    actor: Actor,
    group_by: Sequence[str],
    start: datetime,
    end: datetime,
    filters: Mapping[str, str] | None = None,
    provider: bool = False,
    offset: int = 0,
    limit: int = MOST_ROWS,
) -> UsagePage:
    """Usage from `start` to `end` summed by dimensions, always told apart by meter.

    Finance and admins see their tenant's, others that of their teams; with `provider` and a filter
    for an API the use of it by all tenants, for those who own it. Raises Invalid, Forbidden.
    """
    names = [name for name in dict.fromkeys([*group_by, "meter"]) if name]
    unknown = [name for name in names if name not in DIMENSIONS]
    if unknown:
        raise Invalid.at("/group_by", f"Choose of {', '.join(DIMENSIONS)}.")
    if not start < end or end - start > LONGEST:
        raise Invalid.at("/to", f"Look at up to {LONGEST.days} days, from before to.")
    grain = "h" if "hour" in names or not _whole_days(start, end) else "d"
    if grain == "h" and end - start > BY_HOUR and "hour" in names:
        raise Invalid.at("/to", f"By the hour look at up to {BY_HOUR.days} days.")
    filters = {name: value for name, value in (filters or {}).items() if value}
    wheres = [_whose(actor, filters.get("api", ""), provider)]
    for name, value in filters.items():
        wheres.append(sql.SQL("{} = {}").format(sql.SQL(FILTERS[name]), sql.Literal(value)))
    query = sql.SQL(ROWS).format(
        columns=sql.SQL(", ").join(sql.SQL(DIMENSIONS[name]) for name in names),
        grain=sql.Literal(grain),
        start=sql.Literal(start),
        end=sql.Literal(end),
        where=sql.SQL(" AND ").join(wheres),
        groups=sql.SQL(", ").join(sql.Literal(place + 1) for place in range(len(names))),
        limit=sql.Literal(min(limit, MOST_ROWS) + 1),
        offset=sql.Literal(offset),
    )
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    found = [
        UsageRow(
            key=dict(zip(names, row, strict=False)),
            quantity=f"{row[-4].normalize():f}",
            events=row[-3],
            highest=f"{row[-2].normalize():f}",
            last_at=row[-1],
        )
        for row in rows[:limit]
    ]
    return UsagePage(found, len(rows) > limit)


def _whole_days(start: datetime, end: datetime) -> bool:
    return all((t.hour, t.minute, t.second, t.microsecond) == (0, 0, 0, 0) for t in (start, end))


def _whose(actor: Actor, api_slug: str, provider: bool) -> sql.Composable:
    if provider:
        api = Api.across.filter(slug=api_slug).first()
        if api is None:
            raise NotFound("Name the API whose use you want to see.")
        of_tenant = actor.tenant_id == api.tenant_id
        owner = of_tenant and (actor.is_finance or actor.owns_team(api.team_id))
        if not (owner or actor.is_platform_admin):
            raise Forbidden("The use of an API by all is for its owners.")
        return sql.SQL("s.api_id = {}").format(sql.Literal(api.id))
    if actor.tenant_id is None:
        raise Forbidden("Usage belongs to a tenant.")
    own = sql.SQL("r.tenant_id = {}").format(sql.Literal(actor.tenant_id))
    if actor.is_finance:
        return own
    teams: list[UUID] = list(actor.team_roles)
    return sql.SQL("{} AND s.team_id = ANY({})").format(own, sql.Literal(teams))
