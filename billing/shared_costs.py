"""Setting, trying and ending the rules by which a tenant's shared costs are split."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction

from billing.meters import meters
from billing.models import DirtyMonth, Period, SharedCost
from billing.money import to_micros
from billing.months import first_day, next_month, previous_month
from billing.queries.periods import finance_tenant
from billing.rating.charges import load_month
from billing.rating.lines import Due
from billing.rating.shared import shared_dues
from catalog.models import Api
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import FieldError, Invalid, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team, Tenant
from marketplace.tenants.scope import platform_scope

MOST = Decimal(10**10)
MOST_MONTHS_BACK = 24


@dataclass(frozen=True, slots=True)
class NewSharedCost:
    """A shared cost as it is given: `api` and `team` are slugs, `shares` maps a team's slug to its
    weight, months are first days."""

    name: str
    amount: Decimal
    rule: str
    team: str
    api: str = ""
    currency: str = ""
    meter: str = ""
    shares: Mapping[str, Any] = field(default_factory=dict)
    first_month: date | None = None
    last_month: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What a team would bear of a cost in a month."""

    month: date
    team: str
    cost_center: str
    amount_micros: int
    currency: str
    rule: str


def make_shared_cost(*, actor: Actor, new: NewSharedCost) -> SharedCost:
    """Split a monthly cost from a month on; one of the same name ends in the month before.

    For finance. Months that are closed get adjustments. Raises Forbidden, Invalid at the field.
    """
    cost = _checked(actor, new)
    with transaction.atomic():
        before = SharedCost.across.filter(tenant_id=cost.tenant_id, name=cost.name)
        before.filter(first_month__gte=cost.first_month).delete()
        before.filter(last_month=None).update(last_month=previous_month(cost.first_month))
        before.filter(last_month__gte=cost.first_month).update(
            last_month=previous_month(cost.first_month)
        )
        cost.created_by = actor.label[:200]
        cost.save()
        _changed(actor, cost, "shared_cost.made", cost.first_month)
    return cost


def end_shared_cost(*, actor: Actor, cost_id: UUID) -> SharedCost:
    """Let a cost be split for the last time in the running month. Raises Forbidden, NotFound."""
    with transaction.atomic():
        cost = (
            SharedCost.across.select_for_update()
            .filter(id=cost_id, tenant_id=finance_tenant(actor))
            .first()
        )
        if cost is None:
            raise NotFound("There is no such shared cost.")
        cost.last_month = max(cost.first_month, first_day(clock.now()))
        cost.save(update_fields=["last_month"])
        _changed(actor, cost, "shared_cost.ended", next_month(cost.last_month))
    return cost


def preview_shared_cost(*, actor: Actor, new: NewSharedCost, month: date) -> list[Part]:
    """Who would bear how much in a month; nothing is made. Raises as making it does."""
    cost = _checked(actor, new)
    with platform_scope():
        dues = _use(cost.tenant_id, month)
        found = shared_dues([cost], dues)
        names: dict[UUID | None, str] = dict(
            Team.across.filter(id__in={due.about.team_id for due in found}).values_list(
                "id", "name"
            )
        )
    return [
        Part(
            month,
            names.get(due.about.team_id, ""),
            due.about.cost_center,
            due.amount_micros,
            cost.currency,
            due.rule,
        )
        for due in sorted(found, key=lambda due: -due.amount_micros)
    ]


def visible_shared_costs(actor: Actor) -> list[SharedCost]:
    """The tenant's shared costs, those that still run first. For finance; raises Forbidden."""
    rows = SharedCost.across.filter(tenant_id=finance_tenant(actor)).select_related("api", "team")
    this_month = first_day(clock.now())
    return sorted(
        rows,
        key=lambda c: (bool(c.last_month and c.last_month < this_month), c.name, c.first_month),
    )


def _use(tenant_id: UUID, month: date) -> list[Due]:
    return load_month(tenant_id=tenant_id, month=month).rate()


def _changed(actor: Actor, cost: SharedCost, action: str, since: date) -> None:
    record(
        actor=actor,
        action=action,
        target=f"shared_cost:{cost.id}",
        tenant_id=cost.tenant_id,
        details={
            "name": cost.name,
            "amount_micros": cost.amount_micros,
            "currency": cost.currency,
            "rule": cost.rule,
            "first_month": f"{cost.first_month:%Y-%m}",
            "last_month": f"{cost.last_month:%Y-%m}" if cost.last_month else "",
        },
    )
    months, month, now = [], since, clock.now()
    while month <= first_day(now):
        months.append(DirtyMonth(tenant_id=cost.tenant_id, month=month, since=now))
        month = next_month(month)
    DirtyMonth.objects.bulk_create(months, ignore_conflicts=True)


def closed_since(cost: SharedCost) -> list[str]:
    """The closed months that a cost reaches into: they get adjustments."""
    rows = Period.across.filter(
        tenant_id=cost.tenant_id, state=Period.State.CLOSED, month__gte=cost.first_month
    )
    if cost.last_month:
        rows = rows.filter(month__lte=cost.last_month)
    return [period.name for period in rows.order_by("month")]


def _checked(actor: Actor, new: NewSharedCost) -> SharedCost:
    tenant = Tenant.objects.get(id=finance_tenant(actor))
    errors: list[FieldError] = []
    teams = {team.slug: team for team in Team.across.filter(tenant=tenant)}
    if not new.name.strip():
        errors.append(FieldError("/name", "Name it, as it shall stand on the lines."))
    team = teams.get(new.team)
    if team is None:
        errors.append(FieldError("/team", f"There is no team {new.team!r} in {tenant.name}."))
    if not 0 < new.amount < MOST:
        errors.append(FieldError("/amount", "A shared cost is above 0."))
    if new.rule not in SharedCost.Rule.values:
        errors.append(FieldError("/rule", f"Choose one of {', '.join(SharedCost.Rule.values)}."))
    api = Api.across.filter(slug=new.api).first() if new.api else None
    if new.api and api is None:
        errors.append(FieldError("/api", f"There is no API {new.api!r}."))
    if new.meter and new.meter not in meters({new.meter}):
        errors.append(FieldError("/meter", f"There is no meter {new.meter!r}."))
    currency = new.currency or tenant.currency
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        errors.append(FieldError("/currency", "Three capital letters (ISO 4217)."))
    first = (new.first_month or first_day(clock.now())).replace(day=1)
    earliest = first_day(clock.now())
    for _ in range(MOST_MONTHS_BACK):
        earliest = previous_month(earliest)
    if first < earliest:
        errors.append(FieldError("/first_month", f"At most {MOST_MONTHS_BACK} months back."))
    last = new.last_month.replace(day=1) if new.last_month else None
    if last and last < first:
        errors.append(FieldError("/last_month", "It ends before it begins."))
    shares = _shares(new, teams, errors)
    if errors or team is None:
        raise Invalid(errors=errors)
    return SharedCost(
        tenant=tenant, name=new.name.strip()[:120], api=api, team=team,
        amount_micros=to_micros(new.amount), currency=currency, rule=new.rule, meter=new.meter,
        shares=shares, first_month=first, last_month=last,
    )  # fmt: skip


def _shares(
    new: NewSharedCost, teams: Mapping[str, Team], errors: list[FieldError]
) -> dict[str, str]:
    if new.rule != SharedCost.Rule.FIXED:
        if new.shares:
            errors.append(FieldError("/shares", "Only the rule fixed has shares."))
        return {}
    found: dict[str, str] = {}
    for slug, weight in new.shares.items():
        try:
            value = Decimal(str(weight))
        except InvalidOperation:
            value = Decimal(-1)
        if slug not in teams:
            errors.append(FieldError(f"/shares/{slug}", "There is no such team."))
        elif not value.is_finite() or not 0 <= value < MOST:
            errors.append(FieldError(f"/shares/{slug}", "A share is a number from 0."))
        else:
            found[str(teams[slug].id)] = f"{value:f}"
    if not any(Decimal(weight) for weight in found.values()) and not errors:
        errors.append(FieldError("/shares", "Give at least one team a share above 0."))
    return found
