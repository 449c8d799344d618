"""Making keys: the secret is returned once, and only its digest stays."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.conf import settings

from keys import secrets
from keys.feed import announce_keys
from keys.limits import limit_by_plan
from keys.models import Grant, Key
from keys.peppers import load_peppers, newest
from keys.scopes import granted_scopes, narrowed, scopes_of
from marketplace import clock
from marketplace.errors import Conflict
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `secret` is the whole text that a caller sends; nobody can show it again."""

    key: Key
    secret: str = field(repr=False)


def issue_key(
    *,
    grant: Grant,
    by: Actor,
    expires_at: datetime,
    parent: Key | None = None,
    scopes: list[str] | None = None,
    name: str = "",
) -> IssuedKey:
    """Make a key of a grant, in the caller's transaction.

    `scopes` narrows it to these operation keys; its parent's scopes and end bind it too. A
    pending grant's key is answered by the mock. Sets the plan's quota, tells the edges and emits
    `key.issued`; the audit entry is the caller's. Raises Conflict where nothing would be left.
    """
    scopes = _narrowing(grant, parent, scopes)
    if parent is not None:
        expires_at = min(expires_at, parent.expires_at)
    environment: Literal["live", "sandbox"] = (
        "sandbox" if grant.environment == "sandbox" else "live"
    )
    made = secrets.generate(environment)
    version, pepper = newest(load_peppers(settings.MARKETPLACE_HOME))
    key = Key.across.create(
        tenant_id=grant.tenant_id,
        public_id=made.public_id,
        environment=environment,
        digest=secrets.digest(made, pepper),
        pepper_version=version,
        grant=grant,
        application_id=grant.application_id,
        owner_tenant_id=grant.owner_tenant_id,
        parent=parent,
        scopes=scopes,
        mock=grant.state == Grant.State.PENDING,
        name=name[:120],
        expires_at=expires_at,
        created_at=clock.now(),
        created_by=by.id,
        created_by_label=by.label[:200],
    )
    if environment == "live":
        limit_by_plan(grant)
    announce_keys([key.id])
    emit(
        "key.issued",
        tenant_id=grant.tenant_id,
        subject=f"key:{key.public_id}",
        data={
            "key_public_id": key.public_id,
            "key_id": str(key.id),
            "application_id": str(grant.application_id),
            "api_id": str(grant.api_id),
            "grant_id": str(grant.id),
            "environment": environment,
            "expires_at": expires_at.isoformat(),
        },
    )
    return IssuedKey(key, made.text)


def _narrowing(grant: Grant, parent: Key | None, wanted: list[str] | None) -> list[str] | None:
    if parent is None and wanted is None:
        return None
    held = granted_scopes(grant)
    if parent is not None:
        held = narrowed(held, scopes_of(parent))
    left = narrowed(held, wanted) if wanted is not None else held
    if not left:
        raise Conflict("None of its scopes is held, so nothing would be left.", type="no-scope")
    return list(left)
