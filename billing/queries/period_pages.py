"""Reads for the pages of periods."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing.close import check_period
from billing.close.checks import Check
from billing.models import BillingSettings, Charge, LedgerEntry, Period, StatementLine
from billing.money import minor_unit
from billing.months import first_day
from billing.queries.names import names_of
from billing.queries.periods import finance_tenant
from billing.rating.allocate import round_amounts
from marketplace import clock
from marketplace.errors import NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

MOST_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month in the list; totals are micro-units by currency, provisional until it is closed."""

    month: date
    state: str
    totals: list[tuple[str, int]]
    period: Period | None
    running: bool


@dataclass(frozen=True, slots=True)
class Job:
    """A close that runs, as the job component shows it."""

    title: str
    state: str
    steps: list[dict[str, str]]
    elapsed: float
    poll_url: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Amounts in one currency: a row for each team (or tenant), a column for each API."""

    currency: str
    columns: list[tuple[str, str]]
    rows: list[tuple[str, list[tuple[int, str]], int]]
    sums: list[int]
    total: int


@dataclass(frozen=True, slots=True)
class MonthPage:
    """All that the page of a month shows."""

    month: date
    period: Period
    running: bool
    checks: list[Check]
    two_person: bool
    may_close: bool
    matrices: list[Matrix]
    adjustments: Sequence[LedgerEntry]
    names: dict[UUID, str]
    job: Job | None

    @property
    def blocking(self) -> list[Check]:
        return [check for check in self.checks if check.blocks and check.name not in DOES_ITSELF]

    @property
    def by_itself(self) -> frozenset[str]:
        return DOES_ITSELF

    @property
    def named_adjustments(self) -> list[dict[str, Any]]:
        """The adjustments with the names of their API and application."""
        return [
            {
                "entry": entry,
                "api": self.names.get(entry.api_id, "") if entry.api_id else "",
                "application": self.names.get(entry.application_id, "")
                if entry.application_id
                else "",
            }
            for entry in self.adjustments
        ]

    @property
    def to_accept(self) -> list[Check]:
        return [check for check in self.checks if check.state == "accept"]


# What the close brings about itself before it checks again.
DOES_ITSELF = frozenset({"received", "current", "ledger"})


def months(actor: Actor) -> list[MonthRow]:
    """The tenant's months with use or a period, the newest first. Two queries."""
    tenant_id = finance_tenant(actor)
    found = {p.month: p for p in Period.across.filter(tenant_id=tenant_id)}
    sums: dict[date, list[tuple[str, int]]] = defaultdict(list)
    for month, currency, total in (
        Charge.across.filter(tenant_id=tenant_id)
        .exclude(currency="")
        .values_list("month", "currency")
        .annotate(total=Sum("amount_micros"))
        .order_by("month", "currency")
    ):
        sums[month].append((currency, total))
    this_month = first_day(clock.now())
    rows = []
    for month in sorted(found.keys() | sums.keys() | {this_month}, reverse=True):
        period = found.get(month)
        totals = sums.get(month, [])
        if period and period.is_closed:
            totals = [(currency, total["micros"]) for currency, total in period.totals.items()]
        state = period.state if period else Period.State.OPEN.value
        rows.append(MonthRow(month, state, totals, period, month == this_month))
    return rows


def month(actor: Actor, month: date) -> MonthPage:
    """One month. Raises NotFound for one to come."""
    tenant_id = finance_tenant(actor)
    this_month = first_day(clock.now())
    if month > this_month:
        raise NotFound("That month is still to come.")
    period = Period.across.filter(tenant_id=tenant_id, month=month).first()
    if period is None:
        period = Period(tenant_id=tenant_id, month=month)
    closed = period.is_closed
    with platform_scope():
        checks = [] if closed else check_period(tenant_id=tenant_id, month=month)
    settings = BillingSettings.across.filter(tenant_id=tenant_id, two_person_close=True)
    two = not closed and settings.exists()
    adjustments = list(
        LedgerEntry.across.filter(tenant_id=tenant_id, period__month=month, adjustment=True)
        .select_related("corrects__period")
        .order_by("-sequence")[:50]
    )
    matrices, names = _matrices(period, adjustments)
    asked_here = two and period.asked_by_id == actor.id and period.asked_at is not None
    return MonthPage(
        month=month,
        period=period,
        running=month == this_month,
        checks=checks,
        two_person=two,
        may_close=not closed and month < this_month and not asked_here,
        matrices=matrices,
        adjustments=adjustments,
        names=names,
        job=_job(period),
    )


def job(actor: Actor, month: date) -> Job | None:
    """The close of a month while it runs."""
    period = Period.across.filter(tenant_id=finance_tenant(actor), month=month).first()
    return _job(period) if period else None


def _job(period: Period) -> Job | None:
    if period.state != Period.State.CLOSING:
        return None
    began = next((step["at"] for step in period.steps if step["at"]), "")
    since = datetime.fromisoformat(began) if began else clock.now()
    return Job(
        title=f"Closing {period.month:%B %Y}",
        state="running",
        steps=[{**step, "name": step["title"]} for step in period.steps],
        elapsed=(clock.now() - since).total_seconds(),
        poll_url=f"/costs/periods/{period.name}/progress",
    )


def _matrices(
    period: Period, adjustments: Sequence[LedgerEntry]
) -> tuple[list[Matrix], dict[UUID, str]]:
    if period.is_closed:
        rows: Any = StatementLine.across.filter(period=period)
    else:
        rows = Charge.across.filter(tenant_id=period.tenant_id, month=period.month)
    column = "amount_minor" if period.is_closed else "amount_micros"
    sums = list(rows.values_list("currency", "team_id", "api_id").annotate(total=Sum(column)))
    if not period.is_closed:
        sums += [(e.currency, e.team_id, e.api_id, e.amount_micros) for e in adjustments]
        sums = _to_cents(sums)
    names = names_of([id for row in sums for id in row[1:3]])
    found = [
        _matrix(currency, [row for row in sums if row[0] == currency], names.name)
        for currency in sorted({row[0] for row in sums if row[0] and row[3]})
    ]
    ids = {id for e in adjustments for id in (e.api_id, e.application_id) if id}
    more = names_of(ids) if ids else names
    return found, {
        id: more.name("api", id) or more.name("application", id, "Unknown") for id in ids
    }


def _to_cents(sums: list[Any]) -> list[Any]:
    """The sums in cents, rounded so that those of a currency add up to its rounded total."""
    found = []
    for currency in {row[0] for row in sums if row[0]}:
        group = [row for row in sums if row[0] == currency]
        cents = round_amounts([row[3] for row in group], minor_unit(currency))
        found += [(*row[:3], minor) for row, minor in zip(group, cents, strict=True)]
    return found


def _matrix(currency: str, sums: list[Any], name: Any) -> Matrix:
    cells: dict[tuple[UUID | None, UUID | None], int] = defaultdict(int)
    for _, team, api, cents in sums:
        cells[team, api] += cents * minor_unit(currency)
    by_api: dict[UUID | None, int] = defaultdict(int)
    by_team: dict[UUID | None, int] = defaultdict(int)
    for (team, api), total in cells.items():
        by_api[api] += total
        by_team[team] += total
    apis = sorted(by_api, key=lambda api: (-by_api[api], str(api)))
    shown, rest = apis[:MOST_COLUMNS], apis[MOST_COLUMNS:]
    columns = [
        (name("api", api, "Unknown") if api else "Shared costs", str(api or "")) for api in shown
    ]
    if rest:
        columns.append((f"{len(rest)} more", ""))
    rows = []
    for team in sorted(by_team, key=lambda team: (-by_team[team], str(team))):
        row = [(cells.get((team, api), 0), str(api or "")) for api in shown]
        if rest:
            row.append((sum(cells.get((team, api), 0) for api in rest), ""))
        rows.append((name("team", team, "No team"), row, by_team[team]))
    sums_row = [by_api[api] for api in shown] + ([sum(by_api[a] for a in rest)] if rest else [])
    return Matrix(currency, columns, rows, sums_row, sum(by_api.values()))


def by_cost_center(period: Period) -> list[tuple[str, str, int]]:
    """A closed period's cost centers: code, currency, micro-units of whole cents."""
    return [
        (cost_center, currency, minor * minor_unit(currency))
        for cost_center, currency, minor in StatementLine.across.filter(period=period)
        .values_list("cost_center", "currency")
        .annotate(minor=Sum("amount_minor"))
        .order_by("currency", "-minor")
    ]
