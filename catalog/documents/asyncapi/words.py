"""The vocabulary that our AsyncAPI schemas are built of.

Each word makes a piece of JSON Schema (draft 7). Where the specification says "X or a reference"
the piece asks first whether there is a `$ref`, so that an error speaks of what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

EXTENSION = r"^x-[\w.\-]+$"
NAME = r"^[\w.\-]+$"
RUNTIME = r"^\$message\.(header|payload)#(\/(([^\/~])|(~[01]))*)*"

ANYTHING: Schema = {}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
OBJECT: Schema = {"type": "object"}
URI: Schema = {"type": "string", "format": "uri"}
URI_REFERENCE: Schema = {"type": "string", "format": "uri-reference"}
EMAIL: Schema = {"type": "string", "format": "email"}
LOCATION: Schema = {"type": "string", "pattern": RUNTIME}


def part(name: str) -> Schema:
    """The part of this name."""
    return {"$ref": f"#/definitions/{name}"}


def one_of(*values: Any) -> Schema:
    """One of these texts or numbers."""
    return {"enum": list(values)}


def whole(least: int | None = None, most: int | None = None) -> Schema:
    """A whole number between two bounds, both inclusive."""
    bounds = {"minimum": least, "maximum": most}
    return WHOLE | {word: bound for word, bound in bounds.items() if bound is not None}


def text(most: int, least: int | None = None) -> Schema:
    """Text of a bounded length."""
    return TEXT | {"maxLength": most} | ({"minLength": least} if least is not None else {})


def listed(item: Schema, *, unique: bool = False, least: int = 0) -> Schema:
    """A list of such items."""
    found: Schema = {"type": "array", "items": item}
    if unique:
        found["uniqueItems"] = True
    if least:
        found["minItems"] = least
    return found


def by_name(item: Schema) -> Schema:
    """An object whose every value is such an item."""
    return {"type": "object", "additionalProperties": item}


def by_good_name(item: Schema) -> Schema:
    """The same, but only for names of letters, digits, dot, hyphen and underscore."""
    return {"type": "object", "patternProperties": {NAME: item}}


def opened(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """An object of these properties and any others."""
    found: Schema = {"type": "object", "properties": dict(properties)}
    if required:
        found["required"] = list(required)
    return found


def closed(
    properties: Mapping[str, Schema], required: Iterable[str] = (), *, extensible: bool = True
) -> Schema:
    """An object of these properties, extensions (`x-…`), and no others."""
    found = opened(properties, required) | {"additionalProperties": False}
    if extensible:
        found["patternProperties"] = {EXTENSION: {}}
    return found


def when(condition: Schema, then: Schema, otherwise: Schema | None = None) -> Schema:
    """A choice between two schemas."""
    found: Schema = {"if": condition, "then": then}
    if otherwise is not None:
        found["else"] = otherwise
    return found


def has(name: str, *values: Any) -> Schema:
    """Whether an object has this property, with one of these values if any are given."""
    found: Schema = {"type": "object", "required": [name]}
    if values:
        found["properties"] = {name: one_of(*values)}
    return found


REFERENCE: Schema = opened({"$ref": URI_REFERENCE}, ["$ref"])


def or_reference(schema: Schema) -> Schema:
    """Such an object, which has itself no property `$ref`, or a reference to one."""
    return when(has("$ref"), REFERENCE, schema)


def either_reference(schema: Schema) -> Schema:
    """Such a value, or a reference, but not both at once (the value may have a `$ref`)."""
    return {"oneOf": [schema, REFERENCE]}
