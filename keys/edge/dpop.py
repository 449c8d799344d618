"""DPoP proofs (RFC 9449): that the caller holds the key its token is bound to."""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from keys.tokens.jose import ALGORITHM, LEEWAY_SECONDS, REGISTRY, BadToken, header_of

TYPE = "dpop+jwt"
LONGEST_ID = 300


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds. `thumbprint` (RFC 7638) names the key; `issued_at` in POSIX seconds."""

    thumbprint: str
    jti: str
    issued_at: float


def read_proof(
    text: str, *, method: str, path: str, host: str, access_token: str, now: float
) -> Proof:
    """The proof in `text` for this request and this token, within a minute of `now`.

    The address it names (`htu`) must have this host and this raw path; a query is not part of it.
    Whether its jti is new is for the caller to find out. Raises BadToken.
    """
    header = header_of(text)
    if header.get("typ") != TYPE or header.get("alg") != ALGORITHM:
        raise BadToken("it is of another type")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or "d" in jwk or jwk.get("crv") != "P-256":
        raise BadToken("its key is not a public P-256 key")
    try:
        key = ECKey.import_key(jwk)
        claims = dict(jwt.decode(text, key, algorithms=[ALGORITHM], registry=REGISTRY).claims)
        address = urlsplit(str(claims.get("htu", "")))
    except (JoseError, ValueError, TypeError, KeyError):
        raise BadToken("it cannot be read or its signature does not hold") from None
    jti, issued_at = claims.get("jti"), claims.get("iat")
    digest = hashlib.sha256(access_token.encode()).digest()
    if claims.get("htm") != method:
        raise BadToken("it is for another method")
    if address.path != path or address.netloc.lower() != host.lower():
        raise BadToken("it is for another address")
    if claims.get("ath") != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
        raise BadToken("it is for another token")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_ID or "\0" in jti:
        raise BadToken("it has no usable jti")
    if not isinstance(issued_at, int | float) or abs(now - issued_at) > LEEWAY_SECONDS:
        raise BadToken("it is not of now")
    return Proof(key.thumbprint(), jti, float(issued_at))
