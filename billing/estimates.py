"""What a request would cost a month: from one's own use, else from that of one's peers."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from uuid import UUID

from django.db import connection
from django.db.models import Q

from billing.limits.budgets import counted, standings
from billing.meters import meters
from billing.models import Budget
from billing.models.prices import Aggregate
from billing.rating.cards import Card, load_cards
from billing.rating.curve import cost
from catalog.models import Api
from marketplace import clock
from marketplace.tenants.models import Tenant
from marketplace.tenants.scope import platform_scope

DAYS = 30
FEWEST_PEERS = 2  # with fewer the median would tell one consumer's bill
USE = """
SELECT s.application_id, s.tenant_id, s.team_id, s.meter, sum(r.sum), sum(r.count)::bigint,
  max(r.max), min(r.start)
FROM billing_usageseries s
JOIN billing_usagerollup r ON r.series_id = s.id AND r.grain = 'd' AND r.start >= %s
WHERE s.api_id = %s GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Micro-units of `currency` a month; None where nothing is known yet."""

    monthly_micros: int | None
    peers_median_micros: int | None
    budget_left_micros: int | None
    currency: str


@dataclass(slots=True)
class _Consumer:
    team_id: UUID | None
    days: float
    quantities: dict[str, Decimal]


def estimate(
    *, api_id: UUID, plan_id: UUID | None, tenant_id: UUID, team_id: UUID | None
) -> Estimate:
    """The monthly cost of a new use of an API under a plan, beside the peers' and the budget.

    It is reckoned from the last 30 days: of the team's other applications where they use the API,
    else of the median consumer, priced by the card in force now. Peers are shown where there are
    at least two. Looks across tenants and answers amounts alone.
    """
    tenant = Tenant.objects.get(id=tenant_id)
    api = Api.across.get(id=api_id)
    with platform_scope():
        card = load_cards([api_id]).card_at(api_id, plan_id, tenant_id, clock.now())
        consumers = _consumers(api_id)
        left = _budget_left(tenant, team_id)
    if card is None:
        return Estimate(None, None, left, tenant.currency)
    costs = [_monthly(card, consumer.quantities, api.risk) for consumer in consumers]
    own = [
        due
        for consumer, due in zip(consumers, costs, strict=True)
        if team_id is not None and consumer.team_id == team_id
    ]
    fixed = _monthly(card, {}, api.risk)
    metered = any(price.terms.model != "flat" for price in card.prices.values())
    peers = round(median(costs)) if len(costs) >= FEWEST_PEERS else None
    monthly: int | None
    if own:
        monthly = round(median(own))
    elif costs:
        monthly = round(median(costs))
    else:
        monthly = None if metered else fixed
    left = left if card.currency == tenant.currency else None
    return Estimate(monthly, peers, left, card.currency)


def _consumers(api_id: UUID) -> list[_Consumer]:
    """The applications that used an API in the last 30 days, their use stretched to 30 days."""
    now = clock.now()
    since = (now - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[tuple[UUID | None, UUID], _Consumer] = {}
    known = meters()
    with connection.cursor() as cursor:
        cursor.execute(USE, [since, api_id])
        rows = cursor.fetchall()
    for application_id, tenant_id, team_id, meter, total, events, highest, first in rows:
        consumer = found.setdefault(
            (application_id, tenant_id), _Consumer(team_id, 0.0, defaultdict(Decimal))
        )
        consumer.days = max(consumer.days, (now - first) / timedelta(days=1))
        quantity = total
        if meter in known and known[meter].aggregate == Aggregate.COUNT:
            quantity = Decimal(events)
        elif meter in known and known[meter].aggregate == Aggregate.MAX:
            quantity = highest
        consumer.quantities[meter] += quantity
    for consumer in found.values():
        stretch = Decimal(DAYS / max(1.0, min(consumer.days, DAYS)))
        consumer.quantities = {
            meter: quantity
            if meter in known and known[meter].aggregate == Aggregate.MAX
            else quantity * stretch
            for meter, quantity in consumer.quantities.items()
        }
    return list(found.values())


def _monthly(card: Card, quantities: dict[str, Decimal], risk: str) -> int:
    due = Fraction(card.flat.terms.amount_micros) if card.flat else Fraction(0)
    for meter, quantity in quantities.items():
        price = card.price(meter, "")
        if price is not None:
            due += cost(price.terms, 0, quantity.quantize(Decimal("0.000001")))
    due *= card.multipliers.get(risk, Fraction(1))
    return max(round(due), card.minimum_micros)


def _budget_left(tenant: Tenant, team_id: UUID | None) -> int | None:
    """What is left of the tightest budget that would pay, in the tenant's currency."""
    rows = Budget.across.filter(
        Q(subject_kind="tenant") | Q(subject_kind="team", subject_id=team_id),
        tenant=tenant,
        currency=tenant.currency,
        window="month",
    )
    found = standings(list(counted(rows)))
    return min((standing.left_micros for standing in found), default=None)
