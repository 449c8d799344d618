"""Sending invoices: bringing Stripe to what the closed statement says, from wherever it stands."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
import structlog
from django.db import transaction

from billing.invoicing.client import Kind, Trouble, stripe_client, trouble
from billing.invoicing.items import Item, Items, items_of
from billing.invoicing.states import BY_STATUS, settle
from billing.models import StripeAccount, StripeInvoice
from marketplace import clock

LEASE = timedelta(minutes=10)  # a worker that died holds an invoice no longer
PAGE = 100
REFERENCE, LINE, TENANT = "marketplace_invoice", "marketplace_line", "marketplace_tenant"
log = structlog.get_logger(__name__)


class Differs(Exception):
    """Stripe has something else than what we sent: nothing more is done without a person."""


def reference(invoice: StripeInvoice) -> str:
    """What an invoice is known by at Stripe: tenant, month and currency."""
    return f"{invoice.tenant_id.hex}-{invoice.period.name}-{invoice.currency}"


def idempotency_key(invoice: StripeInvoice, step: str) -> str:
    """The key of one step of an invoice, the same after a crash."""
    return f"marketplace-{reference(invoice)}-{step}-{invoice.round}"


def send_due(limit: int = 20) -> int:
    """Send up to `limit` invoices that are due; returns how many were tried.

    Nothing is locked while Stripe is asked: an invoice is leased, and what Stripe answered is
    written down after each step.
    """
    client = stripe_client()
    tried = 0
    while client and tried < limit and (invoice := _lease()) is not None:
        tried += 1
        try:
            _bring_about(client, invoice)
        except stripe.StripeError as error:
            _postpone(invoice, trouble(error))
        except Differs as why:
            _postpone(invoice, Trouble(Kind.REFUSED, str(why)))
    return tried


def _lease() -> StripeInvoice | None:
    with transaction.atomic():
        invoice = (
            StripeInvoice.across.select_for_update(skip_locked=True, of=("self",))
            .select_related("period", "tenant")
            .filter(state__in=["waiting", "draft"], blocked=False, due_at__lte=clock.now())
            .order_by("due_at")
            .first()
        )
        if invoice is not None:
            invoice.due_at = clock.now() + LEASE
            invoice.attempts += 1
            invoice.save(update_fields=["due_at", "attempts"])
    return invoice


def _bring_about(client: stripe.StripeClient, invoice: StripeInvoice) -> None:
    account = StripeAccount.across.select_related("tenant").get(tenant_id=invoice.tenant_id)
    wanted = items_of(invoice.period, invoice.currency)
    customer = customer_of(client, account)
    there = _there(client, invoice, customer) or _made(client, invoice, account, customer)
    _learn(invoice, there)
    if there.status == "draft":
        _fill(client, invoice, there, wanted)
        there = client.v1.invoices.retrieve(there.id)
        if there.subtotal != wanted.amount or there.currency.upper() != invoice.currency:
            raise Differs(
                f"Stripe's draft comes to {there.subtotal} {there.currency} instead of"
                f" {wanted.amount}; it is not finalized."
            )
        there = client.v1.invoices.finalize_invoice(
            there.id,
            {"auto_advance": True},
            {"idempotency_key": idempotency_key(invoice, "finalize")},
        )
        _learn(invoice, there)


def customer_of(client: stripe.StripeClient, account: StripeAccount) -> str:
    """The tenant's customer at Stripe, made where there is none."""
    if account.customer_id:
        return account.customer_id
    query = f"metadata['{TENANT}']:'{account.tenant_id.hex}'"
    found = client.v1.customers.search({"query": query, "limit": 1}).data
    customer = found[0].id if found else _new_customer(client, account)
    StripeAccount.across.filter(id=account.id).update(customer_id=customer)
    account.customer_id = customer
    return customer


def _new_customer(client: stripe.StripeClient, account: StripeAccount) -> str:
    key = f"marketplace-{account.tenant_id.hex}-customer-{account.customer_round}"
    try:
        return client.v1.customers.create(
            {
                "name": account.tenant.name[:150],
                "email": account.email,
                "metadata": {TENANT: account.tenant_id.hex},
            },
            {"idempotency_key": key},
        ).id
    except stripe.StripeError as error:
        if trouble(error).kind is Kind.NEW_KEY:
            account.customer_round += 1
            account.save(update_fields=["customer_round"])
        raise


def _there(
    client: stripe.StripeClient, invoice: StripeInvoice, customer: str
) -> stripe.Invoice | None:
    """The invoice at Stripe: the one we know, or one that we made and whose answer was lost."""
    if invoice.stripe_id:
        return client.v1.invoices.retrieve(invoice.stripe_id)
    listed = client.v1.invoices.list({"customer": customer, "limit": PAGE})
    mine = [
        found
        for found in listed.auto_paging_iter()
        if metadata(found).get(REFERENCE) == reference(invoice)
    ]
    return min(mine, key=lambda found: (found.status == "void", found.created), default=None)


def _made(
    client: stripe.StripeClient, invoice: StripeInvoice, account: StripeAccount, customer: str
) -> stripe.Invoice:
    month = f"{invoice.period.month:%B %Y}"
    params: dict[str, Any] = {
        "customer": customer,
        "currency": invoice.currency.lower(),
        "auto_advance": False,
        "collection_method": account.collection,
        "pending_invoice_items_behavior": "exclude",
        "description": f"Statement {invoice.period.name}: use of APIs in {month}",
        "metadata": {
            REFERENCE: reference(invoice),
            TENANT: invoice.tenant_id.hex,
            "marketplace_statement_sha256": invoice.period.hash,
        },
    }
    if account.collection == StripeAccount.Collection.SEND:
        params["days_until_due"] = account.days_until_due
    return client.v1.invoices.create(
        params,  # type: ignore[arg-type]
        {"idempotency_key": idempotency_key(invoice, "invoice")},
    )


def _fill(
    client: stripe.StripeClient, invoice: StripeInvoice, draft: stripe.Invoice, wanted: Items
) -> None:
    """Add the lines that the draft lacks; take away what stands twice."""
    seen: dict[str, int] = {}
    for there in items_at(client, draft.id):
        line = metadata(there).get(LINE, "")
        if line in seen and seen[line] == there.amount:
            client.v1.invoice_items.delete(there.id)
        else:
            seen[line] = there.amount
    amounts = {item.line: item.amount for item in wanted.items}
    if strange := sorted(line for line in seen if amounts.get(line) != seen[line]):
        raise Differs(f"Stripe's draft has a line that we did not send: {strange[0] or 'unnamed'}.")
    for item in wanted.items:
        if item.line not in seen:
            _add(client, invoice, draft, item)


def _add(
    client: stripe.StripeClient, invoice: StripeInvoice, draft: stripe.Invoice, item: Item
) -> None:
    client.v1.invoice_items.create(
        {
            "customer": customer_id(draft),
            "invoice": draft.id,
            "amount": item.amount,
            "currency": invoice.currency.lower(),
            "description": item.description,
            "period": {"start": item.start, "end": item.end},
            "metadata": {LINE: item.line},
        },
        {"idempotency_key": idempotency_key(invoice, f"line-{item.line}-{draft.id}")},
    )


def items_at(client: stripe.StripeClient, invoice_id: str) -> Iterator[stripe.InvoiceItem]:
    """The items that an invoice has at Stripe, all pages of them."""
    yield from client.v1.invoice_items.list(
        {"invoice": invoice_id, "limit": PAGE}
    ).auto_paging_iter()


def metadata(found: stripe.Invoice | stripe.InvoiceItem) -> dict[str, str]:
    """What we wrote on it."""
    return {str(k): str(v) for k, v in (found.metadata.to_dict() if found.metadata else {}).items()}


def customer_id(found: stripe.Invoice) -> str:
    """The id of an invoice's customer."""
    return found.customer if isinstance(found.customer, str) else found.customer.id  # type: ignore[union-attr]


def facts_of(found: stripe.Invoice) -> dict[str, Any]:
    """What our record keeps of Stripe's."""
    return {
        "id": found.id, "number": found.number, "hosted_invoice_url": found.hosted_invoice_url,
    }  # fmt: skip


def _learn(invoice: StripeInvoice, there: stripe.Invoice) -> None:
    with transaction.atomic():
        held = StripeInvoice.across.select_for_update().get(id=invoice.id)
        at = datetime.fromtimestamp(there.created, UTC)
        if there.status_transitions and there.status_transitions.finalized_at:
            at = datetime.fromtimestamp(there.status_transitions.finalized_at, UTC)
        settle(held, BY_STATUS[there.status or "draft"], at=at, facts=facts_of(there))
    for name in ("stripe_id", "state"):
        setattr(invoice, name, getattr(held, name))


def _postpone(invoice: StripeInvoice, problem: Trouble) -> None:
    with transaction.atomic():
        held = StripeInvoice.across.select_for_update().get(id=invoice.id)
        if not held.is_unsent:
            return
        held.error, held.blocked = problem.text[:500], problem.blocks
        held.due_at = clock.now() + problem.wait_after(held.attempts)
        if problem.kind is Kind.NEW_KEY:
            held.round += 1
        held.save(update_fields=["error", "blocked", "due_at", "round"])
    log.warning("stripe.invoice_failed", invoice=str(invoice.id), kind=problem.kind.value)
