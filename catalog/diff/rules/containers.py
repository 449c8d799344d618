"""Schemas for what stands inside arrays and objects: items, additional properties, content."""

from typing import TYPE_CHECKING, Any

from ..matching import match, name_of
from ..rule import Rule, schema_rules
from ..values import MISSING, listed, show

if TYPE_CHECKING:
    from ..schema import Node

RULES: list[Rule] = [
    *schema_rules("items-added", "tightens", "has a schema for its items now"),
    *schema_rules(
        "items-removed",
        "loosens",
        "has no schema for its items any more",
        levels={"response": "warning"},
    ),
    *schema_rules(
        "additional-properties-forbidden", "tightens", "takes no properties beyond those named"
    ),
    *schema_rules(
        "additional-properties-allowed", "neutral", "takes properties beyond those named"
    ),
    *schema_rules(
        "additional-properties-schema-added", "tightens", "limits properties beyond those named"
    ),
    *schema_rules(
        "additional-properties-schema-removed",
        "loosens",
        "no longer limits properties beyond those named",
        levels={"response": "warning"},
    ),
    *schema_rules("prefix-items-added", "loosens", "has a schema for one more leading item"),
    *schema_rules("prefix-items-removed", "tightens", "has a schema for one leading item less"),
    *schema_rules(
        "prefix-items-reordered",
        "unclear",
        "has its leading items in another order",
        levels={"request": "error", "response": "error"},
    ),
    *(
        rule
        for name, told in (
            ("contains", "has to contain a certain item"),
            ("property-names", "limits the names of its properties"),
            ("unevaluated-items", "limits items that nothing else describes"),
            ("unevaluated-properties", "limits properties that nothing else describes"),
            ("content-schema", "limits the content of its text"),
        )
        for rule in (
            *schema_rules(f"{name}-added", "tightens", f"{told} now"),
            *schema_rules(f"{name}-removed", "loosens", f"{told} no longer"),
        )
    ),
    *schema_rules(
        "pattern-property-added", "tightens", "limits properties whose names match a pattern"
    ),
    *schema_rules(
        "pattern-property-removed",
        "loosens",
        "no longer limits properties whose names match a pattern",
    ),
    *schema_rules(
        "content-media-type-changed",
        "unclear",
        "holds content of another media type",
        levels={"request": "error", "response": "error"},
    ),
    *schema_rules(
        "content-encoding-changed",
        "unclear",
        "holds content in another encoding",
        levels={"request": "error", "response": "error"},
    ),
]

_SINGLE = (
    ("contains", "contains"),
    ("propertyNames", "property-names"),
    ("unevaluatedItems", "unevaluated-items"),
    ("unevaluatedProperties", "unevaluated-properties"),
    ("contentSchema", "content-schema"),
)

# What makes this module look at a schema.
KEYWORDS = frozenset(
    {
        *("items", "additionalProperties", "prefixItems", "patternProperties"),
        *("contentMediaType", "contentEncoding", *(keyword for keyword, _ in _SINGLE)),
    }
)


def check(node: "Node") -> None:
    """Report changed schemas of contents, and walk into those on both sides."""
    _items(node)
    _additional(node)
    _prefix(node)
    for keyword, name in _SINGLE:
        _single(node, keyword, name)
    _patterns(node)
    for keyword, name in (
        ("contentMediaType", "content-media-type"),
        ("contentEncoding", "content-encoding"),
    ):
        if node.differs(keyword):
            node.handled(keyword)
            before, after = node.get(keyword)
            node.emit(
                f"{name}-changed",
                f"{keyword} changed from {show(before)} to {show(after)}",
                at=(keyword,),
                before=before,
                after=after,
            )


def _limits(value: Any) -> bool:
    """Whether the schema says more than that anything goes."""
    return value is not MISSING and value is not True and value != {}


def _items(node: "Node") -> None:
    before, after = node.get("items")
    if isinstance(before, list) or isinstance(after, list):
        return
    if node.schemas.documents.same(before, after):
        return
    node.handled("items")
    if before is not MISSING and after is not MISSING:
        node.descend(("items",), ("items",), before, after)
    elif node.claims("existence"):
        return
    elif before is MISSING:
        node.emit(
            "items-added", f"has the item schema {show(after)} now", at=("items",), after=after
        )
    else:
        node.emit(
            "items-removed",
            f"no longer has the item schema {show(before)}",
            at=("items",),
            before=before,
        )


def _additional(node: "Node") -> None:
    keyword = "additionalProperties"
    before, after = node.get(keyword)
    if node.schemas.documents.same(before, after):
        return
    node.handled(keyword)
    if isinstance(before, dict) and isinstance(after, dict):
        node.descend((keyword,), (keyword,), before, after)
        return
    if node.claims("existence"):
        return
    if after is False:
        suffix, told = "forbidden", "takes no properties beyond those named now"
    elif before is False:
        suffix, told = "allowed", "takes properties beyond those named now"
    elif not _limits(before) and not _limits(after):
        node.emit_rule(
            "equivalent-rewrite",
            f"{keyword} changed from {show(before)} to {show(after)}, which says the same",
            at=(keyword,),
            before=before,
            after=after,
        )
        return
    elif not _limits(before):
        suffix, told = "schema-added", f"limits further properties to {show(after)} now"
    else:
        suffix, told = "schema-removed", f"no longer limits further properties to {show(before)}"
    node.emit(f"additional-properties-{suffix}", told, at=(keyword,), before=before, after=after)


def _prefix(node: "Node") -> None:
    before, after = node.get("prefixItems", [])
    if not isinstance(before, list) or not isinstance(after, list):
        return
    if before or after:
        node.handled("prefixItems")
    matching = match(before, after, node.schemas)
    at = ("prefixItems",)
    if matching.added:
        node.emit(
            "prefix-items-added",
            "has new leading items " + listed(name_of(after[j], j) for j in matching.added),
            at=at,
            after=[after[j] for j in matching.added],
        )
    if matching.removed:
        node.emit(
            "prefix-items-removed",
            "no longer has the leading items "
            + listed(name_of(before[i], i) for i in matching.removed),
            at=at,
            before=[before[i] for i in matching.removed],
        )
    if matching.moved:
        node.emit("prefix-items-reordered", "has its leading items at other places", at=at)
    for i, j in matching.pairs:
        node.descend((*at, str(j)), (f"prefixItems[{name_of(after[j], j)}]",), before[i], after[j])


def _single(node: "Node", keyword: str, name: str) -> None:
    before, after = node.get(keyword)
    if node.schemas.documents.same(before, after):
        return
    node.handled(keyword)
    limited, limits = (
        # An empty `contains` still asks for one item; an empty `unevaluatedItems` asks nothing.
        value is not MISSING if keyword == "contains" else _limits(value)
        for value in (before, after)
    )
    if limited and limits:
        node.descend((keyword,), (keyword,), before, after)
    elif limits:
        node.emit(
            f"{name}-added",
            f"has {keyword} {show(after)} now",
            at=(keyword,),
            before=before,
            after=after,
        )
    elif limited:
        node.emit(
            f"{name}-removed",
            f"no longer has {keyword} {show(before)}",
            at=(keyword,),
            before=before,
            after=after,
        )
    else:
        node.emit_rule(
            "equivalent-rewrite",
            f"{keyword} changed from {show(before)} to {show(after)}, which says the same",
            at=(keyword,),
            before=before,
            after=after,
        )


def _patterns(node: "Node") -> None:
    before, after = node.get("patternProperties", {})
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    if before or after:
        node.handled("patternProperties")
    for pattern in sorted(before.keys() | after.keys()):
        at = ("patternProperties", pattern)
        if pattern not in before:
            node.emit(
                "pattern-property-added",
                f"limits properties that match {show(pattern)} now",
                at=at,
                after=after[pattern],
            )
        elif pattern not in after:
            node.emit(
                "pattern-property-removed",
                f"no longer limits properties that match {show(pattern)}",
                at=at,
                before=before[pattern],
            )
        else:
            node.descend(at, (f"patternProperties[{pattern}]",), before[pattern], after[pattern])
