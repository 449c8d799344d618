"""Signing and checking JWTs, without Django and without the network.

Keys are given; nothing in a token's header (`jku`, `x5u`, `jwk`, a strange `kid`) is ever followed.
The algorithm is the key's, never the token's word for it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry, extract_compact

ALGORITHM = "ES256"
ACCESS_TOKEN = "at+jwt"  # noqa: S105 - RFC 9068, section 2.1
LEEWAY_SECONDS = 60  # clocks may differ by half a minute; by five they may not
LONGEST = 16_000
ALGORITHM_OF = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA", ("RSA", None): "RS256"}
# Headers that other people put there are allowed to stand; none of them is read.
REGISTRY = JWSRegistry(algorithms=list(ALGORITHM_OF.values()), strict_check_header=False)

PublicKey = ECKey | OKPKey | RSAKey


class BadToken(Exception):
    """The token is not to be believed; the message says why, without repeating it."""


def sign(claims: Mapping[str, Any], key: ECKey, *, kid: str, typ: str = ACCESS_TOKEN) -> str:
    """A compact JWS (RFC 7515) over the claims with ES256."""
    return jwt.encode({"alg": ALGORITHM, "kid": kid, "typ": typ}, dict(claims), key)


def public_keys(jwks: Mapping[str, Any]) -> dict[str, PublicKey]:
    """The usable public keys of a JWKS (RFC 7517) by kid; symmetric ones are left out."""
    found: dict[str, PublicKey] = {}
    for given in jwks.get("keys", []):
        try:
            key = import_key(given)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, PublicKey) and not key.is_private and key.kid and _algorithm(key):
            found[key.kid] = key
    return found


def header_of(text: str) -> dict[str, Any]:
    """The header of a compact JWS, unchecked. Raises BadToken where it is none."""
    if len(text) > LONGEST:
        raise BadToken("it is too long")
    try:
        return dict(extract_compact(text.encode()).headers())
    except (JoseError, ValueError, TypeError):
        raise BadToken("it is not a JWT") from None


def verify(
    text: str,
    keys: Mapping[str, PublicKey],
    *,
    now: datetime,
    issuer: str,
    audience: str | None = None,
    typ: str | None = ACCESS_TOKEN,
) -> dict[str, Any]:
    """The claims of a token that one of `keys` signed, of this issuer, for this audience, in time.

    Raises BadToken.
    """
    header = header_of(text)
    key = keys.get(str(header.get("kid", "")))
    if key is None:
        raise BadToken("no known key signed it")
    if typ is not None and str(header.get("typ", "")).lower().removeprefix("application/") != typ:
        raise BadToken("it is of another type")
    try:
        token = jwt.decode(text, key, algorithms=[_algorithm(key)], registry=REGISTRY)
    except (JoseError, ValueError, TypeError):
        raise BadToken("its signature does not hold") from None
    claims = dict(token.claims)
    _check(claims, now=now, issuer=issuer, audience=audience)
    return claims


def _check(claims: Mapping[str, Any], *, now: datetime, issuer: str, audience: str | None) -> None:
    if claims.get("iss") != issuer:
        raise BadToken("another issuer made it")
    given = claims.get("aud")
    audiences = given if isinstance(given, list) else [given]
    if audience is not None and audience not in audiences:
        raise BadToken("it is for another audience")
    at = now.timestamp()
    if not isinstance(claims.get("exp"), int | float):
        raise BadToken("it has no end")
    if at >= claims["exp"] + LEEWAY_SECONDS:
        raise BadToken("it has expired")
    for name in ("nbf", "iat"):
        value = claims.get(name)
        if value is not None and (
            not isinstance(value, int | float) or at < value - LEEWAY_SECONDS
        ):
            raise BadToken("it is not valid yet")


def _algorithm(key: PublicKey) -> str:
    curve = None if isinstance(key, RSAKey) else key.as_dict(private=False).get("crv")
    return ALGORITHM_OF.get((key.key_type, str(curve) if curve else None), "")
