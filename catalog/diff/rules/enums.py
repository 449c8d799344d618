"""Enumerations: values that came, values that went, lists that appeared or disappeared."""

from typing import TYPE_CHECKING, Any

from ..rule import (
    HEADER_PARAMETER,
    HEADER_PARAMETER_PROPERTY,
    REQUEST_PROPERTY,
    RESPONSE_BODY,
    RESPONSE_PROPERTY,
    Rule,
    schema_rules,
)
from ..values import among, show

if TYPE_CHECKING:
    from ..schema import Node

RULES: list[Rule] = [
    *schema_rules("became-enum", "tightens", "takes only listed values now"),
    *schema_rules(
        "enum-removed", "loosens", "takes values beyond a list now", levels={"response": "warning"}
    ),
    *schema_rules(
        "enum-value-added", "loosens", "has a new enum value", levels={"response": "warning"}
    ),
    *(
        rule
        for rule in schema_rules("enum-value-removed", "tightens", "lost an enum value")
        if rule.id != "response-body-enum-value-removed"
    ),
    Rule(
        "response-mediatype-enum-value-removed",
        "info",
        "response",
        "the response body lost an enum value",
    ),
    Rule(
        "request-header-property-became-enum",
        "error",
        "request",
        "a request header, or a property of it, takes only listed values now",
    ),
    Rule(
        "request-read-only-property-enum-value-removed",
        "info",
        "request",
        "a request property that callers can't set lost an enum value",
    ),
    Rule(
        "response-write-only-property-enum-value-added",
        "info",
        "response",
        "a response property that is never returned has a new enum value",
    ),
    Rule(
        "request-read-only-property-x-extensible-enum-value-removed",
        "info",
        "request",
        "a request property that callers can't set lost a value of its extensible enum",
    ),
    *schema_rules(
        "x-extensible-enum-value-removed", "tightens", "lost a value of its extensible enum"
    ),
    *schema_rules(
        "x-extensible-enum-value-added", "neutral", "has a new value in its extensible enum"
    ),
]

EXTENSIBLE = "x-extensible-enum"

# What makes this module look at a schema.
KEYWORDS = frozenset({"enum", EXTENSIBLE})


def check(node: "Node") -> None:
    """Report changes to `enum` and `x-extensible-enum`."""
    _enum(node)
    _extensible(node)


def _enum(node: "Node") -> None:
    before, after = node.base.get("enum"), node.revision.get("enum")
    if node.claims("values"):
        node.handled("enum")
        return
    if before is None and isinstance(after, list):
        node.handled("enum")
        _became(node, after)
    elif isinstance(before, list) and after is None:
        node.handled("enum")
        told = f"is no longer limited to {show(before)}"
        node.emit("enum-removed", told, at=("enum",), before=before)
        # In a request the listed values stay valid; an answer is no longer known to be one of them.
        for value in before if node.place.direction == "response" else ():
            _removed(node, value)
    elif isinstance(before, list) and isinstance(after, list):
        removed = [value for value in before if not among(value, after)]
        added = [value for value in after if not among(value, before)]
        if removed or added:
            node.handled("enum")
        for value in removed:
            _removed(node, value)
        for value in added:
            _added(node, value)


def _became(node: "Node", values: list[Any]) -> None:
    text = f"is limited to {show(values)} now"
    node.emit("became-enum", text, at=("enum",), after=values)
    if node.place in (HEADER_PARAMETER, HEADER_PARAMETER_PROPERTY):
        node.emit_rule("request-header-property-became-enum", text, at=("enum",), after=values)
    if node.place.direction == "request":
        for value in values:
            _added(node, value)


def _removed(node: "Node", value: Any) -> None:
    text = f"no longer has the enum value {show(value)}"
    if node.place is RESPONSE_BODY:
        node.emit_rule("response-mediatype-enum-value-removed", text, at=("enum",), before=value)
    elif node.place is REQUEST_PROPERTY and node.read_only:
        node.emit_rule(
            "request-read-only-property-enum-value-removed", text, at=("enum",), before=value
        )
    else:
        node.emit("enum-value-removed", text, at=("enum",), before=value)


def _added(node: "Node", value: Any) -> None:
    text = f"has the new enum value {show(value)}"
    if node.place is RESPONSE_PROPERTY and node.write_only:
        node.emit_rule(
            "response-write-only-property-enum-value-added", text, at=("enum",), after=value
        )
    else:
        node.emit("enum-value-added", text, at=("enum",), after=value)


def _extensible(node: "Node") -> None:
    before, after = node.base.get(EXTENSIBLE), node.revision.get(EXTENSIBLE)
    if not isinstance(before, list) or not isinstance(after, list):
        return
    removed = [value for value in before if not among(value, after)]
    added = [value for value in after if not among(value, before)]
    if removed or added:
        node.handled(EXTENSIBLE)
    for value in removed:
        text = f"no longer has the extensible enum value {show(value)}"
        suffix = "x-extensible-enum-value-removed"
        prefix = "request-read-only-property" if node.read_only else None
        node.emit(suffix, text, at=(EXTENSIBLE,), before=value, prefix=prefix)
    for value in added:
        text = f"has the new extensible enum value {show(value)}"
        node.emit("x-extensible-enum-value-added", text, at=(EXTENSIBLE,), after=value)
