"""Whom Stripe bills: turning it on and off for a tenant, and queueing what is due."""

import re
from datetime import date
from uuid import UUID

from django.db import transaction

from billing.invoicing.client import is_connected
from billing.invoicing.items import items_of
from billing.models import Period, StripeAccount, StripeInvoice
from billing.queries.periods import finance_tenant
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import handles
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

CUSTOMER = re.compile(r"^cus_[A-Za-z0-9]{1,250}$")
LONGEST_DUE = 365


def account_of(tenant_id: UUID) -> StripeAccount | None:
    """Whether and how a tenant is billed by Stripe."""
    return StripeAccount.across.filter(tenant_id=tenant_id).first()


def bill_by_stripe(
    *,
    actor: Actor,
    email: str,
    since: date,
    customer_id: str = "",
    collection: str = StripeAccount.Collection.SEND,
    days_until_due: int = 30,
) -> StripeAccount:
    """Have a tenant's closed months invoiced by Stripe, from the month `since` on.

    Without `customer_id` a customer is made with the first invoice; one that is there stays.
    Months closed already are queued too. Raises Forbidden; Conflict without a key for Stripe;
    Invalid.
    """
    tenant_id = finance_tenant(actor)
    if not is_connected():
        raise Conflict("Stripe is not connected: STRIPE_API_KEY is not set.", type="stripe-off")
    if customer_id and not CUSTOMER.match(customer_id):
        raise Invalid.at("/customer_id", "Stripe's customers are named cus_…")
    if not 1 <= days_until_due <= LONGEST_DUE:
        raise Invalid.at("/days_until_due", f"1 to {LONGEST_DUE} days.")
    with transaction.atomic():
        with platform_scope():
            if customer_id and StripeAccount.across.filter(customer_id=customer_id).exclude(
                tenant_id=tenant_id
            ):
                raise Invalid.at("/customer_id", "This customer is another tenant's.")
        account = account_of(tenant_id) or StripeAccount(tenant_id=tenant_id)
        if account.customer_id and customer_id not in {"", account.customer_id}:
            raise Invalid.at(
                "/customer_id", f"Invoices have gone to {account.customer_id} already."
            )
        account.customer_id = account.customer_id or customer_id
        account.email, account.since, account.active = email, since.replace(day=1), True
        account.collection, account.days_until_due = collection, days_until_due
        account.set_by, account.set_at = actor.label[:200], clock.now()
        account.compare_at = clock.now()
        account.save()
        _record(actor, account, "stripe.turned_on", since=f"{since:%Y-%m}", collection=collection)
        queue_invoices(tenant_id)
    return account


@transaction.atomic
def stop_billing(*, actor: Actor) -> StripeAccount:
    """Invoice no month that is closed from now on. What is queued is still sent.

    Raises Forbidden, NotFound.
    """
    account = account_of(finance_tenant(actor))
    if account is None or not account.active:
        raise NotFound("The tenant is not billed by Stripe.")
    account.active = False
    account.save(update_fields=["active"])
    _record(actor, account, "stripe.turned_off")
    return account


def queue_invoices(tenant_id: UUID) -> int:
    """Queue an invoice for each closed month and currency that has none; returns how many.

    A month in which nothing is due has none.
    """
    account = StripeAccount.across.filter(tenant_id=tenant_id, active=True).first()
    if account is None:
        return 0
    closed = Period.across.filter(tenant_id=tenant_id, state="closed", month__gte=account.since)
    known = set(
        StripeInvoice.across.filter(tenant_id=tenant_id).values_list("period_id", "currency")
    )
    queued = []
    for period in closed.order_by("month"):
        for currency in period.totals:
            if (period.id, currency) in known:
                continue
            items = items_of(period, currency)
            if any(item.amount for item in items.items):
                queued.append(
                    StripeInvoice(
                        tenant_id=tenant_id,
                        period=period,
                        currency=currency,
                        amount=items.amount,
                        rounding_micros=items.rounding_micros,
                    )
                )
    StripeInvoice.across.bulk_create(queued, ignore_conflicts=True)
    return len(queued)


@handles("period.closed")
def queue_when_closed(event: OutboxEvent) -> None:
    """A month was closed: queue its invoices."""
    if event.tenant_id is not None:
        queue_invoices(event.tenant_id)


@transaction.atomic
def try_again(*, actor: Actor, invoice_id: UUID) -> StripeInvoice:
    """Send an invoice again that waits for a person. Raises Forbidden, NotFound, Conflict."""
    tenant_id = finance_tenant(actor)
    invoice = (
        StripeInvoice.across.select_for_update(of=("self",))
        .select_related("period")
        .filter(id=invoice_id, tenant_id=tenant_id)
        .first()
    )
    if invoice is None:
        raise NotFound("There is no such invoice.")
    if not invoice.is_unsent:
        raise Conflict("Stripe has it already.", type="invoice-sent")
    invoice.blocked, invoice.due_at, invoice.attempts = False, clock.now(), 0
    invoice.round += 1
    invoice.save(update_fields=["blocked", "due_at", "attempts", "round"])
    record(
        actor=actor, action="invoice.sent_again", target=f"invoice:{invoice.id}",
        tenant_id=tenant_id, details={"month": invoice.period.name},
    )  # fmt: skip
    return invoice


@transaction.atomic
def compare_soon(*, actor: Actor) -> StripeAccount:
    """Have ours compared with Stripe's next. Raises Forbidden, NotFound, Conflict without a key."""
    account = account_of(finance_tenant(actor))
    if account is None:
        raise NotFound("The tenant is not billed by Stripe.")
    if not is_connected():
        raise Conflict("Stripe is not connected: STRIPE_API_KEY is not set.", type="stripe-off")
    account.compare_at = clock.now()
    account.save(update_fields=["compare_at"])
    return account


def _record(actor: Actor, account: StripeAccount, action: str, **details: object) -> None:
    record(
        actor=actor, action=action, target=f"stripe:{account.id}", tenant_id=account.tenant_id,
        details={"customer": account.customer_id, **details},
    )  # fmt: skip
