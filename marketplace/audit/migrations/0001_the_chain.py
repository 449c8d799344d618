import django.db.models.deletion
from django.db import migrations, models

import marketplace.clock
import marketplace.ids
from marketplace.tenants.rls import AppendOnly, TenantPolicy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0001_people_and_tenants"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
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
                    "chain",
                    models.CharField(help_text="The tenant's id, or 'platform'", max_length=40),
                ),
                ("sequence", models.BigIntegerField()),
                ("at", models.DateTimeField(default=marketplace.clock.now)),
                ("actor_kind", models.CharField(max_length=10)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_label", models.CharField(max_length=200)),
                ("action", models.CharField(max_length=80)),
                ("target", models.CharField(max_length=200)),
                ("details", models.JSONField(default=dict)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("previous_hash", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
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
                "ordering": ["-sequence"],
                "indexes": [
                    models.Index(fields=["tenant", "-at"], name="audit_by_time"),
                    models.Index(fields=["target"], name="audit_by_target"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("chain", "sequence"), name="audit_sequence_once"
                    )
                ],
            },
        ),
        AppendOnly("audit_auditentry"),
        TenantPolicy(
            "audit_auditentry", write="tenant_id = (SELECT mkt_tenant()) OR tenant_id IS NULL"
        ),
    ]
