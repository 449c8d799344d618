"""Prices in a few words, for lists and beside a key."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from billing.meters import Meter, meters
from billing.rating.cards import Card, CardBook, PriceTerms, load_cards
from billing.rating.labels import amount_text, unit_text
from catalog.models import Api, Plan
from marketplace import clock
from marketplace.tenants.scope import current_tenant_id

NOBODY = UUID(int=0)
FREE = "Free"


def price_label(api: Api, plan: Plan | None = None) -> str:
    """The price of an API under a plan (the default one without it): "$0.004 / call", "Free"; an
    empty text where no price is in force."""
    plan_id = plan.id if plan else default_plans([api]).get(api.id)
    return _label(load_cards([api.id]), api.id, plan_id, meters())


def price_labels(apis: Sequence[Api]) -> Mapping[UUID, str]:
    """The price of each API under its default plan; those without one are missing. At most three
    queries for any number, a fourth where an owner's own meter is priced."""
    book, plans = load_cards((api.id for api in apis), risks=False), default_plans(apis)
    known = meters(book.meters())
    found = {api.id: _label(book, api.id, plans.get(api.id), known) for api in apis}
    return {api_id: text for api_id, text in found.items() if text}


def plan_labels(api: Api, plans: Sequence[Plan]) -> Mapping[UUID, list[str]]:
    """All prices of each plan, a text each, the monthly fee first."""
    book, known = load_cards([api.id]), meters()
    found: dict[UUID, list[str]] = {}
    for plan in plans:
        card = _card(book, api.id, plan.id)
        if card is not None:
            found[plan.id] = price_texts(card, known) or [FREE]
    return found


def price_texts(card: Card, known: Mapping[str, Meter]) -> list[str]:
    """Every price of a card, the monthly fee first."""
    rows = sorted(card.prices.values(), key=lambda p: (p.terms.model != "flat", p.meter))
    return [price_text(row, card.currency, known) for row in rows]


def price_text(price: PriceTerms, currency: str, known: Mapping[str, Meter]) -> str:
    """One price: its first tier where it has several."""
    terms = price.terms
    if terms.model == "flat":
        return f"{amount_text(terms.amount_micros, currency)} / month"
    amount, per, start = terms.amount_micros, terms.per, ""
    if terms.tiers:
        first = terms.tiers[0]
        amount, per, start = first.amount_micros, first.per, "from "
        amount = min(tier.amount_micros * per // tier.per for tier in terms.tiers)
    return f"{start}{amount_text(amount, currency)} / {unit_text(known.get(price.meter), per)}"


def default_plans(apis: Sequence[Api]) -> dict[UUID, UUID]:
    """The default plan's id by API id; no query where the rows carry it as `default_plan`, as those
    of the catalog's list do."""
    carried = {api.id: vars(api)["default_plan"] for api in apis if "default_plan" in vars(api)}
    if len(carried) == len(apis):
        return {api_id: plan_id for api_id, plan_id in carried.items() if plan_id}
    rows = Plan.across.filter(api__in=[api.id for api in apis], is_default=True)
    return dict(rows.values_list("api_id", "id"))


def _card(book: CardBook, api_id: UUID, plan_id: UUID | None) -> Card | None:
    return book.card_at(api_id, plan_id, current_tenant_id() or NOBODY, clock.now())


def _label(book: CardBook, api_id: UUID, plan_id: UUID | None, known: Mapping[str, Meter]) -> str:
    card = _card(book, api_id, plan_id)
    if card is None:
        return ""
    rows = sorted(
        (p for p in card.prices.values() if p.terms.model != "flat"),
        key=lambda p: (p.meter != "requests", p.operation_key, p.meter),
    )
    if rows:
        return price_text(rows[0], card.currency, known)
    return price_text(card.flat, card.currency, known) if card.flat else FREE
