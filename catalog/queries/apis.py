"""Reads of an API, its versions and documents."""

import zlib

import orjson
from django.db.models import QuerySet

from catalog.capabilities import within
from catalog.documents.upgrade import to_openapi3
from catalog.listing import Filters, visible_to
from catalog.models import Api, Document, Version
from catalog.models.api import Lifecycle, Stage
from catalog.models.version import Format
from marketplace.errors import NotFound
from marketplace.tenants.actor import Actor


def api_for(actor: Actor, slug: str) -> Api:
    """The API with its team, served version, successor, plans and capabilities: three queries.

    Raises NotFound where it is not there for this actor.
    """
    api = (
        visible_to(actor)
        .select_related("team", "served_version", "successor")
        .prefetch_related("plans", "capabilities")
        .filter(slug=slug)
        .first()
    )
    if api is None:
        raise NotFound(f"There is no API {slug!r}.")
    return api


def version_for(actor: Actor, slug: str, label: str) -> Version:
    """A version with its API. Raises NotFound."""
    version = (
        Version.across.select_related("api", "api__team")
        .filter(api__in=visible_to(actor), api__slug=slug, version=label)
        .first()
    )
    if version is None:
        raise NotFound(f"There is no version {label!r} of {slug!r}.")
    return version


def document_of(version: Version, *, as_openapi3: bool = False) -> tuple[bytes, str]:
    """A version's document and its media type: the bytes as sent, or a Swagger 2.0 document's
    translation to OpenAPI 3 as JSON."""
    document = Document.across.get(version=version)
    if not as_openapi3 or version.format == Format.ASYNCAPI:
        return zlib.decompress(document.content), version.media
    tree = orjson.loads(zlib.decompress(document.compact))
    if version.format == Format.SWAGGER:
        tree = to_openapi3(tree)
    return orjson.dumps(tree, option=orjson.OPT_INDENT_2), "application/json"


def narrowed_rows(rows: QuerySet[Api], filters: Filters) -> QuerySet[Api]:
    """APIs by facets, for lists; with what their rendering reads."""
    rows = rows.select_related("team", "served_version", "successor")
    rows = rows.prefetch_related("plans", "capabilities").defer("served_version__outline")
    for name, column in (
        ("protocol", "kind"),
        ("approval", "approval"),
        ("data_class", "data_class"),
        ("risk", "risk"),
        ("team", "team__slug"),
    ):
        if chosen := getattr(filters, name):
            rows = rows.filter(**{f"{column}__in": chosen})
    if filters.capability:
        wide = {id for each in filters.capability for id in (each, *within(each))}
        rows = rows.filter(capabilities__capability__in=wide).distinct()
    if filters.lifecycle:
        stages = [each for each in filters.lifecycle if each in Stage.values]
        rows = rows.filter(lifecycle__in=filters.lifecycle) | rows.filter(
            lifecycle=Lifecycle.ACTIVE, stage__in=stages
        )
    return rows
