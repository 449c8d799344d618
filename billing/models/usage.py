"""Usage: who consumes, what was received, and the rollups that pages and exports read."""

from django.db import models
from django.db.models.functions import Now

from marketplace import clock
from marketplace.tenants.models import TenantOwned


class Consumer(TenantOwned):
    """An application as billing knows it, from its events: whose cost its use is."""

    application_id = models.UUIDField(unique=True)
    team_id = models.UUIDField()
    name = models.CharField(max_length=200)
    cost_center = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class ConsumerKey(TenantOwned):
    """A key's public name and the application and API it is for."""

    key_public_id = models.CharField(max_length=60, unique=True)
    key_id = models.UUIDField(null=True)
    application_id = models.UUIDField()
    api_id = models.UUIDField(null=True)
    grant_id = models.UUIDField(null=True)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["application_id"], name="consumer_key_by_application"),
            models.Index(fields=["grant_id"], name="consumer_key_by_grant"),
        ]

    def __str__(self) -> str:
        return self.key_public_id


class ConsumerPlan(TenantOwned):
    """The plan under which an application uses an API, from a time on."""

    application_id = models.UUIDField()
    api_id = models.UUIDField()
    plan_id = models.UUIDField(null=True)
    since = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["application_id", "api_id", "since"], name="consumer_plan_once_per_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} uses {self.api_id}"


class UsageIntake(models.Model):
    """Staging: what edges have copied in and no drain has moved on yet."""

    id = models.BigAutoField(primary_key=True)
    source = models.TextField()
    event_id = models.TextField()
    time = models.DateTimeField()
    meter = models.TextField()
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    tenant_id = models.UUIDField()
    key_public_id = models.TextField(null=True)  # noqa: DJ001 - written by COPY, which gives NULL
    application_id = models.UUIDField(null=True)
    api_id = models.UUIDField(null=True)
    operation_key = models.TextField(null=True)  # noqa: DJ001 - written by COPY, which gives NULL
    data = models.JSONField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "billing_usage_intake"

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class UsageBatch(models.Model):
    """What was received at once: the receipt of its sender, and the unit of rolling up.

    `rolled_up_at` is the watermark: a batch is added to the rollups in the transaction that sets
    it, so each event counts there exactly once. `sender_id` is the sender's tenant, None for the
    platform's own edges; events are unique by sender, source and id.
    """

    id = models.BigAutoField(primary_key=True)
    sender_id = models.UUIDField(null=True)
    sender = models.CharField(max_length=200)
    received_at = models.DateTimeField(db_default=Now())
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    first_time = models.DateTimeField(null=True)
    last_time = models.DateTimeField(null=True)
    rolled_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(rolled_up_at=None), name="batch_waiting"
            ),
            models.Index(fields=["sender_id", "-id"], name="batch_by_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.sender}: {self.accepted}"


class UsageControl(models.Model):
    """The control total of a batch for one tenant's month, taken at intake: what the rollups must
    add up to."""

    pk = models.CompositePrimaryKey("batch_id", "tenant_id", "month")
    batch_id = models.BigIntegerField()
    tenant_id = models.UUIDField()
    month = models.DateField()
    events = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=26, decimal_places=6)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "month"], name="control_by_month")]

    def __str__(self) -> str:
        return f"{self.month}: {self.events}"


class UsageSeries(models.Model):
    """One meter of one key on one operation: what events and rollups refer to by a number.

    Team and cost center are those at the time of the first event, so that a move does not carry
    the past along.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    team_id = models.UUIDField(null=True)
    application_id = models.UUIDField(null=True)
    key_public_id = models.CharField(max_length=60, blank=True)
    api_id = models.UUIDField(null=True)
    operation_key = models.CharField(max_length=600, blank=True)
    meter = models.CharField(max_length=60)
    cost_center = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "tenant_id",
                    "application_id",
                    "key_public_id",
                    "api_id",
                    "operation_key",
                    "meter",
                    "team_id",
                    "cost_center",
                ],
                nulls_distinct=False,
                name="series_once",
            )
        ]
        indexes = [
            models.Index(fields=["api_id", "meter"], name="series_by_api"),
            models.Index(fields=["key_public_id"], name="series_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.operation_key}"


class UsageEvent(models.Model):
    """One event, in the partition of the month of its time. Append-only."""

    pk = models.CompositePrimaryKey("batch_id", "position", "time")
    batch_id = models.BigIntegerField()
    position = models.IntegerField()
    time = models.DateTimeField()
    tenant_id = models.UUIDField()
    series_id = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    source = models.TextField()
    event_id = models.TextField()
    data = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "billing_usageevent"

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class UsageRollup(models.Model):
    """The use of one series in one hour (`h`) or day (`d`) of UTC."""

    pk = models.CompositePrimaryKey("series_id", "grain", "start")
    series_id = models.BigIntegerField()
    grain = models.CharField(max_length=1)
    start = models.DateTimeField()
    tenant_id = models.UUIDField()
    sum = models.DecimalField(max_digits=26, decimal_places=6)
    count = models.BigIntegerField()
    max = models.DecimalField(max_digits=20, decimal_places=6)
    last_at = models.DateTimeField(help_text="The time of the latest event in it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(grain__in=["h", "d"]), name="rollup_grain_known"
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "grain", "start"], name="rollup_by_tenant")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.grain} {self.start}"


class UsageUnique(models.Model):
    """A value that a unique meter met in a month, and when it first did."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    application_id = models.UUIDField(null=True)
    api_id = models.UUIDField(null=True)
    meter = models.CharField(max_length=60)
    month = models.DateField()
    value = models.CharField(max_length=200)
    first_at = models.DateTimeField()
    series_id = models.BigIntegerField(help_text="The series of its first event")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "application_id", "api_id", "meter", "month", "value"],
                nulls_distinct=False,
                name="unique_value_once_per_month",
            )
        ]

    def __str__(self) -> str:
        return self.value


class DirtyMonth(models.Model):
    """A tenant's month whose charges are older than its rollups or prices."""

    pk = models.CompositePrimaryKey("tenant_id", "month")
    tenant_id = models.UUIDField()
    month = models.DateField()
    since = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.month}"
