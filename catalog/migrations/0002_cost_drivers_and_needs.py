import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_apis_versions_operations"),
    ]

    operations = [
        migrations.AddField(
            model_name="operation",
            name="needs",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(),
                default=list,
                help_text="Hashes of the fragments its page draws",
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="api",
            name="cost_driver",
            field=models.CharField(
                choices=[
                    ("requests", "Calls"),
                    ("tokens_in", "Tokens in"),
                    ("tokens_cached", "Cached tokens"),
                    ("tokens_out", "Tokens out"),
                    ("vectors_stored", "Vectors stored"),
                    ("vectors_queried", "Vectors queried"),
                    ("bytes", "Bytes"),
                    ("seconds", "Compute seconds"),
                ],
                default="requests",
                max_length=15,
            ),
        ),
        migrations.AlterField(
            model_name="api",
            name="residency",
            field=models.CharField(blank=True, help_text="As eu-central,us-east", max_length=200),
        ),
        migrations.AlterField(
            model_name="operation",
            name="kind",
            field=models.CharField(
                help_text="http, webhook, callback, send or receive", max_length=8
            ),
        ),
    ]
