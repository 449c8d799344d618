"""Quotas over real verifiers and a real database."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
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
def two_edges(world: World) -> Iterator[list[EdgeProcess]]:
    with EdgeProcess(world) as one, EdgeProcess(world) as other:
        yield [one.ready(), other.ready()]


def ask_all(
    edges: list[EdgeProcess], issued: Issued, count: int, at_once: int = 40
) -> list[Answer]:
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda n: edges[n % len(edges)].ask(issued.text), range(count)))


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_old_and_new_key_of_a_rotation_share_the_quota_of_their_access(
    world: World, payments: UUID, two_edges: list[EdgeProcess]
) -> None:
    old = world.key(payments)
    world.quota("grant", old.grant_id, 60)
    assert statuses(ask_all(two_edges, old, 50)) == {200: 50}
    new = world.key(payments, application_id=old.application_id, grant_id=old.grant_id)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda key: ask_all(two_edges, key, 40, at_once=20), (old, new)))
    assert statuses(both[0] + both[1]) == {200: 10, 429: 70}


@pytest.mark.parametrize("sliding", [False, True])
def test_h34_parallel_calls_take_exactly_the_quota(
    world: World, payments: UUID, two_edges: list[EdgeProcess], sliding: bool
) -> None:
    issued = world.key(payments)
    window = "hour" if sliding else "day"
    quota = world.quota("key", issued.key_id, 100, sliding=sliding, window=window)
    answers = ask_all(two_edges, issued, 200, at_once=100)
    assert statuses(answers) == {200: 100, 429: 100}
    refused = next(answer for answer in answers if answer.status == 429)
    assert orjson.loads(refused.body)["type"] == "/problems/quota-exhausted"
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit-policy"].startswith(f'"key-{window}";q=100;w=')
    until(lambda: used(world, quota) == (100, 0), 8)
    until(lambda: recorded(world, issued) == 100)


def recorded(world: World, issued: Issued) -> int:
    """Usage events of a key, each counted once."""
    return int(
        world.value(
            "SELECT count(DISTINCT event_id) FROM billing_usage_intake WHERE key_public_id = %s",
            issued.key.public_id,
        )
    )


def used(world: World, quota: UUID) -> tuple[int, int]:
    """What the counters of a quota say: used, leased."""
    (row,) = world.rows(
        "SELECT coalesce(sum(used), 0)::int, coalesce(sum(leased), 0)::int"
        " FROM billing_quotacounter WHERE quota_id = %s",
        quota,
    )
    return row


def test_a_lease_idle_elsewhere_is_recalled_before_a_call_is_refused(
    world: World, payments: UUID, two_edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments)
    world.quota("application", issued.application_id, 60)
    first, second = two_edges
    # The first sees a burst and leases ahead of it; the second needs what the first then holds.
    taken = [first.ask(issued.text).status for _ in range(20)]
    more = [second.ask(issued.text).status for _ in range(45)]
    assert Counter(taken + more) == {200: 60, 429: 5}


@pytest.mark.parametrize("subject", ["key", "application", "team", "tenant", "api"])
def test_each_subject_of_a_quota_is_limited(
    world: World, two_edges: list[EdgeProcess], subject: str
) -> None:
    api = world.api(f"api-{subject}")
    world.point(f"point-{subject}", {f"/{subject}": api})
    issued = world.key(api)
    subject_id = {
        "key": issued.key_id,
        "application": issued.application_id,
        "team": world.value(
            "SELECT team_id FROM keys_application WHERE id = %s", issued.application_id
        ),
        "tenant": world.tenant_id,
        "api": api,
    }[subject]
    quota = world.quota(subject, subject_id, 2, window="month")
    world.change("SELECT 1", kind="pep", subject=api)
    world.change("SELECT 1", kind="quota", subject=quota)
    edge = two_edges[0]

    def ask() -> int:
        return edge.ask(issued.text, path=f"/{subject}/charges", pep=f"point-{subject}").status

    until(lambda: ask() != 403)
    assert [ask() for _ in range(3)] == [200, 429, 429]
    world.rows("DELETE FROM billing_quota WHERE id = %s", quota)
    world.change("SELECT 1", kind="quota", subject=quota)
    until(lambda: ask() == 200, 3)


def test_a_raised_limit_lets_calls_through_again(
    world: World, payments: UUID, two_edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments)
    quota = world.quota("key", issued.key_id, 3)
    edge = two_edges[0]
    assert statuses([edge.ask(issued.text) for _ in range(5)]) == {200: 3, 429: 2}
    world.change(
        "UPDATE billing_quota SET limit_ = 5 WHERE id = %s", quota, kind="quota", subject=quota
    )
    until(lambda: edge.ask(issued.text).status == 200, 2)
    assert edge.ask(issued.text).status == 200
    assert edge.ask(issued.text).status == 429


def test_soft_quotas_and_other_meters_stop_nobody(
    world: World, payments: UUID, two_edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments)
    world.quota("key", issued.key_id, 0, hard=False)
    world.quota("key", issued.key_id, 0, meter="tokens.input")
    assert two_edges[0].ask(issued.text).status == 200


def test_h37_a_sliding_window_has_no_boundary_to_burst_over(
    world: World, payments: UUID, two_edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments)
    quota = world.quota("key", issued.key_id, 10, window="minute", sliding=True)
    assert statuses(ask_all(two_edges, issued, 20)) == {200: 10, 429: 10}
    until(lambda: used(world, quota) == (10, 0), 8)
    # Whatever the calendar says, the calls of the last sixty seconds still count.
    world.rows(
        "UPDATE billing_quotacounter SET window_start = window_start - interval '50 s'"
        " WHERE quota_id = %s",
        quota,
    )
    world.change("SELECT 1", kind="quota", subject=quota)
    until(lambda: two_edges[0].ask(issued.text).status == 429)
    world.rows(
        "UPDATE billing_quotacounter SET window_start = window_start - interval '15 s'"
        " WHERE quota_id = %s",
        quota,
    )
    world.change("SELECT 1", kind="quota", subject=quota)
    until(lambda: two_edges[0].ask(issued.text).status == 200, 3)


def test_h36_a_killed_verifier_never_causes_an_overrun_and_its_lease_comes_back(
    world: World, payments: UUID, two_edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments)
    quota = world.quota("key", issued.key_id, 400)
    with EdgeProcess(world) as doomed:
        doomed.ready()
        spent = 0
        while used(world, quota)[1] < 20:  # until it holds a lease of some size
            spent += statuses(ask_all([doomed], issued, 20, at_once=10))[200]
        doomed.kill()
    alive = two_edges[0]
    # The living adopt its folder: what it used is counted to the call, the rest is free again.
    until(lambda: used(world, quota) == (spent, 0), 8)
    answers = ask_all([alive], issued, 450 - spent)
    assert statuses(answers)[200] == 400 - spent
    until(lambda: recorded(world, issued) == 400)


def test_a_lease_of_a_machine_that_is_gone_counts_as_used(
    world: World, payments: UUID, two_edges: list[EdgeProcess]
) -> None:
    issued = world.key(payments)
    quota = world.quota("key", issued.key_id, 50)
    begun = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    counter = world.insert(
        "billing_quotacounter", quota_id=quota, window_start=begun, used=0, leased=30
    )
    world.insert(
        "billing_lease",
        counter_id=counter,
        verifier_id="gone",
        amount=30,
        expires_at=datetime.now(UTC) - timedelta(minutes=1),
    )
    until(lambda: used(world, quota) == (30, 0), 12)
    assert statuses(ask_all(two_edges, issued, 30)) == {200: 20, 429: 10}


def test_what_a_verifier_holds_is_given_back_when_it_stops(world: World, payments: UUID) -> None:
    issued = world.key(payments)
    quota = world.quota("key", issued.key_id, 1000)
    with EdgeProcess(world) as edge:
        edge.ready()
        for _ in range(30):
            assert edge.ask(issued.text).status == 200
        verifier = str(orjson.loads(call(edge.port, path="/readyz").body)["verifier"])
        assert (world.home / "edge" / verifier).is_dir()
        edge.stop()
        assert used(world, quota) == (30, 0)
        assert not (world.home / "edge" / verifier).exists()
