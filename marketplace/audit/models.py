"""The hash-chained log: each entry of a tenant holds the hash of the one before it."""

from django.db import models

from marketplace import clock
from marketplace.ids import new_id


class AuditEntry(models.Model):
    """One thing done. Append-only: the database refuses change and deletion."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant", null=True, on_delete=models.PROTECT, related_name="+"
    )
    chain = models.CharField(max_length=40, help_text="The tenant's id, or 'platform'")
    sequence = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    target = models.CharField(max_length=200)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_sequence_once")
        ]
        indexes = [
            models.Index(fields=["tenant", "-at"], name="audit_by_time"),
            models.Index(fields=["target"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
