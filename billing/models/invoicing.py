"""Tenants billed in money: whom Stripe bills, its invoices, meter events, webhooks, differences."""

from django.db import models

from billing.models.ledger import Period
from billing.money import from_micros
from marketplace import clock
from marketplace.tenants.models import TenantOwned


class StripeAccount(TenantOwned):
    """That a tenant is billed by Stripe, from which month on, and as which customer."""

    class Collection(models.TextChoices):
        SEND = "send_invoice", "Send the invoice"
        CHARGE = "charge_automatically", "Charge the customer's payment method"

    customer_id = models.CharField(
        max_length=255, blank=True, help_text="Stripe's cus_…; empty until it is made"
    )
    email = models.EmailField(help_text="Where Stripe sends invoices")
    since = models.DateField(help_text="The first day of the first month that is invoiced")
    collection = models.CharField(max_length=20, choices=Collection, default=Collection.SEND)
    days_until_due = models.PositiveSmallIntegerField(default=30)
    active = models.BooleanField(default=True)
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField(default=clock.now)
    customer_round = models.PositiveSmallIntegerField(default=1, help_text="Of idempotency keys")
    compare_at = models.DateTimeField(
        default=clock.now, help_text="When it is next compared with Stripe"
    )

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="stripe_account_once_per_tenant"),
            models.CheckConstraint(
                condition=models.Q(since__day=1), name="stripe_begins_with_a_month"
            ),
            models.UniqueConstraint(
                fields=["customer_id"],
                condition=~models.Q(customer_id=""),
                name="stripe_customer_of_one_tenant",
            ),
        ]

    def __str__(self) -> str:
        return self.customer_id


class StripeInvoice(TenantOwned):
    """The invoice of a closed period in one currency, as we know Stripe to have it.

    `amount` is in Stripe's units of the currency, `rounding_micros` what those units could not
    hold. A state only ever moves up in rank, so that webhooks may come in any order.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        FAILED = "failed", "Payment failed"
        UNCOLLECTIBLE = "uncollectible", "Uncollectible"
        PAID = "paid", "Paid"
        VOID = "void", "Void"

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="invoices")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    rounding_micros = models.BigIntegerField(default=0)
    state = models.CharField(max_length=13, choices=State, default=State.WAITING)
    stripe_id = models.CharField(max_length=255, blank=True)
    number = models.CharField(max_length=100, blank=True)
    url = models.URLField(max_length=2000, blank=True, help_text="Stripe's page of the invoice")
    state_at = models.DateTimeField(null=True, help_text="When Stripe says the state began")
    round = models.PositiveSmallIntegerField(default=1, help_text="Of idempotency keys")
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    blocked = models.BooleanField(default=False, help_text="Waits for a person")
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["period", "currency"], name="invoice_once_per_period_and_currency"
            ),
            models.UniqueConstraint(
                fields=["stripe_id"],
                condition=~models.Q(stripe_id=""),
                name="invoice_once_per_stripe_id",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["waiting", "draft"], blocked=False),
                name="stripe_invoice_to_send",
            )
        ]

    def __str__(self) -> str:
        return self.number or self.stripe_id

    @property
    def is_unsent(self) -> bool:
        """Whether Stripe has not finalized it yet."""
        return self.state in {self.State.WAITING, self.State.DRAFT}

    @property
    def statement_micros(self) -> int:
        """The period's total in the currency, in whole cents, as micro-units."""
        for total in self.period.shown_totals:
            if total["currency"] == self.currency:
                return int(total["micros"])
        return 0

    @property
    def shown_amount(self) -> str:
        """The statement's total as a decimal."""
        return str(from_micros(self.statement_micros))


class StripeMeterEvent(TenantOwned):
    """What was told to Stripe of one meter's use on one day: the part not told before.

    The identifier is made of tenant, day, meter and number, so that a resend is known as one.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        UNSURE = "unsure", "Not known whether it arrived"
        LATE = "late", "Too old for Stripe"
        REFUSED = "refused", "Refused"

    day = models.DateField()
    meter = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    value = models.BigIntegerField(help_text="Whole units")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, help_text="When it was first sent")
    due_at = models.DateTimeField(default=clock.now)
    error = models.CharField(max_length=500, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "day", "meter", "number"], name="meter_event_once"
            ),
            models.CheckConstraint(
                condition=models.Q(value__gt=0), name="meter_event_counts_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="waiting"),
                name="stripe_meter_event_to_send",
            )
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def identifier(self) -> str:
        """What Stripe knows it by; at most 100 characters."""
        return f"{self.tenant_id.hex}-{self.day:%Y%m%d}-{self.meter[:40]}-{self.number}"


class StripeEvent(TenantOwned):
    """A webhook of Stripe that concerned one of our invoices: kept so that it counts once."""

    event_id = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=100)
    invoice = models.ForeignKey(StripeInvoice, on_delete=models.CASCADE, related_name="events")
    created_at = models.DateTimeField(help_text="Stripe's time")
    received_at = models.DateTimeField(default=clock.now)
    changed = models.BooleanField(help_text="Whether it changed our record")

    class Meta(TenantOwned.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class StripeComparison(TenantOwned):
    """What a comparison of ours with Stripe's found; the latest is what counts."""

    at = models.DateTimeField(default=clock.now)
    invoices = models.PositiveIntegerField(default=0, help_text="How many were compared")
    meters = models.PositiveIntegerField(default=0)
    differences = models.JSONField(default=list)
    failure = models.CharField(max_length=500, blank=True)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "-at"], name="stripe_comparison_latest")]

    def __str__(self) -> str:
        return f"{self.at} {len(self.differences)}"
