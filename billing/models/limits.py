"""Quotas and budgets, and the counters through which the edge keeps them exact.

The edge reads and writes these by SQL (keys/edge/store.py); the columns are a contract.
"""

from django.db import models
from django.db.models.functions import Now

from marketplace import clock
from marketplace.ids import new_id
from marketplace.tenants.models import TenantOwned


class Window(models.TextChoices):
    """What a limit counts within: calendar windows of UTC."""

    MINUTE = "minute", "Minute"
    HOUR = "hour", "Hour"
    DAY = "day", "Day"
    MONTH = "month", "Month"


class Quota(TenantOwned):
    """A number of units of a meter in a window; hard ones are refused at the edge."""

    class Subject(models.TextChoices):
        KEY = "key", "Key"
        APPLICATION = "application", "Application"
        TEAM = "team", "Team"
        TENANT = "tenant", "Tenant"
        API = "api", "API"
        GRANT = "grant", "Access"

    subject_kind = models.CharField(max_length=12, choices=Subject)
    subject_id = models.UUIDField()
    subject_name = models.CharField(max_length=200, blank=True)
    meter = models.CharField(max_length=60, default="requests")
    limit = models.BigIntegerField(db_column="limit_")
    window = models.CharField(max_length=6, choices=Window)
    sliding = models.BooleanField(default=False, db_default=False)
    hard = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject_kind", "subject_id", "meter", "window"],
                name="quota_once_per_subject",
            ),
            models.CheckConstraint(condition=models.Q(limit__gte=0), name="quota_not_negative"),
            models.CheckConstraint(
                condition=models.Q(window__in=Window.values), name="quota_window_known"
            ),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="quota_by_subject")]

    def __str__(self) -> str:
        return f"{self.limit} {self.meter} a {self.window}"


class QuotaCounter(models.Model):
    """What is used and leased of a quota in one window."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    quota = models.ForeignKey(Quota, on_delete=models.CASCADE, related_name="counters")
    window_start = models.DateTimeField()
    used = models.BigIntegerField(default=0, db_default=0)
    leased = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["quota", "window_start"], name="counter_once_per_window"
            ),
            models.CheckConstraint(
                condition=models.Q(used__gte=0, leased__gte=0), name="counter_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.used} + {self.leased}"


class Lease(models.Model):
    """A part of a counter that one verifier may spend without asking."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    counter = models.ForeignKey(QuotaCounter, on_delete=models.CASCADE, related_name="leases")
    verifier_id = models.TextField()
    amount = models.BigIntegerField()
    used = models.BigIntegerField(default=0, db_default=0)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used__gte=0, used__lte=models.F("amount")),
                name="lease_used_within_amount",
            )
        ]
        indexes = [models.Index(fields=["expires_at"], name="lease_by_end")]

    def __str__(self) -> str:
        return f"{self.used} of {self.amount}"


class Budget(TenantOwned):
    """Money to spend in a window; hard ones stop calls at the edge when it is spent."""

    class Subject(models.TextChoices):
        KEY = "key", "Key"
        APPLICATION = "application", "Application"
        TEAM = "team", "Team"
        COST_CENTER = "cost_center", "Cost center"
        TENANT = "tenant", "Tenant"

    subject_kind = models.CharField(max_length=12, choices=Subject)
    subject_id = models.UUIDField(null=True, help_text="None for a cost center")
    subject_name = models.CharField(max_length=200, blank=True, help_text="Or the cost center")
    window = models.CharField(max_length=6, choices=Window, default=Window.MONTH)
    amount_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    thresholds = models.JSONField(default=list, help_text="Percents that alert, once a window")
    hard = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject_kind", "subject_id", "window"],
                condition=~models.Q(subject_kind="cost_center"),
                name="budget_once_per_subject",
            ),
            models.UniqueConstraint(
                fields=["tenant", "subject_name", "window"],
                condition=models.Q(subject_kind="cost_center"),
                name="budget_once_per_cost_center",
            ),
            models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="budget_positive"),
            models.CheckConstraint(
                condition=models.Q(window__in=["day", "month"]), name="budget_window_known"
            ),
            models.CheckConstraint(
                condition=models.Q(subject_kind="cost_center", subject_id=None)
                | (~models.Q(subject_kind="cost_center") & models.Q(subject_id__isnull=False)),
                name="budget_has_a_subject",
            ),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="budget_by_subject")]

    def __str__(self) -> str:
        return f"{self.amount_micros} {self.currency} a {self.window}"


class BudgetCounter(models.Model):
    """What is spent and reserved of a budget in one window, in micro-units."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="counters")
    window_start = models.DateTimeField()
    spent_micros = models.BigIntegerField(default=0, db_default=0)
    reserved_micros = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "window_start"], name="budget_counter_once_per_window"
            ),
            models.CheckConstraint(
                condition=models.Q(spent_micros__gte=0, reserved_micros__gte=0),
                name="budget_counter_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spent_micros} + {self.reserved_micros}"


class Reservation(models.Model):
    """The most that one call may cost, held in a budget until it is settled.

    What is never settled is charged as it was reserved, and flagged (state `expired`).
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        SETTLED = "settled", "Settled"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision_id = models.TextField()
    counter = models.ForeignKey(
        BudgetCounter, on_delete=models.CASCADE, related_name="reservations"
    )
    amount_micros = models.BigIntegerField()
    settled_micros = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN, db_default="open")
    key_public_id = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision_id", "counter"], name="reservation_once_per_decision"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_micros__gte=0), name="reservation_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=models.Q(state="open"), name="reservation_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount_micros} {self.state}"


class UnsettledCall(TenantOwned):
    """A call that was never settled: charged at its reservation, for good and once.

    Kept apart from the reservation, which goes with its budget. Belongs to the tenant that pays.
    """

    decision_id = models.TextField(unique=True)
    key_public_id = models.CharField(max_length=60)
    application_id = models.UUIDField(null=True)
    team_id = models.UUIDField(null=True)
    cost_center = models.CharField(max_length=40, blank=True)
    api_id = models.UUIDField(null=True)
    amount_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(help_text="When it was admitted")
    charged_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "at"], name="unsettled_by_time")]

    def __str__(self) -> str:
        return self.decision_id


class Alert(TenantOwned):
    """Something about money that a person should look at; `key` makes it happen once."""

    class Kind(models.TextChoices):
        THRESHOLD = "threshold", "Budget threshold"
        PASSED = "passed", "Passed with a higher one"
        FORECAST = "forecast", "Forecast over budget"
        QUOTA = "quota", "Quota threshold"
        ANOMALY = "anomaly", "Unusual day"
        UNPRICED = "unpriced", "Use without a price"
        UNSETTLED = "unsettled", "Reservation without settlement"

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=12, blank=True)
    subject_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="alert_once")]
        indexes = [models.Index(fields=["tenant", "-at"], name="alert_by_time")]

    def __str__(self) -> str:
        return self.title
