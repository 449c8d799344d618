"""What a request would cost, as billing estimates it."""

from dataclasses import dataclass
from typing import Any

from catalog.models import Api, Plan
from keys.models import Application


@dataclass(frozen=True, slots=True)
class Estimate:
    """Micro-units of the payer's currency a month; None where nothing is known yet."""

    monthly_micros: int | None = None
    peers_median_micros: int | None = None
    budget_left_micros: int | None = None
    currency: str = ""

    @property
    def budget_exhausted(self) -> bool:
        return self.budget_left_micros is not None and self.budget_left_micros <= 0

    @property
    def over_budget(self) -> bool:
        """More than what is left of the budget."""
        return (
            self.budget_left_micros is not None
            and self.monthly_micros is not None
            and self.monthly_micros > self.budget_left_micros
        )

    def as_dict(self) -> dict[str, Any]:
        """The estimate as REST answers it: micro-units and currency."""
        return {
            "monthly": self.monthly_micros,
            "peers_median": self.peers_median_micros,
            "budget_left": self.budget_left_micros,
            "currency": self.currency,
        }


def estimate_for(*, api: Api, application: Application, plan: Plan | None) -> Estimate:
    """What the application's use of the API would cost under the plan."""
    return Estimate(currency=application.tenant.currency)
