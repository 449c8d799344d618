"""Who may change the organisation."""

from uuid import UUID

from marketplace.errors import Forbidden
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Member, Team


def administers(actor: Actor, tenant_id: UUID) -> bool:
    """An admin of this very tenant, or of the platform."""
    return actor.is_platform_admin or (
        actor.tenant_role == Member.Role.ADMIN and actor.tenant_id == tenant_id
    )


def check_administers(actor: Actor, tenant_id: UUID) -> None:
    """Raise Forbidden for all but the tenant's admins."""
    if not administers(actor, tenant_id):
        raise Forbidden("An admin of the tenant does this.")


def check_leads(actor: Actor, team: Team) -> None:
    """Raise Forbidden for all but the team's owners and the tenant's admins."""
    owns = actor.tenant_id == team.tenant_id and actor.owns_team(team.id)
    if not (owns or administers(actor, team.tenant_id)):
        raise Forbidden("An owner of the team, or an admin of the tenant, does this.")
