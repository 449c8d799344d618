"""Budgets over real verifiers: reserved at the most, settled at the cost."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from tests.edge_process import Answer, EdgeProcess, call, until
from tests.edge_world import Issued, World

pytestmark = pytest.mark.django_db  # so that pytest-django migrates a database


@pytest.fixture(scope="module")
def payments(world: World) -> UUID:
    return UUID(str(world.value("SELECT id FROM catalog_api WHERE slug = 'payments'")))


@pytest.fixture(scope="module")
def edges(world: World, edge: EdgeProcess) -> Iterator[list[EdgeProcess]]:
    with EdgeProcess(world) as other:
        yield [edge, other.ready()]


def budget(world: World, kind: str, subject: UUID | None, micros: int, **fields: Any) -> UUID:
    values = {"window": "month", "hard": True, "currency": "EUR"} | fields
    return world.insert(
        "billing_budget", subject_kind=kind, subject_id=subject, amount_micros=micros, **values
    )


def counter(world: World, budget_id: UUID) -> tuple[int, int]:
    (row,) = world.rows(
        "SELECT coalesce(sum(spent_micros), 0)::bigint, coalesce(sum(reserved_micros), 0)::bigint"
        " FROM billing_budgetcounter WHERE budget_id = %s",
        budget_id,
    )
    return row


def settle(edge: EdgeProcess, decision: str, amount: object, pep: str = "front") -> Answer:
    return call(
        edge.port,
        "POST",
        "/edge/v1/settle",
        {"X-Mkt-Pep": pep, "X-Mkt-Pep-Token": edge.world.points[pep]},
        body=orjson.dumps({"decision_id": decision, "amount_micros": amount}),
    )


def test_h35_parallel_ai_calls_never_exceed_the_budget(
    world: World, payments: UUID, edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments, limits={"reserve_micros": 300_000})
    team = world.value("SELECT team_id FROM keys_application WHERE id = %s", issued.application_id)
    small = budget(world, "application", issued.application_id, 1_000_000)
    large = budget(world, "team", team, 50_000_000)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: edges[n % 2].ask(issued.text), range(20)))
    assert Counter(answer.status for answer in answers) == {200: 3, 402: 17}
    refused = next(answer for answer in answers if answer.status == 402)
    assert orjson.loads(refused.body)["type"] == "/problems/budget-exhausted"
    assert counter(world, small) == (0, 900_000)
    assert counter(world, large) == (0, 900_000)
    decisions = [a.headers["x-mkt-decision-id"] for a in answers if a.status == 200]
    for decision in decisions:
        settled = settle(edges[0], decision, 50_000)
        assert orjson.loads(settled.body) == {
            "decision_id": decision,
            "reserved_micros": 300_000,
            "settled_micros": 50_000,
            "over_reservation": False,
        }
    assert counter(world, small) == (150_000, 0)
    assert counter(world, large) == (150_000, 0)
    assert [edges[1].ask(issued.text).status for _ in range(3)] == [200, 200, 402]


def test_to_settle_twice_changes_nothing(
    world: World, payments: UUID, edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments, limits={"reserve_micros": 100})
    owned = budget(world, "key", issued.key_id, 1_000)
    decision = edges[0].ask(issued.text).headers["x-mkt-decision-id"]
    assert [settle(edges[n % 2], decision, 40).status for n in range(4)] == [200] * 4
    assert settle(edges[0], decision, 41).status == 409
    assert counter(world, owned) == (40, 0)


def test_a_cost_above_the_reservation_is_counted_and_said(
    world: World, payments: UUID, edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments, limits={"reserve_micros": 100})
    owned = budget(world, "key", issued.key_id, 1_000)
    decision = edges[0].ask(issued.text).headers["x-mkt-decision-id"]
    assert orjson.loads(settle(edges[0], decision, 400).body)["over_reservation"] is True
    assert counter(world, owned) == (400, 0)


@pytest.mark.parametrize("amount", [-1, 1.5, "1", None, True, 2**60])
def test_an_unreadable_amount_is_refused(edges: list[EdgeProcess], amount: object) -> None:
    assert settle(edges[0], "anything", amount).status == 400


def test_only_the_gateway_before_the_api_settles(
    world: World, payments: UUID, edges: list[EdgeProcess]
) -> None:
    other = world.api("elsewhere")
    world.point("other-door", {"/elsewhere": other})
    world.change("SELECT 1", kind="pep", subject=other)
    issued = world.key(payments, limits={"reserve_micros": 100})
    owned = budget(world, "key", issued.key_id, 1_000)
    decision = edges[0].ask(issued.text).headers["x-mkt-decision-id"]
    until(lambda: settle(edges[0], decision, 1, pep="other-door").status == 404)
    headers = {"X-Mkt-Pep": "front", "X-Mkt-Pep-Token": "wrong"}
    assert call(edges[0].port, "POST", "/edge/v1/settle", headers, body=b"{}").status == 403
    assert call(edges[0].port, "GET", "/edge/v1/settle").status == 405
    assert settle(edges[0], "unknown", 1).status == 404
    assert counter(world, owned) == (0, 100)


def test_a_call_refused_by_its_rate_gives_its_reservation_back(
    world: World, payments: UUID, edges: list[EdgeProcess]
) -> None:
    limits = {"reserve_micros": 100, "rate": {"per_second": 0.1, "burst": 1}}
    issued = world.key(payments, limits=limits)
    owned = budget(world, "key", issued.key_id, 1_000)
    assert [edges[0].ask(issued.text).status for _ in range(3)] == [200, 429, 429]
    until(lambda: counter(world, owned) == (0, 100))


@pytest.mark.parametrize("cost_center", ["", "CC-77"])
def test_a_spent_budget_stops_calls_without_a_reservation(
    world: World, payments: UUID, edges: list[EdgeProcess], cost_center: str
) -> None:
    issued: Issued = world.key(payments)
    if cost_center:
        world.rows(
            "UPDATE keys_application SET cost_center = %s WHERE id = %s",
            cost_center,
            issued.application_id,
        )
        owned = budget(world, "cost_center", None, 1_000, subject_name=cost_center)
    else:
        owned = budget(world, "application", issued.application_id, 1_000)
    edge: EdgeProcess = edges[0]
    assert edge.ask(issued.text).status == 200
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    world.insert(
        "billing_budgetcounter",
        budget_id=owned,
        window_start=month,
        spent_micros=1_000,
        reserved_micros=0,
    )
    until(lambda: edge.ask(issued.text).status == 402, 4)
    world.change(
        "UPDATE billing_budget SET amount_micros = 2000 WHERE id = %s",
        owned,
        kind="budget",
        subject=owned,
    )
    until(lambda: edge.ask(issued.text).status == 200, 2)
