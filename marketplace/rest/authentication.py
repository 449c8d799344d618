"""Who calls REST: a bearer token (personal or of a service account), or the portal's session."""

from collections.abc import Callable
from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from marketplace.errors import Unauthenticated
from marketplace.tenants.actor import Actor, actor_for_service, actor_for_user
from marketplace.tenants.middleware import scope_of
from marketplace.tenants.models import User
from marketplace.tenants.scope import enter, platform_scope
from marketplace.tenants.tokens import find_token

# Apps to the right of the kernel add what else is a bearer (an exchanged JWT): secret → actor.
TokenReader = Callable[[str], Actor | None]
_readers: list[TokenReader] = []


def reads_tokens(reader: TokenReader) -> TokenReader:
    """Register another reader of bearer tokens; it answers None for what it does not know."""
    _readers.append(reader)
    return reader


def actor_for_bearer(secret: str) -> Actor | None:
    """The actor that a bearer secret stands for, or None."""
    with platform_scope():
        token = find_token(secret)
        if token is None:
            return next((actor for read in _readers if (actor := read(secret))), None)
        scopes = frozenset(token.scopes) or None
        if token.service_account is not None:
            if token.service_account.disabled_at is not None:
                return None
            return actor_for_service(token.service_account, scopes=scopes)
        if token.user is None or not token.user.is_active:
            return None
        actor = actor_for_user(token.user, tenant_id=token.tenant_id, scopes=scopes)
        return actor if actor.tenant_id else None


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …` (RFC 6750). Never read from the query string."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        word, _, secret = header.partition(" ")
        if word.lower() != "bearer":
            raise Unauthenticated("Send the token as `Authorization: Bearer …`.")
        actor = actor_for_bearer(secret.strip())
        if actor is None:
            raise Unauthenticated("This token is not known, has expired or was revoked.")
        request._request.actor = actor  # type: ignore[attr-defined]
        enter(scope_of(actor))
        user = User.objects.get(pk=actor.id) if actor.kind == "user" and actor.id else None
        return (user or actor, actor)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="marketplace"'


class Session(SessionAuthentication):
    """The portal's session, with Django's CSRF check on writes."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        return (found[0], actor_of(request)) if found else None


def actor_of(request: Any) -> Actor:
    """The actor of an HTML or REST request."""
    inner = getattr(request, "_request", request)
    actor: Actor = getattr(inner, "actor", None) or Actor.anonymous()
    return actor
