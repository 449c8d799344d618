"""Whether a schema bounds its values: in itself, in what stands beside it, or in all its
branches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from catalog.documents.shapes import sequence
from catalog.lint.schemas import Node
from catalog.lint.survey import Survey

# Formats whose text has a greatest length by their own definition.
# fmt: off
SHORT_FORMATS = frozenset([
    "date", "date-time", "time", "duration", "uuid", "ulid", "ipv4", "ipv6", "ip", "cidr", "mac",
    "country", "currency", "language", "locale", "timezone", "decimal", "byte-size", "color",
    "iso-4217", "iso-3166", "email", "idn-email", "hostname", "idn-hostname", "phone", "e164",
    "int32", "int64", "partial-date", "year", "month",
])
FILES = frozenset(["binary", "base64", "byte", "file"])
# fmt: on
ENDLESS = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\})")
ENDS = re.compile(r"\$\)*\Z|\\[zZ]\Z")
MOST_LOOKED_AT = 200  # schemas, to answer for one
DEEPEST = 8
COMPOSED = frozenset(["allOf", "oneOf", "anyOf"])
Test = Callable[[dict[str, Any]], bool]


def bounded(survey: Survey, node: Node, test: Test) -> bool:
    """Whether the test holds for the schema, a part of its allOf, or all branches of a union."""
    if test(node.schema):
        return True
    if COMPOSED.isdisjoint(node.schema):
        return False
    return Looking(survey, test).holds(node.schema, 0)


class Looking:
    """One look into the parts and branches of a schema, which ends even if they come round."""

    def __init__(self, survey: Survey, test: Test) -> None:
        self.survey = survey
        self.test = test
        self.left = MOST_LOOKED_AT

    def holds(self, schema: Any, depth: int) -> bool:
        self.left -= 1
        schema = self.survey.at(schema)
        if type(schema) is not dict or depth > DEEPEST or self.left < 0:
            return False
        if self.test(schema):
            return True
        if any(self.holds(each, depth + 1) for each in sequence(schema.get("allOf"))):
            return True
        return any(
            all(self.holds(each, depth + 1) for each in schema[word])
            for word in ("oneOf", "anyOf")
            if sequence(schema.get(word))
        )


def bounds_text(schema: dict[str, Any]) -> bool:
    """Whether a text can have only so many characters."""
    if "maxLength" in schema or "enum" in schema or "const" in schema:
        return True
    kind = schema.get("type")
    if type(kind) is str and kind != "string":
        return True
    form = schema.get("format")
    if type(form) is str and (form in SHORT_FORMATS or form in FILES):
        return True
    pattern = schema.get("pattern")
    return type(pattern) is str and not ENDLESS.search(pattern) and bool(ENDS.search(pattern))


def bounds_list(schema: dict[str, Any]) -> bool:
    """Whether a list can have only so many items."""
    return "maxItems" in schema or "enum" in schema or "const" in schema


def bounds_number(schema: dict[str, Any]) -> bool:
    """Whether an integer has a least and a greatest value, or the size of its type is said."""
    if "enum" in schema or "const" in schema or type(schema.get("format")) is str:
        return True
    least = "minimum" in schema or "exclusiveMinimum" in schema
    return least and ("maximum" in schema or "exclusiveMaximum" in schema)


def closes(schema: dict[str, Any]) -> bool:
    """Whether an object takes no properties but its own."""
    return (
        schema.get("additionalProperties") is False
        or schema.get("unevaluatedProperties") is False
        or "const" in schema
        or "enum" in schema
    )
