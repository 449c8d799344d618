"""What a tenant's month costs: every slice of use under the card of its own time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from billing.meters import Meter
from billing.models.ledger import Kind
from billing.models.prices import Aggregate
from billing.rating.allocate import allocate
from billing.rating.cards import Card, CardBook, PriceTerms
from billing.rating.curve import cost
from billing.rating.labels import rule_text
from billing.rating.lines import About, Due, merged
from billing.rating.slices import Slice

Holder = tuple[UUID | None, UUID | None, str]  # application, team, cost center
Plans = Mapping[tuple[UUID | None, UUID | None], Sequence[tuple[datetime, UUID | None]]]


@dataclass(slots=True)
class Month:
    """What one tenant's month is rated from. `cuts` are the times between its segments; `until`
    is its end or, while it lasts, now."""

    tenant_id: UUID
    start: datetime
    until: datetime
    cuts: Sequence[datetime]
    book: CardBook
    plans: Plans
    meters: Mapping[str, Meter]
    slices: Sequence[Slice] = field(default_factory=list)

    def plan_at(
        self, application_id: UUID | None, api_id: UUID | None, at: datetime
    ) -> UUID | None:
        """The application's plan of the API at a time; before its first, that one."""
        known = self.plans.get((application_id, api_id), ())
        found = [plan for since, plan in known if since <= at]
        return found[-1] if found else (known[0][1] if known else None)

    def rate(self) -> list[Due]:
        """All that is due for use, fees and minimums; unpriced use is a line without a card."""
        pools: dict[_PoolKey, _Pool] = {}
        dues: list[Due] = []
        used: dict[tuple[UUID | None, UUID], dict[Holder, int]] = defaultdict(dict)
        for part in self.slices:
            holder = (part.application_id, part.team_id, part.cost_center)
            if part.api_id is None:
                dues.append(self._unpriced(part, holder, None))
                continue
            holders = used[part.application_id, part.api_id]
            holders[holder] = holders.get(holder, 0) + part.events
            at = (self.start, *self.cuts)[part.segment]
            plan_id = self.plan_at(part.application_id, part.api_id, at)
            card = self.book.card_at(part.api_id, plan_id, self.tenant_id, at)
            if card is None:
                dues.append(self._unpriced(part, holder, plan_id))
                continue
            self._pour(pools, part, holder, plan_id, card, at)
        for key, pool in pools.items():
            dues += pool.rate(self, key)
        dues = merged(dues)
        return merged([*dues, *self._monthly(used, dues)])

    def quantity(self, part: Slice) -> Decimal:
        """What a slice counts for, by its meter's way of counting."""
        meter = self.meters.get(part.meter)
        match meter.aggregate if meter else Aggregate.SUM:
            case Aggregate.COUNT:
                return Decimal(part.events)
            case Aggregate.MAX:
                return part.highest
            case _:
                return part.total

    def is_highest(self, meter: str) -> bool:
        """Whether the meter counts by its highest value."""
        found = self.meters.get(meter)
        return found is not None and found.aggregate == Aggregate.MAX

    def _pour(
        self,
        pools: "dict[_PoolKey, _Pool]",
        part: Slice,
        holder: Holder,
        plan_id: UUID | None,
        card: Card,
        at: datetime,
    ) -> None:
        price = card.price(part.meter, part.operation_key)
        whose: Holder | UUID | None = part.application_id
        if self.is_highest(part.meter):
            whose = holder  # the highest of a whole cannot be split by parts
        elif card.pooled:
            whose = self.tenant_id
        key = _PoolKey(whose, part.api_id, part.meter, price.operation_key if price else "")
        pool = pools.setdefault(key, _Pool())
        place = _Place(part.segment, card, price, plan_id, holder, self._factor(card, at))
        days = pool.places.setdefault(place, {})
        quantity, before = self.quantity(part), days.get(part.day, Decimal(0))
        days[part.day] = max(before, quantity) if self.is_highest(part.meter) else before + quantity

    def _factor(self, card: Card, at: datetime) -> Fraction:
        return card.multipliers.get(self.book.risk_at(card.api_id, at), Fraction(1))

    def _unpriced(self, part: Slice, holder: Holder, plan_id: UUID | None) -> Due:
        about = About(Kind.USAGE, *holder, part.api_id, None, plan_id, "", part.meter)
        quantity = self.quantity(part)
        return Due(about, quantity, 0, "no price in force", {part.day: quantity})

    def _monthly(
        self, used: Mapping[tuple[UUID | None, UUID], dict[Holder, int]], dues: Sequence[Due]
    ) -> list[Due]:
        """Fees and minimums: by the card in force at the end, for what was used in the month."""
        spent: dict[tuple[UUID | None, UUID | None, str], int] = defaultdict(int)
        for due in dues:
            about = due.about
            spent[about.application_id, about.api_id, about.currency] += due.amount_micros
        found: list[Due] = []
        pooled: dict[UUID, tuple[Card, list[tuple[UUID | None, UUID]]]] = {}
        for (application_id, api_id), holders in used.items():
            plan_id = self.plan_at(application_id, api_id, self.until)
            card = self.book.card_at(api_id, plan_id, self.tenant_id, self.until)
            if card is None:
                continue
            holder = max(holders, key=lambda h: (holders[h], str(h)))
            about = About(
                Kind.FLAT, *holder, api_id, card.provider_id, plan_id, card_id=card.id,
                currency=card.currency,
            )  # fmt: skip
            fee = 0
            if (flat := card.flat) is not None and flat.terms.amount_micros:
                fee = round(flat.terms.amount_micros * self._factor(card, self.until))
                rule = rule_text(flat.terms, card.currency, None)
                found.append(Due(replace(about, price_id=flat.id), Decimal(1), fee, rule))
            if not card.minimum_micros:
                continue
            if card.pooled:
                pooled.setdefault(card.id, (card, []))[1].append((application_id, api_id))
                spent[application_id, api_id, card.currency] += fee
                continue
            due_so_far = spent[application_id, api_id, card.currency] + fee
            if due_so_far < card.minimum_micros:
                found.append(_minimum(about, card, card.minimum_micros - due_so_far))
        for card, places in pooled.values():
            total = sum(spent[application, api, card.currency] for application, api in places)
            if total >= card.minimum_micros:
                continue
            weights = [spent[application, api, card.currency] for application, api in places]
            parts = allocate(card.minimum_micros - total, weights)
            for (application, api), amount in zip(places, parts, strict=True):
                holders = used[application, api]
                holder = max(holders, key=lambda h: (holders[h], str(h)))
                plan_id = self.plan_at(application, api, self.until)
                about = About(
                    Kind.FLAT, *holder, api, card.provider_id, plan_id, card_id=card.id,
                    currency=card.currency,
                )  # fmt: skip
                if amount:
                    found.append(_minimum(about, card, amount))
        return found


def _minimum(about: About, card: Card, amount: int) -> Due:
    least = f"at least {card.minimum_micros / 1_000_000:,.2f} {card.currency} a month"
    return Due(replace(about, kind=Kind.MINIMUM), Decimal(0), amount, least)


@dataclass(frozen=True, slots=True)
class _PoolKey:
    """What counts its tiers together."""

    whose: Holder | UUID | None
    api_id: UUID | None
    meter: str
    operation_key: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where use in a pool fell: which segment, under which card and price, whose it is."""

    segment: int
    card: Card
    price: PriceTerms | None
    plan_id: UUID | None
    holder: Holder
    factor: Fraction

    def __hash__(self) -> int:
        return hash((self.segment, self.card.id, self.plan_id, self.holder))


@dataclass(slots=True)
class _Pool:
    """The use that counts its tiers together, from place to the quantity of each day."""

    places: dict[_Place, dict[int, Decimal]] = field(default_factory=dict)

    def rate(self, month: Month, key: _PoolKey) -> list[Due]:
        """Price the pool segment by segment, each going on where the one before ended."""
        highest = month.is_highest(key.meter)
        sums = {
            place: (max if highest else sum)(days.values()) for place, days in self.places.items()
        }
        total = Fraction((max if highest else sum)(sums.values()))
        position = Fraction(0)
        dues: list[Due] = []
        for _, places in sorted(_by_piece(self.places).items()):
            weights = [Fraction(sums[place]) for place in places]
            end = max(position, *weights) if highest else position + sum(weights)
            first = places[0]
            due = Fraction(0)
            if first.price is not None:
                terms = replace(first.price.terms, multiplier=first.factor)
                due = cost(terms, position, end, total=total)
            for place, amount in zip(places, allocate(round(due), weights), strict=True):
                quantity = end - position if highest else Fraction(sums[place])
                dues.append(_due(place, key, quantity, amount, self.places[place], month))
            position = end
        return dues


def _by_piece(
    places: Mapping[_Place, dict[int, Decimal]],
) -> dict[tuple[int, str], list[_Place]]:
    """The places of each piece: one segment under one card (a plan may give two applications in
    one pool different cards in the same segment)."""
    found: dict[tuple[int, str], list[_Place]] = defaultdict(list)
    for place in places:
        found[place.segment, str(place.card.id)].append(place)
    return found


def _due(
    place: _Place,
    key: _PoolKey,
    quantity: Fraction,
    amount: int,
    days: dict[int, Decimal],
    month: Month,
) -> Due:
    price, card = place.price, place.card
    about = About(
        Kind.USAGE,
        *place.holder,
        key.api_id,
        card.provider_id,
        place.plan_id,
        key.operation_key,
        key.meter,
        card.id,
        price.id if price else None,
        card.currency,
    )
    rule = "free of charge on this card"
    if price:
        rule = rule_text(price.terms, card.currency, month.meters.get(key.meter), place.factor)
    exact = Decimal(quantity.numerator) / Decimal(quantity.denominator)
    return Due(about, exact, amount, rule, days)
