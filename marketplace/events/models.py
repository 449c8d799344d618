"""The outbox: what happened, written with the change, delivered at least once."""

from django.db import models

from marketplace import clock
from marketplace.ids import new_id
from marketplace.tenants.models import TenantOwned


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


class WebhookEndpoint(TenantOwned):
    """Where a tenant wants to hear of events (Standard Webhooks). Secrets are sealed."""

    url = models.URLField(max_length=500)
    kinds = models.JSONField(default=list, help_text="Kinds or prefixes like `key.`; empty: all")
    description = models.CharField(max_length=200, blank=True)
    secrets = models.JSONField(default=list, help_text="Sealed, newest first")
    signing_key = models.TextField(blank=True, help_text="Sealed Ed25519 private key, for v1a")
    created_at = models.DateTimeField(default=clock.now)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.url

    def wants(self, kind: str) -> bool:
        """Whether events of this kind go here."""
        return not self.kinds or any(
            kind == wanted or (wanted.endswith(".") and kind.startswith(wanted))
            for wanted in self.kinds
        )


class Delivery(TenantOwned):
    """One event on its way to one endpoint."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        DEAD = "dead", "Dead letter"

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    event_id = models.UUIDField()
    kind = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    delivered_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="delivery_once_per_endpoint_and_event"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "delivered", "dead"]),
                name="delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="waiting"), name="deliveries_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.endpoint}"
