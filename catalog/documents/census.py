"""One walk over a document that notes what the findings look at more closely."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from catalog.documents import walk
from catalog.documents.parse import Document

KINDS = frozenset(["null", "boolean", "object", "array", "number", "string", "integer"])
Schema = dict[str, Any]


@dataclass(slots=True)
class Census:
    """Objects of one document, each list in no order. They belong to the document's tree."""

    patterns: list[tuple[Schema, str]] = field(default_factory=list)
    examples: list[tuple[Schema, str]] = field(default_factory=list)  # schema, word
    nullable: list[Schema] = field(default_factory=list)
    references: list[Schema] = field(default_factory=list)
    odd_kinds: list[Schema] = field(default_factory=list)  # a type that JSON Schema has not
    odd_required: list[Schema] = field(default_factory=list)  # required: true, of draft 3
    identified: list[Schema] = field(default_factory=list)  # $id or $schema
    read_only: set[str] = field(default_factory=set)  # names of properties
    write_only: set[str] = field(default_factory=set)


def census(document: Document) -> Census:
    """Counts one document."""
    found = Census()
    for value in walk.described(document.tree, kind=document.kind):
        if "$ref" in value:
            found.references.append(value)
        if "properties" in value:
            note_directions(found, value["properties"])
        if "in" in value:
            continue  # a parameter, or a security scheme
        kind = value.get("type")
        if kind is not None and not (type(kind) is str and kind in KINDS):
            found.odd_kinds.append(value)
        if "pattern" in value and type(value["pattern"]) is str:
            found.patterns.append((value, value["pattern"]))
        if "nullable" in value and value["nullable"] is True:
            found.nullable.append(value)
        if "$id" in value or "$schema" in value:
            found.identified.append(value)
        if "required" in value and type(value["required"]) is bool:
            found.odd_required.append(value)
        if "example" in value and "content" not in value and "schema" not in value:
            found.examples.append((value, "example"))
        if "examples" in value and type(value["examples"]) is list:
            found.examples.append((value, "examples"))
        if "default" in value:
            found.examples.append((value, "default"))
    return found


def note_directions(found: Census, properties: Any) -> None:
    if type(properties) is not dict:
        return
    for name, schema in properties.items():
        if type(schema) is dict:
            if schema.get("readOnly") is True:
                found.read_only.add(name)
            if schema.get("writeOnly") is True:
                found.write_only.add(name)
