"""Edits that are one change to a person and several to a comparison of keywords.

Making a schema nullable by `oneOf: [{type: "null"}, X]` removes a type, an enum and a pattern from
the node, and adds a oneOf. Reported one by one, most of that would be wrong. So such an edit is
recognised first; the kinds of change it explains are then left to the one rule that names it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .equivalence import ANNOTATIONS, equivalent

if TYPE_CHECKING:
    from .schema import Schemas

Name = Literal[
    "wrapped-nullable",
    "unwrapped-nullable",
    "wrapped-in-one-of",
    "list-of-types",
    "null-in-type",
]


@dataclass(frozen=True, slots=True)
class Transition:
    """A recognised edit and the kinds of change that it explains at its node."""

    name: Name
    claims: frozenset[str]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: frozenset[str] = frozenset()
    payload: tuple[str, int] | None = None  # side of the wrapper and index of its non-null branch


EVERYTHING = frozenset({"type", "values", "constraints", "structure", "existence", "requiredness"})
SHAPE = frozenset({"type", "structure"})


def types_of(schema: dict[str, Any]) -> list[str]:
    """The type set of a schema; empty where any type is allowed."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return [kind]
    if isinstance(kind, list):
        return [each for each in kind if isinstance(each, str)]
    return []


def accepts_null(schema: dict[str, Any]) -> bool:
    """Whether the schema says that null is a value of it."""
    return schema.get("nullable") is True or "null" in types_of(schema)


def recognise(
    base: dict[str, Any], revision: dict[str, Any], schemas: "Schemas"
) -> Transition | None:
    """The edit between two schemas, if it is one of those known."""
    index = _nullable_wrap(base, revision, schemas, wrapper_side="revision")
    if index is not None:
        return Transition("wrapped-nullable", EVERYTHING, payload=("revision", index))
    index = _nullable_wrap(revision, base, schemas, wrapper_side="base")
    if index is not None:
        return Transition("unwrapped-nullable", EVERYTHING, payload=("base", index))
    moved = _moved_into_one_of(base, revision, schemas)
    if moved:
        return Transition("wrapped-in-one-of", SHAPE, moved=frozenset(moved))
    lists = _list_of_types(base, revision, schemas)
    if lists is not None:
        return lists
    before, after = set(types_of(base)), set(types_of(revision))
    if (
        before
        and after
        and before ^ after == {"null"}
        and base.get("format") == revision.get("format")
    ):
        return Transition("null-in-type", frozenset({"type"}))
    return None


def _branches(schema: dict[str, Any], key: str) -> list[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _nullable_wrap(
    bare: dict[str, Any], wrapper: dict[str, Any], schemas: "Schemas", *, wrapper_side: str
) -> int | None:
    """The index of the branch that repeats `bare`, if `wrapper` is just it or null."""
    if any(bare.get(key) for key in ("oneOf", "anyOf", "allOf")) or "not" in bare:
        return None
    branches = _branches(wrapper, "oneOf")
    if accepts_null(bare) or len(branches) != 2 or wrapper.keys() - ANNOTATIONS - {"oneOf"}:
        return None
    nulls = [i for i, branch in enumerate(branches) if _is_null(branch, wrapper_side, schemas)]
    if len(nulls) != 1:
        return None
    index = 1 - nulls[0]
    if wrapper_side == "revision":
        same = equivalent(bare, branches[index], schemas)
    else:
        same = equivalent(branches[index], bare, schemas)
    return index if same else None


def _is_null(node: Any, side: str, schemas: "Schemas") -> bool:
    view = schemas.view(node, side)
    return types_of(view) == ["null"] and not (view.keys() - ANNOTATIONS - {"type"})


def _moved_into_one_of(
    base: dict[str, Any], revision: dict[str, Any], schemas: "Schemas"
) -> set[str]:
    """Properties of a plain object that stand in alternatives now."""
    properties = base.get("properties")
    if base.get("oneOf") or not isinstance(properties, dict) or not properties:
        return set()
    branches = _branches(revision, "oneOf")
    if not branches or revision.get("properties") or types_of(revision):
        return set()
    moved: set[str] = set()
    for branch in branches:
        names = schemas.view(branch, "revision").get("properties")
        if isinstance(names, dict):
            moved |= properties.keys() & names.keys()
    return moved


def _type_pattern(
    schema: dict[str, Any], side: str, schemas: "Schemas"
) -> tuple[list[str], bool] | None:
    """The types a schema allows, and whether it lists them as alternatives; None if it is more."""
    if "not" in schema or schema.get("allOf") or schema.get("properties"):
        return None
    if types_of(schema):
        return types_of(schema), False
    for key in ("oneOf", "anyOf"):
        types = [_only_type(branch, side, schemas) for branch in _branches(schema, key)]
        if types and None not in types:
            return [each for each in types if each is not None], True
    return None


def _only_type(node: Any, side: str, schemas: "Schemas") -> str | None:
    view = schemas.view(node, side)
    if any(view.get(key) for key in ("properties", "oneOf", "anyOf", "allOf")):
        return None
    types = types_of(view)
    return types[0] if len(types) == 1 else None


def _list_of_types(
    base: dict[str, Any], revision: dict[str, Any], schemas: "Schemas"
) -> Transition | None:
    before = _type_pattern(base, "base", schemas)
    after = _type_pattern(revision, "revision", schemas)
    if before is None or after is None or not (before[1] or after[1]):
        return None
    old, new = set(before[0]), set(after[0])
    if old == new and before[1] == after[1]:
        return None
    return Transition(
        "list-of-types", SHAPE, added=tuple(sorted(new - old)), removed=tuple(sorted(old - new))
    )
