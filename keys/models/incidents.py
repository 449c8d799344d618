"""Leaks reported, and glass broken."""

from django.db import models

from keys.models.access import Grant
from keys.models.keys import Key
from marketplace import clock
from marketplace.tenants.models import TenantOwned


class LeakReporter(models.Model):
    """Somebody outside whose signed reports are believed: a scanner, a code host."""

    kid = models.CharField(max_length=80, primary_key=True)
    name = models.CharField(max_length=120)
    public_key = models.TextField(help_text="PEM: Ed25519, or ECDSA on P-256")
    created_at = models.DateTimeField(default=clock.now)
    disabled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class LeakReport(models.Model):
    """A secret that somebody found in the open. The secret is kept as a SHA-256 only."""

    class Outcome(models.TextChoices):
        REVOKED = "revoked", "Revoked"
        ENDED = "ended", "Had ended already"
        UNKNOWN = "unknown", "Not one of ours"

    fingerprint = models.BinaryField(max_length=32, unique=True)
    key = models.ForeignKey(Key, null=True, on_delete=models.PROTECT, related_name="leaks")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reporter = models.CharField(max_length=200)
    source = models.CharField(max_length=60, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["revoked", "ended", "unknown"]),
                name="leak_outcome_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.at:%F}"


class BreakGlass(TenantOwned):
    """Emergency access: two people, one hour, reviewed afterwards or revoked."""

    class State(models.TextChoices):
        ASKED = "asked", "Waits for the second person"
        OPEN = "open", "Open"
        REVIEWED = "reviewed", "Reviewed"
        UNREVIEWED = "unreviewed", "Revoked unreviewed"
        LAPSED = "lapsed", "Nobody confirmed"

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="break_glass")
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.UUIDField()
    asked_by_label = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.UUIDField(null=True)
    confirmed_by_label = models.CharField(max_length=200, blank=True)
    review_by = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)
    reviewed_by_label = models.CharField(max_length=200, blank=True)
    review = models.TextField(blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(asked_by=models.F("confirmed_by")),
                name="break_glass_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("asked_by")),
                name="break_glass_is_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "open", "reviewed", "unreviewed", "lapsed"]),
                name="break_glass_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}"
