"""Owners, delegates and requesters with a request that waits."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from keys.approvals import (
    approve,
    change_request,
    deciders_of,
    delegate,
    deny,
    expire_waiting,
    remind_owners,
    reset_delegations,
    withdraw,
)
from keys.grants import AccessDecision
from keys.models import AccessRequest, Grant, Key, Revocation
from keys.terms import read_terms
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Conflict, Forbidden, NotFound
from marketplace.events.models import OutboxEvent
from marketplace.tenants.models import Member, TeamMember
from marketplace.tenants.scope import tenant_scope
from tests.company import Company, make_person
from tests.keys.makers import ask, make_api

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(company: Company) -> AccessDecision:
    """The developer's request for a high-risk API."""
    return ask(company, make_api(company.owners, risk="high"), ttl="7d")


def request_of(waiting: AccessDecision) -> AccessRequest:
    assert waiting.request is not None
    return AccessRequest.across.get(pk=waiting.request.pk)


def test_approval_flips_the_same_key_live_and_tells_the_edges(
    company: Company, waiting: AccessDecision
) -> None:
    assert waiting.key is not None
    before = Revocation.objects.count()
    later = clock.now() + timedelta(hours=2)
    with clock.frozen(later):
        approve(
            actor=company.actor(company.owner), request_id=request_of(waiting).id, note="welcome"
        )
    key = Key.across.get()
    assert key.public_id == waiting.key.key.public_id
    assert bytes(key.digest) == bytes(waiting.key.key.digest)
    assert not key.mock
    assert key.expires_at == later + timedelta(days=7)
    assert (key.grant.state, key.grant.starts_at) == (Grant.State.ACTIVE, later)
    assert Revocation.objects.filter(kind="grant", subject_id=key.grant_id).exists()
    assert Revocation.objects.count() > before
    assert request_of(waiting).state == AccessRequest.State.APPROVED
    assert OutboxEvent.objects.filter(kind="access.approved").exists()


def test_h22_nobody_approves_his_own_request_even_as_an_owner(company: Company) -> None:
    owner = company.actor(company.owner)
    mine = ask(company, make_api(company.owners, risk="high"), actor=owner)
    with pytest.raises(Forbidden, match="another owner"):
        approve(actor=owner, request_id=request_of(mine).id)
    row = request_of(mine)
    row.decided_by = row.requested_by
    row.state = AccessRequest.State.APPROVED
    with pytest.raises(IntegrityError, match="not_approved_by_its_requester"), transaction.atomic():
        row.save()


def test_h22_an_approval_of_what_changed_since_is_a_conflict(
    company: Company, waiting: AccessDecision
) -> None:
    read = request_of(waiting)
    change_request(
        actor=company.actor(company.developer),
        request_id=read.id,
        terms=read_terms(read.api, ttl="30d"),
    )
    owner = company.actor(company.owner)
    with pytest.raises(Conflict) as refused:
        approve(actor=owner, request_id=read.id, revision=read.revision)
    assert refused.value.type == "request-changed"
    approve(actor=owner, request_id=read.id, revision=read.revision + 1)
    assert Grant.across.get().ttl_seconds == 30 * 86_400


def test_an_api_that_became_more_delicate_since_is_a_conflict(
    company: Company, waiting: AccessDecision
) -> None:
    api = request_of(waiting).api
    api.data_class = "confidential"
    api.save()
    with pytest.raises(Conflict, match="confidential"):
        approve(actor=company.actor(company.owner), request_id=request_of(waiting).id)


@pytest.mark.parametrize("who", ["developer", "admin", "finance", "platform"])
def test_only_an_owner_of_the_api_decides(
    company: Company, waiting: AccessDecision, who: str
) -> None:
    for decision in (approve, deny):
        with pytest.raises(Forbidden):
            decision(actor=company.actor(getattr(company, who)), request_id=request_of(waiting).id)
    assert request_of(waiting).state == AccessRequest.State.WAITING


def test_another_tenant_does_not_even_learn_that_the_request_is_there(
    company: Company, waiting: AccessDecision
) -> None:
    with pytest.raises(NotFound):
        approve(actor=company.actor(company.outsider), request_id=request_of(waiting).id)


def test_an_owner_in_another_tenant_approves_and_both_logs_tell_of_it(company: Company) -> None:
    api = make_api(company.others, risk="high")
    with tenant_scope(company.tenant.id):
        asked = ask(company, api)
    with tenant_scope(company.other.id):
        approve(actor=company.actor(company.outsider), request_id=request_id(asked))
    assert Grant.across.get().state == Grant.State.ACTIVE
    tenants = AuditEntry.objects.filter(action="access.approved").values_list("tenant", flat=True)
    assert set(tenants) == {company.tenant.id, company.other.id}


def request_id(asked: AccessDecision) -> Any:
    assert asked.request is not None
    return asked.request.id


def test_a_denial_ends_grant_and_key(company: Company, waiting: AccessDecision) -> None:
    deny(actor=company.actor(company.owner), request_id=request_of(waiting).id, note="use v2")
    assert Grant.across.get().state == Grant.State.DENIED
    assert Key.across.get().state == Key.State.REVOKED
    assert request_of(waiting).note == "use v2"
    with pytest.raises(Conflict, match="waits no more"):
        approve(actor=company.actor(company.owner), request_id=request_of(waiting).id)


def test_a_change_that_needs_no_approval_begins_at_once(company: Company) -> None:
    asked = ask(company, make_api(company.owners, risk="medium"), ttl="30d")
    changed = change_request(
        actor=company.actor(company.developer),
        request_id=request_of(asked).id,
        terms=read_terms(request_of(asked).api, ttl="7d"),
    )
    assert changed.state == AccessRequest.State.GIVEN
    key = Key.across.get()
    assert (key.mock, key.grant.state) == (False, Grant.State.ACTIVE)


def test_the_requesters_team_may_take_it_back(company: Company, waiting: AccessDecision) -> None:
    with pytest.raises(Forbidden):
        withdraw(actor=company.actor(company.owner), request_id=request_of(waiting).id)
    withdraw(actor=company.actor(company.developer), request_id=request_of(waiting).id)
    assert Key.across.get().state == Key.State.REVOKED


def test_a_delegate_of_the_apis_tenant_decides_in_the_owners_place(
    company: Company, waiting: AccessDecision
) -> None:
    owner, ida = company.actor(company.owner), request_of(waiting).id
    with pytest.raises(Conflict, match="not a member"):
        delegate(actor=owner, request_id=ida, to=company.outsider)
    with pytest.raises(Conflict, match="Whoever asked"):
        delegate(actor=owner, request_id=ida, to=company.developer)
    delegate(actor=owner, request_id=ida, to=company.finance)
    assert deciders_of(request_of(waiting)) == [company.finance, company.owner]
    approve(actor=company.actor(company.finance), request_id=ida)
    assert request_of(waiting).decided_by == company.finance.id


def test_h23_an_approver_removed_in_between_no_longer_decides_and_the_request_is_reset(
    company: Company, waiting: AccessDecision
) -> None:
    request = request_of(waiting)
    delegate(actor=company.actor(company.owner), request_id=request.id, to=company.finance)
    Member.across.filter(user=company.finance).update(left_at=clock.now())
    with pytest.raises(NotFound):
        approve(actor=company.actor(company.finance), request_id=request.id)
    TeamMember.across.filter(member__user=company.owner).delete()
    with pytest.raises(Forbidden):
        approve(actor=company.actor(company.owner), request_id=request.id)
    second = make_person(company.tenant, "olga", teams={company.owners: "owner"})
    assert reset_delegations(company.finance.id) == 1
    again = request_of(waiting)
    assert (again.delegated_to, again.state) == (None, AccessRequest.State.WAITING)
    assert deciders_of(again) == [second]
    assert OutboxEvent.objects.filter(kind="access.waiting").count() == 2


def test_owners_are_reminded_once_and_nobody_waits_for_ever(
    company: Company, waiting: AccessDecision
) -> None:
    start = clock.now()
    with clock.frozen(start + timedelta(days=3)):
        assert (remind_owners(), remind_owners()) == (1, 0)
        assert expire_waiting() == 0
    with clock.frozen(start + timedelta(days=15)):
        assert expire_waiting() == 1
    assert request_of(waiting).state == AccessRequest.State.EXPIRED
    assert Grant.across.get().state == Grant.State.EXPIRED
    assert Key.across.get().state == Key.State.REVOKED
