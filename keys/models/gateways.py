"""The gateways that ask the verifier."""

from django.db import models

from catalog.models import Api
from marketplace import clock
from marketplace.tenants.models import TenantOwned


class EnforcementPoint(TenantOwned):
    """A gateway, which names itself and proves it by a token whose SHA-256 stands here."""

    class Dialect(models.TextChoices):
        ENVOY = "envoy", "Envoy"
        NGINX = "nginx", "nginx"
        CADDY = "caddy", "Caddy"
        TRAEFIK = "traefik", "Traefik"
        APISIX = "apisix", "APISIX"
        KONG = "kong", "Kong"

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        DISABLED = "disabled", "Disabled"

    name = models.SlugField(max_length=60, unique=True)
    dialect = models.CharField(max_length=8, choices=Dialect)
    token_digest = models.BinaryField(max_length=32)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(default=clock.now)
    desired_hash = models.CharField(max_length=64, blank=True, help_text="Of its configuration")
    applied_hash = models.CharField(max_length=64, blank=True)
    reported_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    dialect__in=["envoy", "nginx", "caddy", "traefik", "apisix", "kong"]
                ),
                name="enforcement_point_dialect_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class EnforcementPointApi(TenantOwned):
    """An API behind a gateway: under which raw path, and where its upstream is."""

    enforcementpoint = models.ForeignKey(
        EnforcementPoint, on_delete=models.CASCADE, related_name="apis"
    )
    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="enforcement_points")
    prefix = models.CharField(max_length=200, help_text="/payments, without a slash at its end")
    upstream = models.CharField(max_length=500, blank=True)

    class Meta(TenantOwned.Meta):
        db_table = "keys_enforcementpoint_apis"
        constraints = [
            models.UniqueConstraint(
                fields=["enforcementpoint", "prefix"], name="prefix_once_per_enforcement_point"
            ),
            models.CheckConstraint(
                condition=models.Q(prefix__startswith="/") & ~models.Q(prefix__endswith="/"),
                name="prefix_begins_and_does_not_end_with_a_slash",
            ),
        ]

    def __str__(self) -> str:
        return self.prefix
