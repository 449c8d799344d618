"""Emergency access: two people, one hour, and a review within a day or nobody trusts it again."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from catalog.models import Api
from keys.facts import api_facts
from keys.grants import set_scopes, tell_of_grant
from keys.issue import IssuedKey, issue_key
from keys.lifecycle import end_grants
from keys.models import Application, BreakGlass, Grant
from keys.refusals import refuse
from keys.terms import Terms
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.events.outbox import emit
from marketplace.policy.decide import decide
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

OPEN_FOR = timedelta(hours=1)
ASKED_FOR = timedelta(minutes=30)
REVIEW_WITHIN = timedelta(hours=24)
RULE = "two-people-break-the-glass"


def ask_to_break_glass(
    *, actor: Actor, application: Application, api: Api, terms: Terms
) -> BreakGlass:
    """The first person asks; nothing is open until a second confirms within half an hour.

    `terms.purpose` is the reason. Raises Forbidden.
    """
    _decide(actor, application, api, first="", purpose=terms.purpose)
    if actor.id is None or not (actor.in_team(application.team_id) or actor.is_admin):
        raise Forbidden("Only the application's team asks for it.")
    with transaction.atomic():
        grant = Grant.across.create(
            tenant_id=application.tenant_id,
            application=application,
            api=api,
            owner_tenant_id=api.tenant_id,
            state=Grant.State.PENDING,
            environment="live",
            risk=api.risk,
            data_class=api.data_class,
            purpose=terms.purpose,
            ttl_seconds=int(OPEN_FOR.total_seconds()),
            created_at=clock.now(),
            created_by=actor.id,
            created_by_label=actor.label[:200],
        )
        set_scopes(grant, terms.scopes)
        glass = BreakGlass.across.create(
            tenant_id=grant.tenant_id,
            grant=grant,
            state=BreakGlass.State.ASKED,
            reason=terms.purpose,
            asked_at=clock.now(),
            asked_by=actor.id,
            asked_by_label=actor.label[:200],
        )
        _log(actor, glass, "break-glass.asked")
    return glass


def confirm_break_glass(*, actor: Actor, glass_id: UUID) -> tuple[BreakGlass, IssuedKey]:
    """The second person opens it for an hour; the key goes to whoever confirms, to hand over.

    Raises NotFound, Forbidden for the same person or one not in charge, Conflict when it waits no
    more.
    """
    with platform_scope():
        glass = _find(actor, glass_id)
        grant = glass.grant
        _decide(
            actor,
            grant.application,
            grant.api,
            first=str(glass.asked_by),
            purpose=glass.reason,
        )
        with transaction.atomic():
            glass = _locked(glass_id, BreakGlass.State.ASKED)
            now = clock.now()
            if now > glass.asked_at + ASKED_FOR:
                raise Conflict("Nobody confirmed within half an hour; ask again.", type="lapsed")
            grant = glass.grant
            grant.begin(by=actor, rule=RULE)
            glass.state, glass.confirmed_at = BreakGlass.State.OPEN, now
            glass.confirmed_by, glass.confirmed_by_label = actor.id, actor.label[:200]
            glass.review_by = now + OPEN_FOR + REVIEW_WITHIN
            glass.save()
            key = issue_key(grant=grant, by=actor, expires_at=now + OPEN_FOR, name="Break glass")
            tell_of_grant(grant)
            _log(actor, glass, "break-glass.opened", key=key.key.public_id)
            _page(glass, "break-glass.opened")
    return glass, key


def review_break_glass(*, actor: Actor, glass_id: UUID, review: str) -> BreakGlass:
    """Somebody other than who asked says what the use was for; closes it.

    Raises NotFound, Forbidden, Conflict, and Invalid for an empty review.
    """
    if not review.strip():
        raise Invalid.at("/review", "Say what it was used for, and whether that was right.")
    with platform_scope():
        glass = _find(actor, glass_id)
        grant = glass.grant
        in_charge = actor.owns_team(grant.api.team_id) or (
            actor.is_admin and actor.tenant_id in (grant.tenant_id, grant.owner_tenant_id)
        )
        if actor.kind != "user" or actor.id == glass.asked_by or not in_charge:
            raise refuse(
                Forbidden("An owner of the API or an admin reviews it, not who asked."),
                actor=actor,
                action="break-glass.review",
                target=f"break-glass:{glass_id}",
            )
        with transaction.atomic():
            glass = _locked(glass_id, BreakGlass.State.OPEN)
            glass.state, glass.reviewed_at = BreakGlass.State.REVIEWED, clock.now()
            glass.reviewed_by, glass.reviewed_by_label = actor.id, actor.label[:200]
            glass.review = review.strip()[:5000]
            glass.save()
            end_grants([glass.grant_id], by=actor, why="reviewed", action="key.revoked")
            _log(actor, glass, "break-glass.reviewed")
    return glass


def end_unreviewed() -> int:
    """What nobody reviewed in time: end the application's access to that API, and page. What
    nobody confirmed lapses. For the worker, outside any tenant; returns how many."""
    now, count = clock.now(), 0
    system = Actor.system("break-glass")
    lapsed = BreakGlass.across.filter(
        state=BreakGlass.State.ASKED, asked_at__lte=now - ASKED_FOR
    ).values_list("id", flat=True)
    unreviewed = BreakGlass.across.filter(
        state=BreakGlass.State.OPEN, review_by__lte=now
    ).values_list("id", flat=True)
    for glass_id in [*lapsed]:
        with transaction.atomic():
            glass = _locked(glass_id, BreakGlass.State.ASKED)
            glass.state = BreakGlass.State.LAPSED
            glass.save(update_fields=["state"])
            end_grants([glass.grant_id], by=system, why="nobody confirmed", action="key.revoked")
            count += 1
    for glass_id in [*unreviewed]:
        with transaction.atomic():
            glass = _locked(glass_id, BreakGlass.State.OPEN)
            glass.state = BreakGlass.State.UNREVIEWED
            glass.save(update_fields=["state"])
            grants = Grant.across.filter(
                application_id=glass.grant.application_id, api_id=glass.grant.api_id
            ).values_list("id", flat=True)
            end_grants(
                list(grants), by=system, why="break-glass not reviewed", action="key.revoked"
            )
            _log(system, glass, "break-glass.unreviewed")
            _page(glass, "break-glass.unreviewed")
            count += 1
    return count


def _decide(actor: Actor, application: Application, api: Api, *, first: str, purpose: str) -> None:
    decision = decide(
        actor=actor,
        action="access.break-glass",
        resource=api_facts(api),
        context={
            "tenant": str(application.tenant_id),
            "first_person": first,
            "has_purpose": bool(purpose.strip()),
        },
    )
    if not decision.allowed:
        raise refuse(
            Forbidden(decision.because, extra={"rule": decision.rule}),
            actor=actor,
            action="access.break-glass",
            target=f"api:{api.slug}",
        )


def _find(actor: Actor, glass_id: UUID) -> BreakGlass:
    glass = (
        BreakGlass.across.select_related("grant__api", "grant__application")
        .filter(pk=glass_id)
        .first()
    )
    if glass is None or actor.tenant_id not in (glass.tenant_id, glass.grant.owner_tenant_id):
        raise NotFound()
    return glass


def _locked(glass_id: UUID, state: str) -> BreakGlass:
    glass = (
        BreakGlass.across.select_for_update(of=("self",))
        .select_related("grant__api", "grant__application")
        .get(pk=glass_id)
    )
    if glass.state != state:
        raise Conflict(f"It is {glass.get_state_display().lower()}.", type="not-waiting")
    return glass


def _log(actor: Actor, glass: BreakGlass, action: str, **details: str) -> None:
    grant = glass.grant
    for tenant_id in {grant.tenant_id, grant.owner_tenant_id}:
        with platform_scope():
            record(
                actor=actor,
                action=action,
                target=f"break-glass:{glass.id}",
                tenant_id=tenant_id,
                details={
                    "application": grant.application.slug,
                    "api": grant.api.slug,
                    "reason": glass.reason,
                    **details,
                },
            )


def _page(glass: BreakGlass, kind: str) -> None:
    for tenant_id in {glass.grant.tenant_id, glass.grant.owner_tenant_id}:
        emit(
            kind,
            tenant_id=tenant_id,
            subject=f"break-glass:{glass.id}",
            data={"glass_id": str(glass.id), "reason": glass.reason},
        )
