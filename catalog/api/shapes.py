"""What the catalog's REST takes and answers, field by field."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from catalog.apis import PlanTerms
from catalog.models import Api, Operation, Version
from catalog.models.api import CostDriver, DataClass, Kind, LatencyClass, Lifecycle, Risk, Stage
from marketplace.rest.serializers import StrictSerializer


class LimitsIn(StrictSerializer):
    """A plan's limits; what is left out is not limited."""

    rate_per_second = serializers.FloatField(required=False, min_value=0.001, max_value=1e6)
    burst = serializers.IntegerField(required=False, min_value=1, max_value=10_000_000)
    quota = serializers.IntegerField(required=False, min_value=1, max_value=10**15, allow_null=True)
    quota_period = serializers.ChoiceField(["day", "month"], required=False)


class PlanIn(StrictSerializer):
    """A plan of an API."""

    slug = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=80)
    summary = serializers.CharField(max_length=200, required=False, allow_blank=True)
    price_text = serializers.CharField(max_length=80, required=False, allow_blank=True)
    limits = LimitsIn(required=False)
    is_default = serializers.BooleanField(required=False)


class ApiFields(StrictSerializer):
    """What stands about an API."""

    name = serializers.CharField(max_length=200, required=False)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    description = serializers.CharField(
        max_length=100_000, required=False, allow_blank=True, help_text="Markdown"
    )
    kind = serializers.ChoiceField(Kind.choices, required=False)
    lifecycle = serializers.ChoiceField(Lifecycle.choices, required=False)
    stage = serializers.ChoiceField(Stage.choices, required=False)
    data_class = serializers.ChoiceField(DataClass.choices, required=False)
    risk = serializers.ChoiceField(Risk.choices, required=False)
    capabilities = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=20
    )
    residency = serializers.ListField(
        child=serializers.CharField(max_length=31), required=False, max_length=8
    )
    latency_class = serializers.ChoiceField(LatencyClass.choices, required=False, allow_blank=True)
    cost_driver = serializers.ChoiceField(CostDriver.choices, required=False)
    icon = serializers.SlugField(max_length=40, required=False)
    upstream_url = serializers.URLField(max_length=500, required=False, allow_blank=True)
    deprecation_at = serializers.DateTimeField(required=False, allow_null=True)
    sunset_at = serializers.DateTimeField(required=False, allow_null=True)
    successor = serializers.SlugField(max_length=80, required=False, allow_null=True)
    plans = PlanIn(many=True, required=False)


class ApiIn(ApiFields):
    """A new API."""

    slug = serializers.CharField(max_length=80)
    name = serializers.CharField(max_length=200)
    team = serializers.SlugField(
        required=False, help_text="Slug of the owning team; may be left out by who owns one"
    )


def as_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """Checked input as the capability takes it."""
    fields = dict(data)
    if "plans" in fields:
        fields["plans"] = [PlanTerms(**plan) for plan in fields["plans"]]
    return fields


class PlanOut(serializers.Serializer[Any]):
    """A plan."""

    slug = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField()
    price_text = serializers.CharField()
    limits = serializers.DictField()
    is_default = serializers.BooleanField()


class ApiOut(serializers.Serializer[Any]):
    """An API."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    team = serializers.CharField(source="team.slug")
    team_name = serializers.CharField(source="team.name")
    summary = serializers.CharField()
    description_html = serializers.CharField()
    kind = serializers.CharField()
    lifecycle = serializers.CharField()
    stage = serializers.CharField()
    data_class = serializers.CharField()
    risk = serializers.CharField()
    approval = serializers.CharField()
    capabilities = serializers.SerializerMethodField()
    residency = serializers.SerializerMethodField()
    latency_class = serializers.CharField()
    cost_driver = serializers.CharField()
    icon = serializers.CharField()
    version = serializers.CharField(source="served_version.version", default=None)
    grade = serializers.CharField(source="served_version.grade", default=None)
    operations = serializers.IntegerField(source="served_version.operation_count", default=0)
    deprecation_at = serializers.DateTimeField(allow_null=True)
    sunset_at = serializers.DateTimeField(allow_null=True)
    successor = serializers.CharField(source="successor.slug", default=None)
    plans = PlanOut(source="plans.all", many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    url = serializers.SerializerMethodField()

    def get_capabilities(self, api: Api) -> list[str]:
        return sorted(each.capability for each in api.capabilities.all())

    def get_residency(self, api: Api) -> list[str]:
        return api.regions

    def get_url(self, api: Api) -> str:
        return f"/apis/{api.slug}"


class VersionOut(serializers.Serializer[Any]):
    """A version."""

    api = serializers.CharField(source="api.slug")
    version = serializers.CharField()
    state = serializers.CharField()
    format = serializers.CharField()
    format_version = serializers.CharField()
    title = serializers.CharField()
    digest = serializers.CharField()
    size = serializers.IntegerField()
    media = serializers.CharField()
    operations = serializers.IntegerField(source="operation_count")
    breaking = serializers.IntegerField(source="breaking_count")
    grade = serializers.CharField()
    score = serializers.IntegerField(allow_null=True)
    next_best_fix = serializers.JSONField(allow_null=True)
    published_at = serializers.DateTimeField()
    published_by = serializers.CharField(source="published_by_label")
    servers = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    def get_servers(self, version: Version) -> list[dict[str, str]]:
        servers: list[dict[str, str]] = version.outline.get("servers", [])
        return servers

    def get_url(self, version: Version) -> str:
        return f"/apis/{version.api.slug}?version={version.version}"


class OperationOut(serializers.Serializer[Any]):
    """An operation."""

    key = serializers.CharField()
    slug = serializers.CharField()
    kind = serializers.CharField()
    method = serializers.CharField()
    path = serializers.CharField()
    operation_id = serializers.CharField()
    title = serializers.CharField()
    description_html = serializers.CharField()
    group = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    deprecated = serializers.BooleanField()
    protocol = serializers.CharField()
    pointer = serializers.CharField()
    security = serializers.ListField(child=serializers.DictField())
    url = serializers.SerializerMethodField()

    def get_url(self, operation: Operation) -> str:
        return f"/apis/{self.context['api'].slug}/operations/{operation.slug}"


class ChangeOut(serializers.Serializer[Any]):
    """A change between two documents."""

    rule = serializers.CharField()
    level = serializers.ChoiceField(["error", "warning", "info", "unknown"])
    operation = serializers.CharField(allow_null=True)
    path = serializers.CharField()
    text = serializers.CharField()


class DiffOut(serializers.Serializer[Any]):
    """A comparison."""

    breaking = serializers.BooleanField()
    changes = ChangeOut(many=True)


class VersionDiffOut(DiffOut):
    """A comparison of two versions, each change with its consumers."""

    base = serializers.CharField(allow_null=True)
    version = serializers.CharField()
    impact = serializers.ListField(child=serializers.DictField())


class FindingOut(serializers.Serializer[Any]):
    """A finding."""

    rule = serializers.CharField()
    severity = serializers.CharField()
    text = serializers.CharField()
    pointer = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    operation = serializers.CharField(allow_null=True)
    why = serializers.CharField(allow_null=True)
    fix = serializers.CharField(allow_null=True)
    autofix = serializers.BooleanField()


class ReportOut(serializers.Serializer[Any]):
    """What publishing answers."""

    api = serializers.CharField()
    version = serializers.CharField()
    created = serializers.BooleanField()
    dry_run = serializers.BooleanField()
    new_api = serializers.BooleanField()
    format = serializers.CharField()
    format_version = serializers.CharField()
    title = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of the bytes, in hex")
    size = serializers.IntegerField()
    operations = serializers.IntegerField()
    grade = serializers.CharField(allow_null=True)
    score = serializers.IntegerField(allow_null=True)
    next_best_fix = serializers.JSONField(allow_null=True)
    findings = FindingOut(many=True)
    diff = DiffOut()
    impact = serializers.ListField(
        child=serializers.DictField(),
        help_text='Each change with its consumers: teams, keys, calls, last_call; or "unknown"',
    )
    acknowledgement = serializers.DictField(allow_null=True)
    capabilities = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField()


class SearchOut(serializers.Serializer[Any]):
    """Operations found, nested under their APIs."""

    q = serializers.CharField()
    items = serializers.ListField(child=serializers.DictField())
    facets = serializers.ListField(child=serializers.DictField(), required=False)
    corrections = serializers.DictField(child=serializers.CharField(), required=False)
    unknown = serializers.ListField(child=serializers.CharField(), required=False)
    total_apis = serializers.IntegerField()
    total_operations = serializers.IntegerField()
    truncated = serializers.BooleanField()
    next = serializers.CharField(allow_null=True)
