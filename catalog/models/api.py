"""The product: what a team offers, whatever versions its document has had."""

from django.db import models

from marketplace import clock
from marketplace.tenants.models import Team, TenantOwned


class Lifecycle(models.TextChoices):
    """Where an API stands between its first draft and its end."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    DEPRECATED = "deprecated", "Deprecated"
    RETIRED = "retired", "Retired"


class Stage(models.TextChoices):
    """How settled an active API is, as people read it."""

    ALPHA = "alpha", "Alpha"
    BETA = "beta", "Beta"
    GA = "ga", "GA"


class DataClass(models.TextChoices):
    """The most delicate data that passes; it bounds a key's life."""

    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    RESTRICTED = "restricted", "Restricted"


class Risk(models.TextChoices):
    """What a wrong call can cost."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class Kind(models.TextChoices):
    """What an API is described by."""

    OPENAPI = "openapi", "OpenAPI"
    ASYNCAPI = "asyncapi", "AsyncAPI"
    MCP = "mcp", "MCP server"
    A2A = "a2a", "Agent"
    MODEL = "model", "Model route"
    INDEX = "index", "Data index"


class LatencyClass(models.TextChoices):
    """What a caller can expect to wait."""

    REALTIME = "realtime", "Real time (under 100 ms)"
    INTERACTIVE = "interactive", "Interactive (under 1 s)"
    BACKGROUND = "background", "Background (seconds)"
    BATCH = "batch", "Batch (minutes and more)"


class CostDriver(models.TextChoices):
    """The meter that makes a call cheap or dear."""

    REQUESTS = "requests", "Calls"
    TOKENS_IN = "tokens_in", "Tokens in"
    TOKENS_CACHED = "tokens_cached", "Cached tokens"
    TOKENS_OUT = "tokens_out", "Tokens out"
    VECTORS_STORED = "vectors_stored", "Vectors stored"
    VECTORS_QUERIED = "vectors_queried", "Vectors queried"
    BYTES = "bytes", "Bytes"
    SECONDS = "seconds", "Compute seconds"


class Approval(models.TextChoices):
    """What to expect when asking for a key; the policy decides, this is the hint beside it."""

    INSTANT = "instant", "Instant"
    QUICK = "quick", "≤ 15 minutes"
    REVIEW = "review", "Owner review"


class Api(TenantOwned):
    """An API of a team. Its slug is the company-wide name in addresses, scopes and keys."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="apis")
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    description_html = models.TextField(blank=True, help_text="Sanitised at publish")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OPENAPI)
    lifecycle = models.CharField(max_length=10, choices=Lifecycle, default=Lifecycle.ACTIVE)
    stage = models.CharField(max_length=5, choices=Stage, default=Stage.GA)
    data_class = models.CharField(max_length=12, choices=DataClass, default=DataClass.INTERNAL)
    risk = models.CharField(max_length=6, choices=Risk, default=Risk.LOW)
    approval = models.CharField(max_length=7, choices=Approval, default=Approval.INSTANT)
    residency = models.CharField(max_length=200, blank=True, help_text="As eu-central,us-east")
    latency_class = models.CharField(max_length=11, choices=LatencyClass, blank=True)
    cost_driver = models.CharField(max_length=15, choices=CostDriver, default=CostDriver.REQUESTS)
    icon = models.CharField(max_length=40, default="box", help_text="A lucide icon")
    tone = models.CharField(max_length=6, default="blue")
    upstream_url = models.CharField(max_length=500, blank=True)
    deprecation_at = models.DateTimeField(null=True, blank=True)
    sunset_at = models.DateTimeField(null=True, blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors"
    )
    served_version = models.ForeignKey(
        "catalog.Version", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1, help_text="Counts changes; the ETag")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sunset_at=None)
                | models.Q(deprecation_at__isnull=False, sunset_at__gte=models.F("deprecation_at")),
                name="api_sunset_follows_deprecation",
            ),
            models.CheckConstraint(
                condition=~models.Q(successor=models.F("id")), name="api_does_not_succeed_itself"
            ),
            models.CheckConstraint(
                condition=models.Q(lifecycle__in=Lifecycle.values), name="api_lifecycle_known"
            ),
            models.CheckConstraint(
                condition=models.Q(data_class__in=DataClass.values), name="api_data_class_known"
            ),
            models.CheckConstraint(condition=models.Q(risk__in=Risk.values), name="api_risk_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "team"], name="api_by_team"),
            models.Index(fields=["lifecycle", "name"], name="api_by_lifecycle"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def etag(self) -> str:
        """The strong validator (RFC 9110) of the API's own fields."""
        return f'"{self.id}.{self.revision}"'

    @property
    def regions(self) -> list[str]:
        """Where its data stays; empty where nothing is promised."""
        return [region for region in self.residency.split(",") if region]

    @property
    def shown_lifecycle(self) -> str:
        """The stage of an active API, else the lifecycle: what the badge says."""
        return self.stage if self.lifecycle == Lifecycle.ACTIVE else self.lifecycle


class ApiCapability(TenantOwned):
    """What an API is for, in the words of `catalog.capabilities`; suggested until confirmed."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="capabilities")
    capability = models.CharField(max_length=80)
    confirmed = models.BooleanField(default=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["api", "capability"], name="capability_once_per_api")
        ]
        indexes = [models.Index(fields=["capability"], name="api_by_capability")]

    def __str__(self) -> str:
        return self.capability


class Plan(TenantOwned):
    """Limits that a key may have, and the price as the owner words it. Rates stand in billing."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="plans")
    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    summary = models.CharField(max_length=200, blank=True)
    price_text = models.CharField(max_length=80, blank=True)
    limits = models.JSONField(
        default=dict, help_text="rate_per_second, burst, quota, quota_period (day or month)"
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)

    class Meta(TenantOwned.Meta):
        ordering = ["position", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["api", "slug"], name="plan_slug_once_per_api"),
            models.UniqueConstraint(
                fields=["api"], condition=models.Q(is_default=True), name="plan_default_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
