"""Rate cards: made, listed, and tried on past months before they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from billing.limits.subjects import tenant_of
from billing.meters import Meter, meters
from billing.models import Charge, Period, Price, RateCard
from billing.money import to_micros
from billing.months import bounds, first_day
from billing.rating.cards import CardBook, as_card
from billing.rating.charges import ALWAYS, load_month, mark_dirty
from catalog.models import Api, Plan
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import FieldError, Forbidden, Invalid, NotFound
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant
from marketplace.tenants.scope import platform_scope

MOST_PRICES = 100
MOST_TIERS = 20
FAR_AHEAD = timedelta(days=5 * 365)
RISKS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class NewCard:
    """What a card is to say. Amounts are decimals of `currency`; `plan` and `consumer` are slugs.

    `prices` are mappings of meter, operation, model, amount, per, included and tiers (up_to,
    amount, per, flat).
    """

    api: str
    prices: Sequence[Mapping[str, Any]]
    effective_from: datetime | None = None
    plan: str = ""
    consumer: str = ""
    currency: str = ""
    minimum: Decimal = Decimal(0)
    pooled: bool = False
    risk_multipliers: Mapping[str, Decimal] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A new card, and the closed months that get adjustments by it."""

    card: RateCard
    closed_months: list[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a month cost and what it would have cost by the card, in micro-units."""

    month: date
    currency: str
    was_micros: int
    would_micros: int
    consumers: int


def make_card(*, actor: Actor, new: NewCard) -> Made:
    """Set prices of an API from a time on (now).

    Use from that time on is priced anew; what of it lies in closed months becomes adjustments in
    the open one. By an owner of the API's team, or the tenant's finance. Raises Invalid at the
    field, NotFound, Forbidden.
    """
    with transaction.atomic():
        card, prices = _checked(actor, new)
        card.save(force_insert=True)
        Price.across.bulk_create(prices)
        details = {"api": new.api, "effective_from": card.effective_from.isoformat()}
        record(
            actor=actor,
            action="price.changed",
            target=f"card:{card.id}",
            tenant_id=card.tenant_id,
            details=details | {"plan": new.plan, "consumer": new.consumer, "note": new.note},
        )
        emit(
            "price.changed",
            tenant_id=card.tenant_id,
            subject=f"api:{card.api_id}",
            data={"api_id": str(card.api_id), "card_id": str(card.id), **details},
        )
        with platform_scope():
            mark_dirty(api_ids=[card.api_id], since=card.effective_from, tenant_id=card.consumer_id)
            closed = _closed_since(card)
    return Made(card, closed)


def preview_card(*, actor: Actor, new: NewCard, months: Sequence[date]) -> list[Preview]:
    """What past months would have cost, had the card been in force in them; nothing is made."""
    card, prices = _checked(actor, new)
    found = []
    with platform_scope():
        for month in months:
            found.append(_preview(card, prices, month))
    return found


def _preview(card: RateCard, prices: Sequence[Price], month: date) -> Preview:
    start, _ = bounds(month)
    tried = replace(as_card(card, prices), effective_from=start, created_at=clock.now())
    charged = Charge.across.filter(api_id=card.api_id, month=month)
    if card.consumer_id:
        charged = charged.filter(tenant_id=card.consumer_id)
    was = charged.filter(currency=card.currency).aggregate(s=Sum("amount_micros"))["s"] or 0
    would = 0
    tenants = list(charged.values_list("tenant_id", flat=True).distinct())
    for tenant_id in tenants:
        found = load_month(tenant_id=tenant_id, month=month)
        others = [
            other
            for other in found.book.cards.get(card.api_id, [])
            if (other.plan_id, other.consumer_id) != (tried.plan_id, tried.consumer_id)
        ]
        book = CardBook({**found.book.cards, card.api_id: [*others, tried]}, found.book.risks)
        again = load_month(tenant_id=tenant_id, month=month, book=book)
        again.slices = [part for part in again.slices if part.api_id == card.api_id]
        would += sum(due.amount_micros for due in again.rate())
    return Preview(month, card.currency, was, would, len(tenants))


def _closed_since(card: RateCard) -> list[str]:
    rows = Charge.across.filter(api_id=card.api_id, month__gte=first_day(card.effective_from))
    if card.consumer_id:
        rows = rows.filter(tenant_id=card.consumer_id)
    tenants = set(rows.values_list("tenant_id", flat=True))
    closed = Period.across.filter(
        tenant_id__in=tenants,
        month__gte=first_day(card.effective_from),
        state=Period.State.CLOSED,
    )
    return sorted({f"{month:%Y-%m}" for month in closed.values_list("month", flat=True)})


def _checked(actor: Actor, new: NewCard) -> tuple[RateCard, list[Price]]:
    api = Api.across.filter(slug=new.api).first()
    if api is None:
        raise Invalid.at("/api", f"There is no API {new.api!r}.")
    of_tenant = actor.tenant_id == api.tenant_id
    if not (actor.is_platform_admin or (of_tenant and actor.is_finance)) and not (
        of_tenant and actor.owns_team(api.team_id)
    ):
        raise Forbidden("Prices are set by an owner of the API's team, or its tenant's finance.")
    errors: list[FieldError] = []
    now = clock.now()
    since = new.effective_from or now
    if not ALWAYS <= since <= now + FAR_AHEAD:
        errors.append(FieldError("/effective_from", "A card begins between 2000 and in 5 years."))
    plan = Plan.across.filter(api=api, slug=new.plan).first() if new.plan else None
    if new.plan and plan is None:
        errors.append(FieldError("/plan", f"The API has no plan {new.plan!r}."))
    consumer = Tenant.objects.filter(slug=new.consumer).first() if new.consumer else None
    if new.consumer and consumer is None:
        errors.append(FieldError("/consumer", f"There is no tenant {new.consumer!r}."))
    currency = new.currency or Tenant.objects.get(id=api.tenant_id).currency
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        errors.append(FieldError("/currency", "A currency is three capitals, such as EUR."))
    card = RateCard(
        tenant_id=api.tenant_id,
        api=api,
        plan=plan,
        consumer=consumer,
        currency=currency,
        effective_from=since,
        minimum_micros=_micros(new.minimum, "/minimum", errors),
        pooled=new.pooled,
        risk_multipliers=_multipliers(new.risk_multipliers or {}, errors),
        note=new.note,
        created_by=actor.label[:200],
        created_at=now,
    )
    prices = _prices(card, new.prices, errors)
    if errors:
        raise Invalid(errors=errors)
    return card, prices


def _multipliers(given: Mapping[str, Decimal], errors: list[FieldError]) -> dict[str, str]:
    for risk, factor in given.items():
        if risk not in RISKS:
            errors.append(FieldError(f"/risk_multipliers/{risk}", f"One of {', '.join(RISKS)}."))
        elif not 0 <= factor <= 1000:
            errors.append(FieldError(f"/risk_multipliers/{risk}", "A factor from 0 to 1000."))
    return {risk: f"{factor:f}" for risk, factor in given.items()}


def _prices(
    card: RateCard, given: Sequence[Mapping[str, Any]], errors: list[FieldError]
) -> list[Price]:
    if len(given) > MOST_PRICES:
        errors.append(FieldError("/prices", f"A card has at most {MOST_PRICES} prices."))
        return []
    known = meters({str(price.get("meter", "")) for price in given})
    seen: set[tuple[str, str]] = set()
    found = []
    for place, price in enumerate(given):
        at = f"/prices/{place}"
        row = _price(card, price, at, known, errors)
        if (row.meter, row.operation_key) in seen:
            errors.append(FieldError(f"{at}/meter", "This meter is priced twice."))
        seen.add((row.meter, row.operation_key))
        found.append(row)
    return found


def _price(
    card: RateCard,
    given: Mapping[str, Any],
    at: str,
    known: Mapping[str, Meter],
    errors: list[FieldError],
) -> Price:
    model = given.get("model") or "per_unit"
    meter = given.get("meter") or ""
    if model not in Price.Model.values:
        errors.append(FieldError(f"{at}/model", f"One of {', '.join(Price.Model.values)}."))
    elif model != "flat" and meter not in known:
        errors.append(FieldError(f"{at}/meter", f"There is no meter {meter!r}."))
    row = Price(
        tenant_id=card.tenant_id,
        card=card,
        meter=meter,
        operation_key=given.get("operation") or "",
        model=model,
        amount_micros=_micros(given.get("amount", 0), f"{at}/amount", errors),
        per=_whole(given.get("per", 1), f"{at}/per", errors),
        included=_decimal(given.get("included", 0), f"{at}/included", errors),
        tiers=_tiers(given.get("tiers") or [], at, errors),
    )
    if (model in ("graduated", "tiered")) != bool(row.tiers):
        errors.append(
            FieldError(f"{at}/tiers", "Tiers go with the models graduated and tiered, and only.")
        )
    return row


def _tiers(
    given: Sequence[Mapping[str, Any]], at: str, errors: list[FieldError]
) -> list[dict[str, Any]]:
    if len(given) > MOST_TIERS:
        errors.append(FieldError(f"{at}/tiers", f"A price has at most {MOST_TIERS} tiers."))
        return []
    found: list[dict[str, Any]] = []
    before = Decimal(0)
    for place, tier in enumerate(given):
        here = f"{at}/tiers/{place}"
        last, up_to = place == len(given) - 1, tier.get("up_to")
        if last != (up_to is None):
            errors.append(FieldError(f"{here}/up_to", "The last tier, and only it, has no end."))
        elif up_to is not None:
            end = _decimal(up_to, f"{here}/up_to", errors)
            if end <= before:
                errors.append(FieldError(f"{here}/up_to", "A tier ends above the one before."))
            before = end
        found.append(
            {
                "up_to": None if up_to is None else f"{before:f}",
                "amount_micros": _micros(tier.get("amount", 0), f"{here}/amount", errors),
                "per": _whole(tier.get("per", 1), f"{here}/per", errors),
                "flat_micros": _micros(tier.get("flat", 0), f"{here}/flat", errors),
            }
        )
    return found


def _decimal(value: Any, at: str, errors: list[FieldError]) -> Decimal:
    try:
        found = Decimal(str(value))
        if found.is_finite() and 0 <= found < 10**13 and found == round(found, 6):
            return found
    except InvalidOperation:
        pass
    errors.append(FieldError(at, "A number from 0 with at most six decimals."))
    return Decimal(0)


def _micros(value: Any, at: str, errors: list[FieldError]) -> int:
    return to_micros(_decimal(value, at, errors))


def _whole(value: Any, at: str, errors: list[FieldError]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 10**12:
        return value
    errors.append(FieldError(at, "A whole number from 1."))
    return 1


def visible_cards(*, actor: Actor, api: str = "") -> list[RateCard]:
    """The cards an actor may see, newest first: those for all, those for his tenant, and those
    of his tenant's APIs. Raises NotFound for an API that does not exist."""
    rows = RateCard.across.select_related("api", "plan", "consumer").prefetch_related("prices")
    if api:
        if not Api.across.filter(slug=api).exists():
            raise NotFound(f"There is no API {api}.")
        rows = rows.filter(api__slug=api)
    if not actor.is_platform_admin:
        own = tenant_of(actor)
        rows = rows.filter(Q(consumer=None) | Q(consumer_id=own) | Q(tenant_id=own))
    return list(rows.order_by("api__name", "-effective_from", "-created_at")[:500])
