"""Pages."""

from django.urls import URLPattern, URLResolver, path

from catalog.views import api, catalog, notices, publishing, quality, reference, retirement

app_name = "catalog"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", catalog.catalog, name="catalog"),
    path("catalog.json", catalog.catalog_json),
    path("catalog.md", catalog.catalog_md),
    path("publish", publishing.publish, name="publish"),
    path("publish/<uuid:id>", publishing.check, name="check"),
    path("notices", notices.notices, name="notices"),
    path("notices/read", notices.read),
    path("owner/apis", publishing.mine, name="mine"),
    path("apis/<slug:slug>", api.overview, name="api"),
    path("apis/<slug:slug>.json", api.overview_json),
    path("apis/<slug:slug>.md", reference.api_md),
    path("apis/<slug:slug>/peek", catalog.peek),
    path("apis/<slug:slug>/watch", api.watch),
    path("apis/<slug:slug>/reference", reference.reference, name="reference"),
    path("apis/<slug:slug>/operations/<slug:name>", reference.operation, name="operation"),
    path("apis/<slug:slug>/operations/<slug:name>.json", reference.operation_json),
    path("apis/<slug:slug>/operations/<slug:name>.md", reference.operation_md),
    path("apis/<slug:slug>/schema", reference.schema, name="schema"),
    path("apis/<slug:slug>/events", reference.events, name="events"),
    path("apis/<slug:slug>/changes", api.changes, name="changes"),
    path("apis/<slug:slug>/plans", api.plans, name="plans"),
    path("apis/<slug:slug>/consumers", api.consumers, name="consumers"),
    path("apis/<slug:slug>/retire", retirement.retire, name="retire"),
    path("apis/<slug:slug>/acknowledge", retirement.acknowledge),
    path("apis/<slug:slug>/migration", retirement.migration),
    path("apis/<slug:slug>/findings", quality.findings, name="findings"),
    path("apis/<slug:slug>/silences", quality.silences),
    path("apis/<slug:slug>/health", api.health, name="health"),
]
