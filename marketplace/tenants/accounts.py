"""Service accounts: programs that act for a team, with tokens of their own."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction

from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.given import choice_given, name_given, slug_given, slug_taken
from marketplace.tenants.guards import check_leads
from marketplace.tenants.leaving import end_access
from marketplace.tenants.models import AccessToken, ServiceAccount, Team, TeamMember
from marketplace.tenants.scope import platform_scope
from marketplace.tenants.tokens import IssuedToken, issue_token


def create_service_account(
    *,
    actor: Actor,
    team: Team,
    name: str,
    slug: str = "",
    kind: str = ServiceAccount.Kind.SERVICE,
    role: str = TeamMember.Role.MEMBER,
) -> ServiceAccount:
    """Make a service account of a team.

    Raises Forbidden but for the team's owners and the tenant's admins; one that acts as owner is
    made by an owner, so that no admin raises himself through it. Invalid at the field, Conflict
    for a slug that stands in the tenant already.
    """
    check_leads(actor, team)
    name = name_given(name)
    slug = slug_given(slug, name)
    kind = choice_given(kind, ServiceAccount.Kind.values, "/kind")
    role = choice_given(role, TeamMember.Role.values, "/role")
    _check_may_own(actor, team, role)
    with platform_scope(), transaction.atomic():
        try:
            with transaction.atomic():
                account = ServiceAccount.across.create(
                    tenant_id=team.tenant_id, team=team, slug=slug, name=name, kind=kind, role=role
                )
        except IntegrityError:
            raise slug_taken("service account", slug) from None
        details = {"slug": slug, "name": name, "kind": kind, "role": role, "team": team.slug}
        _told(actor, "service_account.created", account, details)
    return account


def issue_account_token(
    *,
    actor: Actor,
    account: ServiceAccount,
    name: str,
    ttl: timedelta,
    scopes: list[str] | None = None,
) -> IssuedToken:
    """Make a token of a service account; its secret is shown this once.

    Raises Forbidden but for the team's owners and the tenant's admins, and where the token in use
    would make one that may more; Invalid at the field; Conflict for a disabled account.
    """
    check_leads(actor, account.team)
    name = name_given(name)
    _check_may_own(actor, account.team, account.role)
    wanted = scopes or ["*"]
    if not all(actor.may(scope) for scope in wanted):
        raise Forbidden("This token cannot make one that may more.", type="scope-missing")
    with platform_scope(), transaction.atomic():
        held = ServiceAccount.across.select_for_update(of=("self",)).get(pk=account.pk)
        if held.disabled_at:
            raise Conflict("This service account is disabled.")
        issued = issue_token(actor=actor, holder=held, name=name, ttl=ttl, scopes=scopes)
        emit(
            "token.issued",
            tenant_id=held.tenant_id,
            subject=f"token:{issued.token.id}",
            data={"service_account": held.slug, "prefix": issued.token.prefix},
        )
    return issued


def disable_service_account(*, actor: Actor, account: ServiceAccount) -> list[str]:
    """End a service account with its tokens and keys; the public names of the keys ended.

    Raises Forbidden but for the team's owners and the tenant's admins.
    """
    check_leads(actor, account.team)
    with platform_scope(), transaction.atomic():
        held = ServiceAccount.across.select_for_update(of=("self",)).get(pk=account.pk)
        if held.disabled_at:
            return []
        held.disabled_at = clock.now()
        held.save(update_fields=["disabled_at"])
        AccessToken.across.filter(service_account=held, revoked_at=None).update(
            revoked_at=held.disabled_at
        )
        ended = end_access(actor, held, held.tenant_id)
        _told(actor, "service_account.disabled", held, {"slug": held.slug, "keys": ended})
    return ended


def _check_may_own(actor: Actor, team: Team, role: str) -> None:
    if role == TeamMember.Role.OWNER and not actor.owns_team(team.id):
        raise Forbidden("Only an owner of the team lets a program act as its owner.")


def _told(
    actor: Actor, action: str, account: ServiceAccount, details: Mapping[str, str | list[str]]
) -> None:
    target = f"service-account:{account.id}"
    record(
        actor=actor,
        action=action,
        target=target,
        tenant_id=account.tenant_id,
        details=dict(details),
    )
    emit(action, tenant_id=account.tenant_id, subject=target, data=dict(details))
