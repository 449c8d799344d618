"""Secrets that must be read again (a webhook's, a signing key's), sealed at rest.

AES-256-GCM under one key of the installation, `SEALING_KEY` or a file made on first use; the
tenant and the purpose are bound in as associated data, so that a sealed value moved to another row
does not open.
"""

import base64
import hashlib
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from marketplace import env
from marketplace.processes.home import kept_secret

NONCE_BYTES = 12


@cache
def _cipher() -> AESGCM:
    text = env.text("SEALING_KEY") or kept_secret(settings.MARKETPLACE_HOME / "secrets" / "sealing")
    return AESGCM(hashlib.sha256(text.encode()).digest())


def seal(plain: bytes, *, bound_to: str) -> str:
    """`plain` sealed for one place, e.g. `"webhook:<tenant>:<id>"`, as URL-safe text."""
    nonce = os.urandom(NONCE_BYTES)
    return base64.urlsafe_b64encode(
        nonce + _cipher().encrypt(nonce, plain, bound_to.encode())
    ).decode()


def unseal(sealed: str, *, bound_to: str) -> bytes:
    """What was sealed for the same place. Raises ValueError where it was not, or was altered."""
    raw = base64.urlsafe_b64decode(sealed)
    try:
        return _cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
    except InvalidTag:
        raise ValueError("this was sealed for another place, or altered") from None
