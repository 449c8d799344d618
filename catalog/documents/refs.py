"""`$ref`: what it points at, where the real ones stand, and schemas drawn to a bounded depth."""

from __future__ import annotations

from typing import Any

from catalog.documents import pointers, walk

LONGEST_CHAIN = 100_000


class Dangling(LookupError):
    """A reference or pointer that names nothing in the document."""


class Loop(LookupError):
    """A reference that leads only to references, back to itself."""


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
                known = Dangling(*error.args)
                break
            following = reference(value)
            if following is None:
                known = (value, pointer)
            else:
                ref = following
        for link in chain:
            self.found[link] = known
        if isinstance(known, LookupError):
            # A new one each time: one that is raised again holds every frame it came through.
            raise type(known)(*known.args)
        return known

    def at(self, value: Any, pointer: str) -> tuple[Any, str]:
        """The value itself with its pointer, or what it refers to. Raises Dangling or Loop."""
        ref = reference(value)
        return (value, pointer) if ref is None else self.follow(ref)


def anchors(tree: Any) -> dict[str, str]:
    """Plain-name fragments → pointers: `$anchor`, `$dynamicAnchor`, and draft 7's `$id: "#x"`."""
    found: dict[str, str] = {}
    for pointer, value in walk.objects(tree):
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


# Words of a schema under which schemas stand: one, a list of them, or one for each name.
ONE = (
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
    "unevaluatedProperties", "unevaluatedItems", "additionalItems", "contentSchema",
)  # fmt: skip
LISTED = ("allOf", "oneOf", "anyOf", "prefixItems", "items")
BY_NAME = ("properties", "patternProperties", "dependentSchemas")
SHOWN_OF_MORE = ("type", "title", "format", "deprecated", "readOnly", "writeOnly", "nullable")
MORE, AT, MISSING = "$more", "$at", "$missing"
OURS = (MORE, AT, MISSING)
MOST_DRAWN = 3_000  # schemas in one drawing
MOST_LEVELS = 60  # schemas inside schemas


def expand(tree: Any, schema: Any, depth: int = 2) -> Any:
    """A schema with its references drawn in, down to `depth` levels of properties.

    `schema` is a pointer, a `#/…` reference, or a schema itself. Each object that was referred to
    carries `"$at"`, the pointer to where it stands. What is deeper, comes round again or is too
    much is an object with `"$more"`, the pointer to draw on demand, and what shows in one line
    (its type and title). A reference that names nothing gives `"$missing"`, its text.
    """
    pointer: str | None = None
    if isinstance(schema, str):
        pointer = pointers.of_fragment(schema.removeprefix("#"))
        schema = lookup(tree, pointer)
    return Drawing(Resolver(tree)).draw(schema, pointer, depth)


class Drawing:
    """One drawing in progress, with what is left of its budget."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.left = MOST_DRAWN

    def draw(
        self,
        schema: Any,
        pointer: str | None,
        depth: int,
        inside: tuple[str, ...] = (),
        level: int = 0,
    ) -> Any:
        self.left -= 1
        at = None
        siblings: dict[str, Any] = {}
        ref = reference(schema)
        if ref is not None:
            siblings = {word: value for word, value in schema.items() if word != "$ref"}
            try:
                schema, pointer = self.resolver.follow(ref)
            except LookupError:
                return {**siblings, MISSING: ref}
            at = pointer
        if not isinstance(schema, dict):
            return schema
        stop = self.left <= 0 or level >= MOST_LEVELS or (depth < 0 and holds_schemas(schema))
        if pointer is not None and (stop or at in inside):
            return {**one_line(schema), **siblings, MORE: pointer}
        inner = inside if at is None else (*inside, at)
        drawn = {**schema, **siblings}
        for word in OURS:
            drawn.pop(word, None)
        for word in ONE:
            if isinstance(drawn.get(word), dict):
                drawn[word] = self.draw(drawn[word], below(pointer, word), depth, inner, level + 1)
        for word in LISTED:
            if isinstance(drawn.get(word), list):
                drawn[word] = [
                    self.draw(each, below(pointer, word, index), depth, inner, level + 1)
                    for index, each in enumerate(drawn[word])
                ]
        for word in BY_NAME:
            if isinstance(drawn.get(word), dict):
                drawn[word] = {
                    name: self.draw(each, below(pointer, word, name), depth - 1, inner, level + 1)
                    for name, each in drawn[word].items()
                }
        if at is not None:
            drawn[AT] = at
        return drawn


def below(pointer: str | None, *names: object) -> str | None:
    return None if pointer is None else pointers.join(pointer, *names)


def one_line(schema: dict[str, Any]) -> dict[str, Any]:
    return {word: schema[word] for word in SHOWN_OF_MORE if word in schema}


def holds_schemas(schema: dict[str, Any]) -> bool:
    return any(word in schema for word in (*ONE, *LISTED, *BY_NAME, "$ref"))
