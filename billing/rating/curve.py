"""What a month's use costs, as pure arithmetic over exact fractions of a micro-unit.

The units of a month stand in a row; a price says what those from one position to another cost.
So use under two prices in one month is priced piece by piece, each by its own, and tiers and
included amounts go on counting where the piece before ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil


@dataclass(frozen=True, slots=True)
class Tier:
    """`amount_micros` for every `per` units up to the position `up_to` (None: without end), and
    `flat_micros` once when it is entered."""

    up_to: Fraction | None
    amount_micros: int
    per: int = 1
    flat_micros: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """A price without its names. `model` is one of billing.models.Price.Model."""

    model: str
    amount_micros: int = 0
    per: int = 1
    included: Fraction = Fraction(0)
    tiers: tuple[Tier, ...] = ()
    multiplier: Fraction = Fraction(1)


def cost(
    terms: Terms,
    start: Fraction | Decimal | int,
    end: Fraction | Decimal | int,
    *,
    total: Fraction | Decimal | int | None = None,
) -> Fraction:
    """Micro-units for the units from position `start` to `end` of a month.

    `total` is the month's whole use, by which a tiered price finds its tier; without it the use
    ends at `end`. Raises KeyError for a model that is none.
    """
    low, high = Fraction(start), Fraction(end)
    whole = high if total is None else Fraction(total)
    return MODELS[terms.model](terms, low, high, whole) * terms.multiplier


def _flat(terms: Terms, start: Fraction, end: Fraction, total: Fraction) -> Fraction:
    return Fraction(0)  # owed by the month, not by its units (billing.rating.month)


def _per_unit(terms: Terms, start: Fraction, end: Fraction, total: Fraction) -> Fraction:
    return (_billable(terms, end) - _billable(terms, start)) * Fraction(
        terms.amount_micros, terms.per
    )


def _package(terms: Terms, start: Fraction, end: Fraction, total: Fraction) -> Fraction:
    first, last = (ceil(_billable(terms, place) / terms.per) for place in (start, end))
    return Fraction((last - first) * terms.amount_micros)


def _graduated(terms: Terms, start: Fraction, end: Fraction, total: Fraction) -> Fraction:
    low, high = _billable(terms, start), _billable(terms, end)
    due, floor = Fraction(0), Fraction(0)
    for tier in terms.tiers:
        top = high if tier.up_to is None else min(tier.up_to, high)
        units = top - max(floor, low)
        if units > 0:
            due += units * Fraction(tier.amount_micros, tier.per)
        if low <= floor < high:
            due += tier.flat_micros
        if tier.up_to is None:
            break
        floor = tier.up_to
    return due


def _tiered(terms: Terms, start: Fraction, end: Fraction, total: Fraction) -> Fraction:
    whole = _billable(terms, total)
    if whole == 0:
        return Fraction(0)
    tier = next(t for t in terms.tiers if t.up_to is None or whole <= t.up_to)
    units = _billable(terms, end) - _billable(terms, start)
    due = units * Fraction(tier.amount_micros, tier.per)
    # The fee of the tier reached is owed once: by the piece that reaches the month's whole use.
    if start < total <= end:
        due += tier.flat_micros
    return due


def _billable(terms: Terms, position: Fraction) -> Fraction:
    return max(Fraction(0), position - terms.included)


MODELS: dict[str, Callable[[Terms, Fraction, Fraction, Fraction], Fraction]] = {
    "flat": _flat,
    "per_unit": _per_unit,
    "package": _package,
    "graduated": _graduated,
    "tiered": _tiered,
}
