"""What a request would cost, as billing estimates it."""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from billing.estimates import estimate
from catalog.models import Api, Plan
from keys.models import Application

KEPT_SECONDS = 30


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


def estimate_for(
    *, api: Api, application: Application, plan: Plan | None, fresh: bool = True
) -> Estimate:
    """What the application's use of the API would cost under the plan.

    Without `fresh` an answer of the last half minute will do: for previews, which ask at every
    change of a form.
    """
    plan_id = plan.id if plan else None
    name = f"estimate:{api.id}:{plan_id}:{application.tenant_id}:{application.team_id}"
    if not fresh and isinstance(kept := cache.get(name), Estimate):
        return kept
    found = estimate(
        api_id=api.id,
        plan_id=plan_id,
        tenant_id=application.tenant_id,
        team_id=application.team_id,
    )
    made = Estimate(
        found.monthly_micros,
        found.peers_median_micros,
        found.budget_left_micros,
        found.currency,
    )
    cache.set(name, made, KEPT_SECONDS)
    return made
