"""Whatever no other rule spoke for: words, extensions, and the truly unknown.

Nothing that differs may pass in silence. Each object under comparison hands its leftovers here.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson

from ..rule import Rule
from ..values import MISSING, contrast, show

if TYPE_CHECKING:
    from ..schema import Node

RULES: list[Rule] = [
    Rule("description-changed", "info", "none", "a description changed"),
    Rule("summary-changed", "info", "none", "a summary changed"),
    Rule("title-changed", "info", "none", "a title changed"),
    Rule("example-changed", "info", "none", "an example changed"),
    Rule("external-docs-changed", "info", "none", "a link to further documentation changed"),
    Rule("comment-changed", "info", "none", "a comment for authors changed"),
    Rule("extension-changed", "info", "none", "an extension (x-…) changed"),
    Rule(
        "reference-sibling-changed",
        "info",
        "none",
        "words beside a $ref changed, where the version of OpenAPI ignores them",
    ),
    Rule(
        "schema-identity-changed",
        "info",
        "none",
        "a schema's own identifier, anchor, dialect or local definitions changed",
    ),
    Rule("xml-changed", "warning", "none", "how a value is written in XML changed"),
    Rule("order-changed", "info", "none", "a list holds the same in another order"),
    Rule("equivalent-rewrite", "info", "none", "the same is said in another way"),
    Rule(
        "unknown-change",
        "warning",
        "none",
        "something changed that no rule knows; whether it breaks anyone is not known",
    ),
]

_NAMED = {
    "description": "description-changed",
    "summary": "summary-changed",
    "title": "title-changed",
    "example": "example-changed",
    "examples": "example-changed",
    "externalDocs": "external-docs-changed",
    "$comment": "comment-changed",
    "$id": "schema-identity-changed",
    "$schema": "schema-identity-changed",
    "$anchor": "schema-identity-changed",
    "$dynamicAnchor": "schema-identity-changed",
    "$defs": "schema-identity-changed",
    "$vocabulary": "schema-identity-changed",
    "xml": "xml-changed",
}

# Keywords whose absence says the same as false.
_FALSE_BY_DEFAULT = frozenset(
    {
        "nullable",
        "deprecated",
        "readOnly",
        "writeOnly",
        "uniqueItems",
        "required",
        "allowEmptyValue",
        "allowReserved",
    }
)
_EMPTY: tuple[Any, ...] = ([], {})


def leftover(key: str, before: Any, after: Any) -> tuple[str, str]:
    """The rule for a difference that nothing else told, and the predicate of its sentence."""
    old, new = contrast(before, after)
    told = f"{key or 'content'} changed from {old} to {new}"
    if key in _NAMED:
        return _NAMED[key], told
    if key.startswith("x-"):
        return "extension-changed", told
    if _says_the_same(key, before, after):
        return "equivalent-rewrite", told
    if (
        isinstance(before, list)
        and isinstance(after, list)
        and _multiset(before) == _multiset(after)
    ):
        return "order-changed", f"{key} stands in another order"
    return "unknown-change", told


def _says_the_same(key: str, before: Any, after: Any) -> bool:
    if MISSING not in (before, after) and None not in (before, after):
        return False
    other = after if before in (MISSING, None) else before
    return (key in _FALSE_BY_DEFAULT and other is False) or (
        other in _EMPTY and not isinstance(other, bool) and key != "security"
    )


def _multiset(values: list[Any]) -> Counter[bytes]:
    try:
        return Counter(orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values)
    except TypeError:
        return Counter()


def finish(node: "Node") -> None:
    """Report what is left at a schema node once every rule has spoken."""
    for key in node.untold():
        before, after = node.get(key)
        rule, told = leftover(key, before, after)
        node.emit_rule(rule, told, at=(key,), before=before, after=after)
    for key in sorted(_FALSE_BY_DEFAULT & node.differing):
        before, after = node.get(key)
        if node.was_handled(key) and {_name(before), _name(after)} == {"nothing", "false"}:
            told = f"{key} changed from {show(before)} to {show(after)}, which says the same"
            node.emit_rule("equivalent-rewrite", told, at=(key,), before=before, after=after)


def _name(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    return "false" if value is False else "other"
