"""Answers kept for `Idempotency-Key`."""

from django.db import models

from marketplace import clock
from marketplace.tenants.models import TenantOwned


class KeptAnswer(TenantOwned):
    """The answer that one write got; given again to the same key and request for a day."""

    actor_id = models.UUIDField()
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["actor_id", "key"], name="answer_once_per_actor_and_key"
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="answers_by_age")]

    def __str__(self) -> str:
        return f"{self.key} → {self.status}"
