"""The call that shows an API best: what a newcomer can run at once."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from catalog.analysis.pieces import dump
from catalog.documents import pointers
from catalog.documents.operation import OperationSpec
from catalog.reference.events import read_event
from catalog.reference.http import read_http
from catalog.reference.snippets import Call, Channel, channel_samples, http_samples
from catalog.reference.source import Source
from marketplace.ui.code import Sample

LARGEST = 6_000  # bytes of JSON
MOST_LOOKED_AT = 400
EVENTS = ("send", "receive")


def first_call(source: Source, operations: Iterable[OperationSpec]) -> dict[str, Any] | None:
    """The call as plain values, or None where a document has no operation to show.

    It holds `slug`, `title` and `call`; `first_call_samples` writes it in languages.
    """
    ranked = sorted(list(operations)[:MOST_LOOKED_AT], key=_ease)
    for operation in ranked[:3]:
        made = _call(source, operation)
        if made is not None and len(dump(made)) <= LARGEST:
            return {
                "slug": operation.slug[:120],
                "title": operation.summary or operation.operation_id or operation.key,
                "event": operation.kind in EVENTS,
                "call": made,
            }
    return None


def first_call_samples(kept: Mapping[str, Any] | None, base: str) -> list[Sample]:
    """The samples of what `first_call` kept; `base` is the address of calls."""
    if not kept:
        return []
    if kept["event"]:
        return channel_samples(Channel(**kept["call"]))
    values = {**kept["call"], "base": base}
    for name in ("query", "headers"):
        values[name] = [tuple(pair) for pair in values[name]]
    return http_samples(Call(**values))


def _ease(operation: OperationSpec) -> tuple[bool, bool, int, int]:
    """Reads before writes, few required parameters before many, the document's order last."""
    required = sum(parameter.required for parameter in operation.parameters)
    order = {"GET": 0, "SEND": 0, "POST": 1, "RECEIVE": 1}.get(operation.method, 2)
    return (operation.deprecated, operation.kind not in ("http", *EVENTS), order, required)


def _call(source: Source, operation: OperationSpec) -> dict[str, Any] | None:
    at = tuple(pointers.split(operation.pointer))
    if operation.kind in EVENTS:
        event = read_event(
            source,
            at,
            action=operation.method,
            address=operation.path,
            protocol=operation.protocol,
            host=_host(operation),
        )
        return asdict(event.call) if event.call else None
    http = read_http(source, at, method=operation.method, path=operation.path, base="")
    return asdict(http.call) if http.call else None


def _host(operation: OperationSpec) -> str:
    if not operation.servers:
        return ""
    return operation.servers[0].url.split("://")[-1].partition("/")[0]
