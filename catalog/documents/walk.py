"""Walks over a whole document: its describing objects, its real references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from catalog.documents import pointers

REF_IN_COMPACT_JSON = re.compile(rb'"\$ref":"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Reference:
    """A real reference: the pointer to the `$ref` itself, and its text."""

    pointer: str
    ref: str


# Objects whose keys are names that the author chose, not words of the specification.
# fmt: off
NAMED = frozenset([
    "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies",
    "schemas", "paths", "webhooks", "pathItems", "callbacks", "responses", "parameters",
    "requestBodies", "headers", "examples", "securitySchemes", "securityDefinitions", "links",
    "content", "encoding", "mediaTypes", "variables", "channels", "servers", "messages",
    "operations", "serverVariables", "correlationIds", "replies", "replyAddresses",
    "operationTraits", "messageTraits", "channelBindings", "messageBindings", "operationBindings",
    "serverBindings", "externalDocs", "tags", "additionalOperations",
])
# fmt: on
# What stands under these is a value of the API, not part of its description.
DATA = frozenset(["example", "examples", "default", "enum", "const", "value", "defaultValue"])


def objects(tree: Any, *, asyncapi: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that is part of the description, in order: not examples, not extensions."""
    stack: list[tuple[str, Any, bool]] = [("", tree, False)]
    while stack:
        pointer, value, named = stack.pop()
        if isinstance(value, list):
            stack.extend(
                (f"{pointer}/{index}", value[index], False)
                for index in range(len(value) - 1, -1, -1)
                if isinstance(value[index], (dict, list))
            )
            continue
        if not named:
            yield pointer, value
        inner: list[tuple[str, Any, bool]] = []
        for key, child in value.items():
            if not isinstance(child, (dict, list)):
                continue
            if not named:
                if key.startswith("x-"):
                    continue
                if key in DATA and not (key == "examples" and isinstance(child, dict)):
                    continue
            names = not named and key in NAMED and isinstance(child, dict)
            if names and asyncapi and (key == "headers" or "$ref" in child):
                names = False
            inner.append((pointers.join(pointer, key), child, names))
        stack.extend(reversed(inner))


def references(tree: Any, *, asyncapi: bool = False) -> Iterator[Reference]:
    """Every real reference of the description, in order."""
    for pointer, value in objects(tree, asyncapi=asyncapi):
        ref = value.get("$ref")
        if isinstance(ref, str):
            yield Reference(f"{pointer}/$ref", ref)


def texts(compact: bytes) -> set[str]:
    """Every text that stands under a key `$ref`, real reference or not, at the speed of a scan."""
    return {
        orjson.loads(b'"' + found + b'"') if b"\\" in found else found.decode()
        for found in set(REF_IN_COMPACT_JSON.findall(compact))
    }
