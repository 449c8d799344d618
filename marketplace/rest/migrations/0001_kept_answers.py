import django.db.models.deletion
import django.db.models.manager
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
            name="KeptAnswer",
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
                ("actor_id", models.UUIDField()),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status", models.PositiveSmallIntegerField()),
                ("body", models.JSONField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=marketplace.clock.now)),
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
                "indexes": [models.Index(fields=["created_at"], name="answers_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("actor_id", "key"), name="answer_once_per_actor_and_key"
                    )
                ],
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        TenantPolicy("rest_keptanswer"),
    ]
