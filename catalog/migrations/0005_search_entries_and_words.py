import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import marketplace.ids
from catalog.search.index import reindex
from marketplace.tenants.rls import TenantPolicy

# An API's own words. Kept by the database, because whoever changes a name need not know of search;
# not a field of the model, because no page that loads an API wants it.
API_WORDS = """
ALTER TABLE catalog_api ADD COLUMN search tsvector GENERATED ALWAYS AS (
  setweight(to_tsvector('english', name || ' ' ||
    regexp_replace(name, '([a-z0-9])([A-Z])', '\\1 \\2', 'g') || ' ' ||
    replace(slug, '-', ' ')), 'A') ||
  setweight(to_tsvector('english', summary), 'B')
) STORED;
CREATE INDEX api_search ON catalog_api USING gin (search)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_uploads"),
        ("tenants", "0001_people_and_tenants"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
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
                    "length",
                    models.PositiveSmallIntegerField(help_text="Words in the name: fewer say more"),
                ),
                ("depth", models.PositiveSmallIntegerField(help_text="Words in the path")),
                (
                    "head",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="Weight A the name, B path, C summary, D tags"
                    ),
                ),
                (
                    "search",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="All of head, the schema's fields and the description, without"
                        " weights"
                    ),
                ),
                (
                    "api",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.api",
                    ),
                ),
                (
                    "operation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.operation",
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
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["search"], gin_pending_list_limit=128, name="search_by_words"
                    )
                ],
            },
            managers=[("across", django.db.models.manager.Manager())],
        ),
        migrations.CreateModel(
            name="SearchStem",
            fields=[
                (
                    "lexeme",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                (
                    "operations",
                    models.IntegerField(default=0, help_text="How many served operations hold it"),
                ),
                (
                    "of_api",
                    models.BooleanField(
                        default=False, help_text="Stands in an API's name or summary"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "word",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                ("lexeme", models.CharField(help_text="Its stem", max_length=40)),
                (
                    "near",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        default=list,
                        help_text="Hashes of the word with up to two letters left out: what"
                        " misspellings share",
                        size=None,
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["near"], name="search_near_words"
                    )
                ],
            },
        ),
        TenantPolicy("catalog_searchentry", read="all"),
        TenantPolicy("catalog_searchstem", read="all", write="all"),
        TenantPolicy("catalog_searchword", read="all", write="all"),
        migrations.RunSQL(API_WORDS, "ALTER TABLE catalog_api DROP COLUMN search"),
        migrations.RemoveIndex(model_name="operation", name="operation_search"),
        migrations.RemoveField(model_name="operation", name="search"),
        migrations.RunPython(lambda apps, schema_editor: reindex(), migrations.RunPython.noop),
    ]
