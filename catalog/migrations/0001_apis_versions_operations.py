import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import marketplace.clock
import marketplace.ids
from marketplace.tenants.rls import OWN_TENANT, TenantPolicy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0001_people_and_tenants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Api",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("summary", models.CharField(blank=True, max_length=300)),
                (
                    "description_html",
                    models.TextField(blank=True, help_text="Sanitised at publish"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("openapi", "OpenAPI"),
                            ("asyncapi", "AsyncAPI"),
                            ("mcp", "MCP server"),
                            ("a2a", "Agent"),
                            ("model", "Model route"),
                            ("index", "Data index"),
                        ],
                        default="openapi",
                        max_length=10,
                    ),
                ),
                (
                    "lifecycle",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("deprecated", "Deprecated"),
                            ("retired", "Retired"),
                        ],
                        default="active",
                        max_length=10,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[("alpha", "Alpha"), ("beta", "Beta"), ("ga", "GA")],
                        default="ga",
                        max_length=5,
                    ),
                ),
                (
                    "data_class",
                    models.CharField(
                        choices=[
                            ("public", "Public"),
                            ("internal", "Internal"),
                            ("confidential", "Confidential"),
                            ("restricted", "Restricted"),
                        ],
                        default="internal",
                        max_length=12,
                    ),
                ),
                (
                    "risk",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")],
                        default="low",
                        max_length=6,
                    ),
                ),
                (
                    "approval",
                    models.CharField(
                        choices=[
                            ("instant", "Instant"),
                            ("quick", "≤ 15 minutes"),
                            ("review", "Owner review"),
                        ],
                        default="instant",
                        max_length=7,
                    ),
                ),
                (
                    "residency",
                    models.CharField(
                        blank=True, help_text="Regions, as eu or eu,us", max_length=40
                    ),
                ),
                (
                    "latency_class",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("realtime", "Real time (under 100 ms)"),
                            ("interactive", "Interactive (under 1 s)"),
                            ("background", "Background (seconds)"),
                            ("batch", "Batch (minutes and more)"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "cost_driver",
                    models.CharField(
                        choices=[
                            ("call", "Calls"),
                            ("token", "Tokens"),
                            ("byte", "Bytes"),
                            ("second", "Compute seconds"),
                            ("vector", "Vectors"),
                            ("message", "Messages"),
                        ],
                        default="call",
                        max_length=7,
                    ),
                ),
                ("icon", models.CharField(default="box", help_text="A lucide icon", max_length=40)),
                ("tone", models.CharField(default="blue", max_length=6)),
                ("upstream_url", models.CharField(blank=True, max_length=500)),
                ("deprecation_at", models.DateTimeField(blank=True, null=True)),
                ("sunset_at", models.DateTimeField(blank=True, null=True)),
                (
                    "revision",
                    models.PositiveIntegerField(default=1, help_text="Counts changes; the ETag"),
                ),
                ("created_at", models.DateTimeField(default=marketplace.clock.now)),
                ("updated_at", models.DateTimeField(default=marketplace.clock.now)),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="predecessors",
                        to="catalog.api",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="apis",
                        to="tenants.team",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("version", models.CharField(max_length=80)),
                (
                    "rank",
                    models.CharField(
                        help_text="Sorts as the versions follow each other", max_length=200
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("openapi", "OpenAPI"),
                            ("swagger", "Swagger"),
                            ("asyncapi", "AsyncAPI"),
                        ],
                        max_length=8,
                    ),
                ),
                ("format_version", models.CharField(max_length=20)),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 of the bytes, in hex", max_length=64),
                ),
                ("size", models.PositiveIntegerField(help_text="Bytes")),
                ("media", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("published", "Published"), ("withdrawn", "Withdrawn")],
                        default="published",
                        max_length=9,
                    ),
                ),
                ("published_at", models.DateTimeField(default=marketplace.clock.now)),
                ("published_by_label", models.CharField(blank=True, max_length=200)),
                ("grade", models.CharField(blank=True, max_length=1)),
                (
                    "score",
                    models.PositiveSmallIntegerField(blank=True, help_text="0 to 100", null=True),
                ),
                ("next_best_fix", models.JSONField(blank=True, null=True)),
                ("operation_count", models.PositiveIntegerField(default=0)),
                ("breaking_count", models.PositiveIntegerField(default=0)),
                (
                    "outline",
                    models.JSONField(
                        default=dict,
                        help_text="What pages show of the document's head: servers, groups, contact, security",
                    ),
                ),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="catalog.api",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["-rank", "-published_at"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("key", models.CharField(max_length=600)),
                ("slug", models.CharField(max_length=120)),
                ("position", models.PositiveIntegerField()),
                ("kind", models.CharField(help_text="http or event", max_length=8)),
                ("method", models.CharField(help_text="GET …, SEND, RECEIVE", max_length=10)),
                ("path", models.TextField(help_text="The path template, or the channel's address")),
                ("operation_id", models.CharField(blank=True, max_length=255)),
                (
                    "title",
                    models.CharField(
                        help_text="The summary, or words made of its id", max_length=300
                    ),
                ),
                ("summary", models.TextField(blank=True)),
                (
                    "description_html",
                    models.TextField(blank=True, help_text="Sanitised at publish"),
                ),
                (
                    "group",
                    models.CharField(blank=True, help_text="Its place in the tree", max_length=200),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("deprecated", models.BooleanField(default=False)),
                ("protocol", models.CharField(blank=True, max_length=40)),
                (
                    "pointer",
                    models.TextField(help_text="JSON pointer (RFC 6901) into the document"),
                ),
                ("security", models.JSONField(default=list)),
                (
                    "fields",
                    models.TextField(blank=True, help_text="Names of parameters and schema fields"),
                ),
                ("served", models.BooleanField(default=False)),
                ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="operations",
                        to="catalog.api",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="operations",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ImpactLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("operation_key", models.CharField(max_length=600)),
                ("consumer_tenant_id", models.UUIDField()),
                ("consumer_team_id", models.UUIDField()),
                ("consumer_team", models.CharField(max_length=120)),
                ("application", models.CharField(blank=True, max_length=200)),
                ("keys", models.JSONField(default=list, help_text="Public names of the keys")),
                ("calls", models.BigIntegerField(default=0)),
                ("last_call_at", models.DateTimeField(blank=True, null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="impact",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "ordering": ["-calls"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Fragment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("pointer", models.TextField(help_text="JSON pointer (RFC 6901) with its #")),
                (
                    "pointer_hash",
                    models.UUIDField(help_text="MD5 of the pointer, which may be long"),
                ),
                ("body", models.BinaryField(help_text="JSON")),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fragments",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("rule", models.CharField(max_length=80)),
                (
                    "severity",
                    models.CharField(
                        choices=[("error", "Error"), ("warning", "Warning"), ("info", "Hint")],
                        max_length=7,
                    ),
                ),
                ("pointer", models.TextField(blank=True)),
                ("line", models.PositiveIntegerField(blank=True, null=True)),
                ("operation_key", models.CharField(blank=True, max_length=600)),
                ("text", models.TextField()),
                ("why", models.TextField(blank=True)),
                ("mend", models.TextField(blank=True)),
                ("fixable", models.BooleanField(default=False)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Example",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "place",
                    models.CharField(help_text="request, response or message", max_length=10),
                ),
                (
                    "status",
                    models.CharField(blank=True, help_text="200, 4XX, default", max_length=10),
                ),
                ("media", models.CharField(blank=True, max_length=120)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("summary", models.CharField(blank=True, max_length=300)),
                ("value", models.TextField(help_text="As it goes over the wire")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "problem",
                    models.TextField(blank=True, help_text="Why it does not satisfy its schema"),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="examples",
                        to="catalog.operation",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="examples",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("content", models.BinaryField(help_text="zlib")),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="document",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("rule", models.CharField(max_length=120)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("error", "Breaking"),
                            ("warning", "Risky"),
                            ("info", "Safe"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=7,
                    ),
                ),
                ("operation_key", models.CharField(blank=True, max_length=600)),
                ("operation_text", models.CharField(blank=True, max_length=600)),
                ("path", models.TextField(blank=True)),
                ("text", models.TextField()),
                (
                    "observed",
                    models.CharField(
                        choices=[
                            ("used", "Used"),
                            ("unused", "No observed use"),
                            ("unknown", "Cannot be observed"),
                        ],
                        default="unknown",
                        max_length=7,
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.version",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name="api",
            name="served_version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="catalog.version",
            ),
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("api_tenant_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("breaking", "Breaking change"), ("retirement", "Retirement")],
                        max_length=10,
                    ),
                ),
                ("by_id", models.UUIDField(null=True)),
                ("by_label", models.CharField(max_length=200)),
                ("note", models.TextField(blank=True)),
                ("named", models.JSONField(default=list, help_text="The consumers it names")),
                ("at", models.DateTimeField(default=marketplace.clock.now)),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.team",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acknowledgements",
                        to="catalog.api",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acknowledgements",
                        to="catalog.version",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="ApiCapability",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("capability", models.CharField(max_length=80)),
                ("confirmed", models.BooleanField(default=False)),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="capabilities",
                        to="catalog.api",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
                "indexes": [models.Index(fields=["capability"], name="api_by_capability")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("api", "capability"), name="capability_once_per_api"
                    )
                ],
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("event_id", models.UUIDField(help_text="The outbox event it was made from")),
                ("kind", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=300)),
                ("text", models.TextField(blank=True)),
                ("url", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField(default=marketplace.clock.now)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.api",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
                "indexes": [models.Index(fields=["user", "-created_at"], name="notice_by_user")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "event_id"), name="notice_once_per_event"
                    )
                ],
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("slug", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("summary", models.CharField(blank=True, max_length=200)),
                ("price_text", models.CharField(blank=True, max_length=80)),
                (
                    "limits",
                    models.JSONField(
                        default=dict,
                        help_text="rate_per_second, burst, quota, quota_period (day or month)",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_default", models.BooleanField(default=False)),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plans",
                        to="catalog.api",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "slug"],
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
                "constraints": [
                    models.UniqueConstraint(fields=("api", "slug"), name="plan_slug_once_per_api"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("api",),
                        name="plan_default_once",
                    ),
                ],
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Silence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("rule", models.CharField(max_length=80)),
                ("reason", models.CharField(max_length=500)),
                ("by_label", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=marketplace.clock.now)),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="silences",
                        to="catalog.api",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
                "constraints": [
                    models.UniqueConstraint(fields=("api", "rule"), name="silence_once_per_rule"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="silence_gives_a_reason",
                    ),
                ],
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=marketplace.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_at", models.DateTimeField(default=marketplace.clock.now)),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="catalog.api",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "across",
                "default_manager_name": "across",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("api", "user"), name="subscription_once_per_api"
                    )
                ],
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(fields=["api", "-rank"], name="version_by_rank"),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                fields=("api", "version"), name="version_once_per_api"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(("format__in", ["openapi", "swagger", "asyncapi"])),
                name="version_format_known",
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["version", "key"], name="operation_by_key"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("served", True)),
                fields=["api", "position"],
                name="operation_served",
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("served", True)), fields=["search"], name="operation_search"
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                fields=("version", "slug"), name="operation_slug_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                fields=("version", "position"), name="operation_place_once"
            ),
        ),
        migrations.AddIndex(
            model_name="impactline",
            index=models.Index(fields=["version", "operation_key"], name="impact_by_operation"),
        ),
        migrations.AddConstraint(
            model_name="fragment",
            constraint=models.UniqueConstraint(
                fields=("version", "pointer_hash"), name="fragment_pointer_once"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["version", "position"], name="finding_by_version"),
        ),
        migrations.AddIndex(
            model_name="example",
            index=models.Index(fields=["operation", "position"], name="example_by_operation"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["version", "position"], name="change_by_version"),
        ),
        migrations.AddIndex(
            model_name="api",
            index=models.Index(fields=["tenant", "team"], name="api_by_team"),
        ),
        migrations.AddIndex(
            model_name="api",
            index=models.Index(fields=["lifecycle", "name"], name="api_by_lifecycle"),
        ),
        migrations.AddConstraint(
            model_name="api",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sunset_at", None),
                    models.Q(
                        ("deprecation_at__isnull", False),
                        ("sunset_at__gte", models.F("deprecation_at")),
                    ),
                    _connector="OR",
                ),
                name="api_sunset_follows_deprecation",
            ),
        ),
        migrations.AddConstraint(
            model_name="api",
            constraint=models.CheckConstraint(
                condition=models.Q(("successor", models.F("id")), _negated=True),
                name="api_does_not_succeed_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="api",
            constraint=models.CheckConstraint(
                condition=models.Q(("lifecycle__in", ["draft", "active", "deprecated", "retired"])),
                name="api_lifecycle_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="api",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("data_class__in", ["public", "internal", "confidential", "restricted"])
                ),
                name="api_data_class_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="api",
            constraint=models.CheckConstraint(
                condition=models.Q(("risk__in", ["low", "medium", "high"])), name="api_risk_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "retirement")),
                fields=("api", "team"),
                name="retirement_acknowledged_once_per_team",
            ),
        ),
        # Everybody may read what is offered; what names consumers or readers stays with its tenant.
        TenantPolicy("catalog_api", read="all"),
        TenantPolicy("catalog_apicapability", read="all"),
        TenantPolicy("catalog_plan", read="all"),
        TenantPolicy("catalog_version", read="all"),
        TenantPolicy("catalog_document", read="all"),
        TenantPolicy("catalog_operation", read="all"),
        TenantPolicy("catalog_fragment", read="all"),
        TenantPolicy("catalog_example", read="all"),
        TenantPolicy("catalog_finding", read="all"),
        TenantPolicy("catalog_silence", read="all"),
        TenantPolicy("catalog_change", read="all"),
        TenantPolicy("catalog_impactline"),
        TenantPolicy(
            "catalog_acknowledgement",
            read=f"{OWN_TENANT} OR api_tenant_id = (SELECT mkt_tenant())",
        ),
        TenantPolicy("catalog_subscription"),
        TenantPolicy("catalog_notice"),
        # The bytes are compressed already; the database need not try again.
        migrations.RunSQL(
            "ALTER TABLE catalog_document ALTER COLUMN content SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
    ]
