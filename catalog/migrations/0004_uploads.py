import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import marketplace.clock
import marketplace.ids
from marketplace.tenants.rls import TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_compact_trees"),
        ("tenants", "0001_people_and_tenants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
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
                    "source",
                    models.CharField(help_text="The file's name or the address", max_length=500),
                ),
                ("content", models.BinaryField(help_text="The bytes as sent, by zlib")),
                ("size", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=marketplace.clock.now)),
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
                "indexes": [models.Index(fields=["created_at"], name="upload_by_age")],
            },
            managers=[
                ("across", django.db.models.manager.Manager()),
            ],
        ),
        TenantPolicy("catalog_upload"),
    ]
