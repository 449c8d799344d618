"""Consumers, and the consents under which agents act."""

from django.db import models

from marketplace import clock
from marketplace.tenants.models import ServiceAccount, Team, TenantOwned, User


class Application(TenantOwned):
    """A consumer of APIs, owned by a team, which pays for it."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="applications")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    cost_center = models.CharField(max_length=40, blank=True, help_text="Empty: the team's")
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.UUIDField(null=True, help_text="The person or program that made it")
    created_by_label = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "slug"], name="application_slug_once_per_tenant"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Consent(TenantOwned):
    """A human lets an agent act for him: which scopes, how much money, until when.

    The agent's keys hang on it and end with it.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    agent = models.ForeignKey(ServiceAccount, on_delete=models.PROTECT, related_name="consents")
    application = models.OneToOneField(
        Application,
        null=True,
        on_delete=models.PROTECT,
        related_name="consent",
        help_text="The consumer that the agent's keys belong to",
    )
    scopes = models.JSONField(help_text="api:operation or api:*")
    budget_micros = models.BigIntegerField(null=True, help_text="In the tenant's currency a month")
    purpose = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.UUIDField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="consent_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(budget_micros=None) | models.Q(budget_micros__gte=0),
                name="consent_budget_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="consents_by_person")]

    def __str__(self) -> str:
        return f"{self.user} lets {self.agent} act"

    @property
    def in_force(self) -> bool:
        return self.withdrawn_at is None and self.expires_at > clock.now()

    def withdraw(self, *, by: User) -> None:
        """End it now; ending it twice keeps the first time."""
        if self.withdrawn_at is None:
            self.withdrawn_at, self.withdrawn_by = clock.now(), by.id
            self.save(update_fields=["withdrawn_at", "withdrawn_by"])
