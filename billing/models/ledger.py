"""The ledger: charges as they stand, entries as they were posted, periods and their lines."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from billing.money import from_minor, minor_unit
from marketplace import clock
from marketplace.tenants.models import TenantOwned


class Kind(models.TextChoices):
    """What a charge is for."""

    USAGE = "usage", "Usage"
    MINIMUM = "minimum", "Minimum"
    FLAT = "flat", "Flat fee"
    SHARED = "shared", "Shared cost"
    RESERVATION = "reservation", "Unsettled reservation"
    CORRECTION = "correction", "Correction"


class Priced(TenantOwned):
    """What a line of money is about; shared by charges, entries and statement lines.

    `line_key` is made of these fields and the month: the same line has the same key wherever it
    stands. Belongs to the tenant that pays; `provider_id` is the tenant that earns.
    """

    line_key = models.UUIDField()
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.USAGE)
    application_id = models.UUIDField(null=True)
    team_id = models.UUIDField(null=True)
    cost_center = models.CharField(max_length=40, blank=True)
    api_id = models.UUIDField(null=True)
    provider_id = models.UUIDField(null=True)
    plan_id = models.UUIDField(null=True)
    operation_key = models.CharField(max_length=600, blank=True)
    meter = models.CharField(max_length=60, blank=True)
    card_id = models.UUIDField(null=True)
    price_id = models.UUIDField(null=True)
    quantity = models.DecimalField(max_digits=26, decimal_places=6, default=0)
    amount_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rule = models.CharField(max_length=300, blank=True, help_text="How the amount came about")

    class Meta(TenantOwned.Meta):
        abstract = True


class Charge(Priced):
    """The priced use of a month as it stands now; rewritten whenever use or prices change."""

    month = models.DateField(help_text="Its first day")
    by_day = ArrayField(models.BigIntegerField(), default=list, help_text="Micro-units a day")
    rated_at = models.DateTimeField(default=clock.now)

    class Meta(Priced.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "month", "line_key"], name="charge_once_per_line"
            )
        ]
        indexes = [models.Index(fields=["month", "api_id"], name="charge_by_api")]

    def __str__(self) -> str:
        return f"{self.month} {self.meter} {self.amount_micros}"


class UnpostedMonth(models.Model):
    """A tenant's month whose charges have changed since they were posted."""

    pk = models.CompositePrimaryKey("tenant_id", "month")
    tenant_id = models.UUIDField()
    month = models.DateField()
    since = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.month}"


class Period(TenantOwned):
    """A tenant's month. Once closed it never changes; the database sees to it."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSING = "closing", "Closing"
        CLOSED = "closed", "Closed"

    month = models.DateField(help_text="Its first day")
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    asked_by_id = models.UUIDField(null=True)
    asked_by = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(null=True)
    closed_by_id = models.UUIDField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=list, help_text="The close as a job: name, state, detail")
    failure = models.TextField(blank=True)
    line_count = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=dict, help_text="Currency → micro-units and minor units")
    frozen = models.JSONField(default=dict, help_text="The tenant's names at the close")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True, help_text="SHA-256, hex")
    signature = models.TextField(blank=True, help_text="Ed25519 over the hash, base64")
    seal_key = models.CharField(max_length=64, blank=True, help_text="The public key, base64")

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "month"], name="period_once_per_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="period_begins_a_month"),
            models.CheckConstraint(
                condition=~models.Q(state="closed")
                | (
                    ~models.Q(hash="") & ~models.Q(signature="") & models.Q(closed_at__isnull=False)
                ),
                name="closed_period_is_sealed",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-month"], name="period_by_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def name(self) -> str:
        """The month as doors spell it: yyyy-mm."""
        return f"{self.month:%Y-%m}"

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED

    @property
    def shown_totals(self) -> list[dict[str, Any]]:
        """The sealed totals, a currency each: in its decimals, and whole cents in micro-units."""
        return [
            {
                "currency": currency,
                "amount": str(from_minor(total["minor"], currency)),
                "micros": total["minor"] * minor_unit(currency),
            }
            for currency, total in self.totals.items()
        ]


class LedgerEntry(Priced):
    """One posting. Its lines balance; nothing changes or deletes it.

    An entry of a closed month's use stands in a later period and names what it corrects.
    """

    sequence = models.BigIntegerField(
        editable=False,
        db_default=models.Func(models.Value("billing_ledger_sequence"), function="nextval"),
    )
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="entries")
    usage_month = models.DateField()
    adjustment = models.BooleanField(default=False)
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    reason = models.CharField(max_length=500, blank=True)
    posted_by = models.CharField(max_length=200)
    posted_at = models.DateTimeField(default=clock.now)

    class Meta(Priced.Meta):
        indexes = [
            models.Index(fields=["tenant", "usage_month", "line_key"], name="entry_by_line"),
            models.Index(fields=["period", "line_key"], name="entry_by_period"),
        ]

    def __str__(self) -> str:
        return f"{self.usage_month:%Y-%m} {self.amount_micros}"


class LedgerLine(TenantOwned):
    """One side of an entry: debits are positive, credits negative."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="lines")
    account = models.CharField(max_length=40)
    party_id = models.UUIDField(help_text="The tenant whose account it is")
    cost_center = models.CharField(max_length=40, blank=True)
    amount_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(amount_micros=0), name="ledger_line_has_an_amount"
            )
        ]
        indexes = [models.Index(fields=["party_id", "account"], name="ledger_line_by_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_micros}"


class StatementLine(Priced):
    """A line of a closed period, with every name as it was then: what exports print.

    `amount_minor` is the amount in cents, rounded over the whole period by largest remainder, so
    that any grouping of lines sums to its total.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="statement_lines")
    number = models.PositiveIntegerField()
    usage_month = models.DateField()
    adjustment = models.BooleanField(default=False)
    corrects = models.CharField(max_length=200, blank=True, help_text="Period and line number")
    application = models.CharField(max_length=200, blank=True)
    team = models.CharField(max_length=120, blank=True)
    api = models.CharField(max_length=200, blank=True)
    api_slug = models.CharField(max_length=80, blank=True)
    provider = models.CharField(max_length=120, blank=True)
    plan = models.CharField(max_length=80, blank=True)
    meter_name = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    amount_minor = models.BigIntegerField()
    credit_cost_center = models.CharField(max_length=40, blank=True)
    entry_id = models.UUIDField(null=True, help_text="The first entry; none where nothing is due")
    reason = models.CharField(max_length=500, blank=True)

    class Meta(Priced.Meta):
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="statement_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def cents_micros(self) -> int:
        """The amount in whole cents, as micro-units."""
        return self.amount_minor * minor_unit(self.currency)


class KeptExport(TenantOwned):
    """What an export of a closed period was when it was first made, to be the same for ever.

    `content` is kept for formats whose bytes depend on a library's version.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content = models.BinaryField(null=True)
    made_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["period", "format"], name="export_kept_once")
        ]

    def __str__(self) -> str:
        return self.format


class BillingSettings(TenantOwned):
    """How a tenant's money is handled."""

    two_person_close = models.BooleanField(
        default=False, help_text="One person asks for the close, another closes"
    )
    booked = models.BooleanField(default=True, help_text="Charged back; else shown only")
    journal = models.JSONField(default=dict, help_text="The journal export's columns and accounts")

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="billing_settings_once_per_tenant")
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}"
