"""What lint and validation found, and what an owner chose to live with."""

from django.db import models

from catalog.models.api import Api
from catalog.models.version import Version
from marketplace import clock
from marketplace.tenants.models import TenantOwned


class Severity(models.TextChoices):
    """How much a finding matters."""

    ERROR = "error", "Error"
    WARNING = "warning", "Warning"
    INFO = "info", "Hint"


class Finding(TenantOwned):
    """One thing to mend in a version's document, with its place, why, and how."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=80)
    severity = models.CharField(max_length=7, choices=Severity)
    pointer = models.TextField(blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    operation_key = models.CharField(max_length=600, blank=True)
    text = models.TextField()
    why = models.TextField(blank=True)
    mend = models.TextField(blank=True)
    fixable = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        ordering = ["position"]
        indexes = [models.Index(fields=["version", "position"], name="finding_by_version")]

    def __str__(self) -> str:
        return f"{self.rule} {self.pointer}"


class Silence(TenantOwned):
    """A rule that an owner switched off for an API, with the reason."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="silences")
    rule = models.CharField(max_length=80)
    reason = models.CharField(max_length=500)
    by_label = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["api", "rule"], name="silence_once_per_rule"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="silence_gives_a_reason"),
        ]

    def __str__(self) -> str:
        return self.rule
