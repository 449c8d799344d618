"""Keys, and the feed by which every edge learns of a change within a second."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Now

from keys.models.access import Environment, Grant
from keys.models.applications import Application
from marketplace import clock
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant, TenantOwned

SHORTEST = timedelta(seconds=1)


class Key(TenantOwned):
    """A credential of an application. `public_id` names it anywhere; of its secret only an HMAC
    under a versioned pepper is kept (keys.secrets).

    `scopes` are the operation keys it was narrowed to; empty (null) means all of its grant.
    Children (`parent`) end with their parent. Belongs to the consumer's tenant; the API's reads it.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        REVOKED = "revoked", "Revoked"
        EXPIRED = "expired", "Expired"
        DISABLED = "disabled", "Disabled"

    public_id = models.CharField(max_length=40, unique=True)
    environment = models.CharField(max_length=7, choices=Environment)
    digest = models.BinaryField(max_length=32)
    pepper_version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="keys")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="keys")
    owner_tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    scopes = models.JSONField(null=True, blank=True)
    mock = models.BooleanField(default=False, help_text="Answered from examples for now")
    name = models.CharField(max_length=120, blank=True)
    not_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.UUIDField(null=True)
    created_by_label = models.CharField(max_length=200, blank=True)
    last_used_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.UUIDField(null=True)
    revoked_by_label = models.CharField(max_length=200, blank=True)
    revoke_reason = models.CharField(max_length=300, blank=True)
    expiry_notice_at = models.DateTimeField(null=True, help_text="When its end was announced")

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "revoked", "expired", "disabled"]),
                name="key_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(environment__in=["live", "sandbox"]),
                name="key_environment_known",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="key_expires_after_creation",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="revoked") | models.Q(revoked_at__isnull=False),
                name="key_revoked_has_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="key_is_not_its_own_parent"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="keys_by_time"),
            models.Index(
                fields=["expires_at"], condition=models.Q(state="active"), name="keys_by_end"
            ),
            models.Index(fields=["created_by"], name="keys_by_maker"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_live(self) -> bool:
        """Whether a call with it can be admitted just now, as far as the key itself says."""
        return self.state == self.State.ACTIVE and self.expires_at > clock.now()

    def revoke(self, *, by: Actor, why: str) -> bool:
        """End it now and for good; False where it had ended already. Its children, the feed and
        the audit row are `keys.lifecycle.revoke_key`'s."""
        if self.state == self.State.REVOKED:
            return False
        self.state, self.revoked_at = self.State.REVOKED, clock.now()
        self.revoked_by, self.revoked_by_label = by.id, by.label[:200]
        self.revoke_reason = why[:300]
        self.save(
            update_fields=[
                "state",
                "revoked_at",
                "revoked_by",
                "revoked_by_label",
                "revoke_reason",
            ]
        )
        return True

    def end_at(self, at: datetime) -> None:
        """Bring its end forward to `at`; never later than it was."""
        self.expires_at = min(self.expires_at, max(at, self.created_at + SHORTEST))
        self.save(update_fields=["expires_at"])


class Revocation(models.Model):
    """One change that every edge must see within a second (keys/edge/store.py).

    Append-only in spirit: old rows may go, the newest never.
    """

    seq = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, default="key", db_default="key")
    key_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True)
    at = models.DateTimeField(default=clock.now, db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="key") | models.Q(key_id__isnull=False),
                name="revocation_of_a_key_names_it",
            )
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
