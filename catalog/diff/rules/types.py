"""Type and format: what was one kind of value is another, more or fewer kinds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..equivalence import equivalent
from ..rule import (
    PARAMETER,
    PARAMETER_PROPERTY,
    REQUEST_BODY,
    REQUEST_PROPERTY,
    RESPONSE_BODY,
    RESPONSE_HEADER,
    RESPONSE_HEADER_PROPERTY,
    RESPONSE_PROPERTY,
    Rule,
    schema_rules,
)
from ..transitions import types_of
from ..values import listed

if TYPE_CHECKING:
    from ..schema import Node

_REQUEST = (REQUEST_BODY, REQUEST_PROPERTY)
_RESPONSE = (RESPONSE_BODY, RESPONSE_PROPERTY, RESPONSE_HEADER, RESPONSE_HEADER_PROPERTY)

RULES: list[Rule] = [
    *schema_rules(
        "type-changed",
        "unclear",
        "has another type or format",
        levels={"request": "error", "response": "error", "request-parameter-property": "warning"},
    ),
    *schema_rules("type-generalized", "loosens", "allows more types or formats than before"),
    *schema_rules(
        "type-specialized",
        "tightens",
        "allows fewer types or formats than before",
        places=(PARAMETER_PROPERTY, *_RESPONSE),
    ),
    *schema_rules(
        "type-compatible",
        "neutral",
        "has another type that reads the same where values carry no type on the wire",
        places=(*_REQUEST, *_RESPONSE),
    ),
    *schema_rules("list-of-types-widened", "loosens", "allows one more type as an alternative"),
    *schema_rules("list-of-types-narrowed", "tightens", "allows one type less as an alternative"),
    *schema_rules("list-of-types-rewritten", "neutral", "lists the same types in another form"),
    Rule(
        "request-read-only-property-type-changed",
        "info",
        "request",
        "a request property that callers can't set has another type or format",
    ),
]

# Formats whose values all belong to another format: type -> (narrower, wider).
_WIDER_FORMATS = {
    "number": {("float", "double")},
    "integer": {("int32", "int64"), ("int32", "bigint"), ("int64", "bigint")},
    "string": {("date", "date-time"), ("time", "date-time")},
}

# What makes this module look at a schema.
KEYWORDS = frozenset({"type", "format"})


def check(node: "Node") -> None:
    """Report a type or format change at this node."""
    node.handled("type", "format")
    if node.transition is not None and node.transition.name == "list-of-types":
        _list_of_types(node)
        return
    if node.claims("type"):
        return
    before, after = types_of(node.base), types_of(node.revision)
    old_format, new_format = _format(node.base), _format(node.revision)
    if set(before) == set(after) and old_format == new_format:
        for keyword in ("type", "format"):
            if node.differs(keyword):
                node.emit_rule(
                    "equivalent-rewrite",
                    f"{keyword} is written in another way",
                    at=(keyword,),
                    before=node.base.get(keyword),
                    after=node.revision.get(keyword),
                )
        return
    if node.read_only and node.place is REQUEST_PROPERTY:
        rule = "request-read-only-property-type-changed"
    else:
        rule = f"{node.place.prefix}-type-{_verdict(node)}"
    what, old, new = _told(before, after, old_format, new_format)
    node.emit_rule(
        rule,
        f"{what} changed from {old} to {new}",
        at=("type",) if set(before) != set(after) else ("format",),
        before=node.base.get("type") if what != "format" else old_format,
        after=node.revision.get("type") if what != "format" else new_format,
    )


def _verdict(node: "Node") -> str:
    if node.place.direction == "response":
        return _response_verdict(node)
    if node.place.prefix == PARAMETER.prefix:
        breaking = _request_breaks(node, typed=False) and not _one_is_a_list_of_one(node)
        return "changed" if breaking else "generalized"
    if node.place.prefix == PARAMETER_PROPERTY.prefix:
        # How the object is written on the wire is not known, so both readings are asked.
        as_json, as_text = _request_breaks(node, typed=True), _request_breaks(node, typed=False)
        if as_json != as_text:
            return "changed"
        return "specialized" if as_json else "generalized"
    if _request_breaks(node, typed=node.typed):
        return "changed"
    before, after = types_of(node.base), types_of(node.revision)
    swapped = bool(before and after) and set(before) != set(after) and not _within(before, after)
    return "compatible" if swapped else "generalized"


def _response_verdict(node: "Node") -> str:
    before, after = types_of(node.base), types_of(node.revision)
    changed = set(before) != set(after)
    if _breaks(
        before=after,
        after=before,
        formats=(_format(node.revision), _format(node.base)),
        typed=node.typed,
    ):
        return "generalized" if changed and _within(before, after) else "changed"
    swapped = bool(before and after) and changed and not _within(after, before)
    return "compatible" if swapped else "specialized"


def _request_breaks(node: "Node", *, typed: bool) -> bool:
    return _breaks(
        before=types_of(node.base),
        after=types_of(node.revision),
        formats=(_format(node.base), _format(node.revision)),
        typed=typed,
    )


def _breaks(
    *, before: Sequence[str], after: Sequence[str], formats: tuple[str, str], typed: bool
) -> bool:
    """Whether some value that was accepted is refused now, by type or by format."""
    changed = set(before) != set(after)
    if changed and not after:
        return False
    if changed and not _within(before, after):
        removed = [each for each in before if each not in after]
        added = [each for each in after if each not in before]
        if not _taken_as(removed, added, typed=typed):
            return True
    return formats[0] != formats[1] and not _format_within(after, *formats)


def _within(narrow: Sequence[str], wide: Sequence[str]) -> bool:
    """Whether every type of a non-empty set is one of the others, an integer being a number."""
    return bool(narrow) and all(
        each in wide or (each == "integer" and "number" in wide) for each in narrow
    )


def _taken_as(old: Sequence[str], new: Sequence[str], *, typed: bool) -> bool:
    """Whether the types that came accept the values of those that went."""
    if len(old) == len(new) == 1 and _within(old, new):
        return True
    return not typed and (not new or list(new) == ["string"])


def _format_within(types: Sequence[str], old: str, new: str) -> bool:
    if not new:
        return True
    concrete = [each for each in types if each != "null"]
    return len(concrete) == 1 and (old, new) in _WIDER_FORMATS.get(concrete[0], set())


def _one_is_a_list_of_one(node: "Node") -> bool:
    """A scalar that became a list of itself, where `?color=red` is both."""
    before = [each for each in types_of(node.base) if each != "null"]
    after = [each for each in types_of(node.revision) if each != "null"]
    items = node.revision.get("items")
    if not node.place.exploded or after != ["array"] or not before or items is None:
        return False
    item = node.schemas.view(items, "revision")
    accepted = [each for each in types_of(item) if each != "null"]
    if not _taken_as(before, accepted, typed=False):
        return False
    return equivalent(_untyped(node.base), _untyped(item), node.schemas)


def _untyped(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("type", "nullable")}


def _list_of_types(node: "Node") -> None:
    transition = node.transition
    if transition is None:
        return
    if node.read_only and node.place is REQUEST_PROPERTY:
        node.emit_rule(
            "request-read-only-property-type-changed",
            f"allows {listed(transition.added)} and no longer {listed(transition.removed)}",
            at=("type",),
            before=list(transition.removed),
            after=list(transition.added),
        )
        return
    widened = bool(transition.added) and (
        not transition.removed or node.place.direction == "response"
    )
    if widened:
        node.emit(
            "list-of-types-widened",
            f"allows {listed(transition.added)} too",
            at=("type",),
            after=list(transition.added),
        )
    elif transition.removed:
        node.emit(
            "list-of-types-narrowed",
            f"no longer allows {listed(transition.removed)}",
            at=("type",),
            before=list(transition.removed),
        )
    else:
        node.emit("list-of-types-rewritten", "lists the same types in another form", at=("type",))


def _format(schema: dict[str, Any]) -> str:
    value = schema.get("format")
    return value if isinstance(value, str) else ""


def _told(
    before: Sequence[str], after: Sequence[str], old_format: str, new_format: str
) -> tuple[str, str, str]:
    """What changed and how both sides read: the type, the format, or both."""
    old = ", ".join(before) or "any"
    new = ", ".join(after) or "any"
    if set(before) == set(after):
        return "format", f"`{old_format or 'none'}`", f"`{new_format or 'none'}`"
    if old_format == new_format:
        return "type", f"`{old}`", f"`{new}`"
    return (
        "type and format",
        f"`{old}/{old_format}`" if old_format else f"`{old}`",
        f"`{new}/{new_format}`" if new_format else f"`{new}`",
    )
