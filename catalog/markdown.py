"""Pages as Markdown, for agents and terminals: short, complete, with addresses to go on from."""

from collections.abc import Iterable

from catalog.models import Operation
from catalog.queries.pages import ApiPage, Leaf
from catalog.reference.bodies import Body
from catalog.reference.events import EventReference, Message
from catalog.reference.http import HttpReference
from catalog.reference.schema import Field
from catalog.search.results import SearchResults


def plain(text: str) -> str:
    """Foreign text on one line, without what Markdown would read as its own."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in line)


def catalog_markdown(found: SearchResults) -> str:
    """The list of APIs with their matching operations."""
    title = f"# Catalog: {plain(found.q)}" if found.q else "# Catalog"
    lines = [title, "", f"{found.total_apis} APIs, {found.total_operations} operations.", ""]
    for hit in found.apis:
        api = hit.api
        lines.append(
            f"- [{plain(api.name)}](/apis/{api.slug}.md): {plain(api.summary)}"
            f" ({api.shown_lifecycle}, {api.data_class}, {api.risk} risk, {api.approval})"
        )
        lines += [
            f"  - `{operation.method} {operation.path}` {plain(operation.title)}"
            f" [open](/apis/{api.slug}/operations/{operation.slug}.md)"
            for operation in hit.operations
        ]
    if found.next_offset:
        lines += ["", f"More: /catalog.md?offset={found.next_offset}"]
    return "\n".join(lines) + "\n"


def api_markdown(page: ApiPage, operations: Iterable[Leaf]) -> str:
    """An API and the list of its operations."""
    api, version = page.api, page.version
    lines = [
        f"# {plain(api.name)}",
        "",
        plain(api.summary),
        "",
        f"- slug: {api.slug}",
        f"- version: {version.version if version else 'none'}",
        f"- team: {plain(api.team.name)}",
        f"- lifecycle: {api.shown_lifecycle}",
        f"- data class: {api.data_class}; risk: {api.risk}; approval: {api.approval}",
    ]
    if page.capabilities:
        lines.append(f"- capabilities: {', '.join(each.id for each in page.capabilities)}")
    if version is not None:
        lines.append(f"- document: /api/v1/apis/{api.slug}/versions/{version.version}/document")
    lines += ["", "## Operations", ""]
    lines += [
        f"- `{leaf.method} {leaf.path}` {plain(leaf.title)}"
        f" [open](/apis/{api.slug}/operations/{leaf.slug}.md)"
        for leaf in operations
    ]
    return "\n".join(lines) + "\n"


def operation_markdown(
    page: ApiPage, operation: Operation, shown: HttpReference | EventReference
) -> str:
    """One operation: what it takes, what it answers, and the first call."""
    lines = [
        f"# {plain(operation.title)}",
        "",
        f"`{operation.method} {operation.path}`",
        f"of [{plain(page.api.name)}](/apis/{page.api.slug}.md),"
        f" scope `{page.api.slug}:{operation.key}`",
        "",
    ]
    if isinstance(shown, HttpReference):
        for place, parameters in shown.parameters.items():
            lines += [f"## {place}", "", *_fields(parameters), ""]
        for body in shown.bodies:
            lines += [f"## Body ({body.media})", "", *_body(body), ""]
        for answer in shown.answers:
            lines += [f"## {answer.status} {answer.phrase}", ""]
            for body in answer.bodies:
                lines += [body.media, "", *_body(body), ""]
    else:
        for message in shown.messages:
            lines += [f"## Message {plain(message.name)} ({message.media})", ""]
            lines += [*_message(message), ""]
    for sample in shown.samples[:1]:
        lines += ["## First call", "", "```", sample.source.replace("```", "'''"), "```"]
    return "\n".join(lines).rstrip() + "\n"


def _message(message: Message) -> list[str]:
    return _body(message.body) if message.body else []


def _body(body: Body) -> list[str]:
    return _fields([body.schema]) if body.schema else []


def _fields(fields: Iterable[Field], depth: int = 0) -> list[str]:
    lines = []
    for field in fields:
        words = [field.type, *(["required"] if field.required else []), *field.flags]
        notes = "; ".join(field.notes)
        name = f"`{field.name}` " if field.name else ""
        lines.append(
            f"{'  ' * depth}- {name}{plain(', '.join(w for w in words if w))}"
            + (f" ({plain(notes)})" if notes else "")
        )
        lines += _fields((*field.fields, *field.variants), depth + 1)
    return lines
