"""What a token says and whether it still holds (RFC 7662)."""

from typing import Any

from django.conf import settings

from catalog.models import Api
from keys import secrets
from keys.models import Key
from keys.tokens.errors import TokenError
from keys.tokens.jose import BadToken, verify
from keys.tokens.signing import verifying_keys
from keys.tokens.subjects import KEY, actor_of_claims, live_key, read_subject
from marketplace import clock
from marketplace.tenants.actor import Actor

INACTIVE: dict[str, Any] = {"active": False}


def introspect(*, actor: Actor, token: str) -> dict[str, Any]:
    """The state of a token or key, for its own tenant and its API's; for anyone else, and for
    whatever is not good, `{"active": false}` and nothing more. In the platform's scope."""
    found = _of_key(token) if secrets.parse(token) is not None else _of_jwt(token)
    if found is None:
        return INACTIVE
    answer, tenants = found
    if not actor.is_platform_admin and str(actor.tenant_id) not in tenants:
        return INACTIVE
    return answer


def _of_key(token: str) -> tuple[dict[str, Any], set[str]] | None:
    try:
        subject = read_subject(token, KEY)
    except TokenError:
        return None
    key = subject.key
    assert key is not None
    answer = {
        "active": True,
        "token_type": "Bearer",
        "iss": settings.PUBLIC_URL,
        "sub": subject.sub,
        "client_id": str(key.application_id),
        "aud": subject.audience,
        "scope": " ".join(subject.scopes or ()),
        "iat": int(key.created_at.timestamp()),
        "exp": int(key.expires_at.timestamp()),
        "key": key.public_id,
    }
    return answer, {str(key.tenant_id), str(key.owner_tenant_id)}


def _of_jwt(token: str) -> tuple[dict[str, Any], set[str]] | None:
    try:
        claims = verify(
            token, verifying_keys(), now=clock.now(), issuer=settings.PUBLIC_URL, audience=None
        )
    except BadToken:
        return None
    tenants = {str(claims["tenant"])}
    if claims.get("key"):
        key: Key | None = live_key(claims["key"])
        if key is None:
            return None
        tenants.add(str(key.owner_tenant_id))
    elif actor_of_claims(claims) is None:
        return None
    if owner := Api.across.filter(slug=claims["aud"]).values_list("tenant_id", flat=True).first():
        tenants.add(str(owner))
    bound = "DPoP" if "jkt" in (claims.get("cnf") or {}) else "Bearer"
    return {"active": True, "token_type": bound, **claims}, tenants
