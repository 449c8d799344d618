"""Bearer tokens for REST: issued once, stored as a digest, found by their public prefix."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Forbidden, Invalid
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import AccessToken, ServiceAccount, User

LONGEST = timedelta(days=90)
PREFIX_LENGTH = len("mpat_") + 10
LAST_USED_RESOLUTION = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: `secret` is shown this once."""

    token: AccessToken
    secret: str


def _digest(secret: str) -> bytes:
    # 256 bits from the system's generator need no slow hash.
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def issue_token(
    *,
    actor: Actor,
    holder: User | ServiceAccount,
    name: str,
    ttl: timedelta,
    scopes: list[str] | None = None,
) -> IssuedToken:
    """Make a token for a person (himself) or a service account (its team's owners).

    Raises Forbidden for anyone else and Invalid for a life of zero or over 90 days.
    """
    if not timedelta(0) < ttl <= LONGEST:
        raise Invalid.at("/ttl", f"A token lives between one second and {LONGEST.days} days.")
    if isinstance(holder, User):
        allowed = actor.id == holder.id or actor.kind == "system"
        tenant_id = actor.tenant_id
        if actor.kind == "system":
            member = holder.memberships.order_by("id").first()
            tenant_id = member.tenant_id if member else None
    else:
        allowed = actor.owns_team(holder.team_id) or actor.is_admin
        tenant_id = holder.tenant_id
    if not allowed:
        raise Forbidden("Only its holder, or the owner of its team, makes a token.")
    if tenant_id is None:
        raise Forbidden("Join a tenant first: a token acts in one.")
    prefix = f"mpat_{secrets.token_hex(5)}"
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    now = clock.now()
    token = AccessToken.across.create(
        tenant_id=tenant_id,
        user=holder if isinstance(holder, User) else None,
        service_account=holder if isinstance(holder, ServiceAccount) else None,
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        scopes=scopes or [],
        created_at=now,
        expires_at=now + ttl,
    )
    record(
        actor=actor,
        action="token.issued",
        target=f"token:{token.id}",
        tenant_id=tenant_id,
        details={"name": name, "prefix": prefix, "scopes": token.scopes},
    )
    return IssuedToken(token, secret)


@transaction.atomic
def revoke_token(*, actor: Actor, token: AccessToken) -> None:
    """End a token now. Raises Forbidden for anyone but its holder, the owners of its service
    account's team, and a tenant admin."""
    account = token.service_account
    owns = account is not None and actor.owns_team(account.team_id)
    if actor.id != token.user_id and not owns and not actor.is_admin:
        raise Forbidden("Only its holder or a tenant admin ends a token.")
    token.revoke()
    record(
        actor=actor,
        action="token.revoked",
        target=f"token:{token.id}",
        tenant_id=token.tenant_id,
        details={"prefix": token.prefix},
    )


def find_token(secret: str) -> AccessToken | None:
    """The live token that `secret` is, with its holder; None where it is unknown or ended."""
    token = (
        AccessToken.across.select_related("user", "service_account", "tenant")
        .filter(prefix=secret[:PREFIX_LENGTH])
        .first()
    )
    if token is None or not hmac.compare_digest(bytes(token.digest), _digest(secret)):
        return None
    now = clock.now()
    if token.revoked_at or token.expires_at <= now or token.tenant.closed_at:
        return None
    _note_use(token, now)
    return token


def _note_use(token: AccessToken, now: datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_RESOLUTION:
        AccessToken.across.filter(pk=token.pk).update(last_used_at=now)
