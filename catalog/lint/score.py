"""The grade: one number for how well a document keeps the rules.

    score = 100 × Π over rules (1 − weight × √(hits / places))

`weight` goes by the rule's level. A rule costs by the share of its places that are wrong, so that
a large document is held to the same measure as a small one. The root makes the first slips cost
more than the following ones; the product makes each further rule cost less than the one before, so
that mending anything always helps.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from catalog.lint.finding import Level, Total

WEIGHTS: Mapping[Level, float] = {"error": 0.15, "warning": 0.06, "info": 0.025}
GRADES = (("A", 90), ("B", 75), ("C", 60), ("D", 40), ("E", 20), ("F", 0))  # from which score


def cost(total: Total) -> float:
    """What one rule takes from the score, as a share of it."""
    if not total.hits or not total.places:
        return 0.0
    return WEIGHTS[total.level] * sqrt(min(1.0, total.hits / total.places))


def exact(totals: Mapping[str, Total], without: str | None = None) -> float:
    """The score before rounding; `without` leaves one rule out, as if it were kept everywhere."""
    score = 100.0
    for rule, total in totals.items():
        if rule != without:
            score *= 1.0 - cost(total)
    return score


def whole(score: float) -> int:
    """The score as it is told: a whole number, 100 only where no rule costs anything."""
    return 100 if score == 100.0 else min(99, round(score))


def grade_of(score: int) -> str:
    """A to F."""
    return next(grade for grade, least in GRADES if score >= least)


def best_rule(totals: Mapping[str, Total]) -> tuple[str, float] | None:
    """The rule whose mending everywhere raises the score most, and the score that it would be."""
    candidates = [
        (exact(totals, without=rule), rule) for rule, total in totals.items() if cost(total)
    ]
    if not candidates:
        return None
    best = max(candidates, key=lambda each: (each[0], each[1]))
    return best[1], best[0]
