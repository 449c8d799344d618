"""What Stripe tells us: verified, counted once, whatever the order it comes in."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings
from django.db import transaction

from billing.invoicing.send import REFERENCE, reference
from billing.invoicing.states import BY_EVENT, settle
from billing.models import StripeEvent, StripeInvoice
from marketplace import clock
from marketplace.errors import Malformed, NotFound
from marketplace.tenants.scope import platform_scope

LARGEST = 262_144  # bytes
TOLERANCE = 300  # seconds, as Stripe's libraries have it
EVENT_ID = re.compile(r"^evt_[A-Za-z0-9_]{1,250}$")
NAMED = re.compile(r"^([0-9a-f]{32})-(2\d{3}-(?:0[1-9]|1[0-2]))-([A-Z]{3})$")


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a webhook: applied, known (it came before), behind (we know of something
    later) or ignored (it is not about an invoice of ours)."""

    outcome: str


def receive(body: bytes, signature: str) -> Received:
    """Take in a webhook of Stripe.

    Raises NotFound where no secret is set; Malformed (400) where the signature is not made with
    one of the secrets, is older than five minutes or from the future, or the body is no event.
    """
    if not settings.STRIPE_WEBHOOK_SECRETS:
        raise NotFound("Stripe is not connected: STRIPE_WEBHOOK_SECRET is not set.")
    _verify(body, signature)
    event = _event(body)
    state = BY_EVENT.get(event["type"])
    if state is None:
        return Received("ignored")
    about = event["data"]["object"]
    at = datetime.fromtimestamp(event["created"], UTC)
    with platform_scope(), transaction.atomic():
        invoice = _invoice(about)
        if invoice is None:
            return Received("ignored")
        if StripeEvent.across.filter(event_id=event["id"]).exists():
            return Received("known")
        changed = settle(invoice, state, at=at, facts=about)
        StripeEvent.across.create(
            tenant_id=invoice.tenant_id, event_id=event["id"], kind=event["type"][:100],
            invoice=invoice, created_at=at, changed=changed,
        )  # fmt: skip
    return Received("applied" if changed else "behind")


def _verify(body: bytes, signature: str) -> None:
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
        if abs(clock.now().timestamp() - int(parts["t"])) <= TOLERANCE:
            return
        raise Malformed("The signature is too old.", type="webhook-old")
    raise Malformed("The signature is not good.", type="webhook-signature")


def _event(body: bytes) -> dict[str, Any]:
    """The event, with what is read of it checked."""
    try:
        event: dict[str, Any] = json.loads(body)
        about = event["data"]["object"]
        good = (
            EVENT_ID.match(event["id"])
            and isinstance(event["type"], str)
            and isinstance(about, dict)
            and datetime.fromtimestamp(event["created"], UTC)
            and all("\x00" not in v for v in about.values() if isinstance(v, str))
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        good = False
    if not good:
        raise Malformed("This is not an event of Stripe.", type="webhook-event")
    return event


def _invoice(about: dict[str, Any]) -> StripeInvoice | None:
    """Our invoice, locked: by Stripe's id, or by what we wrote on it, should its news come before
    the answer that names it."""
    rows = StripeInvoice.across.select_for_update(of=("self",)).select_related("period")
    stripe_id = about.get("id")
    if not isinstance(stripe_id, str) or not stripe_id:
        return None
    if (found := rows.filter(stripe_id=stripe_id).first()) is not None:
        return found
    written = about.get("metadata") or {}
    named = NAMED.match(str(written.get(REFERENCE, ""))) if isinstance(written, dict) else None
    if named is None:
        return None
    tenant, month, currency = named.groups()
    found = rows.filter(
        tenant_id=tenant, period__month=f"{month}-01", currency=currency, stripe_id=""
    ).first()
    return found if found and reference(found) == named.group() else None
