"""Signatures of Standard Webhooks: `v1` (HMAC-SHA256) and `v1a` (Ed25519)."""

import base64
import hashlib
import hmac
import os
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix
PUBLIC_PREFIX = "whpk_"


def new_secret() -> str:
    """A new symmetric secret, `whsec_` and base64."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def new_signing_key() -> bytes:
    """A new Ed25519 private key, raw."""
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.Raw, PrivateFormat.Raw, NoEncryption()
    )


def public_key(private: bytes) -> str:
    """The public half that a receiver verifies `v1a` with, `whpk_` and base64."""
    key = Ed25519PrivateKey.from_private_bytes(private).public_key()
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PUBLIC_PREFIX + base64.b64encode(raw).decode()


def headers(
    *, message_id: str, at: datetime, body: str, secrets: list[str], signing_key: bytes
) -> dict[str, str]:
    """The three headers over `id.timestamp.body`; one `v1` for each secret that is still good."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    signatures = [f"v1,{_hmac(secret, signed)}" for secret in secrets]
    if signing_key:
        raw = Ed25519PrivateKey.from_private_bytes(signing_key).sign(signed)
        signatures.append(f"v1a,{base64.b64encode(raw).decode()}")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _hmac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
