"""Responses: the statuses an operation answers with, their headers and links."""

from typing import Any

from ..comparison import Comparison, Scope
from ..rule import RESPONSE_BODY, Rule
from ..values import MISSING, show
from . import headers, media_types

RULES: list[Rule] = [
    Rule(
        "response-success-status-removed",
        "error",
        "response",
        "an operation no longer answers with a success status",
    ),
    Rule(
        "response-success-status-added",
        "info",
        "response",
        "an operation answers with another success status",
    ),
    Rule(
        "response-non-success-status-removed",
        "info",
        "response",
        "an operation no longer answers with a status beyond success",
    ),
    Rule(
        "response-non-success-status-added",
        "info",
        "response",
        "an operation answers with another status beyond success",
    ),
    Rule(
        "response-success-range-removed",
        "error",
        "response",
        "an operation no longer answers with the range 2XX",
    ),
    Rule(
        "response-success-range-added",
        "info",
        "response",
        "an operation answers with the range 2XX",
    ),
    Rule(
        "response-non-success-range-removed",
        "info",
        "response",
        "an operation no longer answers with a range of statuses beyond success",
    ),
    Rule(
        "response-non-success-range-added",
        "info",
        "response",
        "an operation answers with a range of statuses beyond success",
    ),
    Rule(
        "response-default-removed",
        "warning",
        "response",
        "an operation no longer describes its other answers",
    ),
    Rule("response-default-added", "info", "response", "an operation describes its other answers"),
    Rule(
        "response-link-changed",
        "info",
        "response",
        "a link from a response to another operation changed",
    ),
]


def compare(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Compare the responses of an operation by status."""
    if comparison.documents.same(before.get("responses"), after.get("responses")):
        return
    old, new = comparison.objects(
        before.get("responses", MISSING), after.get("responses", MISSING), scope, ("responses",)
    )
    statuses = {key for key in old.keys() | new.keys() if not key.startswith("x-")}
    for status in sorted(statuses):
        tokens = ("responses", status)
        if status not in new:
            comparison.tell(
                f"{_kind(status)}-removed",
                scope,
                tokens,
                f"The response {show(status)} was removed",
                before=old[status],
            )
        elif status not in old:
            comparison.tell(
                f"{_kind(status)}-added",
                scope,
                tokens,
                f"The response {show(status)} was added",
                after=new[status],
            )
        else:
            _response(comparison, scope, tokens, old[status], new[status])
    comparison.leftovers(old, new, statuses, scope, ("responses",), "The responses")


def _kind(status: str) -> str:
    if status.isdigit():
        success = 200 <= int(status) <= 299
        return f"response-{'' if success else 'non-'}success-status"
    if status == "default":
        return "response-default"
    return f"response-{'' if status.startswith('2') else 'non-'}success-range"


def _response(
    comparison: Comparison, scope: Scope, tokens: tuple[str, ...], before: Any, after: Any
) -> None:
    if comparison.documents.same(before, after):
        return
    subject = f"Response {tokens[-1]}"
    comparison.beside(before, after, scope, tokens, subject)
    old, new = comparison.objects(before, after, scope, tokens)
    headers.compare(
        comparison, scope, tokens, old.get("headers", MISSING), new.get("headers", MISSING)
    )
    media_types.compare(
        comparison,
        scope,
        tokens,
        old.get("content", MISSING),
        new.get("content", MISSING),
        RESPONSE_BODY,
        subject,
    )
    if not comparison.documents.same(old.get("links"), new.get("links")):
        _links(comparison, scope, tokens, old.get("links", MISSING), new.get("links", MISSING))
    comparison.leftovers(old, new, ("headers", "content", "links"), scope, tokens, subject)


def _links(
    comparison: Comparison, scope: Scope, tokens: tuple[str, ...], before: Any, after: Any
) -> None:
    old, new = comparison.objects(before, after, scope, (*tokens, "links"))
    for name in sorted(old.keys() | new.keys()):
        if not comparison.documents.same(old.get(name, MISSING), new.get(name, MISSING)):
            comparison.pair(old.get(name, MISSING), new.get(name, MISSING))
            comparison.tell(
                "response-link-changed",
                scope,
                (*tokens, "links", name),
                f"Response {tokens[-1]}: the link {show(name)} changed from "
                f"{show(old.get(name, MISSING))} to {show(new.get(name, MISSING))}",
                before=old.get(name, MISSING),
                after=new.get(name, MISSING),
            )
