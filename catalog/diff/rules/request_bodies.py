"""Request bodies: that they exist and whether they must be there."""

from typing import Any

from ..comparison import Comparison, Scope
from ..rule import REQUEST_BODY, Rule
from ..values import MISSING
from . import media_types

RULES: list[Rule] = [
    Rule("request-body-added-required", "error", "request", "a required request body was added"),
    Rule("request-body-added-optional", "info", "request", "an optional request body was added"),
    Rule("request-body-removed", "error", "request", "the request body was removed"),
    Rule("request-body-became-required", "error", "request", "the request body became required"),
    Rule("request-body-became-optional", "info", "request", "the request body became optional"),
]


def compare(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Compare the request bodies of an operation."""
    nodes = before.get("requestBody", MISSING), after.get("requestBody", MISSING)
    if comparison.documents.same(*nodes):
        return
    tokens = ("requestBody",)
    old, new = comparison.objects(*nodes, scope, tokens)
    required = old.get("required") is True, new.get("required") is True
    if nodes[0] is MISSING:
        need = "required" if required[1] else "optional"
        comparison.tell(
            f"request-body-added-{need}",
            scope,
            tokens,
            f"The {need} request body was added",
            after=new,
        )
        return
    if nodes[1] is MISSING:
        comparison.tell(
            "request-body-removed", scope, tokens, "The request body was removed", before=old
        )
        return
    comparison.beside(*nodes, scope, tokens, "The request body")
    handled = {"content"}
    if required[0] != required[1]:
        handled.add("required")
        need = "required" if required[1] else "optional"
        comparison.tell(
            f"request-body-became-{need}",
            scope,
            (*tokens, "required"),
            f"The request body became {need}",
            before=required[0],
            after=required[1],
        )
    media_types.compare(
        comparison,
        scope,
        tokens,
        old.get("content", MISSING),
        new.get("content", MISSING),
        REQUEST_BODY,
        "Request body",
    )
    comparison.leftovers(old, new, handled, scope, tokens, "The request body")
