"""Prices in words: what stands beside a key, on a line and in an export."""

from decimal import Decimal
from fractions import Fraction

from billing.meters import Meter
from billing.rating.curve import Terms

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CHF": "CHF "}
SCALES = ((1_000_000_000, "bn"), (1_000_000, "M"), (1_000, "k"))


def amount_text(micros: int | Fraction, currency: str) -> str:
    """An amount with its symbol: two decimals, more where a price needs them, at most eight."""
    value = Decimal(Fraction(micros).numerator) / Decimal(Fraction(micros).denominator) / 1_000_000
    text = f"{value:.8f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{SYMBOLS.get(currency, currency + ' ')}{int(whole):,}.{decimals.ljust(2, '0')}"


def unit_text(meter: Meter | None, per: int) -> str:
    """What one price is for: call, 1k calls, 1M tokens, GB."""
    unit = meter.unit if meter else "unit"
    units = meter.units if meter else "units"
    if per == 1:
        return unit
    if unit == "byte":
        for size, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
            if per % size == 0:
                return name if per == size else f"{per // size} {name}"
    for size, mark in SCALES:
        if per % size == 0:
            return f"{per // size}{mark} {units}"
    return f"{per:,} {units}"


def rule_text(
    terms: Terms, currency: str, meter: Meter | None, factor: Fraction = Fraction(1)
) -> str:
    """How an amount comes about, for a line: the price, what is included, the risk's factor."""
    match terms.model:
        case "flat":
            text = f"{amount_text(terms.amount_micros, currency)} a month"
        case "graduated" | "tiered":
            steps = [
                f"{amount_text(t.amount_micros, currency)} / {unit_text(meter, t.per)}"
                + ("" if t.up_to is None else f" up to {_count(t.up_to)}")
                + (f" + {amount_text(t.flat_micros, currency)}" if t.flat_micros else "")
                for t in terms.tiers
            ]
            text = ", ".join(steps) + (" (all)" if terms.model == "tiered" else "")
        case "package":
            text = f"{amount_text(terms.amount_micros, currency)} per started "
            text += unit_text(meter, terms.per)
        case _:
            text = f"{amount_text(terms.amount_micros, currency)} / {unit_text(meter, terms.per)}"
    if terms.included:
        text += f", {_count(terms.included)} included"
    if factor != 1:
        text += f", × {float(factor):g} for risk"
    return text[:300]


def _count(value: Fraction) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,}"
