"""Seeding a cost that no single call causes: what the API gateway's platform costs a month."""

from datetime import datetime
from decimal import Decimal

from billing.months import first_day, previous_month
from billing.shared_costs import NewSharedCost, make_shared_cost
from marketplace.tenants.actor import actor_for_user
from marketplace.tenants.models import Member, Team
from marketplace.tenants.scope import tenant_scope

NAME = "API gateway platform fee"
AMOUNT = Decimal("1850.00")


def seed_shared_costs(now: datetime) -> None:
    """Retail's gateway fee, split in proportion to the cost of use since the month before last."""
    finance = Member.across.select_related("user").get(
        tenant__slug="retail", role=Member.Role.FINANCE
    )
    team = Team.across.filter(tenant_id=finance.tenant_id).order_by("slug")[0]
    with tenant_scope(finance.tenant_id, finance.user_id):
        make_shared_cost(
            actor=actor_for_user(finance.user),
            new=NewSharedCost(
                name=NAME,
                amount=AMOUNT,
                rule="proportional",
                team=team.slug,
                first_month=previous_month(previous_month(first_day(now))),
            ),
        )
