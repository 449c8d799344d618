"""The outbox: what happened, written with the change, delivered at least once."""

from django.db import models

from marketplace import clock
from marketplace.ids import new_id


class OutboxEvent(models.Model):
    """One event. `sequence` orders the stream that SSE resumes from."""

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=new_id, unique=True, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["sequence"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(done_at=None, dead_at=None),
                name="outbox_waiting",
            ),
            models.Index(fields=["tenant", "sequence"], name="outbox_stream"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
