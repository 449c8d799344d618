"""Whom a budget or a quota is for: found by id or name, and who may set it."""

from dataclasses import dataclass
from uuid import UUID

from billing.models import Consumer, ConsumerKey, Quota
from catalog.models import Api
from marketplace.errors import Forbidden, Invalid
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team, Tenant

# A plan sets the quota of an access; people set the others.
QUOTA_KINDS = [kind for kind in Quota.Subject.values if kind != Quota.Subject.GRANT]
KINDS = ("tenant", "team", "application", "cost_center", "key", "api")


@dataclass(frozen=True, slots=True)
class Subject:
    """Someone or something with a limit. `team_id` is the team it belongs to, if any."""

    kind: str
    id: UUID | None
    name: str
    team_id: UUID | None = None


def find_subject(*, actor: Actor, kind: str, named: str) -> Subject:
    """The subject of a kind in the actor's tenant, by id, slug or name.

    Raises Invalid where there is none, Forbidden where the actor may not limit it: finance and
    admins all of the tenant, a team's owner that team, its applications, keys and APIs.
    """
    finder = FINDERS.get(kind)
    if finder is None:
        raise Invalid.at("/subject_kind", f"Choose one of {', '.join(KINDS)}.")
    found = finder(tenant_of(actor), named)
    if found is None:
        raise Invalid.at("/subject", f"There is no such {kind.replace('_', ' ')} here.")
    owns = found.team_id is not None and actor.owns_team(found.team_id)
    if not (actor.is_finance or owns):
        raise Forbidden("Limits are set by finance, an admin, or an owner of the team.")
    return found


def tenant_of(actor: Actor) -> UUID:
    """The tenant an actor acts in. Raises Forbidden where there is none."""
    if actor.tenant_id is None:
        raise Forbidden("This belongs to a tenant, and you are in none.")
    return actor.tenant_id


def as_id(text: str) -> UUID | None:
    """The text as a UUID, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _tenant(tenant_id: UUID, named: str) -> Subject | None:
    tenant = Tenant.objects.get(id=tenant_id)
    if named in ("", tenant.slug, str(tenant.id)):
        return Subject("tenant", tenant.id, tenant.name)
    return None


def _team(tenant_id: UUID, named: str) -> Subject | None:
    rows = Team.across.filter(tenant_id=tenant_id)
    by_id = as_id(named)
    team = (rows.filter(id=by_id) if by_id else rows.filter(slug=named)).first()
    return Subject("team", team.id, team.name, team.id) if team else None


def _application(tenant_id: UUID, named: str) -> Subject | None:
    by_id = as_id(named)
    rows = Consumer.across.filter(tenant_id=tenant_id)
    found = (
        rows.filter(application_id=by_id) if by_id else rows.filter(name__iexact=named)
    ).first()
    if found is None:
        return None
    return Subject("application", found.application_id, found.name, found.team_id)


def _cost_center(tenant_id: UUID, named: str) -> Subject | None:
    return Subject("cost_center", None, named) if 0 < len(named) <= 40 else None


def _key(tenant_id: UUID, named: str) -> Subject | None:
    rows = ConsumerKey.across.filter(tenant_id=tenant_id).exclude(key_id=None)
    by_id = as_id(named)
    key = (rows.filter(key_id=by_id) if by_id else rows.filter(key_public_id=named)).first()
    if key is None:
        return None
    consumer = Consumer.across.filter(application_id=key.application_id).first()
    return Subject("key", key.key_id, key.key_public_id, consumer.team_id if consumer else None)


def _api(tenant_id: UUID, named: str) -> Subject | None:
    by_id = as_id(named)
    rows = Api.across.filter(tenant_id=tenant_id)
    api = (rows.filter(id=by_id) if by_id else rows.filter(slug=named)).first()
    return Subject("api", api.id, api.name, api.team_id) if api else None


FINDERS = {
    "tenant": _tenant,
    "team": _team,
    "application": _application,
    "cost_center": _cost_center,
    "key": _key,
    "api": _api,
}
