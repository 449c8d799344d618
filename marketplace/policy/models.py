"""Decisions kept: what was asked, what the policies said, and under which version of them."""

from django.db import models

from marketplace import clock
from marketplace.tenants.models import TenantOwned


class PolicyDecision(TenantOwned):
    """One decision. Append-only. `request` holds the facts the rules saw, and no secret."""

    class Outcome(models.TextChoices):
        ALLOW = "allow", "Allowed"
        WAIT = "wait", "Waits"
        DENY = "deny", "Denied"

    at = models.DateTimeField(default=clock.now)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=40)
    resource_type = models.CharField(max_length=40)
    resource_id = models.CharField(max_length=80)
    outcome = models.CharField(max_length=5, choices=Outcome)
    rule = models.CharField(max_length=80)
    because = models.CharField(max_length=300)
    fix = models.CharField(max_length=300, blank=True)
    request = models.JSONField()
    digest = models.BinaryField(max_length=32)
    policies = models.CharField(max_length=16, help_text="The version of the policies")

    class Meta(TenantOwned.Meta):
        db_table = "policy_decision"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["allow", "wait", "deny"]),
                name="decision_outcome_known",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-at"], name="decisions_by_time"),
            models.Index(fields=["resource_id"], name="decisions_by_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.outcome} ({self.rule})"
