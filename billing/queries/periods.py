"""Reads of periods, statements and ledger entries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing.models import Charge, LedgerEntry, Period, StatementLine
from billing.money import from_minor, minor_unit
from billing.rating.allocate import round_amounts
from catalog.models import Api
from marketplace.errors import Conflict, Forbidden, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team


def finance_tenant(actor: Actor) -> UUID:
    """The tenant whose money an actor may see. Raises Forbidden."""
    if not actor.is_finance or actor.tenant_id is None:
        raise Forbidden("This is for the tenant's finance and admins.")
    return actor.tenant_id


def periods(actor: Actor) -> QuerySet[Period]:
    """The tenant's months, for finance. Raises Forbidden."""
    return (
        Period.across.filter(tenant_id=finance_tenant(actor))
        .select_related("tenant")
        .order_by("-month")
    )


def period(actor: Actor, month: date) -> Period:
    """One month. Raises NotFound where nothing was ever used or posted in it."""
    found = periods(actor).filter(month=month).first()
    if found is None:
        raise NotFound(f"There is no period {month:%Y-%m}.")
    return found


def closed_period(actor: Actor, month: date) -> Period:
    """One closed month. Raises NotFound, Conflict."""
    found = period(actor, month)
    if not found.is_closed:
        raise Conflict(f"{found.name} is not closed yet.", type="period-open")
    return found


@dataclass(frozen=True, slots=True)
class Statement:
    """What a tenant owes for a month; provisional until the month is closed."""

    period: str
    tenant: str
    state: str
    totals: list[dict[str, str]]
    lines: int
    adjustments: int
    by_api: list[dict[str, Any]]
    by_team: list[dict[str, Any]]
    hash: str
    url: str


def statements(actor: Actor, month: date) -> list[Statement]:
    """The statements of a month that an actor may see: his tenant's."""
    found = period(actor, month)
    rows = _closed_rows(found) if found.is_closed else _open_rows(found)
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        totals[row["currency"]] += row["minor"]
    return [
        Statement(
            period=found.name,
            tenant=found.tenant.slug,
            state=found.state,
            totals=[
                {"currency": c, "amount": str(from_minor(t, c))} for c, t in sorted(totals.items())
            ],
            lines=len(rows),
            adjustments=sum(row["adjustment"] for row in rows),
            by_api=_grouped(rows, "api"),
            by_team=_grouped(rows, "team"),
            hash=found.hash,
            url=f"/costs/periods/{found.name}/statement",
        )
    ]


def _closed_rows(period: Period) -> list[Mapping[str, Any]]:
    return [
        {"api": api, "team": team, "currency": currency, "minor": minor, "adjustment": adjustment}
        for api, team, currency, minor, adjustment in StatementLine.across.filter(
            period=period
        ).values_list("api_slug", "team", "currency", "amount_minor", "adjustment")
    ]


def _open_rows(period: Period) -> list[Mapping[str, Any]]:
    charges = list(
        Charge.across.filter(tenant_id=period.tenant_id, month=period.month)
        .order_by("line_key")
        .values_list("api_id", "team_id", "currency", "amount_micros")
    ) + list(
        LedgerEntry.across.filter(period=period, adjustment=True)
        .order_by("sequence")
        .values_list("api_id", "team_id", "currency", "amount_micros")
    )
    apis: dict[UUID | None, str] = dict(
        Api.across.filter(id__in={c[0] for c in charges}).values_list("id", "slug")
    )
    teams: dict[UUID | None, str] = dict(
        Team.across.filter(id__in={c[1] for c in charges}).values_list("id", "name")
    )
    rows: list[Mapping[str, Any]] = []
    for currency in sorted({c[2] for c in charges if c[2]}):
        group = [c for c in charges if c[2] == currency]
        cents = round_amounts([c[3] for c in group], minor_unit(currency))
        rows += [
            {
                "api": apis.get(api, ""),
                "team": teams.get(team, ""),
                "currency": currency,
                "minor": minor,
                "adjustment": False,
            }
            for (api, team, *_), minor in zip(group, cents, strict=True)
        ]
    return rows


def _grouped(rows: Iterable[Mapping[str, Any]], by: str) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        sums[row[by], row["currency"]] += row["minor"]
    return [
        {by: name, "currency": currency, "amount": str(from_minor(total, currency))}
        for (name, currency), total in sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    ]
