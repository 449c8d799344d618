"""The exchange: a credential in, a JWT of one to five minutes out, never more than came in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from catalog.models import Api
from keys.facts import covers
from keys.models import Application, Consent, Grant, Key
from keys.tokens.errors import access_denied, invalid_request, invalid_scope, invalid_target
from keys.tokens.jose import sign
from keys.tokens.scopes import narrowed, operation_keys
from keys.tokens.signing import active_key
from keys.tokens.subjects import ACCESS_TOKEN, Subject, subject_of_key
from marketplace import clock
from marketplace.audit.record import record
from marketplace.ids import new_id
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import ServiceAccount

SHORTEST, LONGEST = timedelta(seconds=60), timedelta(seconds=300)
LONGEST_CHAIN = 4
REST_SCOPES = ("audit:*", "billing:*", "catalog:*", "events:*", "keys:*", "usage:*")


@dataclass(frozen=True, slots=True)
class Minted:
    """A token as the endpoint answers it."""

    token: str
    expires_in: int
    scope: str
    bound: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "access_token": self.token,
            "issued_token_type": ACCESS_TOKEN,
            "token_type": "DPoP" if self.bound else "Bearer",
            "expires_in": self.expires_in,
            "scope": self.scope,
        }


def rest_audience() -> str:
    """The audience of tokens for our own REST."""
    return f"{settings.PUBLIC_URL}/api/v1"


def exchange(
    *,
    subject: Subject,
    audience: str = "",
    scope: str = "",
    client: str = "",
    lifetime: timedelta = LONGEST,
    through: Subject | None = None,
    confirmation: dict[str, str] | None = None,
) -> Minted:
    """A token for an API (by slug) or for REST, with the scopes asked for or all that the subject
    holds. `through` acts for the subject; `client` is an application's slug; `confirmation` binds
    the token (RFC 7800). In the platform's scope. Raises TokenError.
    """
    if not SHORTEST <= lifetime <= LONGEST:
        raise invalid_request("A token lives 60 to 300 seconds.")
    wanted = audience or subject.audience or rest_audience()
    if subject.audience and wanted != subject.audience:
        raise invalid_target("The subject token is for another audience.")
    if subject.confirmation and subject.confirmation != confirmation:
        raise access_denied("The subject token is bound to another key.")
    held, key, client_id = _held(subject, wanted, client)
    given = narrowed(held, scope)
    if given is None or not given:
        raise invalid_scope("The subject does not hold what is asked for.")
    act = subject.act
    if through is not None:
        act = _chain(subject, through, wanted, given)
    now = clock.now()
    ends = min(now + lifetime, *_ends(now, subject, through, lifetime))
    if ends - now < SHORTEST / 2:
        raise invalid_request("The subject token is about to end.")
    claims: dict[str, Any] = {
        "iss": settings.PUBLIC_URL,
        "aud": wanted,
        "sub": subject.sub,
        "client_id": client_id,
        "iat": int(now.timestamp()),
        "exp": int(ends.timestamp()),
        "jti": str(new_id()),
        "scope": " ".join(given),
        "tenant": str(subject.tenant_id),
    }
    if key is not None:
        claims["key"] = key.public_id
    if act:
        claims["act"] = act
    if confirmation:
        claims["cnf"] = confirmation
    kid, signer = active_key()
    token = sign(claims, signer, kid=kid)
    _log(subject, through, claims)
    return Minted(
        token, claims["exp"] - claims["iat"], claims["scope"], "jkt" in (confirmation or {})
    )


def _held(subject: Subject, audience: str, client: str) -> tuple[list[str], Key | None, str]:
    """The scopes that the subject holds for the audience, the key that the token hangs on, and
    the client's id."""
    if audience == rest_audience():
        if subject.actor is None:
            raise invalid_target("A key calls APIs; it is no way into the marketplace's REST.")
        return list(subject.scopes or REST_SCOPES), None, subject.sub
    if subject.audience:
        return list(subject.scopes or ()), subject.key, str(subject.application_id)
    api = Api.across.filter(slug=audience).first()
    if api is None:
        raise invalid_target(f"There is no audience {audience[:80]!r}.")
    key = _key_of(subject, api, client)
    granted = subject_of_key(key)
    return list(granted.scopes or ()), key, str(key.application_id)


def _key_of(subject: Subject, api: Api, client: str) -> Key:
    """The newest live key to the API of an application that the subject may act for."""
    rows = Application.across.filter(tenant_id=subject.tenant_id, closed_at=None)
    if subject.application_id is not None:
        rows = rows.filter(pk=subject.application_id)
    elif subject.actor is not None:
        if subject.scopes is not None and narrowed(list(subject.scopes), "keys:write") is None:
            raise invalid_scope("This credential does not stand for its holder's applications.")
        rows = rows.filter(team_id__in=list(subject.actor.team_roles))
    else:
        rows = rows.none()
    if client:
        rows = rows.filter(slug=client)
    key = (
        Key.across.select_related("grant__api")
        .filter(
            application__in=rows,
            grant__api=api,
            grant__state=Grant.State.ACTIVE,
            state=Key.State.ACTIVE,
            expires_at__gt=clock.now(),
        )
        .order_by("-id")
        .first()
    )
    if key is None:
        raise access_denied(f"None of the subject's applications may call {api.slug}.")
    return key


def _chain(subject: Subject, through: Subject, audience: str, given: list[str]) -> dict[str, Any]:
    """The chain with one more link: user → service → model (RFC 8693, section 4.1)."""
    if through.actor is None or through.tenant_id != subject.tenant_id:
        raise access_denied("Only a program or person of the same tenant acts for the subject.")
    depth, link = 1, subject.act
    while link:
        depth, link = depth + 1, link.get("act")
    if depth >= LONGEST_CHAIN:
        raise access_denied("The chain of delegation is too long.")
    if subject.user_id is not None and through.actor.kind == "service":
        _consented(subject.user_id, through.actor, audience, given)
    made: dict[str, Any] = {"sub": through.sub}
    return made | ({"act": subject.act} if subject.act else {})


def _consented(user_id: UUID, actor: Actor, audience: str, given: list[str]) -> None:
    """An agent acts for a human under his consent to these scopes alone; other services of the
    tenant need none."""
    account = ServiceAccount.across.filter(id__in=[actor.id]).get()
    if account.kind != ServiceAccount.Kind.AGENT:
        return
    keys = tuple(operation_keys(audience, given))
    consents = Consent.across.filter(
        user_id=user_id, agent=account, withdrawn_at=None, expires_at__gt=clock.now()
    )
    if not any(keys and covers(consent.scopes, audience, keys) for consent in consents):
        raise access_denied("The human has not consented to this agent doing that.")


def _ends(now: Any, subject: Subject, through: Subject | None, lifetime: timedelta) -> list[Any]:
    """When the credentials beneath end: the token ends no later."""
    limits = [each.ends for each in (subject, through) if each is not None and each.ends]
    return [now + timedelta(seconds=limit - now.timestamp()) for limit in limits] or [
        now + lifetime
    ]


def _log(subject: Subject, through: Subject | None, claims: dict[str, Any]) -> None:
    actor = subject.actor or Actor(
        kind="service", label=claims["sub"], tenant_id=subject.tenant_id, id=subject.application_id
    )
    with transaction.atomic():
        record(
            actor=actor,
            action="token.exchanged",
            target=f"token:{claims['jti']}",
            tenant_id=subject.tenant_id,
            details={
                "aud": claims["aud"],
                "scope": claims["scope"],
                "key": claims.get("key"),
                "through": through.sub if through else None,
            },
        )
