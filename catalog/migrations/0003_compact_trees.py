from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_cost_drivers_and_needs"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="compact",
            field=models.BinaryField(default=b"", help_text="The tree as compact JSON, by zlib"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="document",
            name="content",
            field=models.BinaryField(help_text="The bytes as sent, by zlib"),
        ),
        migrations.AddField(
            model_name="change",
            name="observed_days",
            field=models.PositiveSmallIntegerField(default=0, help_text="How far was looked back"),
        ),
        migrations.RemoveField(model_name="fragment", name="body"),
        migrations.AddField(
            model_name="fragment",
            name="body",
            field=models.TextField(default="", help_text="JSON, its keys in the author's order"),
            preserve_default=False,
        ),
        migrations.RunSQL(
            "ALTER TABLE catalog_document ALTER COLUMN compact SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
    ]
