"""What a token can be bound to: a DPoP key (RFC 9449) or a client certificate (RFC 8705)."""

import base64
import binascii
import hashlib
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from keys.tokens.errors import TokenError
from keys.tokens.jose import ALGORITHM, LEEWAY_SECONDS, REGISTRY, header_of
from keys.tokens.jose import BadToken as BadProof
from keys.tokens.subjects import spend_once
from marketplace import clock

DPOP = "dpop+jwt"


def dpop_thumbprint(proof: str, *, method: str, url: str, access_token: str = "") -> str:
    """The thumbprint (RFC 7638) of the key that made a DPoP proof for this request.

    With `access_token` the proof must name it (`ath`). Each proof is good once, for a minute
    around now. Raises TokenError (`invalid_dpop_proof`).
    """
    try:
        key, claims = _read(proof)
        _about_this(claims, method=method, url=url, access_token=access_token)
    except (BadProof, JoseError, ValueError, TypeError, KeyError) as problem:
        raise TokenError("invalid_dpop_proof", f"The DPoP proof is not good: {problem}.") from None
    thumbprint = key.thumbprint()
    try:
        spend_once(f"dpop:{thumbprint}", str(claims["jti"])[:300], ends=float(claims["iat"]) + 300)
    except TokenError:
        raise TokenError("invalid_dpop_proof", "This DPoP proof was used before.") from None
    return thumbprint


def certificate_thumbprint(header: str) -> str:
    """The `x5t#S256` of a certificate that a trusted proxy passed on (`Client-Cert`, RFC 9440).

    Raises TokenError where it cannot be read.
    """
    try:
        der = base64.b64decode(header.strip().strip(":"), validate=True)
    except (binascii.Error, ValueError):
        raise TokenError("invalid_request", "The Client-Cert header cannot be read.") from None
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def _read(proof: str) -> tuple[ECKey, dict[str, Any]]:
    header = header_of(proof)
    if header.get("typ") != DPOP or header.get("alg") != ALGORITHM:
        raise BadProof("it is of another type")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or "d" in jwk or jwk.get("crv") != "P-256":
        raise BadProof("its key is not a public P-256 key")
    key = ECKey.import_key(jwk)
    token = jwt.decode(proof, key, algorithms=[ALGORITHM], registry=REGISTRY)
    return key, dict(token.claims)


def _about_this(claims: dict[str, Any], *, method: str, url: str, access_token: str) -> None:
    if claims.get("htm") != method:
        raise BadProof("it is for another method")
    if str(claims.get("htu", "")).partition("?")[0].partition("#")[0] != url:
        raise BadProof("it is for another address")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise BadProof("it has no jti")
    at = claims.get("iat")
    if not isinstance(at, int | float) or abs(clock.now().timestamp() - at) > LEEWAY_SECONDS:
        raise BadProof("it is not of now")
    if access_token:
        digest = hashlib.sha256(access_token.encode()).digest()
        if claims.get("ath") != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
            raise BadProof("it is for another token")
