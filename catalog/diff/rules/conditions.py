"""if, then, else and what depends on a property being there."""

from typing import TYPE_CHECKING, Any

from ..rule import Rule, schema_rules
from ..values import MISSING, listed, show

if TYPE_CHECKING:
    from ..schema import Node

RULES: list[Rule] = [
    *(
        rule
        for keyword in ("if", "then", "else")
        for rule in (
            *schema_rules(f"{keyword}-added", "tightens", f"has the condition {keyword} now"),
            *schema_rules(
                f"{keyword}-removed", "loosens", f"no longer has the condition {keyword}"
            ),
        )
    ),
    *schema_rules("if-changed", "unclear", "has another condition if"),
    *schema_rules(
        "dependent-required-added", "tightens", "requires properties where another is there"
    ),
    *schema_rules(
        "dependent-required-removed",
        "loosens",
        "no longer requires properties where another is there",
    ),
    *schema_rules(
        "dependent-required-changed",
        "unclear",
        "requires other properties where another is there",
        levels={"request": "error", "response": "error"},
    ),
    *schema_rules(
        "dependent-schema-added", "tightens", "has to satisfy a schema where a property is there"
    ),
    *schema_rules(
        "dependent-schema-removed",
        "loosens",
        "need not satisfy a schema where a property is there any more",
    ),
]

# What makes this module look at a schema.
KEYWORDS = frozenset({"if", "then", "else", "dependentRequired", "dependentSchemas"})


def check(node: "Node") -> None:
    """Report changed conditions."""
    for keyword in ("if", "then", "else"):
        _condition(node, keyword)
    _dependent_required(node)
    _dependent_schemas(node)


def _condition(node: "Node", keyword: str) -> None:
    before, after = node.get(keyword)
    if node.schemas.documents.same(before, after):
        return
    node.handled(keyword)
    if before is MISSING:
        node.emit(
            f"{keyword}-added", f"has the condition {keyword} now", at=(keyword,), after=after
        )
    elif after is MISSING:
        node.emit(
            f"{keyword}-removed",
            f"no longer has the condition {keyword}",
            at=(keyword,),
            before=before,
        )
    else:
        if keyword == "if":
            # A stricter condition makes its consequences apply less often, and the other way.
            node.emit(
                "if-changed", "has another condition if", at=("if",), before=before, after=after
            )
        node.descend((keyword,), (keyword,), before, after)


def _maps(node: "Node", keyword: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    before, after = node.get(keyword, {})
    if not isinstance(before, dict) or not isinstance(after, dict):
        return None
    if before or after:
        node.handled(keyword)
    return before, after


def _dependent_required(node: "Node") -> None:
    maps = _maps(node, "dependentRequired")
    if maps is None:
        return
    before, after = maps
    for name in sorted(before.keys() | after.keys()):
        at = ("dependentRequired", name)
        if name not in before:
            node.emit(
                "dependent-required-added",
                f"requires {show(after[name])} where {show(name)} is there",
                at=at,
                after=after[name],
            )
        elif name not in after:
            node.emit(
                "dependent-required-removed",
                f"no longer requires {show(before[name])} where {show(name)} is there",
                at=at,
                before=before[name],
            )
        else:
            old, new = _strings(before[name]), _strings(after[name])
            if old != new:
                told = [f"also {listed(sorted(new - old))}"] if new - old else []
                told += [f"no longer {listed(sorted(old - new))}"] if old - new else []
                node.emit(
                    "dependent-required-changed",
                    f"requires {' and '.join(told)} where {show(name)} is there",
                    at=at,
                    before=before[name],
                    after=after[name],
                )
            elif before[name] != after[name]:
                node.emit_rule(
                    "order-changed",
                    f"dependentRequired of {show(name)} is written in another order",
                    at=at,
                )


def _strings(value: Any) -> set[str]:
    return {str(each) for each in value} if isinstance(value, list) else {str(value)}


def _dependent_schemas(node: "Node") -> None:
    maps = _maps(node, "dependentSchemas")
    if maps is None:
        return
    before, after = maps
    for name in sorted(before.keys() | after.keys()):
        at = ("dependentSchemas", name)
        if name not in before:
            node.emit(
                "dependent-schema-added",
                f"has to satisfy a schema where {show(name)} is there",
                at=at,
                after=after[name],
            )
        elif name not in after:
            node.emit(
                "dependent-schema-removed",
                f"no longer has to satisfy a schema where {show(name)} is there",
                at=at,
                before=before[name],
            )
        else:
            node.descend(at, (f"dependentSchemas[{name}]",), before[name], after[name])
