"""What an owner, his delegate or the requester does with a request that waits."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from catalog.models import Api
from keys.estimates import estimate_for
from keys.facts import request_facts
from keys.feed import announce
from keys.grants import (
    WAITS_FOR,
    decide_about,
    find_consent,
    set_scopes,
    tell_of_grant,
    tell_owners,
)
from keys.limits import limits_of
from keys.models import AccessRequest, Grant, Key
from keys.refusals import refuse
from keys.terms import Terms
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden, NotFound
from marketplace.events.outbox import emit
from marketplace.policy.decide import Decision, decide
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Member, TeamMember, User
from marketplace.tenants.scope import platform_scope

REMIND_AFTER = timedelta(days=2)


def approve(
    *, actor: Actor, request_id: UUID, revision: int | None = None, note: str = ""
) -> AccessRequest:
    """Give what waits: the grant begins, and its key goes live as it is.

    Raises NotFound outside both tenants, Forbidden for whoever may not decide (the requester
    himself among them), Conflict where the request or the API has changed since `revision`.
    """
    with platform_scope():
        _authorise(actor, request_id, "access.approve")
        with transaction.atomic():
            request = _waiting(request_id, revision)
            grant = _grant_of(request)
            _still_holds(request, grant)
            grant.begin(by=actor, rule=request.rule)
            Key.across.filter(grant=grant).update(mock=False, expires_at=grant.expires_at)
            request.close(AccessRequest.State.APPROVED, by=actor, note=note)
            announce("grant", grant.id)
            _log(actor, request, "access.approved")
            tell_of_grant(grant)
            _tell_requester("access.approved", request)
    return request


def deny(
    *, actor: Actor, request_id: UUID, revision: int | None = None, note: str = ""
) -> AccessRequest:
    """Refuse what waits: the grant and its key end.

    Raises as `approve`.
    """
    with platform_scope():
        _authorise(actor, request_id, "access.deny")
        with transaction.atomic():
            request = _waiting(request_id, revision)
            _end(request, Grant.State.DENIED, actor, note or "denied by its owner")
            request.close(AccessRequest.State.DENIED, by=actor, note=note)
            _log(actor, request, "access.denied")
            _tell_requester("access.denied", request)
    return request


def withdraw(*, actor: Actor, request_id: UUID) -> AccessRequest:
    """Take back a request of the actor's own team. Raises NotFound, Forbidden, Conflict."""
    request = _own_request(actor, request_id)
    with platform_scope(), transaction.atomic():
        request = _waiting(request.id, None)
        _end(request, Grant.State.REVOKED, actor, "withdrawn")
        request.close(AccessRequest.State.WITHDRAWN, by=actor)
        _log(actor, request, "access.withdrawn")
    return request


def change_request(*, actor: Actor, request_id: UUID, terms: Terms) -> AccessRequest:
    """Ask for something else in place of what waits: a new revision, decided anew.

    What is now allowed begins at once. Raises NotFound, Forbidden, Conflict.
    """
    request = _own_request(actor, request_id)
    api, application = request.api, request.application
    ttl = terms.ttl or timedelta(seconds=request.asked["ttl_seconds"])
    estimate = estimate_for(api=api, application=application, plan=terms.plan)
    decision = decide_about(
        actor,
        application,
        api,
        terms,
        ttl,
        estimate=estimate,
        consent=find_consent(actor, api, terms),
        keep=True,
    )
    if decision.outcome == "deny":
        raise Forbidden(
            f"{decision.because} {decision.fix}".strip(), extra={"decision": decision.as_dict()}
        )
    with platform_scope(), transaction.atomic():
        request = _waiting(request_id, None)
        grant = _grant_of(request)
        _put_terms(grant, terms, ttl)
        _put_decision(request, decision)
        asked = {**terms.as_asked(), "ttl_seconds": int(ttl.total_seconds())}
        request.change(asked, waits_until=clock.now() + WAITS_FOR)
        Key.across.filter(grant=grant).update(expires_at=clock.now() + ttl)
        if decision.allowed:
            grant.begin(by=actor, rule=decision.rule)
            Key.across.filter(grant=grant).update(mock=False, expires_at=grant.expires_at)
            request.close(AccessRequest.State.GIVEN, by=actor)
            tell_of_grant(grant)
        else:
            tell_owners("access.waiting", request)
        announce("grant", grant.id)
        _log(actor, request, "access.changed")
    return request


def delegate(*, actor: Actor, request_id: UUID, to: User) -> AccessRequest:
    """Hand the decision to another member of the API's tenant.

    Raises NotFound, Forbidden, Conflict where he is no member or asked himself.
    """
    with platform_scope():
        _authorise(actor, request_id, "access.delegate")
        with transaction.atomic():
            request = _waiting(request_id, None)
            member = Member.across.filter(
                user=to, tenant_id=request.owner_tenant_id, left_at=None
            ).exists()
            if not member:
                raise Conflict("The delegate is not a member of the API's tenant.")
            if to.id == request.requested_by:
                raise Conflict("Whoever asked does not decide.")
            request.delegated_to, request.delegated_by_label = to, actor.label[:200]
            request.save(update_fields=["delegated_to", "delegated_by_label"])
            _log(actor, request, "access.delegated", {"to": str(to.id)})
            tell_owners("access.delegated", request)
    return request


def expire_waiting() -> int:
    """End what has waited too long; returns how many. For the worker, outside any tenant."""
    ended = 0
    due = AccessRequest.across.filter(
        state=AccessRequest.State.WAITING, expires_at__lte=clock.now()
    ).values_list("id", flat=True)
    for request_id in list(due):
        with transaction.atomic():
            request = _waiting(request_id, None)
            actor = Actor.system("expiry")
            _end(request, Grant.State.EXPIRED, actor, "nobody decided in time")
            request.close(AccessRequest.State.EXPIRED, by=actor, note="Nobody decided in time.")
            _log(actor, request, "access.expired")
            _tell_requester("access.expired", request)
            ended += 1
    return ended


def remind_owners() -> int:
    """Remind once of what has waited for two days; returns how many. For the worker."""
    now = clock.now()
    due = AccessRequest.across.filter(
        state=AccessRequest.State.WAITING, reminded_at=None, changed_at__lte=now - REMIND_AFTER
    )
    reminded = 0
    for request in due:
        with transaction.atomic():
            taken = AccessRequest.across.filter(pk=request.pk, reminded_at=None).update(
                reminded_at=now
            )
            if taken:
                tell_owners("access.reminder", request)
                reminded += 1
    return reminded


def reset_delegations(user_id: UUID) -> int:
    """Give back to the owners what was handed to somebody who left; returns how many."""
    rows = AccessRequest.across.filter(
        delegated_to_id=user_id, state=AccessRequest.State.WAITING
    ).select_related("application", "api")
    count = 0
    for request in rows:
        request.delegated_to, request.delegated_by_label = None, ""
        request.reminded_at = None
        request.save(update_fields=["delegated_to", "delegated_by_label", "reminded_at"])
        _log(Actor.system("offboarding"), request, "access.reset")
        tell_owners("access.waiting", request)
        count += 1
    return count


def deciders_of(request: AccessRequest) -> list[User]:
    """Who can decide: the delegate where there is one, and the owners of the API's team, without
    the requester."""
    return deciders_of_all([request])[request.id]


def deciders_of_all(requests: Sequence[AccessRequest]) -> dict[UUID, list[User]]:
    """The same for several requests, by their ids; one query."""
    owners: dict[UUID, list[User]] = {}
    for row in (
        TeamMember.across.filter(
            team_id__in={request.api.team_id for request in requests},
            role=TeamMember.Role.OWNER,
            member__left_at=None,
            member__user__is_active=True,
        )
        .select_related("member__user")
        .order_by("id")
    ):
        owners.setdefault(row.team_id, []).append(row.member.user)
    found: dict[UUID, list[User]] = {}
    for request in requests:
        people = list(owners.get(request.api.team_id, ()))
        if request.delegated_to is not None and request.delegated_to not in people:
            people.insert(0, request.delegated_to)
        found[request.id] = [user for user in people if user.id != request.requested_by]
    return found


def _authorise(actor: Actor, request_id: UUID, action: str) -> Decision:
    request = _find(request_id)
    sees = actor.tenant_id in (request.tenant_id, request.owner_tenant_id)
    if not sees and not actor.is_platform_admin:
        raise refuse(NotFound(), actor=actor, action=action, target=f"access-request:{request_id}")
    decision = decide(
        actor=actor,
        action=action,
        resource=request_facts(request, request.application, request.api),
        context={"delegated_to": str(request.delegated_to_id or "")},
    )
    if not decision.allowed:
        raise refuse(
            Forbidden(decision.because, extra={"rule": decision.rule}),
            actor=actor,
            action=action,
            target=f"access-request:{request_id}",
        )
    return decision


def _find(request_id: UUID) -> AccessRequest:
    request = (
        AccessRequest.across.select_related("application__team", "api", "grant")
        .filter(pk=request_id)
        .first()
    )
    if request is None:
        raise NotFound()
    return request


def _own_request(actor: Actor, request_id: UUID) -> AccessRequest:
    request = _find(request_id)
    if request.tenant_id != actor.tenant_id:
        raise NotFound()
    if not (actor.in_team(request.application.team_id) or actor.is_admin):
        raise Forbidden("Only the application's team changes its request.")
    return request


def _waiting(request_id: UUID, revision: int | None) -> AccessRequest:
    request = (
        AccessRequest.across.select_for_update(of=("self",))
        .select_related("application__team", "api", "grant")
        .get(pk=request_id)
    )
    if request.state != AccessRequest.State.WAITING:
        raise Conflict(
            f"This request waits no more: it is {request.get_state_display().lower()}.",
            type="request-decided",
        )
    if revision is not None and revision != request.revision:
        raise Conflict(
            "The request changed since you read it. Look again.",
            type="request-changed",
            extra={"revision": request.revision},
        )
    return request


def _grant_of(request: AccessRequest) -> Grant:
    grant = request.grant
    if grant is None:
        raise Conflict("This request has no grant to give.")
    return grant


def _still_holds(request: AccessRequest, grant: Grant) -> None:
    """What the owner approves must be what was asked of the API as it is now."""
    api: Api = request.api
    if (grant.risk, grant.data_class) != (api.risk, api.data_class):
        raise Conflict(
            f"{api.slug} is now {api.data_class} and of {api.risk} risk; it was asked for as"
            f" {grant.data_class} and {grant.risk}. It has to be asked for again.",
            type="request-changed",
        )
    if api.lifecycle == "retired":
        raise Conflict(f"{api.slug} is retired.", type="request-changed")


def _end(request: AccessRequest, state: str, actor: Actor, why: str) -> None:
    grant = _grant_of(request)
    grant.end(state, why=why)
    for key in Key.across.filter(grant=grant, state=Key.State.ACTIVE):
        key.revoke(by=actor, why=why)
    announce("grant", grant.id)


def _put_terms(grant: Grant, terms: Terms, ttl: timedelta) -> None:
    grant.plan, grant.environment = terms.plan, terms.environment
    grant.limits = limits_of(terms.plan, grant.api, grant.application)
    grant.guardrails = dict(terms.guardrails)
    grant.purpose, grant.ttl_seconds = terms.purpose, int(ttl.total_seconds())
    grant.save()
    set_scopes(grant, terms.scopes)


def _put_decision(request: AccessRequest, decision: Decision) -> None:
    request.outcome, request.rule = decision.outcome, decision.rule
    request.because, request.fix = decision.because, decision.fix


def _log(
    actor: Actor, request: AccessRequest, action: str, details: dict[str, str] | None = None
) -> None:
    for tenant_id in {request.tenant_id, request.owner_tenant_id}:
        record(
            actor=actor,
            action=action,
            target=f"access-request:{request.id}",
            tenant_id=tenant_id,
            details={
                "application": request.application.slug,
                "api": request.api.slug,
                "revision": request.revision,
                "note": request.note,
                **(details or {}),
            },
        )


def _tell_requester(kind: str, request: AccessRequest) -> None:
    emit(
        kind,
        tenant_id=request.tenant_id,
        subject=f"access-request:{request.id}",
        data={"request_id": str(request.id), "note": request.note},
    )
