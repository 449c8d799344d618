"""Limits set in the portal, as they reach verifiers that run."""

from pathlib import Path

import pytest

from billing.limits import budgets, quotas
from tests.company import Company
from tests.edge_process import EdgeProcess, until
from tests.edge_world import Issued, World, migrated_url

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 2.0  # no worker is needed for it


def all_answer(edges: list[EdgeProcess], issued: Issued, status: int) -> bool:
    return all(edge.ask(issued.text).status == status for edge in edges)


def test_quotas_and_budgets_reach_every_verifier_within_two_seconds(
    company: Company, tmp_path: Path
) -> None:
    finance = company.actor(company.finance)
    world = World(migrated_url(), tmp_path, tenant_id=company.tenant.id)
    world.point("front", {"/payments": world.api()})
    issued = world.key(world.value("SELECT id FROM catalog_api"), limits={"reserve_micros": 1000})
    with EdgeProcess(world) as one, EdgeProcess(world) as other:
        edges = [one.ready(), other.ready()]
        assert all_answer(edges, issued, 200)

        quota = quotas.set_quota(
            actor=finance, subject_kind="tenant", subject="", limit=0, window="day"
        )
        told(edges, issued, 429)
        quotas.remove_quota(actor=finance, quota_id=quota.id)
        told(edges, issued, 200)

        budget = budgets.set_budget(
            actor=finance, subject_kind="tenant", subject="", amount_micros=500, hard=True
        )
        told(edges, issued, 402)
        budgets.remove_budget(actor=finance, budget_id=budget.id)
        told(edges, issued, 200)
    world.connection.close()


def told(edges: list[EdgeProcess], issued: Issued, status: int) -> None:
    """All answer with `status` in time."""
    until(lambda: all_answer(edges, issued, status), SECONDS)
