"""X-Mkt-Assertion: a signed statement of who calls, so that an upstream need not trust headers.

A compact JWS (RFC 7515) with ES256, typ `mkt-assertion+jwt`. Claims: iss, aud (the API's slug), sub
(X-Mkt-Subject), tenant, key, application, scope (the operation called, `slug:operation`), iat, exp.
It lives 60 seconds and is signed anew after 20, so a busy key costs one signature in 20 seconds for
each operation. It states the caller, not the call: it is not single-use. The public key is at
`/edge/v1/jwks.json`. The private key is EDGE_ASSERTION_KEY (PEM), or `secrets/edge-assertion.pem`
in the data folder, made on first use; verifiers on several machines are given the same one.
"""

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from marketplace import env

FILE = Path("secrets") / "edge-assertion.pem"
LIFE_SECONDS = 60
SIGN_AGAIN_SECONDS = 20
TYPE = "mkt-assertion+jwt"


def b64url(data: bytes) -> bytes:
    """base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Signer:
    """Signs with one P-256 key; `jwk` is its public half, `kid` its RFC 7638 thumbprint."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.jwk = public_jwk(key.public_key())
        self.kid = self.jwk["kid"]
        self._header = b64url(json.dumps({"alg": "ES256", "typ": TYPE, "kid": self.kid}).encode())

    def sign(self, claims: dict[str, Any]) -> bytes:
        """The compact JWS of `claims`."""
        signed = self._header + b"." + b64url(json.dumps(claims, separators=(",", ":")).encode())
        r, s = decode_dss_signature(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return signed + b"." + b64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The key as a JWK (RFC 7517) with its thumbprint as kid."""
    numbers = key.public_numbers()
    x, y = (b64url(n.to_bytes(32, "big")).decode() for n in (numbers.x, numbers.y))
    members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    kid = b64url(hashlib.sha256(members.encode()).digest()).decode()
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig"}


def load_signer(home: Path) -> Signer:
    """The signer of this installation; its key is made on first use.

    Raises EnvironmentProblem where EDGE_ASSERTION_KEY is no P-256 private key in PEM.
    """
    text = env.text("EDGE_ASSERTION_KEY")
    if not text:
        path = home / FILE
        if not path.is_file():
            _make(path)
        text = path.read_text()
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError):
        raise env.EnvironmentProblem("EDGE_ASSERTION_KEY is not a private key in PEM.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise env.EnvironmentProblem("EDGE_ASSERTION_KEY must be a P-256 key (ES256).")
    return Signer(key)


def _make(path: Path) -> None:
    """Write a new key; processes that do so at once agree, the first to link it wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(0o600)
    draft.write_bytes(pem)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
