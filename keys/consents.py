"""A human lets an agent act for him, once; everything the agent holds ends with it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from catalog.models import Api, Operation
from keys.applications import MOST_NAME, create_application
from keys.lifecycle import end_grants
from keys.limits import limit_by_consent
from keys.models import Consent, Grant, Key
from keys.refusals import refuse
from keys.scopes import EVERY
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import FieldError, Forbidden, Invalid, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import ServiceAccount, User
from marketplace.tenants.scope import platform_scope

LONGEST = timedelta(days=90)
MOST_SCOPES = 200


@transaction.atomic
def give_consent(
    *,
    actor: Actor,
    agent: ServiceAccount,
    scopes: Sequence[str],
    life: timedelta,
    budget_micros: int | None = None,
    purpose: str = "",
) -> Consent:
    """Let an agent of one of the actor's teams ask for these `api:operation` scopes in his name,
    for an application of the consent's own.

    `budget_micros` is the most a month, in the tenant's currency, over all of the agent's keys
    under the consent: the edges refuse what exceeds it. Recorded in the hash chain.
    Raises Forbidden for whoever is no person of the agent's team, and Invalid.
    """
    if actor.kind != "user" or actor.id is None or not actor.in_team(agent.team_id):
        raise Forbidden("A person of the agent's team consents, for himself.")
    if agent.kind != ServiceAccount.Kind.AGENT or agent.disabled_at is not None:
        raise Invalid.at("/agent", "This is not an agent that is in use.")
    if not timedelta(0) < life <= LONGEST:
        raise Invalid.at("/life", f"A consent lasts up to {LONGEST.days} days.")
    if budget_micros is not None and budget_micros < 0:
        raise Invalid.at("/budget", "A budget is not negative.")
    granted = _scopes(scopes)
    now = clock.now()
    consent = Consent.across.create(
        tenant_id=agent.tenant_id,
        user_id=actor.id,
        agent=agent,
        application=create_application(
            actor=actor, team=agent.team, name=f"{agent.name} for {actor.label}"[:MOST_NAME]
        ),
        scopes=granted,
        budget_micros=budget_micros,
        purpose=purpose.strip()[:500],
        created_at=now,
        expires_at=now + life,
    )
    limit_by_consent(consent)
    record(
        actor=actor,
        action="consent.given",
        target=f"consent:{consent.id}",
        tenant_id=consent.tenant_id,
        details={
            "agent": agent.slug,
            "scopes": consent.scopes,
            "budget_micros": budget_micros,
            "expires_at": consent.expires_at.isoformat(),
            "purpose": consent.purpose,
        },
    )
    return consent


def withdraw_consent(*, actor: Actor, consent_id: UUID) -> list[Key]:
    """End a consent and every grant and key under it; returns the keys ended.

    Raises NotFound, and Forbidden for anyone but the human himself and the tenant's admins.
    """
    consent = Consent.objects.select_related("user").filter(pk=consent_id).first()
    if consent is None:
        raise NotFound()
    if actor.id is None or (actor.id != consent.user_id and not actor.is_admin):
        raise refuse(
            Forbidden("Only who gave it, or an admin, takes a consent back."),
            actor=actor,
            action="consent.withdraw",
            target=f"consent:{consent_id}",
        )
    by = User.objects.get(pk=actor.id)
    with platform_scope(), transaction.atomic():
        return end_consent(consent, by=actor, who=by, why="consent withdrawn")


def end_consent(consent: Consent, *, by: Actor, who: User, why: str) -> list[Key]:
    """End a consent with all under it, in the caller's transaction and the platform's scope."""
    consent.withdraw(by=who)
    grants = Grant.across.filter(consent=consent).values_list("id", flat=True)
    ended = end_grants(list(grants), by=by, why=why, action="key.revoked")
    record(
        actor=by,
        action="consent.withdrawn",
        target=f"consent:{consent.id}",
        tenant_id=consent.tenant_id,
        details={"why": why, "keys": [key.public_id for key in ended]},
    )
    return ended


def _scopes(given: Sequence[str]) -> list[str]:
    errors: list[FieldError] = []
    if not 0 < len(given) <= MOST_SCOPES:
        raise Invalid.at("/scopes", f"Name 1 to {MOST_SCOPES} scopes, as orders:* or orders:op.")
    found: list[str] = []
    for place, text in enumerate(given):
        slug, _, name = text.partition(":")
        api = Api.across.filter(slug=slug).first()
        key = _operation(api, name) if api else ""
        if not key:
            errors.append(
                FieldError(f"/scopes/{place}", f"There is nothing called {text[:200]!r}.")
            )
        elif f"{slug}:{key}" not in found:
            found.append(f"{slug}:{key}")
    if errors:
        raise Invalid("Some scopes do not exist.", errors=errors)
    return found


def _operation(api: Api, name: str) -> str:
    if name == EVERY:
        return EVERY
    for key, slug, operation_id in Operation.across.filter(api=api, served=True).values_list(
        "key", "slug", "operation_id"
    ):
        if name and name in (key, slug, operation_id):
            return key
    return ""
