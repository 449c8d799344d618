"""The keys that sign tokens: made, overlapped, retired; private halves encrypted at rest."""

import os
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction
from joserfc.jwk import ECKey

from keys.models import SigningKey
from keys.tokens.jose import ALGORITHM, PublicKey, public_keys
from marketplace import clock
from marketplace.tenants.scope import platform_scope

NONCE_BYTES = 12
TURN_AFTER = timedelta(days=30)
PUBLISHED_BEFORE = timedelta(hours=25)  # clients keep a JWKS for up to 24 h
KEPT_AFTER = timedelta(hours=25)
LOCK = "signing-keys"


def active_key() -> tuple[str, ECKey]:
    """The kid and key that sign now; made on first use."""
    with platform_scope():
        row = SigningKey.objects.filter(state=SigningKey.State.ACTIVE).first()
        if row is None:
            with transaction.atomic():
                _lock()
                row = SigningKey.objects.filter(state=SigningKey.State.ACTIVE).first()
                row = row or _make(SigningKey.State.ACTIVE)
    return row.kid, _private(row)


def jwks() -> dict[str, list[dict[str, Any]]]:
    """All public keys a token may be signed with, the next one included (RFC 7517)."""
    active_key()
    with platform_scope():
        rows = SigningKey.objects.order_by("created_at").values_list("public_jwk", flat=True)
        return {"keys": list(rows)}


def verifying_keys() -> dict[str, PublicKey]:
    """The same by kid, to check tokens with."""
    return public_keys(jwks())


def turn_keys() -> None:
    """Publish the next key a day before it signs, and keep the last a day after. For the worker,
    at any time: a client that keeps the JWKS for 24 hours never meets an unknown key."""
    now = clock.now()
    with platform_scope(), transaction.atomic():
        _lock()
        active = SigningKey.objects.filter(state=SigningKey.State.ACTIVE).first()
        following = SigningKey.objects.filter(state=SigningKey.State.NEXT).first()
        if active is None:
            return
        if following is None:
            signed_since = active.activated_at or active.created_at
            if now - signed_since >= TURN_AFTER - PUBLISHED_BEFORE:
                _make(SigningKey.State.NEXT)
        elif now - following.created_at >= PUBLISHED_BEFORE:
            active.state, active.retired_at = SigningKey.State.RETIRED, now
            active.save(update_fields=["state", "retired_at"])
            following.state, following.activated_at = SigningKey.State.ACTIVE, now
            following.save(update_fields=["state", "activated_at"])
        SigningKey.objects.filter(
            state=SigningKey.State.RETIRED, retired_at__lt=now - KEPT_AFTER
        ).delete()


def _make(state: str) -> SigningKey:
    key = ECKey.generate_key("P-256", private=True)
    kid = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid, "alg": ALGORITHM, "use": "sig"}
    now = clock.now()
    return SigningKey.objects.create(
        kid=kid,
        public_jwk=public,
        private=_seal(key.as_pem(private=True), kid),
        state=state,
        created_at=now,
        activated_at=now if state == SigningKey.State.ACTIVE else None,
    )


def _private(row: SigningKey) -> ECKey:
    sealed = bytes(row.private)
    plain = AESGCM(_wrapping_key()).decrypt(
        sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.kid.encode()
    )
    return ECKey.import_key(plain)


def _seal(plain: bytes, kid: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_wrapping_key()).encrypt(nonce, plain, kid.encode())


def _wrapping_key() -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"keys.signing")
    return derive.derive(settings.SECRET_KEY.encode())


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 13))", [LOCK])
