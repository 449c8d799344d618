"""One document out of several files: what the publish command does before it sends.

What a relative reference names is moved into the document: into its components where the
specification has a place for such a part, else to where the reference stands. References to
hosts, to absolute paths and to what lies outside the document's own folder are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import orjson

from catalog.documents import pointers, refs, walk
from catalog.documents.errors import DocumentError, Problem, refused
from catalog.documents.limits import LIMITS, Limits
from catalog.documents.parse import KINDS, read_tree
from catalog.documents.shapes import mapping
from catalog.documents.yaml_text import shown

MOST_FILES = 2_000
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
NOT_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")

# The word that a reference stands under, or under whose list or names → the kind of component.
OPENAPI_HOMES = {
    "schema": "schemas", "items": "schemas", "properties": "schemas", "allOf": "schemas",
    "oneOf": "schemas", "anyOf": "schemas", "not": "schemas", "additionalProperties": "schemas",
    "patternProperties": "schemas", "schemas": "schemas", "$defs": "schemas",
    "prefixItems": "schemas", "itemSchema": "schemas", "parameters": "parameters",
    "responses": "responses", "requestBody": "requestBodies", "requestBodies": "requestBodies",
    "headers": "headers", "examples": "examples", "links": "links", "callbacks": "callbacks",
    "securitySchemes": "securitySchemes",
}  # fmt: skip
ASYNCAPI_HOMES = {
    **{word: home for word, home in OPENAPI_HOMES.items() if home == "schemas"},
    "payload": "schemas", "headers": "schemas", "message": "messages", "messages": "messages",
    "parameters": "parameters", "correlationId": "correlationIds",
    "securitySchemes": "securitySchemes",
}  # fmt: skip
# Under these one part stands; under the others a list of parts, or one for each name.
SINGLE = frozenset(
    [
        "schema", "items", "not", "additionalProperties", "itemSchema", "requestBody", "payload",
        "message", "correlationId",
    ]
)  # fmt: skip
SWAGGER_HOMES = {
    **{word: "definitions" for word, home in OPENAPI_HOMES.items() if home == "schemas"},
    "definitions": "definitions", "parameters": "parameters", "responses": "responses",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """A value in a file."""

    file: Path
    pointer: str


def bundle(path: Path, *, limits: Limits = LIMITS) -> bytes:
    """The document at `path` with all it refers to below its own folder, as JSON.

    A document that refers to nothing outside comes back as its own bytes. Raises DocumentError
    with the pointer of a reference that is refused or names nothing, and OSError if `path` itself
    cannot be read.
    """
    data = path.read_bytes()
    if len(data) > limits.size:
        raise refused(f"{len(data)} bytes; a document may have {limits.size}", status=413)
    tree = read_tree(data, limits=limits)
    if not isinstance(tree, dict) or not any(
        refs.is_external(each.ref) for each in walk.references(tree, kind=kind_of(tree))
    ):
        return data
    return orjson.dumps(Bundler(path.resolve(), tree, limits).bundled(), option=orjson.OPT_INDENT_2)


def kind_of(tree: dict[str, Any]) -> str:
    """The kind a document calls itself; OpenAPI if nothing."""
    return next((kind for kind in KINDS if kind in tree), "openapi")


class Bundler:
    """One bundling: the files read, and where in the document their parts went."""

    def __init__(self, path: Path, tree: dict[str, Any], limits: Limits) -> None:
        self.path = path
        self.folder = path.parent
        self.limits = limits
        self.room = limits.size
        self.trees: dict[Path, Any] = {path: orjson.loads(orjson.dumps(tree))}
        self.tree: dict[str, Any] = self.trees[path]
        self.homes: dict[Target, str] = {}
        self.taken: dict[str, set[str]] = {}
        self.inlined: set[tuple[str, Target]] = set()
        if "asyncapi" in tree:
            self.words, self.base = ASYNCAPI_HOMES, "/components"
        elif "swagger" in tree:
            self.words, self.base = SWAGGER_HOMES, ""
        else:
            self.words, self.base = OPENAPI_HOMES, "/components"

    def bundled(self) -> dict[str, Any]:
        self.adopt()
        queue: list[tuple[Any, Path, str]] = [(self.tree, self.path, "")]
        while queue:
            part, file, pointer = queue.pop()
            queue.extend(self.settle(part, file, pointer))
        return self.tree

    def adopt(self) -> None:
        """Components that are themselves references to files become the homes of what they name."""
        for section in self.sections():
            part = refs.lookup(self.tree, section) if exists(self.tree, section) else {}
            self.taken[section] = set(mapping(part))
            for name, value in mapping(part).items():
                ref = refs.reference(value)
                if ref and refs.is_external(ref):
                    pointer = pointers.join(section, name)
                    target = self.target(ref, self.path, f"{pointer}/$ref")
                    self.homes.setdefault(target, pointer)

    def sections(self) -> list[str]:
        return sorted({f"{self.base}/{home}" for home in self.words.values()})

    def settle(self, part: Any, file: Path, pointer: str) -> Iterator[tuple[Any, Path, str]]:
        """Brings in what one part refers to; yields the parts that came in."""
        for below, holder in list(walk.objects(part, kind=kind_of(self.tree))):
            ref = holder.get("$ref")
            at = f"{pointer}{below}"
            if not isinstance(ref, str) or (file == self.path and not refs.is_external(ref)):
                continue
            target = self.target(ref, file, f"{at}/$ref")
            if target.file == self.path:
                holder["$ref"] = f"#{target.pointer}"
                continue
            home = self.homes.get(target)
            if home is None:
                home = self.home(target, at)
                if home is None:
                    yield from self.inline(holder, target, at)
                    continue
                self.homes[target] = home
                value = self.value(target, at)
                self.place(home, value)
                yield value, target.file, home
            elif home == at:
                yield from self.inline(holder, target, at)
                continue
            holder["$ref"] = f"#{home}"

    def inline(
        self, holder: dict[str, Any], target: Target, at: str
    ) -> Iterator[tuple[Any, Path, str]]:
        """Puts the value where its reference stood; the reference's other words stay.

        Text, such as a long description kept in a file, takes the reference's whole place.
        """
        if (at, target) in self.inlined or at.count("/") > self.limits.depth:
            raise self.problem(f"{at}/$ref", "the references only lead round in a circle")
        self.inlined.add((at, target))
        value = self.value(target, at)
        if not isinstance(value, dict):
            self.replace(at, value)
            if isinstance(value, list):
                yield value, target.file, at
            return
        siblings = {word: each for word, each in holder.items() if word != "$ref"}
        holder.clear()
        holder.update(value)
        holder.update(siblings)
        yield holder, target.file, at

    def replace(self, at: str, value: Any) -> None:
        """Sets what stands at a place of the document."""
        if not at:
            raise self.problem(at, "the document's root must be an object")
        parent = refs.lookup(self.tree, pointers.parent(at))
        name = pointers.last(at)
        if isinstance(parent, list):
            parent[int(name)] = value
        else:
            parent[name] = value

    def home(self, target: Target, at: str) -> str | None:
        """The pointer where a part referred to at this place belongs; None if to the place."""
        *_, above, word = ["", "", *pointers.split(at)]
        single = SINGLE | {"headers"} if self.words is ASYNCAPI_HOMES else SINGLE
        holds_many = above in self.words and above not in single
        if not holds_many and word not in single.intersection(self.words):
            return None
        section = f"{self.base}/{self.words[above if holds_many else word]}"
        wanted = pointers.split(target.pointer)[-1] if target.pointer else target.file.stem
        name = free(NOT_A_NAME.sub("_", wanted) or "part", self.taken[section])
        self.taken[section].add(name)
        return pointers.join(section, name)

    def place(self, pointer: str, value: Any) -> None:
        holder = self.tree
        names = pointers.split(pointer)
        for name in names[:-1]:
            holder = holder.setdefault(name, {})
        holder[names[-1]] = value

    def value(self, target: Target, at: str) -> Any:
        """A copy of what a target names."""
        try:
            found = refs.lookup(self.trees[target.file], target.pointer)
        except refs.Dangling:
            name = f"{target.file.name}#{target.pointer}"
            raise self.problem(f"{at}/$ref", f"{shown(name)} does not exist") from None
        written = orjson.dumps(found)
        self.room -= len(written)
        if self.room < 0:
            raise refused("the bundled document would be too large", pointer=at, status=413)
        return orjson.loads(written)

    def target(self, ref: str, file: Path, at: str) -> Target:
        """What a reference written in a file names. Raises DocumentError if it leads too far."""
        if SCHEME.match(ref):
            raise self.problem(at, f"the reference {shown(ref)} leads to a host; copy it here")
        name, fragment = urldefrag(ref)
        pointer = pointers.of_fragment(fragment)
        if pointer and not pointer.startswith("/"):
            raise self.problem(at, f"the reference {shown(ref)} is not a JSON pointer")
        if not name:
            return Target(file, pointer)
        path = (file.parent / unquote(name)).resolve()
        if not path.is_relative_to(self.folder) or name.startswith("/"):
            raise self.problem(
                at, f"the reference {shown(ref)} leads outside the document's own folder"
            )
        if path not in self.trees:
            self.trees[path] = self.read(path, ref, at)
        return Target(path, pointer)

    def read(self, path: Path, ref: str, at: str) -> Any:
        if not path.is_file():
            raise self.problem(at, f"the file {shown(ref)} does not exist")
        if len(self.trees) >= MOST_FILES or path.stat().st_size > self.limits.size:
            raise refused("too many or too large files", pointer=at, status=413)
        try:
            return read_tree(path.read_bytes(), limits=self.limits)
        except DocumentError as error:
            problems = [
                Problem(at, None, None, f"{path.name}, line {each.line}: {each.detail}")
                for each in error.problems
            ]
            raise DocumentError(error.status, problems) from None

    def problem(self, pointer: str, detail: str) -> DocumentError:
        return refused(detail, pointer=pointer)


def exists(tree: Any, pointer: str) -> bool:
    try:
        refs.lookup(tree, pointer)
    except refs.Dangling:
        return False
    return True


def free(wanted: str, taken: set[str]) -> str:
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}_{count}"
    return name
