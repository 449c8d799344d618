"""The company's price lists as rate cards."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.models import Price, RateCard
from catalog.models import Api, Plan
from marketplace.demo.company.records import Api as ApiRecord
from marketplace.demo.company.records import Price as PriceRecord
from marketplace.tenants.models import Tenant

MICROS = 1_000_000
MONTHLY_FEE = "month"


def price_plans(api: Api, record: ApiRecord, *, effective_from: datetime) -> None:
    """One card for each of the API's plans, from its first day on, in its tenant's currency."""
    currency = Tenant.objects.get(pk=api.tenant_id).currency
    plans = {plan.slug: plan for plan in Plan.across.filter(api=api)}
    for plan in record.plans:
        card = RateCard.across.create(
            tenant_id=api.tenant_id,
            api=api,
            plan=plans[plan.slug],
            currency=currency,
            effective_from=effective_from,
            created_at=effective_from,
            created_by="demo",
        )
        rows = [_price(card, price) for price in plan.prices]
        if (fee := _micros(plan.flat_monthly)) > 0:
            rows.append(
                Price(
                    tenant_id=card.tenant_id,
                    card=card,
                    meter=MONTHLY_FEE,
                    model=Price.Model.FLAT,
                    amount_micros=fee,
                )
            )
        Price.across.bulk_create(rows)


def _price(card: RateCard, price: PriceRecord) -> Price:
    """Tiers begin at monthly quantities that count what is included; a card's count beyond it."""
    row = Price(
        tenant_id=card.tenant_id,
        card=card,
        meter=price.meter,
        amount_micros=_micros(price.amount),
        per=price.per,
        included=price.included,
    )
    if price.tiers:
        row.model = Price.Model.GRADUATED
        row.tiers = _tiers(price)
    return row


def _tiers(price: PriceRecord) -> list[dict[str, Any]]:
    starts = [0, *(start - price.included for start, _ in price.tiers)]
    amounts = [price.amount, *(amount for _, amount in price.tiers)]
    ends: list[int | None] = [*starts[1:], None]
    return [
        {"up_to": end, "amount_micros": _micros(amount), "per": price.per}
        for end, amount in zip(ends, amounts, strict=True)
    ]


def _micros(amount: str) -> int:
    return int(Decimal(amount) * MICROS)
