"""`$ref`: what it points at, where the real ones stand, and schemas drawn to a bounded depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from catalog.documents import pointers

REF_IN_COMPACT_JSON = re.compile(rb'"\$ref":"((?:[^"\\]|\\.)*)"')
LONGEST_CHAIN = 100_000


class Dangling(LookupError):
    """A reference or pointer that names nothing in the document."""


class Loop(LookupError):
    """A reference that leads only to references, back to itself."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A real reference: the pointer to the `$ref` itself, and its text."""

    pointer: str
    ref: str


def lookup(tree: Any, pointer: str) -> Any:
    """What stands at a JSON pointer. Raises Dangling."""
    value = tree
    try:
        names = pointers.split(pointer)
    except ValueError as error:
        raise Dangling(str(error)) from None
    for name in names:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise Dangling(pointer)
    return value


def is_external(ref: str) -> bool:
    """Whether a reference leads outside the document it stands in."""
    return bool(ref) and not ref.startswith("#")


def reference(value: Any) -> str | None:
    """The reference this value is, if it is one."""
    if isinstance(value, dict):
        ref = value.get("$ref")
        if isinstance(ref, str):
            return ref
    return None


class Resolver:
    """Follows references in one tree, each only once."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.anchors: dict[str, str] | None = None
        self.found: dict[str, tuple[Any, str] | LookupError] = {}

    def target(self, ref: str) -> tuple[Any, str]:
        """What one reference names, not followed further, and its pointer. Raises Dangling."""
        if is_external(ref):
            raise Dangling(ref)
        fragment = pointers.of_fragment(ref[1:])
        is_name = fragment and not fragment.startswith("/")
        pointer = self.anchored(fragment) if is_name else fragment
        return lookup(self.tree, pointer), pointer

    def anchored(self, name: str) -> str:
        if self.anchors is None:
            self.anchors = anchors(self.tree)
        if name not in self.anchors:
            raise Dangling(name)
        return self.anchors[name]

    def follow(self, ref: str) -> tuple[Any, str]:
        """What a reference names in the end, and its pointer. Raises Dangling or Loop."""
        chain: list[str] = []
        known: tuple[Any, str] | LookupError | None = None
        while known is None:
            known = self.found.get(ref)
            if known is not None:
                break
            if len(chain) >= LONGEST_CHAIN:
                known = Loop(ref)
                break
            self.found[ref] = Loop(ref)  # stands if the chain comes back before it ends
            chain.append(ref)
            try:
                value, pointer = self.target(ref)
            except Dangling as error:
                known = error
                break
            following = reference(value)
            if following is None:
                known = (value, pointer)
            else:
                ref = following
        for link in chain:
            self.found[link] = known
        if isinstance(known, LookupError):
            raise known
        return known

    def at(self, value: Any, pointer: str) -> tuple[Any, str]:
        """The value itself with its pointer, or what it refers to. Raises Dangling or Loop."""
        ref = reference(value)
        return (value, pointer) if ref is None else self.follow(ref)


def anchors(tree: Any) -> dict[str, str]:
    """Plain-name fragments → pointers: `$anchor`, `$dynamicAnchor`, and draft 7's `$id: "#x"`."""
    found: dict[str, str] = {}
    for pointer, value in objects(tree):
        for keyword in ("$anchor", "$dynamicAnchor", "$id"):
            name = value.get(keyword)
            if isinstance(name, str) and (keyword != "$id" or name.startswith("#")):
                found.setdefault(name.removeprefix("#"), pointer)
    return found


def resolve(tree: Any, ref: str) -> Any:
    """What a reference (`#/a/b`, followed to its end) or a pointer (`/a/b`) names.

    Raises Dangling if it names nothing, Loop if it only leads to itself.
    """
    if ref == "" or ref.startswith("/"):
        return Resolver(tree).at(lookup(tree, ref), ref)[0]
    return Resolver(tree).follow(ref)[0]


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
