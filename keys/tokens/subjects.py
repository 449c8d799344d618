"""Who a subject or actor token stands for: a key, a person, a program, a CI workload."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from keys import secrets
from keys.models import Grant, Key, UsedTokenId, WorkloadIdentity
from keys.peppers import load_peppers
from keys.scopes import scopes_of
from keys.tokens.errors import TokenError, access_denied, invalid_request
from keys.tokens.jose import BadToken, public_keys, verify
from keys.tokens.scopes import as_claim
from keys.tokens.signing import verifying_keys
from marketplace import clock
from marketplace.tenants.actor import Actor, actor_for_service, actor_for_user
from marketplace.tenants.models import ServiceAccount, User
from marketplace.tenants.tokens import find_token

KEY = "urn:mkt:token-type:key"
SESSION = "urn:mkt:token-type:session"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
JWT = "urn:ietf:params:oauth:token-type:jwt"
TYPES = (KEY, SESSION, ACCESS_TOKEN, ID_TOKEN, JWT)
KEPT_USED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Subject:
    """`sub` names it in claims. A key holds `scopes` of one API; people and programs act as
    `actor`. `act` is the chain it came by, `ends` the POSIX time its own credential ends."""

    sub: str
    tenant_id: UUID
    actor: Actor | None = None
    key: Key | None = None
    application_id: UUID | None = None
    scopes: tuple[str, ...] | None = None
    audience: str = ""
    act: Mapping[str, Any] | None = None
    ends: float | None = None
    confirmation: Mapping[str, Any] | None = None

    @property
    def user_id(self) -> UUID | None:
        """The human at the beginning, where there is one."""
        kind, _, text = self.sub.partition(":")
        return UUID(text) if kind == "user" else None


def read_subject(text: str, kind: str, *, session: Actor | None = None) -> Subject:
    """The subject of a token, in the platform's scope. `session` is the portal's actor, where the
    request brought a session. Raises TokenError."""
    if kind == KEY:
        return _from_key(text)
    if kind == SESSION:
        if session is None or not session.is_authenticated or session.tenant_id is None:
            raise invalid_request("There is no session.")
        return _from_actor(session)
    if kind == ACCESS_TOKEN:
        return _from_jwt(text) if text.count(".") == 2 else _from_token(text)
    if kind in (ID_TOKEN, JWT):
        return _from_workload(text)
    raise invalid_request(f"subject_token_type is one of {', '.join(TYPES)}.")


def live_key(public_id: str) -> Key | None:
    """The key with this public id where it and its grant are in force."""
    key = (
        Key.across.select_related("grant__api", "application")
        .filter(public_id=public_id, state=Key.State.ACTIVE)
        .first()
    )
    if key is None or not key.is_live or key.grant.state != Grant.State.ACTIVE:
        return None
    ends = key.grant.expires_at
    return key if ends is None or ends > clock.now() else None


def subject_of_key(key: Key) -> Subject:
    """What a key stands for: its application, with the key's own scopes."""
    slug = key.grant.api.slug
    return Subject(
        sub=f"application:{key.application_id}",
        tenant_id=key.tenant_id,
        key=key,
        application_id=key.application_id,
        scopes=tuple(as_claim(slug, scopes_of(key))),
        audience=slug,
        ends=key.expires_at.timestamp(),
    )


def _from_key(text: str) -> Subject:
    parsed = secrets.parse(text) if len(text) < 200 else None
    key = live_key(parsed.public_id) if parsed else None
    if parsed is None or key is None:
        raise invalid_request("The subject token is not good.")
    pepper = load_peppers(settings.MARKETPLACE_HOME).get(key.pepper_version)
    if pepper is None or not secrets.same(bytes(key.digest), secrets.digest(parsed, pepper)):
        raise invalid_request("The subject token is not good.")
    return subject_of_key(key)


def _from_token(text: str) -> Subject:
    token = find_token(text)
    if token is None:
        raise invalid_request("The subject token is not good.")
    scopes = frozenset(token.scopes) or None
    if token.service_account is not None and token.service_account.disabled_at is None:
        actor = actor_for_service(token.service_account, scopes=scopes)
    elif token.user is not None and token.user.is_active:
        actor = actor_for_user(token.user, tenant_id=token.tenant_id, scopes=scopes)
    else:
        raise invalid_request("The subject token is not good.")
    return dataclasses.replace(_from_actor(actor), ends=token.expires_at.timestamp())


def _from_actor(actor: Actor) -> Subject:
    if actor.tenant_id is None or actor.id is None:
        raise invalid_request("The subject is in no tenant.")
    return Subject(
        sub=f"{actor.kind}:{actor.id}",
        tenant_id=actor.tenant_id,
        actor=actor,
        scopes=tuple(sorted(actor.scopes)) if actor.scopes is not None else None,
    )


def _from_jwt(text: str) -> Subject:
    """One of our own tokens: to narrow it, or to hand it on."""
    try:
        claims = verify(
            text, verifying_keys(), now=clock.now(), issuer=settings.PUBLIC_URL, audience=None
        )
    except BadToken as bad:
        raise invalid_request(f"The subject token is not good: {bad}.") from None
    key = live_key(claims["key"]) if claims.get("key") else None
    if claims.get("key") and key is None:
        raise invalid_request("The key beneath the subject token has ended.")
    return Subject(
        sub=claims["sub"],
        tenant_id=UUID(claims["tenant"]),
        actor=actor_of_claims(claims),
        key=key,
        application_id=key.application_id if key else None,
        scopes=tuple(str(claims.get("scope", "")).split()),
        audience=claims["aud"],
        act=claims.get("act"),
        ends=float(claims["exp"]),
        confirmation=claims.get("cnf"),
    )


def actor_of_claims(claims: Mapping[str, Any]) -> Actor | None:
    """The person or program that a token's `sub` is now, narrowed to its scopes; None for an
    application, or for one who left."""
    kind, _, text = str(claims["sub"]).partition(":")
    scopes = frozenset(str(claims.get("scope", "")).split())
    tenant_id = UUID(claims["tenant"])
    if kind == "user":
        user = User.objects.filter(pk=text, is_active=True).first()
        actor = actor_for_user(user, tenant_id=tenant_id, scopes=scopes) if user else None
        return actor if actor and actor.tenant_id else None
    if kind == "service":
        account = ServiceAccount.across.filter(pk=text, disabled_at=None).first()
        return actor_for_service(account, scopes=scopes) if account else None
    return None


def _from_workload(text: str) -> Subject:
    """A CI job's token of an outer issuer that we know, pinned to issuer, audience and subject,
    and taken once."""
    identity, claims = _matching_identity(text)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 300:
        raise access_denied("The workload's token has no jti.")
    spend_once(identity.issuer, jti, ends=float(claims["exp"]))
    account = identity.service_account
    if account.disabled_at is not None:
        raise access_denied("The service account is disabled.")
    subject = _from_actor(actor_for_service(account))
    return dataclasses.replace(
        subject, application_id=identity.application_id, ends=None, scopes=None
    )


def _matching_identity(text: str) -> tuple[WorkloadIdentity, dict[str, Any]]:
    rows = WorkloadIdentity.across.select_related("service_account").filter(disabled_at=None)
    good = False
    for identity in rows:
        try:
            claims = verify(
                text,
                public_keys(identity.jwks),
                now=clock.now(),
                issuer=identity.issuer,
                audience=identity.audience,
                typ=None,
            )
        except BadToken:
            continue
        good = True
        if matches(identity.subject_pattern, str(claims.get("sub", ""))):
            return identity, claims
    if good:
        raise access_denied("This workload may not act here: no identity names its subject.")
    raise access_denied("No known issuer vouches for this workload.")


def matches(pattern: str, subject: str) -> bool:
    """Whether a subject is the pattern's, segment by segment of `:` and `/`; `*` is any one
    segment, and there is no other wildcard."""
    wanted, given = _segments(pattern), _segments(subject)
    return len(wanted) == len(given) and all(
        left in ("*", right) and right != "" for left, right in zip(wanted, given, strict=True)
    )


def _segments(text: str) -> list[str]:
    return [part for piece in text.split(":") for part in piece.split("/")]


def spend_once(issuer: str, jti: str, *, ends: float) -> None:
    """Take a token's id, for good. Raises TokenError where it was taken before."""
    now = clock.now()
    UsedTokenId.objects.filter(expires_at__lt=now - KEPT_USED).delete()
    try:
        with transaction.atomic():
            UsedTokenId.objects.create(
                issuer=issuer,
                jti=jti,
                expires_at=max(now, datetime.fromtimestamp(ends, UTC)) + KEPT_USED,
            )
    except IntegrityError:
        raise TokenError("access_denied", "This token was used before.", status=403) from None
