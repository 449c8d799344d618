"""Reads for the pages of costs, from charges alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from billing.limits.budgets import Standing, standings, visible
from billing.limits.spend import Key, Spend, spend_from, subject_of
from billing.limits.subjects import tenant_of
from billing.models import Alert, Budget, Charge, Period
from billing.months import days_in, first_day, previous_month
from billing.queries.names import Names, names_of
from marketplace import clock
from marketplace.tenants.actor import Actor

MOST_BUDGETS = 12
DIMENSIONS = {
    "api": "APIs",
    "application": "Applications",
    "team": "Teams",
    "cost_center": "Cost centers",
}


@dataclass(frozen=True, slots=True)
class Part:
    """What one API, application, team or cost center costs in a month, and in the one before."""

    kind: str
    id: str
    name: str
    amount_micros: int
    before_micros: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day's cost; `expected` where it is still to come."""

    day: date
    amount_micros: int
    expected: bool = False


@dataclass(frozen=True, slots=True)
class InCurrency:
    """A month in one currency."""

    currency: str
    amount_micros: int
    before_micros: int
    forecast_micros: int
    days: list[Day]
    parts: Mapping[str, list[Part]]

    @property
    def change_down(self) -> float:
        """By which share less than the month before."""
        return -(self.change or 0.0)

    @property
    def change(self) -> float | None:
        """By which share more than the month before came to in all; None without one."""
        if not self.before_micros:
            return None
        return self.forecast_micros / self.before_micros - 1


@dataclass(frozen=True, slots=True)
class Overview:
    """The page of costs: the tenant's for finance, else that of the person's teams."""

    month: date
    running: bool
    whole_tenant: bool
    currencies: list[InCurrency]
    budgets: list[Standing]
    alerts: list[Alert]
    previous: Period | None
    to_close: date | None


def overview(actor: Actor, *, month: date, currency: str) -> Overview:
    """What a month costs, `currency` (the tenant's) first. Six queries at most."""
    this_month = first_day(clock.now())
    rows = Charge.across.filter(
        tenant_id=tenant_of(actor), month__in=[previous_month(month), month]
    ).exclude(currency="")
    if not actor.is_finance:
        rows = rows.filter(team_id__in=actor.team_roles.keys())
    charges = list(rows.defer("rule", "operation_key"))
    budgets = list(visible(actor)[:MOST_BUDGETS]) if month == this_month else []
    spends = _spends(charges, budgets) if actor.is_finance else None
    names = names_of(id for c in charges for id in (c.api_id, c.team_id, c.application_id))
    found = [
        _in_currency(
            code, month, [c for c in charges if c.currency == code], names,
            running=month == this_month,
        )
        for code in {charge.currency for charge in charges}
    ]  # fmt: skip
    found.sort(key=lambda one: (one.currency != currency, -one.amount_micros))
    last = None
    if actor.is_finance:
        last = Period.across.filter(
            tenant_id=tenant_of(actor), month=previous_month(this_month)
        ).first()
    open_before = actor.is_finance and (last is None or not last.is_closed)
    used_before = any(c.month == previous_month(this_month) for c in charges)
    return Overview(
        month=month,
        running=month == this_month,
        whole_tenant=actor.is_finance,
        currencies=found,
        budgets=standings(budgets, spends),
        alerts=list(alerts(actor)[:6]),
        previous=last,
        to_close=previous_month(this_month) if open_before and used_before else None,
    )


def _in_currency(
    currency: str, month: date, charges: Sequence[Charge], names: Names, *, running: bool
) -> InCurrency:
    totals: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for charge in charges:
        for kind, id in _subjects(charge):
            totals[kind, id][charge.month] += charge.amount_micros
    before = previous_month(month)
    parts: dict[str, list[Part]] = {}
    for kind in DIMENSIONS:
        rows = [
            Part(kind, id, _named(kind, id, names), amounts[month], amounts[before])
            for (of, id), amounts in totals.items()
            if of == kind
        ]
        parts[kind] = sorted(rows, key=lambda part: (-part.amount_micros, part.name))
    spend = spend_from(charges)
    now = clock.now()
    whole = sum(charge.amount_micros for charge in charges if charge.month == month)
    return InCurrency(
        currency=currency,
        amount_micros=whole,
        before_micros=sum(c.amount_micros for c in charges if c.month == before),
        forecast_micros=max(spend.forecast(now), whole) if running else whole,
        days=_days(spend, month, now.date(), running=running),
        parts=parts,
    )


def _subjects(charge: Charge) -> list[tuple[str, str]]:
    """Whom a charge counts for, as budgets and pages name them."""
    return [
        ("tenant", str(charge.tenant_id)),
        ("team", str(charge.team_id or "")),
        ("application", str(charge.application_id or "")),
        ("cost_center", charge.cost_center),
        ("api", str(charge.api_id or "")),
    ]


def _spends(charges: Sequence[Charge], budgets: Sequence[Budget]) -> dict[Key, Spend]:
    """The spending that budgets of the whole tenant look at, from charges already read."""
    wanted = {(*subject_of(budget), budget.currency) for budget in budgets}
    groups: dict[Key, list[Charge]] = defaultdict(list)
    for charge in charges:
        for subject in _subjects(charge):
            if (*subject, charge.currency) in wanted:
                groups[(*subject, charge.currency)].append(charge)
    return {key: spend_from(group) for key, group in groups.items()}


def _days(spend: Spend, month: date, today: date, *, running: bool) -> list[Day]:
    found = []
    for number in range(days_in(month)):
        day = month + timedelta(days=number)
        if running and day > today:
            found.append(Day(day, round(spend.expected(day, today)), expected=True))
        else:
            found.append(Day(day, spend.on_day(day)))
    return found


UNNAMED = {"api": "Shared costs", "application": "No application", "team": "No team"}


def _named(kind: str, id: str, names: Names) -> str:
    if kind == "cost_center":
        return id or "No cost center"
    if not id:
        return UNNAMED.get(kind, "Unknown")
    return names.name(kind, id, "Unknown")


def alerts(actor: Actor) -> QuerySet[Alert]:
    """What an actor should look at, the latest first: finance all of it, others what is of their
    teams."""
    rows = Alert.across.filter(tenant_id=tenant_of(actor)).exclude(kind=Alert.Kind.PASSED)
    if not actor.is_finance:
        rows = rows.filter(Q(subject_kind="team", subject_id__in=actor.team_roles.keys()))
    return rows.order_by("-at")


@dataclass(frozen=True, slots=True)
class Lines:
    """The charges of a month, narrowed; the dearest first."""

    rows: list[tuple[Charge, dict[str, str]]]
    totals: list[tuple[str, int]]
    more: bool
    names: Names


def lines(
    actor: Actor, *, month: date, filters: Mapping[str, str], offset: int = 0, limit: int = 50
) -> Lines:
    """The charges of a month that an actor may see. Three queries."""
    rows = Charge.across.filter(tenant_id=tenant_of(actor), month=month)
    if not actor.is_finance:
        rows = rows.filter(team_id__in=actor.team_roles.keys())
    for name, column in FILTERS.items():
        if value := filters.get(name):
            rows = rows.filter(**{column: value})
    totals: dict[str, int] = defaultdict(int)
    for code, amount in rows.values_list("currency", "amount_micros"):
        if code:
            totals[code] += amount
    found = list(rows.order_by("-amount_micros", "id")[offset : offset + limit + 1])
    shown = found[:limit]
    names = names_of(id for c in shown for id in (c.api_id, c.application_id, c.team_id, c.plan_id))
    named = [
        (
            charge,
            {
                "api": names.name("api", charge.api_id, "Unknown API")
                if charge.api_id
                else charge.get_kind_display(),
                "application": names.name("application", charge.application_id, "Unknown")
                if charge.application_id
                else "",
                "team": names.name("team", charge.team_id),
                "plan": names.name("plan", charge.plan_id),
            },
        )
        for charge in shown
    ]
    return Lines(named, sorted(totals.items()), len(found) > limit, names)


FILTERS = {
    "api": "api_id",
    "application": "application_id",
    "team": "team_id",
    "cost_center": "cost_center",
    "kind": "kind",
}


def charge(actor: Actor, charge_id: UUID) -> Charge | None:
    """One charge of the actor's tenant."""
    return Charge.across.filter(id=charge_id, tenant_id=tenant_of(actor)).first()
