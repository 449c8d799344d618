"""When a person leaves, a team moves or a tenant closes: keys die or move, within two seconds.

Nobody has to remember: what ends a membership or a service account (`marketplace.tenants`) calls
what is registered here, in the same transaction.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from keys.applications import tell_of
from keys.approvals import reset_delegations
from keys.consents import end_consent
from keys.feed import announce
from keys.lifecycle import end_grants, end_keys
from keys.models import Application, Consent, Key
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import handles
from marketplace.tenants.actor import Actor
from marketplace.tenants.leaving import ends_access
from marketplace.tenants.models import AccessToken, ServiceAccount, Team, Tenant, User
from marketplace.tenants.scope import platform_scope


@ends_access
def end_keys_of(actor: Actor, who: User | ServiceAccount, tenant_id: UUID) -> list[str]:
    """End every key that a leaver made, his consents with their agents' keys, and what was handed
    to him to decide; keys that others of the team made stay.

    `marketplace.tenants` calls this where a membership or a service account ends.
    """
    consents = Consent.across.filter(tenant_id=tenant_id, withdrawn_at=None)
    if isinstance(who, User):
        consents, why = consents.filter(user=who), "its human left"
    else:
        consents, why = consents.filter(agent=who), "its service account ended"
    ended: list[Key] = []
    by = User.objects.filter(pk=actor.id).first() if actor.id else None
    for consent in consents.select_related("user"):
        ended += end_consent(consent, by=actor, who=by or consent.user, why=why)
    made = Key.across.filter(
        created_by=who.id, tenant_id=tenant_id, state=Key.State.ACTIVE
    ).values_list("id", flat=True)
    ended += end_keys(list(made), by=actor, why="its maker left", action="key.revoked")
    if isinstance(who, User):
        reset_delegations(who.id)
    return [key.public_id for key in ended]


@handles("team.changed")
def tell_of_its_applications(event: OutboxEvent) -> None:
    """A team's new cost center is the one of its applications that name none of their own."""
    for application in Application.across.select_related("team").filter(
        team_id=event.subject.removeprefix("team:")
    ):
        tell_of(application)


def application_moves(*, actor: Actor, application: Application, to: Team) -> Application:
    """Hand an application, with its keys and its cost, to another team of the tenant.

    The keys go on; limits and budgets of the new team hold within a second.
    Raises Forbidden, and Conflict for a team of another tenant.
    """
    if not (actor.is_admin or actor.owns_team(application.team_id)):
        raise Forbidden("An owner of the team, or an admin, hands its applications over.")
    if to.tenant_id != application.tenant_id:
        raise Conflict("Its keys would change the tenant that pays; ask for new ones there.")
    with transaction.atomic():
        before = application.team
        application.team = to
        application.save(update_fields=["team"])
        announce("application", application.id)
        tell_of(application)
        record(
            actor=actor,
            action="application.moved",
            target=f"application:{application.id}",
            tenant_id=application.tenant_id,
            details={"from": before.slug, "to": to.slug},
        )
    return application


def close_application(*, actor: Actor, application: Application) -> list[Key]:
    """Close an application and end all its grants and keys. Raises Forbidden."""
    if not (actor.is_admin or actor.in_team(application.team_id)):
        raise Forbidden("Its team, or an admin, closes an application.")
    with platform_scope(), transaction.atomic():
        application.closed_at = clock.now()
        application.save(update_fields=["closed_at"])
        grants = application.grants.values_list("id", flat=True)
        ended = end_grants(list(grants), by=actor, why="application closed", action="key.revoked")
        tell_of(application)
        record(
            actor=actor,
            action="application.closed",
            target=f"application:{application.id}",
            tenant_id=application.tenant_id,
            details={"keys": [key.public_id for key in ended]},
        )
    return ended


def tenant_closes(*, actor: Actor, tenant: Tenant) -> list[Key]:
    """Close a tenant: its keys end, and all keys to its APIs. Raises Forbidden but for platform
    admins."""
    if not actor.is_platform_admin:
        raise Forbidden("A platform admin closes a tenant.")
    with platform_scope(), transaction.atomic():
        Tenant.objects.filter(pk=tenant.pk, closed_at=None).update(closed_at=clock.now())
        AccessToken.across.filter(tenant=tenant, revoked_at=None).update(revoked_at=clock.now())
        grants = _grants_of(tenant)
        ended = end_grants(grants, by=actor, why="tenant closed", action="key.revoked")
        announce("tenant", tenant.id)
        record(
            actor=actor,
            action="tenant.closed",
            target=f"tenant:{tenant.id}",
            tenant_id=tenant.id,
            details={"keys": len(ended)},
        )
    return ended


def _grants_of(tenant: Tenant) -> list[UUID]:
    rows = Key.across.filter(Q(tenant=tenant) | Q(owner_tenant=tenant))
    return list(rows.values_list("grant_id", flat=True).distinct())
