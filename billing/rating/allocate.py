"""Splitting an amount without losing or making any: the largest remainder method."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

Weight = int | Decimal | Fraction


def allocate(total: int, weights: Sequence[Weight]) -> list[int]:
    """Parts of `total` in proportion to `weights`, whole units, summing to `total` exactly.

    What rounding leaves goes to the largest remainders, the earlier first. Where all weights are
    zero the parts are even. Raises ValueError for a negative weight or where there is none for an
    amount that is not zero.
    """
    if not weights:
        if total:
            raise ValueError("there is nobody to allocate to")
        return []
    shares = [Fraction(weight) for weight in weights]
    if min(shares) < 0:
        raise ValueError("a weight is negative")
    whole = sum(shares, Fraction(0))
    if whole == 0:
        shares, whole = [Fraction(1)] * len(shares), Fraction(len(shares))
    exact = [share * abs(total) / whole for share in shares]
    parts = [int(part) for part in exact]
    left = abs(total) - sum(parts)
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[:left]:
        parts[place] += 1
    return parts if total >= 0 else [-part for part in parts]


def round_amounts(exact: Sequence[int], unit: int) -> list[int]:
    """Each amount in units of `unit` (10,000 micro-units: a cent), summing to the rounded sum.

    Amounts of both signs are taken: the sum of the results is the sum rounded half to even.
    """
    parts = [amount // unit for amount in exact]
    left = round(Fraction(sum(exact), unit)) - sum(parts)
    order = sorted(range(len(parts)), key=lambda place: (-(exact[place] % unit), place))
    for place in order[:left]:
        parts[place] += 1
    return parts
