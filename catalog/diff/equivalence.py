"""Whether two schemas accept the same values, judged by their text with annotations left out."""

from typing import TYPE_CHECKING, Any

from .values import equal

if TYPE_CHECKING:
    from .schema import Schemas

ANNOTATIONS = frozenset(
    {"title", "description", "default", "example", "examples", "externalDocs", "$comment"}
)
SCHEMA_KEYS = frozenset(
    {
        "items",
        "additionalProperties",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
        "contentSchema",
    }
)
SCHEMA_MAP_KEYS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
SCHEMA_LIST_KEYS = frozenset({"oneOf", "anyOf", "allOf"})

# Pairs looked at before the answer is "not known to be equivalent"; keeps hostile input bounded.
EFFORT = 2000


def equivalent(before: Any, after: Any, schemas: "Schemas") -> bool:
    """Whether a schema of the base and one of the revision differ in annotations only.

    A schema that is too large or too entangled to tell gives False, which only means that its
    parts are reported one by one.
    """
    return _Search(schemas).equivalent(before, after)


def annotates_only(node: Any, side: str, schemas: "Schemas") -> bool:
    """Whether a schema accepts everything, whatever it says in words."""
    return not (schemas.view(node, side).keys() - ANNOTATIONS)


class _Search:
    def __init__(self, schemas: "Schemas") -> None:
        self._schemas = schemas
        self._effort = EFFORT
        self._assumed: set[tuple[int, int]] = set()

    def equivalent(self, before: Any, after: Any, depth: int = 0) -> bool:
        self._effort -= 1
        if self._effort < 0 or depth > 60:
            return False
        a, b = self._schemas.view(before, "base"), self._schemas.view(after, "revision")
        if (id(a), id(b)) in self._assumed:
            return True
        self._assumed.add((id(a), id(b)))
        keys = (a.keys() | b.keys()) - ANNOTATIONS
        return all(self._same_keyword(key, a, b, depth) for key in keys)

    def _same_keyword(self, key: str, a: dict[str, Any], b: dict[str, Any], depth: int) -> bool:
        if key not in a or key not in b:
            return False
        before, after = a[key], b[key]
        if key in SCHEMA_KEYS:
            return self.equivalent(before, after, depth + 1)
        if key in SCHEMA_MAP_KEYS and isinstance(before, dict) and isinstance(after, dict):
            return before.keys() == after.keys() and all(
                self.equivalent(before[name], after[name], depth + 1) for name in before
            )
        if key == "prefixItems" and isinstance(before, list) and isinstance(after, list):
            return len(before) == len(after) and all(
                self.equivalent(x, y, depth + 1) for x, y in zip(before, after, strict=True)
            )
        if key in SCHEMA_LIST_KEYS and isinstance(before, list) and isinstance(after, list):
            return self._same_alternatives(before, after, depth)
        if key in ("required", "enum", "type") and isinstance(before, list):
            return isinstance(after, list) and sorted(map(repr, before)) == sorted(map(repr, after))
        return equal(before, after)

    def _same_alternatives(self, before: list[Any], after: list[Any], depth: int) -> bool:
        if len(before) != len(after):
            return False
        left = list(after)
        for alternative in before:
            for index, other in enumerate(left):
                if self.equivalent(alternative, other, depth + 1):
                    del left[index]
                    break
            else:
                return False
        return True
