"""The changes that a person could make to what he asks, and which of them is smallest.

A rung is one change along one dimension (a shorter life, the sandbox, a stated purpose). A search
combines rungs of different dimensions, lightest first, and evaluates each: what it names passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import Any

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIVES: tuple[tuple[timedelta, str], ...] = (
    (90 * DAY, "90 days"),
    (60 * DAY, "60 days"),
    (30 * DAY, "30 days"),
    (14 * DAY, "14 days"),
    (7 * DAY, "7 days"),
    (3 * DAY, "3 days"),
    (DAY, "24 hours"),
    (8 * HOUR, "8 hours"),
    (4 * HOUR, "4 hours"),
    (HOUR, "1 hour"),
    (15 * MINUTE, "15 minutes"),
    (5 * MINUTE, "5 minutes"),
)
MOST_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Rung:
    """One change: `text` reads as an advice ("ask for 7 days or less"), `context` is what it
    changes, `weight` how much it takes away from what was wanted."""

    dimension: str
    text: str
    weight: int
    context: Mapping[str, Any] = field(default_factory=dict)


def shorter_lives(ttl: timedelta) -> tuple[Rung, ...]:
    """The lives below `ttl`, longest first and so lightest first."""
    lower = [(life, name) for life, name in LIVES if life < ttl]
    return tuple(
        Rung("ttl", f"ask for {name} or less", step, {"ttl_seconds": int(life.total_seconds())})
        for step, (life, name) in enumerate(lower, 1)
    )


def by_weight(ladder: Sequence[Rung]) -> Iterator[tuple[Rung, ...]]:
    """Every combination of rungs of different dimensions: fewest changes first, then lightest."""
    for size in range(1, MOST_AT_ONCE + 1):
        groups = [
            group
            for group in combinations(ladder, size)
            if len({rung.dimension for rung in group}) == size
        ]
        yield from sorted(groups, key=lambda group: sum(rung.weight for rung in group))


def as_advice(rungs: Sequence[Rung], *, then: str) -> str:
    """The sentence for a combination: "Ask for 7 days or less, and it is given at once."."""
    words = " and ".join(rung.text for rung in rungs)
    return f"{words[:1].upper()}{words[1:]}, and {then}."
