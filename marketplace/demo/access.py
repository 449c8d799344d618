"""Seeding who calls what: applications, their access asked for and given, their keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from catalog.models import Api, Operation
from keys.applications import create_application
from keys.approvals import approve
from keys.grants import AccessDecision, request_access
from keys.models import Application, Key
from keys.terms import read_terms
from marketplace import clock
from marketplace.demo.apis import owners
from marketplace.demo.company import APPLICATIONS, TEAMS
from marketplace.demo.company.records import Application as ApplicationRecord
from marketplace.demo.company.records import Use
from marketplace.tenants.actor import Actor, actor_for_user
from marketplace.tenants.models import TeamMember
from marketplace.tenants.scope import platform_scope, tenant_scope

ASKED_DAYS_AGO = 80
# A key that was made yesterday is young enough to be alive whatever its data class allows.
KEY_AGE = {"public": 30, "internal": 12, "confidential": 3, "restricted": 0.2}


@dataclass(frozen=True, slots=True)
class Access:
    """An application's use of an API, and the key that its calls carry."""

    application: Application
    api: Api
    use: Use
    key: Key | None
    operation_keys: dict[str, str]


def seed_access(now: datetime) -> list[Access]:
    """Make every application, ask for what it uses as its team does, approve what waits."""
    members = _members()
    deciders = owners()
    found: list[Access] = []
    for record in APPLICATIONS:
        actor = members[record.team]
        with clock.frozen(now - timedelta(days=ASKED_DAYS_AGO)), tenant_scope(_tenant(actor)):
            application = create_application(
                actor=actor,
                name=record.name,
                slug=record.slug,
                description=record.purpose,
            )
        found += _accesses(record, application, actor, deciders, now)
    return found


def _accesses(
    record: ApplicationRecord,
    application: Application,
    actor: Actor,
    deciders: dict[str, Actor],
    now: datetime,
) -> Iterator[Access]:
    for use in record.uses:
        api = Api.across.select_related("team").get(slug=use.api)
        keys = dict(
            Operation.across.filter(
                version__api=api,
                version__version=use.version,
                operation_id__in=[operation for operation, _ in use.operations],
            ).values_list("operation_id", "key")
        )
        with clock.frozen(now - timedelta(days=KEY_AGE[api.data_class])):
            decision = _ask(actor, application, api, use, sorted(keys.values()), record.purpose)
            if decision.decision.outcome == "wait" and decision.request is not None:
                approve(
                    actor=_decider(deciders, api, actor), request_id=decision.request.id, note=""
                )
        yield Access(application, api, use, decision.key.key if decision.key else None, keys)


def _ask(
    actor: Actor,
    application: Application,
    api: Api,
    use: Use,
    scopes: list[str],
    purpose: str,
) -> AccessDecision:
    with tenant_scope(_tenant(actor), actor.id):
        terms = read_terms(api, scopes=scopes, plan=use.plan, purpose=purpose)
        return request_access(actor=actor, application=application, api=api, terms=terms)


def _decider(deciders: dict[str, Actor], api: Api, asker: Actor) -> Actor:
    """The owner of the API's team; nobody approves what he asked for himself."""
    owner = deciders[api.team.slug]
    if owner.id != asker.id:
        return owner
    raise LookupError(f"{api.team.slug} has no second owner to approve its own request")


def _members() -> dict[str, Actor]:
    """Somebody of each team who asks: a plain member before an owner."""
    rows = TeamMember.across.select_related("team", "member__user").order_by("-role", "id")
    with platform_scope():
        found = {row.team.slug: actor_for_user(row.member.user) for row in rows}
        for row in rows:
            if row.role == TeamMember.Role.MEMBER:
                found[row.team.slug] = actor_for_user(row.member.user)
    return {team.slug: found[team.slug] for team in TEAMS}


def _tenant(actor: Actor) -> UUID:
    if actor.tenant_id is None:
        raise LookupError(f"{actor.label} is in no tenant")
    return actor.tenant_id
