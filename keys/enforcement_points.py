"""Gateways as the portal keeps them: registered, given a token, written a configuration for.

Of a token only its SHA-256 is in the database. So that a configuration can be printed again, the
token itself is kept in the data folder's `secrets/gateways/`, readable by its owner alone.
"""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from catalog.models import Api
from keys.feed import announce
from keys.gateways import DIALECTS
from keys.gateways.dialect import Route, Setup
from keys.models import EnforcementPoint, EnforcementPointApi, SigningKey
from marketplace.audit.record import record
from marketplace.errors import Invalid, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Written:
    """A gateway's configuration; `digest` is its SHA-256 in hex."""

    text: str
    digest: str


def register_point(
    *, actor: Actor, tenant: Tenant, name: str, dialect: str, upstreams: Mapping[str, str]
) -> EnforcementPoint:
    """Register a gateway with a new token, before the APIs in `upstreams` (slug → address, empty
    for the API's own), each under the prefix of its slug. Raises Invalid.
    """
    if dialect not in DIALECTS:
        raise Invalid.at("/dialect", f"There is no dialect {dialect[:40]!r}.")
    if EnforcementPoint.across.filter(name=name).exists():
        raise Invalid.at("/name", f"There is a gateway {name!r} already.")
    apis = {api.slug: api for api in Api.objects.filter(slug__in=upstreams)}
    if missing := sorted(upstreams.keys() - apis.keys()):
        raise Invalid.at("/apis", f"There is no API {missing[0]!r}.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        point = EnforcementPoint.across.create(
            tenant=tenant, name=name, dialect=dialect, token_digest=_digest(token)
        )
        EnforcementPointApi.across.bulk_create(
            EnforcementPointApi(
                tenant=tenant,
                enforcementpoint=point,
                api=apis[slug],
                prefix=f"/{slug}",
                upstream=upstream,
            )
            for slug, upstream in sorted(upstreams.items())
        )
        _tell(actor, point, "gateway.registered")
        _keep(name, token)
    return point


def renew_token(*, actor: Actor, point: EnforcementPoint) -> None:
    """Give a gateway another token; the edges refuse the old one within a second."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        point.token_digest = _digest(token)
        point.save(update_fields=["token_digest"])
        _tell(actor, point, "gateway.token_renewed")
        _keep(point.name, token)


def find_point(name: str) -> EnforcementPoint:
    """The gateway of this name. Raises NotFound, naming those there are."""
    point = EnforcementPoint.across.filter(name=name).first()
    if point is None:
        names = ", ".join(EnforcementPoint.across.order_by("name").values_list("name", flat=True))
        raise NotFound(f"There is no gateway {name!r}; there are: {names or 'none'}.")
    return point


def write_configuration(
    *,
    point: EnforcementPoint,
    dialect: str,
    edge_url: str,
    listen: int,
    trusted_proxies: tuple[str, ...] = (),
    token: str = "",
) -> Written:
    """A gateway's configuration in a dialect. `token` is the gateway's own where it is not kept
    here. Raises Invalid where that is wrong, or a route cannot be written safely.
    """
    found = token or _kept(point)
    if not found or _digest(found) != bytes(point.token_digest):
        raise Invalid.at(
            "/token", "The gateway's token is not kept here: give it, or make a new one."
        )
    behind = EnforcementPointApi.across.filter(enforcementpoint=point).select_related("api")
    try:
        setup = Setup(
            pep=point.name,
            token=found,
            edge_url=edge_url,
            routes=tuple(
                Route(row.api.slug, row.prefix, row.upstream or row.api.upstream_url)
                for row in behind
            ),
            listen=listen,
            trusted_proxies=trusted_proxies,
            jwk=None if DIALECTS[dialect].asks else _signing_jwk(),
        )
        text = DIALECTS[dialect].render(setup)
    except ValueError as problem:
        raise Invalid.at("/routes", f"The configuration cannot be written: {problem}.") from None
    return Written(text, hashlib.sha256(text.encode()).hexdigest())


def _signing_jwk() -> Mapping[str, str] | None:
    row = SigningKey.objects.filter(state=SigningKey.State.ACTIVE).first()
    return row.public_jwk if row else None


def _tell(actor: Actor, point: EnforcementPoint, action: str) -> None:
    announce("pep", point.id)
    record(
        actor=actor,
        action=action,
        target=f"gateway:{point.name}",
        tenant_id=point.tenant_id,
        details={"dialect": point.dialect},
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _folder() -> Path:
    return Path(settings.MARKETPLACE_HOME) / "secrets"


def _keep(name: str, token: str) -> None:
    path = _folder() / "gateways" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(token)
    draft.replace(path)


def _kept(point: EnforcementPoint) -> str:
    """The token kept for a gateway, the demo's own included; an empty string where none fits."""
    for path in (_folder() / "gateways" / point.name, _folder() / f"{point.name}-gateway"):
        if path.is_file():
            token = path.read_text().strip()
            if _digest(token) == bytes(point.token_digest):
                return token
    return ""
