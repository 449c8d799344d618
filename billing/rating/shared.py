"""Shared costs: a month's amount split over the teams that bear it, by a rule each line names."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Q

from billing.models import SharedCost
from billing.models.ledger import Kind
from billing.money import minor_unit
from billing.rating.allocate import allocate
from billing.rating.labels import amount_text
from billing.rating.lines import About, Due
from marketplace.tenants.models import Team

Weights = dict[UUID, Fraction]


def costs_in(*, tenant_id: UUID, month: date) -> list[SharedCost]:
    """The shared costs that a tenant's month bears."""
    return list(
        SharedCost.across.filter(tenant_id=tenant_id, first_month__lte=month)
        .filter(Q(last_month=None) | Q(last_month__gte=month))
        .select_related("team", "api")
        .order_by("name", "id")
    )


def bearers_of(ids: Iterable[UUID]) -> dict[UUID | None, str]:
    """By shared cost, the cost center of the team that has it: the other side of its lines."""
    rows = SharedCost.across.filter(id__in=set(ids)).values_list("id", "team__cost_center")
    return dict(rows)


def shared_dues(costs: Sequence[SharedCost], dues: Iterable[Due]) -> list[Due]:
    """What each team bears of some costs of one tenant, `dues` being its use in the month.

    The parts of a cost sum to it exactly, to the cent by the largest remainder. What nobody uses
    is borne by the team that has the cost.
    """
    if not costs:
        return []
    used = [due for due in dues if due.about.kind == Kind.USAGE and due.about.team_id]
    weights = [weights_of(cost, used) for cost in costs]
    teams = {
        team.id: team for team in Team.across.filter(id__in={id for each in weights for id in each})
    }
    found = []
    for cost, each in zip(costs, weights, strict=True):
        bearers = sorted(id for id in each if id in teams)
        parts = _split(cost, [each[id] for id in bearers])
        whole = sum(each[id] for id in bearers)
        for id, part in zip(bearers, parts, strict=True):
            if part:
                share = each[id] / whole if whole else Fraction(1, len(bearers))
                found.append(_due(cost, teams[id], part, share))
    return found


def weights_of(cost: SharedCost, used: Iterable[Due]) -> Weights:
    """How much each team counts for in the split of a cost."""
    if cost.rule == SharedCost.Rule.FIXED:
        given = {UUID(team): Fraction(str(weight)) for team, weight in cost.shares.items()}
        return {team: weight for team, weight in given.items() if weight} or _own(cost)
    found: defaultdict[UUID, Fraction] = defaultdict(Fraction)
    for due in used:
        about = due.about
        if about.team_id is None or not due.quantity:
            continue
        if cost.api_id and about.api_id != cost.api_id:
            continue
        if cost.rule == SharedCost.Rule.EVEN:
            found[about.team_id] = Fraction(1)
        elif cost.meter:
            if about.meter == cost.meter:
                found[about.team_id] += Fraction(due.quantity)
        elif about.currency == cost.currency and due.amount_micros > 0:
            found[about.team_id] += due.amount_micros
    return dict(found) or _own(cost)


def _own(cost: SharedCost) -> Weights:
    return {cost.team_id: Fraction(1)}


def _split(cost: SharedCost, weights: Sequence[Fraction]) -> list[int]:
    unit = minor_unit(cost.currency)
    if cost.amount_micros % unit:
        unit = 1
    return [part * unit for part in allocate(cost.amount_micros // unit, weights)]


def _due(cost: SharedCost, team: Team, part: int, share: Fraction) -> Due:
    about = About(
        Kind.SHARED, None, team.id, team.cost_center, cost.api_id, cost.tenant_id,
        price_id=cost.id, currency=cost.currency,
    )  # fmt: skip
    return Due(about, Decimal(1), part, rule_of(cost, share))


def rule_of(cost: SharedCost, share: Fraction | None = None) -> str:
    """The rule in words, as it stands on the line; with the line's own share where given."""
    match cost.rule:
        case SharedCost.Rule.EVEN:
            how = "evenly over the teams that use"
        case SharedCost.Rule.FIXED:
            how = "by fixed shares"
        case _:
            how = f"in proportion to {cost.meter or 'the cost of use'} of"
    if cost.rule != SharedCost.Rule.FIXED:
        how += f" {cost.api.name}" if cost.api else " any API"
    amount = amount_text(cost.amount_micros, cost.currency)
    text = f"{cost.name}, {amount} a month, {how}"
    return (text if share is None else f"{text}: {float(share):.2%}")[:300]
