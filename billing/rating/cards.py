"""The rate cards of some APIs, and which is in force for whom at what time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from billing.models import Price, RateCard, RiskSince
from billing.rating.curve import Terms, Tier


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """A price on a card, ready to reckon with; its terms hold no risk multiplier yet."""

    id: UUID
    meter: str
    operation_key: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Card:
    """A rate card, ready to reckon with."""

    id: UUID
    api_id: UUID
    provider_id: UUID
    plan_id: UUID | None
    consumer_id: UUID | None
    currency: str
    effective_from: datetime
    created_at: datetime
    minimum_micros: int
    pooled: bool
    multipliers: dict[str, Fraction]
    prices: dict[tuple[str, str], PriceTerms]

    def price(self, meter: str, operation_key: str) -> PriceTerms | None:
        """The price of a meter on an operation: its own, else that of all operations."""
        own = self.prices.get((meter, operation_key))
        return own or self.prices.get((meter, ""))

    @property
    def flat(self) -> PriceTerms | None:
        """The monthly fee, if there is one."""
        return next((p for p in self.prices.values() if p.terms.model == "flat"), None)


@dataclass(slots=True)
class CardBook:
    """All cards of some APIs, with the APIs' risk classes over time."""

    cards: dict[UUID, list[Card]]
    risks: dict[UUID, list[tuple[datetime, str]]] = field(default_factory=dict)

    def card_at(
        self, api_id: UUID, plan_id: UUID | None, tenant_id: UUID, at: datetime
    ) -> Card | None:
        """The card in force: one for the tenant before one for all, one for the plan before one
        for all plans, then the latest; of two with the same time the one made later."""
        found = [
            card
            for card in self.cards.get(api_id, [])
            if card.effective_from <= at
            and card.plan_id in (None, plan_id)
            and card.consumer_id in (None, tenant_id)
        ]
        return max(
            found,
            key=lambda card: (
                card.consumer_id is not None,
                card.plan_id is not None,
                card.effective_from,
                card.created_at,
            ),
            default=None,
        )

    def risk_at(self, api_id: UUID, at: datetime) -> str:
        """The API's risk class at a time; before the first that is known, that one."""
        known = self.risks.get(api_id, [])
        return next((risk for since, risk in reversed(known) if since <= at), "") or (
            known[0][1] if known else ""
        )

    def cuts(self, start: datetime, end: datetime) -> set[datetime]:
        """The times within a month at which some price changes."""
        times = {card.effective_from for cards in self.cards.values() for card in cards}
        times |= {since for known in self.risks.values() for since, _ in known}
        return {time for time in times if start < time < end}

    def meters(self) -> set[str]:
        """The meters that any card prices."""
        return {
            meter for cards in self.cards.values() for card in cards for meter, _ in card.prices
        }

    def special(self) -> set[tuple[UUID, str, str]]:
        """API, meter and operation of prices that are for one operation only."""
        return {
            (api_id, meter, operation)
            for api_id, cards in self.cards.items()
            for card in cards
            for meter, operation in card.prices
            if operation
        }


def load_cards(api_ids: Iterable[UUID], *, risks: bool = True) -> CardBook:
    """The book of some APIs. Three queries; two without `risks`, for who reads prices alone."""
    wanted = set(api_ids)
    book = CardBook(cards={}, risks={})
    rows = RateCard.across.filter(api_id__in=wanted).prefetch_related("prices")
    for row in rows:
        book.cards.setdefault(row.api_id, []).append(as_card(row))
    if not risks:
        return book
    for api_id, since, risk in (
        RiskSince.objects.filter(api_id__in=wanted)
        .order_by("since")
        .values_list("api_id", "since", "risk")
    ):
        book.risks.setdefault(api_id, []).append((since, risk))
    return book


def as_card(row: RateCard, prices: Iterable[Price] | None = None) -> Card:
    """A row as a card; `prices` where they are not saved yet (a preview)."""
    rows = row.prices.all() if prices is None else prices
    return Card(
        id=row.id,
        api_id=row.api_id,
        provider_id=row.tenant_id,
        plan_id=row.plan_id,
        consumer_id=row.consumer_id,
        currency=row.currency,
        effective_from=row.effective_from,
        created_at=row.created_at,
        minimum_micros=row.minimum_micros,
        pooled=row.pooled,
        multipliers={risk: Fraction(str(by)) for risk, by in row.risk_multipliers.items()},
        prices={
            (price.meter, price.operation_key): PriceTerms(
                price.id, price.meter, price.operation_key, as_terms(price)
            )
            for price in rows
        },
    )


def as_terms(price: Price) -> Terms:
    """A price row as terms to reckon with."""
    return Terms(
        model=price.model,
        amount_micros=price.amount_micros,
        per=price.per,
        included=Fraction(price.included),
        tiers=tuple(
            Tier(
                up_to=None if tier.get("up_to") is None else Fraction(str(tier["up_to"])),
                amount_micros=int(tier.get("amount_micros", 0)),
                per=int(tier.get("per", 1)),
                flat_micros=int(tier.get("flat_micros", 0)),
            )
            for tier in price.tiers
        ),
    )
