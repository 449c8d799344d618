"""Bounds, patterns and the other keywords that limit values of one type."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..rule import (
    PARAMETER,
    REQUEST_PROPERTY,
    RESPONSE_PROPERTY,
    Rule,
    schema_rules,
)
from ..values import MISSING, equal, show

if TYPE_CHECKING:
    from ..schema import Node


@dataclass(frozen=True, slots=True)
class Bound:
    """A keyword that holds a limit: its name in rule ids, the side it limits, its default."""

    keyword: str
    name: str
    side: Literal["upper", "lower"]
    default: int | None = None


BOUNDS: tuple[Bound, ...] = (
    Bound("minimum", "min", "lower"),
    Bound("maximum", "max", "upper"),
    Bound("exclusiveMinimum", "exclusive-min", "lower"),
    Bound("exclusiveMaximum", "exclusive-max", "upper"),
    # JSON Schema: leaving out one of these is the same as 0, so it can only rise or fall.
    Bound("minLength", "min-length", "lower", 0),
    Bound("maxLength", "max-length", "upper"),
    Bound("minItems", "min-items", "lower", 0),
    Bound("maxItems", "max-items", "upper"),
    Bound("minProperties", "min-properties", "lower", 0),
    Bound("maxProperties", "max-properties", "upper"),
    Bound("minContains", "min-contains", "lower"),
    Bound("maxContains", "max-contains", "upper"),
)


def _bound_rules(bound: Bound) -> list[Rule]:
    up, down = ("tightens", "loosens") if bound.side == "lower" else ("loosens", "tightens")
    rules = [
        *schema_rules(f"{bound.name}-increased", up, f"has a higher {bound.keyword}"),  # type: ignore[arg-type]
        *schema_rules(f"{bound.name}-decreased", down, f"has a lower {bound.keyword}"),  # type: ignore[arg-type]
    ]
    if bound.default is None:
        # A limit that was only written down now may have been enforced all along.
        rules += schema_rules(
            f"{bound.name}-set",
            "tightens",
            f"has a {bound.keyword} now",
            levels={"request": "warning"},
        )
        rules += schema_rules(f"{bound.name}-unset", "loosens", f"has no {bound.keyword} any more")
    tighter = "increased" if bound.side == "lower" else "decreased"
    looser = "decreased" if bound.side == "lower" else "increased"
    for action in (tighter, *(("set",) if bound.default is None else ())):
        rules.append(
            Rule(
                f"request-read-only-property-{bound.name}-{action}",
                "info",
                "request",
                f"a request property that callers can't set has a tighter {bound.keyword}",
            )
        )
    for action in (looser, *(("unset",) if bound.default is None else ())):
        rules.append(
            Rule(
                f"response-write-only-property-{bound.name}-{action}",
                "info",
                "response",
                f"a response property that is never returned has a looser {bound.keyword}",
            )
        )
    return rules


RULES: list[Rule] = [
    *(rule for bound in BOUNDS for rule in _bound_rules(bound)),
    *schema_rules("pattern-added", "tightens", "has to match a pattern now"),
    *schema_rules(
        "pattern-removed", "loosens", "has no pattern any more", levels={"response": "info"}
    ),
    *schema_rules(
        "pattern-changed", "unclear", "has to match another pattern", levels={"response": "info"}
    ),
    *(
        rule
        for rule in schema_rules("pattern-generalized", "loosens", "may be any text now")
        if rule.direction == "request"
    ),
    *schema_rules("unique-items-added", "tightens", "has to hold distinct items now"),
    *schema_rules("unique-items-removed", "loosens", "may hold an item twice now"),
    *schema_rules("multiple-of-set", "tightens", "has to be a multiple of a number now"),
    *schema_rules("multiple-of-unset", "loosens", "need not be a multiple of a number any more"),
    *schema_rules(
        "multiple-of-changed",
        "unclear",
        "has to be a multiple of another number",
        levels={"request": "error", "response": "error"},
    ),
    *schema_rules(
        "multiple-of-generalized",
        "loosens",
        "has to be a multiple of a divisor of the former number",
    ),
    *schema_rules(
        "multiple-of-specialized",
        "tightens",
        "has to be a multiple of a multiple of the former number",
    ),
]

# What makes this module look at a schema.
KEYWORDS = frozenset(
    {"pattern", "uniqueItems", "multipleOf", "items", *(bound.keyword for bound in BOUNDS)}
)


def check(node: "Node") -> None:
    """Report changed limits."""
    for bound in BOUNDS:
        if not node.claims("constraints"):
            _bound(node, bound, *_limits(node, bound))
        node.handled(bound.keyword)
    _legacy_items(node)
    _pattern(node)
    _unique(node)
    _multiple(node)


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _limits(node: "Node", bound: Bound) -> tuple[Any, Any]:
    before, after = node.get(bound.keyword)
    if isinstance(before, bool) or isinstance(after, bool):
        # OpenAPI 3.0: a flag on the bound beside it. False says the same as leaving it out.
        before = True if before is True else None
        after = True if after is True else None
        return before, after
    return _number(before), _number(after)


def _bound(node: "Node", bound: Bound, before: Any, after: Any) -> None:
    old = bound.default if before is None else before
    new = bound.default if after is None else after
    if old is new or (old == new and old is not None):
        _written_out(node, bound)
        return
    if old is None:
        action = "set"
    elif new is None:
        action = "unset"
    else:
        action = "increased" if new > old else "decreased"
    told = {
        "set": f"set to {show(new)}",
        "unset": f"removed, it was {show(old)}",
        "increased": f"increased from {show(old)} to {show(new)}",
        "decreased": f"decreased from {show(old)} to {show(new)}",
    }[action]
    tighter = action == "set" or (action == "increased") == (bound.side == "lower")
    if action == "unset":
        tighter = False
    prefix = None
    if tighter and node.read_only and node.place is REQUEST_PROPERTY:
        prefix = "request-read-only-property"
    elif not tighter and node.write_only and node.place is RESPONSE_PROPERTY:
        prefix = "response-write-only-property"
    node.emit(
        f"{bound.name}-{action}",
        f"{bound.keyword} {told}",
        at=(bound.keyword,),
        before=before,
        after=after,
        prefix=prefix,
    )


def _written_out(node: "Node", bound: Bound) -> None:
    before, after = node.get(bound.keyword)
    if not equal(before, after):
        node.emit_rule(
            "equivalent-rewrite",
            f"{bound.keyword} changed from {show(before)} to {show(after)}, which says the same",
            at=(bound.keyword,),
            before=before,
            after=after,
        )


def _legacy_items(node: "Node") -> None:
    """The maxItems of a list parameter's items counts as the parameter's own, as oasdiff has it."""
    if node.place.prefix != PARAMETER.prefix or node.differs("maxItems"):
        return
    before, after = node.get("items")
    if before is MISSING or after is MISSING:
        return
    old = _number(node.schemas.view(before, "base").get("maxItems"))
    new = _number(node.schemas.view(after, "revision").get("maxItems"))
    if old is not None and new is not None and old != new:
        action = "increased" if new > old else "decreased"
        node.emit(
            f"max-items-{action}",
            f"maxItems of its items {action} from {old} to {new}",
            at=("items", "maxItems"),
            before=old,
            after=new,
        )


def _pattern(node: "Node") -> None:
    before, after = (
        value or "" if isinstance(value, str | None) else value
        for value in node.get("pattern", None)
    )
    if not isinstance(before, str) or not isinstance(after, str) or before == after:
        return
    node.handled("pattern")
    if node.claims("constraints"):
        return
    if not before:
        node.emit("pattern-added", f"has to match {show(after)} now", at=("pattern",), after=after)
    elif not after:
        node.emit(
            "pattern-removed",
            f"no longer has to match {show(before)}",
            at=("pattern",),
            before=before,
        )
    else:
        # Whether one pattern holds the other can't be told; all but the one that holds everything.
        wide = after == ".*" and node.place.direction == "request"
        node.emit(
            "pattern-generalized" if wide else "pattern-changed",
            f"pattern changed from {show(before)} to {show(after)}",
            at=("pattern",),
            before=before,
            after=after,
        )


def _unique(node: "Node") -> None:
    before, after = node.flag("uniqueItems")
    if before == after:
        return
    if not node.claims("constraints"):
        node.emit(
            "unique-items-added" if after else "unique-items-removed",
            f"uniqueItems is {'on' if after else 'off'} now",
            at=("uniqueItems",),
            before=before,
            after=after,
        )


def _multiple(node: "Node") -> None:
    before, after = (_number(value) for value in node.get("multipleOf"))
    if before == after:
        return
    node.handled("multipleOf")
    if node.claims("constraints"):
        return
    old, new = (MISSING if value is None else value for value in (before, after))
    told = f"multipleOf changed from {show(old)} to {show(new)}"
    if before is None:
        action = "set"
    elif after is None:
        action = "unset"
    elif after and before % after == 0:
        action = "generalized"
    elif before and after % before == 0:
        action = "specialized"
    else:
        action = "changed"
    node.emit(f"multiple-of-{action}", told, at=("multipleOf",), before=before, after=after)
