"""What differs between two versions, who is hit by it, and who said that he knows."""

from django.db import models

from catalog.models.api import Api
from catalog.models.version import Version
from marketplace import clock
from marketplace.tenants.models import Team, TenantOwned


class Level(models.TextChoices):
    """Breaking, risky, safe; `unknown` is what no rule knows, and never called safe."""

    ERROR = "error", "Breaking"
    WARNING = "warning", "Risky"
    INFO = "info", "Safe"
    UNKNOWN = "unknown", "Unknown"


class Observed(models.TextChoices):
    """What measured use says about a change."""

    USED = "used", "Used"
    UNUSED = "unused", "No observed use"
    UNKNOWN = "unknown", "Cannot be observed"


class Change(TenantOwned):
    """One difference between a version and the one before it."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="changes")
    base = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=120)
    level = models.CharField(max_length=7, choices=Level)
    operation_key = models.CharField(max_length=600, blank=True)
    operation_text = models.CharField(max_length=600, blank=True)
    path = models.TextField(blank=True)
    text = models.TextField()
    observed = models.CharField(max_length=7, choices=Observed, default=Observed.UNKNOWN)
    observed_days = models.PositiveSmallIntegerField(default=0, help_text="How far was looked back")
    position = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        ordering = ["position"]
        indexes = [models.Index(fields=["version", "position"], name="change_by_version")]

    def __str__(self) -> str:
        return f"{self.level} {self.rule}"


class ImpactLine(TenantOwned):
    """A consumer's use of what a version changed, as measured when it was published.

    Belongs to the API's tenant; the consumer's own ids stand as values.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="impact")
    operation_key = models.CharField(max_length=600)
    consumer_tenant_id = models.UUIDField()
    consumer_team_id = models.UUIDField()
    consumer_team = models.CharField(max_length=120)
    application = models.CharField(max_length=200, blank=True)
    keys = models.JSONField(default=list, help_text="Public names of the keys")
    calls = models.BigIntegerField(default=0)
    last_call_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-calls"]
        indexes = [models.Index(fields=["version", "operation_key"], name="impact_by_operation")]

    def __str__(self) -> str:
        return f"{self.consumer_team}: {self.operation_key}"


class Acknowledgement(TenantOwned):
    """Somebody said that he knows: an owner of a breaking change, a consumer of a retirement.

    Belongs to the tenant of who said it; the API's tenant reads it too.
    """

    class Kind(models.TextChoices):
        BREAKING = "breaking", "Breaking change"
        RETIREMENT = "retirement", "Retirement"

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="acknowledgements")
    api_tenant_id = models.UUIDField()
    version = models.ForeignKey(
        Version, null=True, blank=True, on_delete=models.CASCADE, related_name="acknowledgements"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    by_id = models.UUIDField(null=True)
    by_label = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    named = models.JSONField(default=list, help_text="The consumers it names")
    at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["api", "team"],
                condition=models.Q(kind="retirement"),
                name="retirement_acknowledged_once_per_team",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by_label}"
