"""Walks over a whole document: its describing objects, its real references."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
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


def is_map(key: str, value: Any, kind: str) -> bool:
    """Whether what stands under one of NAMED maps names, and is not a reference to such a map."""
    return (
        type(value) is dict
        and type(value.get("$ref")) is not str
        and not (kind == "asyncapi" and key == "headers")
    )


def is_data(key: str, value: Any, kind: str) -> bool:
    """Whether what stands under this key is a value of the API, not part of its description.

    `examples` of OpenAPI 3 names Example Objects; of Swagger 2.0 it holds the values themselves.
    """
    return key in DATA and not (key == "examples" and type(value) is dict and kind != "swagger")


def objects(tree: Any, *, kind: str = "openapi") -> Iterator[tuple[str, dict[str, Any]]]:
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
                if is_data(key, child, kind):
                    continue
            names = not named and key in NAMED and is_map(key, child, kind)
            inner.append((pointers.join(pointer, key), child, names))
        stack.extend(reversed(inner))


def described(tree: Any, *, kind: str = "openapi") -> Iterator[dict[str, Any]]:
    """The same objects without their pointers, in no order: several times faster."""
    stack: list[tuple[Any, bool]] = [(tree, False)]
    pop, push = stack.pop, stack.append
    swagger = kind == "swagger"
    while stack:
        value, named = pop()
        if type(value) is list:
            for item in value:
                if type(item) is dict or type(item) is list:
                    push((item, False))
        elif named:
            for child in value.values():
                if type(child) is dict or type(child) is list:
                    push((child, False))
        else:
            yield value
            for key, child in value.items():
                if type(child) is dict:
                    if key in NAMED:
                        if not (swagger and key == "examples"):
                            push((child, is_map(key, child, kind)))
                    elif key not in DATA and not key.startswith("x-"):
                        push((child, False))
                elif type(child) is list and key not in DATA and not key.startswith("x-"):
                    push((child, False))


def places(tree: Any, wanted: Collection[int], *, kind: str = "openapi") -> dict[int, str]:
    """The pointers of the objects with these identities; of a shared one, the first place."""
    found: dict[int, str] = {}
    if wanted:
        for pointer, value in objects(tree, kind=kind):
            if id(value) in wanted and id(value) not in found:
                found[id(value)] = pointer
                if len(found) == len(wanted):
                    break
    return found


def references(tree: Any, *, kind: str = "openapi") -> Iterator[Reference]:
    """Every real reference of the description, in order."""
    for pointer, value in objects(tree, kind=kind):
        ref = value.get("$ref")
        if isinstance(ref, str):
            yield Reference(f"{pointer}/$ref", ref)


def texts(compact: bytes) -> set[str]:
    """Every text that stands under a key `$ref`, real reference or not, at the speed of a scan."""
    return {
        orjson.loads(b'"' + found + b'"') if b"\\" in found else found.decode()
        for found in set(REF_IN_COMPACT_JSON.findall(compact))
    }
