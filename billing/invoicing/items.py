"""What an invoice says: the statement's lines in Stripe's units of the currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from billing.models import Period, StatementLine
from billing.models.ledger import Kind
from billing.money import MICROS
from billing.months import next_month
from billing.rating.allocate import round_amounts

MOST_ITEMS = 250  # Stripe, invoice items of one invoice
# https://docs.stripe.com/currencies: amounts without decimals, and with three of which the last
# must be 0; ISK and UGX have none but are given in hundredths.
WITHOUT_DECIMALS = frozenset(
    {
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
        "XOF", "XPF",
    }
)  # fmt: skip
THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
WHOLE_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})


@dataclass(frozen=True, slots=True)
class Unit:
    """How Stripe counts a currency: its unit, and the fewest units that can be charged."""

    micros: int
    step: int

    @property
    def coin_micros(self) -> int:
        """The smallest amount that can be charged, in micro-units."""
        return self.micros * self.step


def unit_of(currency: str) -> Unit:
    """Stripe's unit of a currency."""
    if currency in WITHOUT_DECIMALS:
        return Unit(MICROS, 1)
    if currency in THREE_DECIMALS:
        return Unit(MICROS // 1000, 10)
    return Unit(MICROS // 100, 100 if currency in WHOLE_IN_HUNDREDTHS else 1)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an invoice. `line` names it among its invoice's: a statement line's number, or
    those that were put together."""

    line: str
    description: str
    amount: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Items:
    """An invoice's items, their sum in Stripe's units, and what those units cannot hold."""

    items: Sequence[Item]
    amount: int
    rounding_micros: int


def items_of(period: Period, currency: str) -> Items:
    """The items of a closed period in one currency: always the same ones.

    A statement of more lines than an invoice takes has them put together: by API and what they
    are for, and what is still too many in the last item.
    """
    lines = list(StatementLine.across.filter(period=period, currency=currency).order_by("number"))
    unit = unit_of(currency)
    coins = round_amounts([line.cents_micros for line in lines], unit.coin_micros)
    items = _put_together([_item(line, coin * unit.step) for line, coin in zip(
        lines, coins, strict=True
    )], lines)  # fmt: skip
    amount = sum(item.amount for item in items)
    exact = sum(line.cents_micros for line in lines)
    return Items(items, amount, exact - amount * unit.micros)


def _item(line: StatementLine, amount: int) -> Item:
    api, what, adjusts = _about(line)
    return Item(
        line=str(line.number),
        description=_words(api, what, line.application, line.rule, line.reason, adjusts)[:500],
        amount=amount,
        start=first_second(line.usage_month),
        end=first_second(next_month(line.usage_month)) - 1,
    )


def _about(line: StatementLine) -> tuple[str, str, str]:
    """What a line is for: its API, what was used of it, and the month that it adjusts, if any."""
    adjusts = f"adjusts {line.usage_month:%B %Y}" if line.adjustment else ""
    return line.api or "Shared costs", line.meter_name or Kind(line.kind).label, adjusts


def _words(*names: str) -> str:
    return " · ".join(name for name in names if name)


def _put_together(items: list[Item], lines: list[StatementLine]) -> list[Item]:
    if len(items) <= MOST_ITEMS:
        return items
    groups: dict[tuple[str, ...], list[Item]] = {}
    for item, line in zip(items, lines, strict=True):
        groups.setdefault(_about(line), []).append(item)
    joined = [_joined(_words(*names), group) for names, group in groups.items()]
    if len(joined) <= MOST_ITEMS:
        return joined
    shown, rest = joined[: MOST_ITEMS - 1], joined[MOST_ITEMS - 1 :]
    return [*shown, _joined("All other lines of the statement", rest)]


def _joined(description: str, group: Sequence[Item]) -> Item:
    if len(group) == 1:
        return group[0]
    return Item(
        line=f"{group[0].line}+{len(group) - 1}",
        description=f"{description} ({len(group)} lines)"[:500],
        amount=sum(item.amount for item in group),
        start=min(item.start for item in group),
        end=max(item.end for item in group),
    )


def first_second(day: date) -> int:
    """The first second of a day of UTC."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def last_second(day: date) -> int:
    """The last second of a day of UTC."""
    return first_second(day + timedelta(days=1)) - 1
