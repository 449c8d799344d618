"""Changes to one schema: before, after, and what they are called in a request and a response.

Each case stands for as many rules as there are places; `places.py` puts it at each.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.catalog.diff.places import PLACES

REQUEST = tuple(place for place in PLACES if place.startswith("request"))
RESPONSE = tuple(place for place in PLACES if place.startswith("response"))
BODIES = ("request-body", "request-property", "response-body", "response-property")

S: dict[str, Any] = {"type": "string"}
N: dict[str, Any] = {"type": "number"}
A: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
O: dict[str, Any] = {"type": "object"}  # noqa: E741
CAT = {"title": "Cat", "type": "object", "properties": {"meow": S}}
DOG = {"title": "Dog", "type": "object", "properties": {"bark": S}}


@dataclass(frozen=True)
class Case:
    """A change of a schema, the rule's suffix, and its level by direction or by place."""

    suffix: str
    before: Any
    after: Any
    request: str
    response: str
    places: tuple[str, ...] = PLACES
    levels: dict[str, str] = field(default_factory=dict)

    def level(self, place: str) -> str:
        return self.levels.get(
            place, self.request if place.startswith("request") else self.response
        )

    def __str__(self) -> str:
        return self.suffix


def bound(
    keyword: str, name: str, *, upper: bool, schema: dict[str, Any], from_zero: bool = False
) -> list[Case]:
    low, high = {**schema, keyword: 3}, {**schema, keyword: 7}
    tight, loose = ("error", "info"), ("info", "error")
    cases = [
        Case(f"{name}-increased", low, high, *(loose if upper else tight)),
        Case(f"{name}-decreased", high, low, *(tight if upper else loose)),
    ]
    if from_zero:
        cases += [
            Case(f"{name}-increased", schema, low, "error", "info"),
            Case(f"{name}-decreased", low, schema, "info", "error"),
        ]
    else:
        cases += [
            Case(f"{name}-set", schema, low, "warning", "info"),
            Case(f"{name}-unset", low, schema, "info", "error"),
        ]
    return cases


TIGHT, LOOSE = ("error", "info"), ("info", "error")

CASES: list[Case] = [
    # Bounds.
    *bound("minimum", "min", upper=False, schema=N),
    *bound("maximum", "max", upper=True, schema=N),
    *bound("exclusiveMinimum", "exclusive-min", upper=False, schema=N),
    *bound("exclusiveMaximum", "exclusive-max", upper=True, schema=N),
    *bound("minLength", "min-length", upper=False, schema=S, from_zero=True),
    *bound("maxLength", "max-length", upper=True, schema=S),
    *bound("minItems", "min-items", upper=False, schema=A, from_zero=True),
    *bound("maxItems", "max-items", upper=True, schema=A),
    *bound("minProperties", "min-properties", upper=False, schema=O, from_zero=True),
    *bound("maxProperties", "max-properties", upper=True, schema=O),
    *bound("minContains", "min-contains", upper=False, schema={**A, "contains": {}}),
    *bound("maxContains", "max-contains", upper=True, schema={**A, "contains": {}}),
    # Patterns and the like.
    Case("pattern-added", S, {**S, "pattern": "^a"}, "error", "info"),
    Case("pattern-removed", {**S, "pattern": "^a"}, S, "info", "info"),
    Case("pattern-changed", {**S, "pattern": "^a"}, {**S, "pattern": "^b"}, "warning", "info"),
    Case("pattern-generalized", {**S, "pattern": "^a"}, {**S, "pattern": ".*"}, "info", "info",
         places=REQUEST),
    Case("pattern-changed", {**S, "pattern": "^a"}, {**S, "pattern": ".*"}, "info", "info",
         places=RESPONSE),
    Case("unique-items-added", A, {**A, "uniqueItems": True}, *TIGHT),
    Case("unique-items-removed", {**A, "uniqueItems": True}, A, *LOOSE),
    Case("multiple-of-set", N, {**N, "multipleOf": 2}, *TIGHT),
    Case("multiple-of-unset", {**N, "multipleOf": 2}, N, *LOOSE),
    Case("multiple-of-generalized", {**N, "multipleOf": 6}, {**N, "multipleOf": 3}, *LOOSE),
    Case("multiple-of-specialized", {**N, "multipleOf": 3}, {**N, "multipleOf": 6}, *TIGHT),
    Case("multiple-of-changed", {**N, "multipleOf": 3}, {**N, "multipleOf": 4}, "error", "error"),
    # Enumerations.
    Case("became-enum", S, {**S, "enum": ["a", "b"]}, *TIGHT),
    Case("enum-removed", {**S, "enum": ["a", "b"]}, S, "info", "warning"),
    Case("enum-value-added", {**S, "enum": ["a"]}, {**S, "enum": ["a", "b"]}, "info", "warning"),
    Case("enum-value-removed", {**S, "enum": ["a", "b"]}, {**S, "enum": ["a"]}, *TIGHT,
         places=tuple(place for place in PLACES if place != "response-body")),
    Case("x-extensible-enum-value-removed", {**S, "x-extensible-enum": ["a", "b"]},
         {**S, "x-extensible-enum": ["a"]}, *TIGHT),
    Case("x-extensible-enum-value-added", {**S, "x-extensible-enum": ["a"]},
         {**S, "x-extensible-enum": ["a", "b"]}, "info", "info"),
    # Null.
    Case("became-nullable", S, {"type": ["string", "null"]}, *LOOSE),
    Case("became-not-nullable", {"type": ["string", "null"]}, S, *TIGHT),
    Case("became-nullable", {**S, "pattern": "^a", "enum": ["ab"]},
         {"oneOf": [{"type": "null"}, {**S, "pattern": "^a", "enum": ["ab"]}]}, *LOOSE),
    Case("became-not-nullable", {"oneOf": [{**S, "enum": ["a"]}, {"type": "null"}]},
         {**S, "enum": ["a"]}, *TIGHT),
    # Types and formats.
    Case("type-changed", S, N, "error", "error",
         places=("request-body", "request-property", "request-parameter", "response-body",
                 "response-property")),
    Case("type-changed", N, S, "error", "error", places=BODIES),
    Case("type-generalized", N, S, "info", "info", places=("request-parameter",)),
    Case("type-changed", N, S, "warning", "-", places=("request-parameter-property",)),
    Case("type-changed", N, S, "-", "error",
         places=("response-header", "response-header-property")),
    Case("type-compatible", S, N, "-", "info",
         places=("response-header", "response-header-property")),
    Case("type-specialized", S, N, "error", "-", places=("request-parameter-property",)),
    Case("type-generalized", {"type": "integer"}, N, "info", "error"),
    Case("type-specialized", N, {"type": "integer"}, "error", "info",
         places=("request-parameter-property", *RESPONSE)),
    Case("type-changed", N, {"type": "integer"}, "error", "-",
         places=("request-body", "request-property", "request-parameter")),
    Case("type-generalized", S, {"type": ["string", "integer"]}, "info", "error",
         places=(*REQUEST, "response-body", "response-property")),
    Case("type-compatible", S, {"type": ["string", "integer"]}, "-", "info",
         places=("response-header", "response-header-property")),
    Case("type-generalized", S, {}, "info", "-",
         places=("request-body", "request-property", "request-parameter",
                 "request-parameter-property")),
    Case("type-changed", S, {}, "-", "error", places=("response-body", "response-property")),
    Case("type-specialized", S, {}, "-", "info",
         places=("response-header", "response-header-property")),
    Case("type-specialized", {}, S, "-", "info", places=RESPONSE),
    Case("type-changed", {}, S, "error", "-", places=("request-body", "request-property")),
    Case("type-generalized", {**S, "format": "date"}, {**S, "format": "date-time"}, "info", "-",
         places=REQUEST),
    Case("type-changed", {**S, "format": "date"}, {**S, "format": "uuid"}, "error", "error",
         places=("request-body", "request-property", "request-parameter", *RESPONSE)),
    Case("type-specialized", S, {**S, "format": "uuid"}, "-", "info", places=RESPONSE),
    Case("list-of-types-widened", S, {"oneOf": [S, {"type": "integer"}]}, *LOOSE),
    Case("list-of-types-narrowed", {"anyOf": [S, {"type": "integer"}]}, S, *TIGHT),
    Case("list-of-types-widened", {"oneOf": [S, {"type": "integer"}]},
         {"oneOf": [S, {"type": "integer"}, {"type": "boolean"}]}, *LOOSE),
    Case("list-of-types-rewritten", {"type": ["string", "integer"]},
         {"oneOf": [S, {"type": "integer"}]}, "info", "info"),
    # Defaults and constants.
    *(Case(f"default-value-{action}", before, after, "info", "info",
           levels={"request-parameter": "error"})
      for action, before, after in (
          ("added", S, {**S, "default": "a"}),
          ("removed", {**S, "default": "a"}, S),
          ("changed", {**S, "default": "a"}, {**S, "default": "b"}))),
    Case("const-added", S, {**S, "const": "a"}, *TIGHT),
    Case("const-removed", {**S, "const": "a"}, S, *LOOSE),
    Case("const-changed", {**S, "const": "a"}, {**S, "const": "b"}, "error", "error"),
    # Alternatives.
    Case("one-of-added", {"oneOf": [CAT]}, {"oneOf": [CAT, DOG]}, *LOOSE),
    Case("one-of-removed", {"oneOf": [CAT, DOG]}, {"oneOf": [CAT]}, *TIGHT),
    Case("any-of-added", {"anyOf": [CAT]}, {"anyOf": [CAT, DOG]}, "info", "info"),
    Case("any-of-removed", {"anyOf": [CAT, DOG]}, {"anyOf": [CAT]}, *TIGHT),
    Case("all-of-added", {"allOf": [CAT]}, {"allOf": [CAT, DOG]}, *TIGHT),
    Case("all-of-removed", {"allOf": [CAT, DOG]}, {"allOf": [CAT]}, "warning", "info"),
    Case("all-of-added-annotation-only", {"allOf": [CAT]},
         {"allOf": [CAT, {"title": "Words"}]}, "info", "info"),
    Case("all-of-removed-annotation-only", {"allOf": [CAT, {"description": "words"}]},
         {"allOf": [CAT]}, "info", "info"),
    Case("not-added", S, {**S, "not": {"enum": ["a"]}}, *TIGHT),
    Case("not-removed", {**S, "not": {"enum": ["a"]}}, S, *LOOSE),
    Case("not-changed", {**S, "not": {"enum": ["a"]}}, {**S, "not": {"enum": ["a", "b"]}},
         "warning", "warning"),
    Case("wrapped-in-one-of", {"type": "object", "properties": {"meow": S}},
         {"oneOf": [CAT, DOG]}, "error", "error", places=("request-body", "response-body")),
    Case("one-of-added", {"type": "object", "properties": {"meow": S}}, {"oneOf": [CAT, DOG]},
         *LOOSE, places=("request-property", "response-property")),
    # Discriminators.
    *(Case(f"discriminator-{change}", {"oneOf": [CAT], **before}, {"oneOf": [CAT], **after},
           "info", "info")
      for change, before, after in (
          ("added", {}, {"discriminator": {"propertyName": "kind"}}),
          ("removed", {"discriminator": {"propertyName": "kind"}}, {}),
          ("property-name-changed", {"discriminator": {"propertyName": "kind"}},
           {"discriminator": {"propertyName": "sort"}}),
          ("mapping-added", {"discriminator": {"propertyName": "kind"}},
           {"discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}}}),
          ("mapping-deleted", {"discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}}},
           {"discriminator": {"propertyName": "kind"}}),
          ("mapping-changed", {"discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}}},
           {"discriminator": {"propertyName": "kind", "mapping": {"c": "Dog"}}}))),
    # Conditions.
    *(case for keyword in ("if", "then", "else") for case in (
        Case(f"{keyword}-added", O, {**O, keyword: {"required": ["a"]}}, *TIGHT),
        Case(f"{keyword}-removed", {**O, keyword: {"required": ["a"]}}, O, *LOOSE))),
    Case("if-changed", {**O, "if": {"required": ["a"]}}, {**O, "if": {"required": ["b"]}},
         "warning", "warning"),
    Case("dependent-required-added", O, {**O, "dependentRequired": {"a": ["b"]}}, *TIGHT),
    Case("dependent-required-removed", {**O, "dependentRequired": {"a": ["b"]}}, O, *LOOSE),
    Case("dependent-required-changed", {**O, "dependentRequired": {"a": ["b"]}},
         {**O, "dependentRequired": {"a": ["c"]}}, "error", "error"),
    Case("dependent-schema-added", O, {**O, "dependentSchemas": {"a": CAT}}, *TIGHT),
    Case("dependent-schema-removed", {**O, "dependentSchemas": {"a": CAT}}, O, *LOOSE),
    # What stands inside.
    Case("items-added", {"type": "array"}, A, "error", "info"),
    Case("items-removed", A, {"type": "array"}, "info", "warning"),
    Case("additional-properties-forbidden", O, {**O, "additionalProperties": False}, *TIGHT),
    Case("additional-properties-allowed", {**O, "additionalProperties": False}, O, "info", "info"),
    Case("additional-properties-schema-added", O, {**O, "additionalProperties": S}, *TIGHT),
    Case("additional-properties-schema-removed", {**O, "additionalProperties": S},
         {**O, "additionalProperties": True}, "info", "warning"),
    Case("prefix-items-added", {"prefixItems": [S]}, {"prefixItems": [S, N]}, *LOOSE),
    Case("prefix-items-removed", {"prefixItems": [S, N]}, {"prefixItems": [S]}, *TIGHT),
    Case("prefix-items-reordered", {"prefixItems": [S, N]}, {"prefixItems": [N, S]},
         "error", "error"),
    *(case for keyword, name in (
        ("contains", "contains"), ("propertyNames", "property-names"),
        ("unevaluatedItems", "unevaluated-items"),
        ("unevaluatedProperties", "unevaluated-properties"), ("contentSchema", "content-schema"))
      for case in (
          Case(f"{name}-added", O, {**O, keyword: S}, *TIGHT),
          Case(f"{name}-removed", {**O, keyword: S}, O, *LOOSE))),
    Case("unevaluated-properties-added", O, {**O, "unevaluatedProperties": False}, *TIGHT),
    Case("pattern-property-added", O, {**O, "patternProperties": {"^a": S}}, *TIGHT),
    Case("pattern-property-removed", {**O, "patternProperties": {"^a": S}}, O, *LOOSE),
    Case("content-media-type-changed", {**S, "contentMediaType": "text/html"},
         {**S, "contentMediaType": "text/plain"}, "error", "error"),
    Case("content-encoding-changed", {**S, "contentEncoding": "base64"},
         {**S, "contentEncoding": "base32"}, "error", "error"),
    # Life and access, where the schema is no property of a body.
    *(Case(f"schema-{change}", before, after, "info", "info",
           places=("request-body", "request-parameter", "request-parameter-property",
                   "response-body", "response-header", "response-header-property"))
      for change, before, after in (
          ("deprecated", S, {**S, "deprecated": True}),
          ("reactivated", {**S, "deprecated": True}, S))),
    Case("mutability-changed", S, {**S, "readOnly": True}, "info", "info",
         places=("request-body", "request-parameter", "response-body", "response-header")),
    Case("mutability-changed", {"type": "array", "items": S},
         {"type": "array", "items": {**S, "writeOnly": True}}, "info", "info",
         places=("request-property", "request-parameter-property", "response-property",
                 "response-header-property")),
]  # fmt: skip
