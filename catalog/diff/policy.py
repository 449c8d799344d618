"""What a comparison is told besides the two documents."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Policy:
    """The owner's rules for retiring things, and the day of the comparison.

    With grace days above zero, whatever is deprecated needs an `x-sunset` date at least that many
    days ahead. Zero asks for nothing. Draft and alpha operations have no grace.
    """

    today: date
    grace_days_beta: int = 0
    grace_days_stable: int = 0

    def grace_days(self, stability: str | None) -> int:
        """The days between deprecation and removal for an operation of this stability."""
        if stability in ("draft", "alpha"):
            return 0
        return self.grace_days_beta if stability == "beta" else self.grace_days_stable
