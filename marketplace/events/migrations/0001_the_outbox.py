import django.db.models.deletion
from django.db import migrations, models

import marketplace.clock
import marketplace.ids
from marketplace.tenants.rls import TenantPolicy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0001_people_and_tenants"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                ("sequence", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "id",
                    models.UUIDField(default=marketplace.ids.new_id, editable=False, unique=True),
                ),
                ("kind", models.CharField(max_length=80)),
                ("subject", models.CharField(max_length=200)),
                ("data", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=marketplace.clock.now)),
                ("due_at", models.DateTimeField(default=marketplace.clock.now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("done_at", models.DateTimeField(null=True)),
                ("dead_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["sequence"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("dead_at", None), ("done_at", None)),
                        fields=["due_at"],
                        name="outbox_waiting",
                    ),
                    models.Index(fields=["tenant", "sequence"], name="outbox_stream"),
                ],
            },
        ),
        TenantPolicy(
            "events_outboxevent", write="tenant_id = (SELECT mkt_tenant()) OR tenant_id IS NULL"
        ),
    ]
