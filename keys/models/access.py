"""What was asked, and what was granted."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models

from catalog.models import Api, Plan
from keys.models.applications import Application, Consent
from marketplace import clock
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant, TenantOwned, User

# ARCHITECTURE, key life by data class.
MAX_LIFE = {
    "public": timedelta(days=90),
    "internal": timedelta(days=30),
    "confidential": timedelta(days=7),
    "restricted": timedelta(hours=24),
}


class Environment(models.TextChoices):
    """Sandbox calls are answered from the API's examples and cost nothing."""

    LIVE = "live", "Live"
    SANDBOX = "sandbox", "Sandbox"


def _within_class_maximum() -> models.Q:
    rule = models.Q(starts_at=None) | models.Q(expires_at=None)
    for data_class, life in MAX_LIFE.items():
        rule |= models.Q(data_class=data_class, expires_at__lte=models.F("starts_at") + life)
    return rule


class Grant(TenantOwned):
    """An application may call some operations of an API, under limits, until a time.

    `risk` and `data_class` are the API's when it was granted. A pending grant's key is answered by
    the mock. Belongs to the consumer's tenant; the API's (`owner_tenant`) reads it.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        ACTIVE = "active", "Active"
        REVOKED = "revoked", "Revoked"
        DENIED = "denied", "Denied"
        EXPIRED = "expired", "Expired"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="grants")
    api = models.ForeignKey(Api, on_delete=models.PROTECT, related_name="grants")
    owner_tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, null=True, on_delete=models.SET_NULL, related_name="+")
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT, related_name="grants")
    state = models.CharField(max_length=8, choices=State)
    environment = models.CharField(max_length=7, choices=Environment)
    risk = models.CharField(max_length=6)
    data_class = models.CharField(max_length=12)
    limits = models.JSONField(default=dict, help_text='{"rate": {"per_second", "burst"}}')
    guardrails = models.JSONField(default=dict, help_text='{"cidrs": [], "countries": []}')
    purpose = models.CharField(max_length=500, blank=True)
    ttl_seconds = models.PositiveIntegerField(help_text="The life each of its keys is given")
    starts_at = models.DateTimeField(null=True, help_text="When it was given; empty while pending")
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.UUIDField(null=True)
    created_by_label = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_by_label = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=80, blank=True, help_text="The rule that gave it")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "active", "revoked", "denied", "expired"]),
                name="grant_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(environment__in=["live", "sandbox"]),
                name="grant_environment_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active")
                | models.Q(starts_at__isnull=False, expires_at__isnull=False),
                name="grant_active_has_an_end",
            ),
            models.CheckConstraint(
                condition=_within_class_maximum(), name="grant_life_within_its_data_class"
            ),
        ]
        indexes = [
            models.Index(fields=["application", "api"], name="grants_by_application"),
            models.Index(fields=["api", "state"], name="grants_by_api"),
            models.Index(fields=["owner_tenant", "state"], name="grants_by_owner"),
            models.Index(
                fields=["expires_at"], condition=models.Q(state="active"), name="grants_by_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} may call {self.api_id}"

    def begin(self, *, by: Actor, rule: str) -> None:
        """Give it from now on, for its whole life."""
        now = clock.now()
        self.state, self.rule = self.State.ACTIVE, rule
        self.starts_at = self.decided_at = now
        self.expires_at = now + timedelta(seconds=self.ttl_seconds)
        self.decided_by, self.decided_by_label = by.id, by.label[:200]
        self.save()

    def end(self, state: str, *, why: str) -> None:
        """Close it as revoked, denied or expired."""
        self.state, self.ended_at, self.end_reason = state, clock.now(), why[:300]
        self.save(update_fields=["state", "ended_at", "end_reason"])


class GrantScope(TenantOwned):
    """One operation that a grant covers; `*` is every operation of the API."""

    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="scopes")
    operation_key = models.CharField(max_length=600)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["grant", "operation_key"], name="scope_once_per_grant")
        ]

    def __str__(self) -> str:
        return self.operation_key


class AccessRequest(TenantOwned):
    """What an application asked for, how it was decided, and by whom.

    `revision` counts changes, so that nobody approves what he has not seen.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        GIVEN = "given", "Given at once"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"
        EXPIRED = "expired", "Expired"
        WITHDRAWN = "withdrawn", "Withdrawn"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="requests")
    api = models.ForeignKey(Api, on_delete=models.PROTECT, related_name="access_requests")
    owner_tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    grant = models.OneToOneField(
        Grant, null=True, on_delete=models.PROTECT, related_name="access_request"
    )
    state = models.CharField(max_length=9, choices=State)
    asked = models.JSONField(help_text="scopes, plan, ttl_seconds, purpose, environment")
    revision = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=5)
    rule = models.CharField(max_length=80)
    because = models.CharField(max_length=300)
    fix = models.CharField(max_length=300, blank=True)
    estimate = models.JSONField(default=dict)
    requested_by = models.UUIDField(null=True)
    requested_by_kind = models.CharField(max_length=10)
    requested_by_label = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, help_text="When it stops waiting")
    reminded_at = models.DateTimeField(null=True)
    delegated_to = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    delegated_by_label = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_by_label = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["waiting", "given", "approved", "denied", "expired", "withdrawn"]
                ),
                name="access_request_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved")
                | ~models.Q(decided_by=models.F("requested_by")),
                name="access_request_not_approved_by_its_requester",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner_tenant", "created_at"],
                condition=models.Q(state="waiting"),
                name="access_requests_waiting",
            ),
            models.Index(fields=["tenant", "-created_at"], name="access_requests_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} asks for {self.api_id}"

    @property
    def etag(self) -> str:
        """The strong validator (RFC 9110): another one means another request."""
        return f'"{self.id}.{self.revision}"'

    def close(self, state: str, *, by: Actor, note: str = "") -> None:
        """End the waiting as approved, denied, expired or withdrawn."""
        self.state, self.decided_at = state, clock.now()
        self.decided_by, self.decided_by_label = by.id, by.label[:200]
        self.note = note[:500]
        self.save()

    def change(self, asked: dict[str, Any], *, waits_until: datetime) -> None:
        """Ask for something else: another revision, decided anew, handed to nobody."""
        self.asked, self.expires_at = asked, waits_until
        self.revision += 1
        self.changed_at = clock.now()
        self.delegated_to, self.delegated_by_label, self.reminded_at = None, "", None
        self.save()
