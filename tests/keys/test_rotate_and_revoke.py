"""A key's later life."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Quota, QuotaCounter, UsageRollup, UsageSeries
from catalog.models import Plan
from keys.approvals import approve
from keys.issue import issue_key
from keys.lifecycle import (
    announce_ends,
    expire_ended,
    find_key,
    revoke_key,
    revoke_many,
    rotate_key,
)
from keys.models import Grant, Key, Revocation
from keys.scopes import EVERY, scopes_of, shrunk
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.events.models import OutboxEvent
from tests.company import Company
from tests.keys.makers import OPERATIONS, ask, make_api

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(company: Company) -> Key:
    """A live key of the developer's."""
    given = ask(company, make_api(company.owners), scopes=["op0", "op1", "op2"], ttl="30d")
    assert given.key is not None
    return Key.across.get(pk=given.key.key.pk)


def called(key: Key, operation: str, days_ago: int = 1) -> None:
    series = UsageSeries.objects.create(
        tenant_id=key.tenant_id,
        key_public_id=key.public_id,
        operation_key=operation,
        meter="requests",
    )
    at = timezone.now() - timedelta(days=days_ago)
    hour = at.replace(minute=0, second=0, microsecond=0)
    UsageRollup.objects.create(
        series_id=series.id,
        grain="h",
        start=hour,
        tenant_id=key.tenant_id,
        sum=7,
        count=7,
        max=1,
        last_at=at,
    )


def test_the_old_key_goes_on_for_the_overlap_and_the_new_one_for_its_whole_life(
    company: Company, key: Key
) -> None:
    later = clock.now() + timedelta(days=5)
    with clock.frozen(later):
        turned = rotate_key(
            actor=company.actor(company.developer), key=key, overlap=timedelta(hours=1)
        )
    old, new = Key.across.get(pk=key.pk), turned.new.key
    assert old.expires_at == later + timedelta(hours=1)
    assert new.expires_at == later + timedelta(days=30)
    assert old.replaced_by_id == new.pk
    assert scopes_of(new) == scopes_of(old)
    assert turned.new.secret.startswith(new.public_id)
    assert {row.key_id for row in Revocation.objects.filter(kind="key")} >= {old.pk, new.pk}
    with pytest.raises(Conflict, match="already"):
        rotate_key(actor=company.actor(company.developer), key=old)


def test_a_life_that_needs_an_owner_is_not_renewed_by_rotating(company: Company) -> None:
    asked = ask(company, make_api(company.owners, risk="high"), ttl="10d")
    assert asked.request is not None
    assert asked.key is not None
    approve(actor=company.actor(company.owner), request_id=asked.request.id)
    old = Key.across.get()
    with clock.frozen(clock.now() + timedelta(days=4)):
        turned = rotate_key(actor=company.actor(company.developer), key=old)
    assert turned.new.key.expires_at == old.expires_at


def test_a_waiting_keys_successor_is_answered_by_the_mock_too(company: Company) -> None:
    asked = ask(company, make_api(company.owners, risk="high"))
    assert asked.key is not None
    turned = rotate_key(actor=company.actor(company.developer), key=asked.key.key)
    assert turned.new.key.mock


def test_shrinking_keeps_only_what_was_called_in_the_last_thirty_days(
    company: Company, key: Key
) -> None:
    called(key, "get /orders")
    called(key, "post /orders", days_ago=40)
    called(key, "delete /orders/{}")
    turned = rotate_key(actor=company.actor(company.developer), key=key, scopes="shrink")
    assert scopes_of(turned.new.key) == ("get /orders",)
    assert turned.dropped == ("get /orders/{}", "post /orders")
    again = rotate_key(actor=company.actor(company.developer), key=turned.new.key, scopes="shrink")
    assert scopes_of(again.new.key) == ("get /orders",)


def test_a_key_never_used_is_not_shrunk_to_nothing(company: Company, key: Key) -> None:
    with pytest.raises(Conflict, match="nothing would be left"):
        rotate_key(actor=company.actor(company.developer), key=key, scopes="shrink")
    assert Key.across.count() == 1


@pytest.mark.parametrize("seconds", [-1, 8 * 86_400])
def test_an_overlap_out_of_bounds_is_refused(company: Company, key: Key, seconds: int) -> None:
    with pytest.raises(Invalid):
        rotate_key(
            actor=company.actor(company.developer), key=key, overlap=timedelta(seconds=seconds)
        )


def test_revoking_ends_the_key_and_all_below_it_in_one_transaction(
    company: Company, key: Key
) -> None:
    actor = company.actor(company.developer)
    child = issue_key(grant=key.grant, by=actor, expires_at=key.expires_at, parent=key).key
    grandchild = issue_key(grant=key.grant, by=actor, expires_at=key.expires_at, parent=child).key
    seen = Revocation.objects.count()
    ended = revoke_key(actor=actor, key=key, why="laptop lost")
    assert {row.pk for row in ended} == {key.pk, child.pk, grandchild.pk}
    assert set(Key.across.values_list("state", flat=True)) == {Key.State.REVOKED}
    assert Revocation.objects.count() == seen + 3
    assert AuditEntry.objects.filter(action="key.revoked").count() == 3
    assert OutboxEvent.objects.filter(kind="key.revoked").count() == 3
    assert revoke_key(actor=actor, key=key, why="again") == []


def test_a_rotated_parent_keeps_its_children_below_the_new_key(company: Company, key: Key) -> None:
    actor = company.actor(company.developer)
    child = issue_key(grant=key.grant, by=actor, expires_at=key.expires_at, parent=key).key
    turned = rotate_key(actor=actor, key=key)
    revoke_key(actor=actor, key=turned.new.key, why="done")
    assert Key.across.get(pk=child.pk).state == Key.State.REVOKED


def test_the_apis_owner_revokes_a_consumers_key_but_does_not_rotate_it(
    company: Company, key: Key
) -> None:
    owner = company.actor(company.owner)
    with pytest.raises(Forbidden):
        rotate_key(actor=owner, key=key)
    assert revoke_key(actor=owner, key=key, why="abuse")


def test_h18_another_tenant_finds_no_key_by_either_name(company: Company, key: Key) -> None:
    outsider = company.actor(company.outsider)
    for name in (key.public_id, str(key.pk), "mk_l_000000000000"):
        with pytest.raises(NotFound):
            find_key(outsider, name)
    assert find_key(company.actor(company.developer), key.public_id) == key


def test_many_are_revoked_all_or_none(company: Company, key: Key) -> None:
    other = ask(company, make_api(company.owners, "refunds"), actor=company.actor(company.owner))
    assert other.key is not None
    with pytest.raises(Forbidden):
        revoke_many(
            actor=company.actor(company.developer), keys=[key, other.key.key], why="cleaning"
        )
    assert set(Key.across.values_list("state", flat=True)) == {Key.State.ACTIVE}


def test_an_ended_key_is_marked_and_not_rotated(company: Company, key: Key) -> None:
    with clock.frozen(key.expires_at + timedelta(seconds=1)):
        assert expire_ended() == 1
        with pytest.raises(Conflict, match="ended"):
            rotate_key(actor=company.actor(company.developer), key=Key.across.get(pk=key.pk))
    assert Grant.across.get().state == Grant.State.EXPIRED


def test_an_end_that_comes_near_is_announced_once_unless_there_is_a_successor(
    company: Company, key: Key
) -> None:
    with clock.frozen(key.expires_at - timedelta(days=2)):
        assert (announce_ends(), announce_ends()) == (1, 0)
    assert OutboxEvent.objects.get(kind="key.expiring").data["key_public_id"] == key.public_id


NAMES = [name for name, _, _ in OPERATIONS]
SCOPES = st.one_of(st.just([EVERY]), st.lists(st.sampled_from(NAMES), min_size=1, unique=True))


def allows(scopes: Any, operation: str) -> bool:
    return EVERY in scopes or operation in scopes


@given(before=SCOPES, used=st.sets(st.sampled_from([*NAMES, "get /other"])))
def test_h21_shrinking_only_attenuates(before: list[str], used: set[str]) -> None:
    after = shrunk(before, used)
    assert EVERY not in after
    for operation in [*NAMES, "get /other"]:
        assert allows(before, operation) or not allows(after, operation)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(granted=SCOPES, narrowings=st.lists(SCOPES, max_size=3))
def test_h21_a_chain_of_children_and_rotations_never_gains_an_operation(
    company: Company, granted: list[str], narrowings: list[list[str]]
) -> None:
    actor = company.actor(company.developer)
    api = make_api(company.owners, f"api-{Key.across.count()}")
    given_key = ask(company, api, scopes=granted)
    assert given_key.key is not None
    key, held = given_key.key.key, set(granted)
    for narrowing in narrowings:
        try:
            child = issue_key(
                grant=key.grant,
                by=actor,
                expires_at=key.expires_at,
                parent=key,
                scopes=list(narrowing),
            ).key
        except Conflict:
            break
        turned = rotate_key(actor=actor, key=child)
        now = set(scopes_of(turned.new.key))
        for operation in NAMES:
            assert allows(held, operation) or not allows(now, operation)
        key = turned.new.key


def test_rotating_neither_refills_nor_doubles_a_plans_quota(company: Company) -> None:
    api = make_api(company.owners)
    Plan.across.filter(api=api).update(limits={"quota": 100, "quota_period": "day"})
    given = ask(company, api, ttl="30d")
    assert given.key is not None
    quota = Quota.across.get()
    QuotaCounter.objects.create(quota=quota, window_start=timezone.now(), used=99)
    rotated = rotate_key(actor=company.actor(company.developer), key=given.key.key)
    assert rotated.new.key.grant_id == quota.subject_id == rotated.old.grant_id
    assert [one.id for one in Quota.across.all()] == [quota.id]
    assert QuotaCounter.objects.get().used == 99


def test_rotating_takes_the_quota_that_the_plan_has_by_now(company: Company) -> None:
    api = make_api(company.owners)
    Plan.across.filter(api=api).update(limits={"quota": 100, "quota_period": "day"})
    given = ask(company, api, ttl="30d")
    assert given.key is not None
    Plan.across.filter(api=api).update(limits={"quota": 50, "quota_period": "day"})
    rotate_key(
        actor=company.actor(company.developer),
        key=Key.across.select_related("grant").get(pk=given.key.key.pk),
    )
    assert Quota.across.get().limit == 50
