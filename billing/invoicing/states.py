"""How our record of an invoice follows Stripe's: only ever up in rank."""

from datetime import datetime
from typing import Any

from billing.models import StripeInvoice
from marketplace.audit.record import record
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor

State = StripeInvoice.State
# What Stripe's webhooks say became of an invoice, and what its `status` says it is.
BY_EVENT = {
    "invoice.finalized": State.OPEN,
    "invoice.payment_failed": State.FAILED,
    "invoice.marked_uncollectible": State.UNCOLLECTIBLE,
    "invoice.paid": State.PAID,
    "invoice.payment_succeeded": State.PAID,
    "invoice.voided": State.VOID,
}
BY_STATUS = {
    "draft": State.DRAFT,
    "open": State.OPEN,
    "uncollectible": State.UNCOLLECTIBLE,
    "paid": State.PAID,
    "void": State.VOID,
}
RANK = {state.value: rank for rank, state in enumerate(State)}
STRIPE = Actor.system("Stripe")


def settle(
    invoice: StripeInvoice, state: str, *, at: datetime, facts: dict[str, Any] | None = None
) -> bool:
    """Move our record to a state of Stripe's if it is further on; whether it changed.

    A later state is never undone by news of an earlier one, so that the order in which news comes
    does not matter. Call it in a transaction that holds the row.
    """
    facts = facts or {}
    invoice.number = str(facts.get("number") or invoice.number)[:100]
    url = str(facts.get("hosted_invoice_url") or invoice.url)
    invoice.url = url if url.startswith("https://") and len(url) <= 2000 else ""
    invoice.stripe_id = invoice.stripe_id or str(facts.get("id") or "")[:255]
    changed = RANK[state] > RANK[invoice.state]
    if changed:
        invoice.state, invoice.state_at = state, at
        if state != State.DRAFT:
            invoice.blocked, invoice.error = False, ""
    invoice.save()
    if changed:
        details = {
            "state": state, "currency": invoice.currency, "amount": invoice.shown_amount,
            "stripe_id": invoice.stripe_id,
        }  # fmt: skip
        subject = f"invoice:{invoice.id}"
        record(
            actor=STRIPE, action=f"invoice.{state}", target=subject,
            tenant_id=invoice.tenant_id, details=details,
        )  # fmt: skip
        emit(
            f"invoice.{state}", tenant_id=invoice.tenant_id, subject=subject,
            data={"month": invoice.period.name, **details},
        )  # fmt: skip
    return changed
