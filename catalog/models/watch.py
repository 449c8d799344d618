"""Who wants to hear of an API, and what he was told."""

from django.db import models

from catalog.models.api import Api
from marketplace import clock
from marketplace.tenants.models import TenantOwned, User


class Subscription(TenantOwned):
    """A person watches an API. Belongs to his tenant."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="subscriptions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["api", "user"], name="subscription_once_per_api")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} watches {self.api_id}"


class Notice(TenantOwned):
    """One thing a person was told about an API, in the portal and by mail."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="+")
    event_id = models.UUIDField(help_text="The outbox event it was made from")
    kind = models.CharField(max_length=80)
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "event_id"], name="notice_once_per_event")
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="notice_by_user")]

    def __str__(self) -> str:
        return self.title
