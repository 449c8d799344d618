"""The demo splits the gateway's fee, and its months show it."""

import pytest

from billing.models import SharedCost
from marketplace import clock
from marketplace.demo.people import seed_people
from marketplace.demo.shared import NAME, seed_shared_costs

pytestmark = pytest.mark.django_db


def test_the_gateways_fee_is_split_in_proportion_to_use() -> None:
    now = clock.now()
    seed_people(now)
    seed_shared_costs(now)
    cost = SharedCost.across.get()
    assert (cost.name, cost.rule, cost.tenant.slug) == (NAME, "proportional", "retail")
