"""Leaks: a secret found in the open is dead at once, whoever found it.

A report proves itself: whoever holds a key's secret may end it. Reports from outside are signed
over their raw body (GitHub's secret scanning format), so that nobody floods the intake in another's
name; signed-in people and programs need no signature. What is not one of our keys changes nothing.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.conf import settings
from django.db import transaction

from keys import secrets
from keys.lifecycle import end_keys
from keys.models import Key, LeakReport, LeakReporter
from keys.peppers import load_peppers
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Invalid, Unauthenticated
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

MOST_AT_ONCE = 1000
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One secret that somebody found, and where."""

    secret: str = field(repr=False)
    url: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class LeakAnswer:
    """What came of one finding; `key` is the public id where it is ours."""

    index: int
    outcome: str
    key: str = ""


def signed_reporter(body: bytes, kid: str, signature: str) -> Actor:
    """The reporter who signed `body`, as an actor.

    `signature` is base64: Ed25519, or ECDSA on P-256 over SHA-256 in DER.
    Raises Unauthenticated for an unknown reporter or a signature that does not hold.
    """
    with platform_scope():
        reporter = LeakReporter.objects.filter(kid=kid, disabled_at=None).first()
    if reporter is None or not _holds(reporter.public_key, body, signature):
        raise Unauthenticated("The report's signature does not hold.", type="bad-signature")
    return Actor(kind="system", label=f"leak reporter {reporter.name}"[:200])


def report_leaks(*, actor: Actor, found: Sequence[Found]) -> list[LeakAnswer]:
    """End every reported key with its children, each in its own transaction; tell its team.

    The same secret again changes nothing. Raises Invalid beyond 1,000 findings.
    """
    if len(found) > MOST_AT_ONCE:
        raise Invalid.at("", f"At most {MOST_AT_ONCE} findings in one report.")
    with platform_scope():
        return [LeakAnswer(place, *_report(actor, finding)) for place, finding in enumerate(found)]


def _report(actor: Actor, found: Found) -> tuple[str, str]:
    key = _proven(found.secret)
    if key is None:
        return LeakReport.Outcome.UNKNOWN, ""
    fingerprint = hashlib.sha256(found.secret.encode()).digest()
    with transaction.atomic():
        report, new = LeakReport.objects.get_or_create(
            fingerprint=fingerprint,
            defaults={
                "key": key,
                "outcome": LeakReport.Outcome.ENDED,
                "reporter": actor.label[:200],
                "source": found.source[:60],
                "url": found.url[:1000],
                "at": clock.now(),
            },
        )
        if not new:
            return report.outcome, key.public_id
        where = f" at {found.url[:120]}" if found.url else ""
        ended = end_keys([key.pk], by=actor, why=f"leaked{where}", action="key.leaked")
        if ended:
            report.outcome = LeakReport.Outcome.REVOKED
            report.save(update_fields=["outcome"])
        _tell(actor, key, found, report.outcome)
    return report.outcome, key.public_id


def _tell(actor: Actor, key: Key, found: Found, outcome: str) -> None:
    record(
        actor=actor,
        action="leak.reported",
        target=f"key:{key.public_id}",
        tenant_id=key.tenant_id,
        details={"url": found.url[:1000], "source": found.source[:60], "outcome": outcome},
    )
    for tenant_id in {key.tenant_id, key.owner_tenant_id}:
        emit(
            "leak.reported",
            tenant_id=tenant_id,
            subject=f"key:{key.public_id}",
            data={
                "key_public_id": key.public_id,
                "url": found.url[:1000],
                "outcome": outcome,
                "reporter": actor.label,
            },
        )


def _proven(secret: str) -> Key | None:
    """The key whose secret this is, in whatever state; None for what only looks like one."""
    parsed = secrets.parse(secret) if len(secret) <= LONGEST_TEXT else None
    key = Key.across.filter(public_id=parsed.public_id).first() if parsed else None
    if key is None or parsed is None:
        return None
    pepper = load_peppers(settings.MARKETPLACE_HOME).get(key.pepper_version)
    if pepper is None or not secrets.same(bytes(key.digest), secrets.digest(parsed, pepper)):
        return None
    return key


def _holds(pem: str, body: bytes, signature: str) -> bool:
    try:
        given = base64.b64decode(signature, validate=True)
        public = serialization.load_pem_public_key(pem.encode())
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(given, body)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(given, body, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
