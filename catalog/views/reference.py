"""The reference: a tree of operations, one operation in full, its schemas on demand."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from catalog.analysis.places import tokens_of
from catalog.documents import pointers
from catalog.extensions import operation_panels
from catalog.markdown import api_markdown, operation_markdown
from catalog.models import Example, Operation
from catalog.queries.pages import (
    EVENT_KINDS,
    ApiPage,
    Branch,
    first_operation,
    operation_at,
    operations_in,
    tree_of,
)
from catalog.reference.events import EventReference, read_event
from catalog.reference.fragments import Fragments
from catalog.reference.http import HttpReference, read_http
from catalog.reference.schema import LEVELS, SchemaReader
from catalog.reference.source import Absent
from catalog.views.asking import as_json, as_markdown, page
from catalog.views.frame import base_url, framed
from marketplace.errors import NotFound

ALL_IN_MARKDOWN = 3_000
PER_PAGE = 150
MOST_BROKEN = 5


def reference(request: HttpRequest, slug: str) -> HttpResponse:
    """The reference opens with its first operation; `?group=` opens another group's list."""
    found, context = framed(request, slug, tab="reference")
    if found.version is None:
        return page(request, "catalog/api/nothing.html", context)
    group = request.GET.get("group", "")
    if group:
        return _group(request, found, context, group)
    operation = first_operation(found.version)
    if operation is None:
        return page(request, "catalog/api/nothing.html", context)
    return _operation(request, found, context, operation)


def operation(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """One operation's page."""
    found, context = framed(request, slug, tab="reference")
    if found.version is None:
        raise NotFound(f"{found.api.name} has no version yet.")
    return _operation(request, found, context, operation_at(found.version, name))


def operation_json(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """The operation as JSON: its identity and what its document says of it."""
    found, _ = framed(request, slug, tab="reference")
    if found.version is None:
        raise NotFound(f"{found.api.name} has no version yet.")
    row = operation_at(found.version, name)
    fragments = Fragments(found.version.id)
    fragments.load(row.needs)
    node = fragments.at(tuple(pointers.split(row.pointer)))
    return as_json(
        {
            "api": found.api.slug,
            "version": found.version.version,
            "key": row.key,
            "scope": f"{found.api.slug}:{row.key}",
            "method": row.method,
            "path": row.path,
            "title": row.title,
            "deprecated": row.deprecated,
            "pointer": row.pointer,
            "definition": None if isinstance(node, Absent) else node,
        }
    )


def operation_md(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """The operation as Markdown."""
    found, _ = framed(request, slug, tab="reference")
    if found.version is None:
        raise NotFound(f"{found.api.name} has no version yet.")
    row = operation_at(found.version, name)
    return as_markdown(operation_markdown(found, row, read_operation(found, row)))


def api_md(request: HttpRequest, slug: str) -> HttpResponse:
    """The API as Markdown: what stands about it, and its operations."""
    found, _ = framed(request, slug, tab="overview")
    leaves = operations_in(found.version, limit=ALL_IN_MARKDOWN) if found.version else []
    return as_markdown(api_markdown(found, leaves))


def schema(request: HttpRequest, slug: str) -> HttpResponse:
    """The schema at `?at=`: a fragment under the field that asked for it, or a page."""
    found, context = framed(request, slug, tab="reference")
    tokens = tokens_of(request.GET.get("at", ""))
    if not tokens or found.version is None:
        raise NotFound("There is no such schema.")
    fragments = Fragments(found.version.id)

    def draw() -> Any:
        node = fragments.at(tokens)
        return SchemaReader(fragments).read(node, tokens, levels=LEVELS - 1)

    drawn = fragments.draw(draw)
    if isinstance(fragments.at(tokens), Absent):
        raise NotFound("There is no such schema in this version.")
    context |= {"field": drawn, "name": _name(tokens), "tree": []}
    return page(
        request, "catalog/api/schema.html", context, fragment="catalog/reference/fields.html"
    )


def read_operation(found: ApiPage, row: Operation) -> HttpReference | EventReference:
    """What an operation takes and answers: one query, seldom two."""
    assert found.version is not None
    fragments = Fragments(found.version.id)
    fragments.load(row.needs)
    at = tuple(pointers.split(row.pointer))
    if row.kind in ("send", "receive"):
        return fragments.draw(
            lambda: read_event(
                fragments,
                at,
                action=row.method,
                address=row.path,
                protocol=row.protocol,
                host=_host(found),
            )
        )
    return fragments.draw(
        lambda: read_http(fragments, at, method=row.method, path=row.path, base=base_url(found))
    )


def _operation(
    request: HttpRequest, found: ApiPage, context: dict[str, Any], row: Operation
) -> HttpResponse:
    shown = read_operation(found, row)
    context |= {
        "operation": row,
        "shown": shown,
        "is_event": isinstance(shown, EventReference),
        "samples": shown.samples,
        "broken": broken_examples(row),
        "tree": tree_of(found, current=row),
        "scope": f"{found.api.slug}:{row.key}",
        "panels": operation_panels(request, found.api, row),
        "group_query": group_query(found, row.group),
    }
    return page(request, "catalog/reference/operation.html", context)


def broken_examples(row: Operation) -> list[Example]:
    """The operation's examples that do not satisfy their schemas, the first few."""
    broken = Example.across.filter(operation=row).exclude(problem="")
    return list(broken.only("place", "status", "media", "name", "problem")[:MOST_BROKEN])


def _group(
    request: HttpRequest, found: ApiPage, context: dict[str, Any], group: str
) -> HttpResponse:
    assert found.version is not None
    offset = request.GET.get("offset", "")
    start = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 8 else 0
    operations = operations_in(found.version, offset=start, limit=PER_PAGE + 1, group=group)
    more = len(operations) > PER_PAGE
    branch = next((each for each in found.groups if each["name"] == group), None)
    if branch is None:
        raise NotFound("There is no such group in this version.")
    context |= {
        "group": branch,
        "operations": operations[:PER_PAGE],
        "tree": _closed(found.groups, group, operations[:PER_PAGE]),
        "next": group_query(found, group, start + PER_PAGE) if more else "",
        "previous": group_query(found, group, max(start - PER_PAGE, 0)) if start else "",
        "shown": f"{start + 1}–{start + len(operations[:PER_PAGE])} of {branch['count']}",
    }
    return page(
        request,
        "catalog/reference/group.html",
        context,
        fragment="catalog/reference/leaves.html",
    )


def _closed(groups: Sequence[Any], opened: str, operations: Sequence[Any]) -> list[Branch]:
    return [
        Branch(
            name=each["name"],
            count=each["count"],
            operations=list(operations) if each["name"] == opened else [],
            is_open=each["name"] == opened,
        )
        for each in groups
    ]


def group_query(found: ApiPage, group: str, offset: int = 0) -> str:
    """The address of a group's list."""
    asked = {"group": group}
    if offset:
        asked["offset"] = str(offset)
    if not found.is_served and found.version is not None:
        asked["version"] = found.version.version
    return f"/apis/{found.api.slug}/reference?{urlencode(asked)}"


def events(request: HttpRequest, slug: str) -> HttpResponse:
    """What the API tells by itself: webhooks and callbacks."""
    found, context = framed(request, slug, tab="events")
    rows = []
    if found.version is not None:
        rows = list(
            Operation.across.filter(version=found.version, kind__in=EVENT_KINDS)
            .order_by("position")
            .only("slug", "method", "path", "title", "kind", "summary", "deprecated")[:PER_PAGE]
        )
    context["operations"] = rows
    return page(request, "catalog/api/events.html", context)


def _host(found: ApiPage) -> str:
    servers = found.outline.get("servers") or [{}]
    return str(servers[0].get("url", "")).split("://")[-1].partition("/")[0]


def _name(tokens: Sequence[str]) -> str:
    if tokens[0] == "components" and len(tokens) == 3:
        return tokens[2]
    return next((t for t in reversed(tokens) if t not in ("schema", "items", "properties")), "")
