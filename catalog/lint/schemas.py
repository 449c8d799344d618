"""One walk over the schemas that operations use; every rule about schemas reads what it noted.

Each schema is looked at once for what callers send and once for what they get, however many
operations refer to it, so that the walk ends on cycles and costs no more than the document's size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from catalog.documents import pointers
from catalog.documents.operation import MediaSpec, MessageSpec, OperationSpec
from catalog.documents.refs import Dangling, Resolver, lookup
from catalog.documents.shapes import sequence

MOST_SCHEMAS = 200_000
MOST_SIGHTS = 4  # of one schema in one role, beside different words
Role = Literal["in", "out"]  # what the API takes, what it gives
NOTHING: frozenset[str] = frozenset()
# Words that bound a value, or close an object: one beside a `$ref` or in a part of an allOf counts
# for the other parts too.
# fmt: off
BOUNDS = frozenset([
    "maxLength", "enum", "const", "pattern", "format", "maxItems", "maximum", "minimum",
    "exclusiveMaximum", "exclusiveMinimum", "additionalProperties", "unevaluatedProperties",
    "readOnly", "type", "contentMediaType",
])
ONE = ("items", "not", "if", "then", "else", "contains", "additionalProperties", "additionalItems",
       "unevaluatedItems", "contentSchema", "unevaluatedProperties")
# fmt: on
LISTED = ("oneOf", "anyOf", "prefixItems")
HOLDS = frozenset([*ONE, *LISTED, "properties", "patternProperties", "allOf"])


class Node:
    """A schema at its place: what it says, in which role, and what is said beside it."""

    __slots__ = (
        "asserted",
        "base",
        "given",
        "name",
        "operation",
        "parent",
        "role",
        "schema",
        "step",
    )

    def __init__(
        self,
        schema: dict[str, Any],
        role: Role,
        operation: OperationSpec,
        *,
        base: str | None = None,
        parent: Node | None = None,
        step: str = "",
        name: str = "",
        given: frozenset[str] = NOTHING,
        asserted: bool = True,
    ) -> None:
        self.schema = schema
        self.role = role
        self.operation = operation
        self.base = base
        self.parent = parent
        self.step = step
        self.name = name
        self.given = given
        self.asserted = asserted

    @property
    def pointer(self) -> str:
        """Where the schema stands."""
        steps = []
        node: Node | None = self
        while node is not None and node.base is None:
            steps.append(node.step)
            node = node.parent
        start = node.base if node is not None and node.base is not None else ""
        return start + "".join(reversed(steps))

    @property
    def owner(self) -> str | None:
        """The key of the operation it lies in; None for what operations share."""
        return self.operation.key if self.pointer.startswith(self.operation.pointer + "/") else None

    def says(self, *words: str) -> bool:
        """Whether one of these words stands in the schema or beside it."""
        return any(word in self.schema or word in self.given for word in words)


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an object: its name, the object, and its own schema, resolved."""

    name: str
    node: Node
    site: dict[str, Any]
    schema: dict[str, Any]

    @property
    def pointer(self) -> str:
        return pointers.join(self.node.pointer, "properties", self.name)

    @property
    def owner(self) -> str | None:
        return self.node.owner


@dataclass(slots=True)
class Schemas:
    """What the walk noted. A schema of several types stands in several lists."""

    strings: list[Node] = field(default_factory=list)
    integers: list[Node] = field(default_factory=list)
    arrays: list[Node] = field(default_factory=list)
    objects: list[Node] = field(default_factory=list)
    unions: list[Node] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    partial: bool = False


def kinds_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types of a schema: said, or plain from its words."""
    kind = schema.get("type")
    if type(kind) is str:
        return (kind,)
    if type(kind) is list:
        return tuple(each for each in kind if type(each) is str)
    if "properties" in schema:
        return ("object",)
    if "items" in schema:
        return ("array",)
    return ()


class Walk:
    """The walk over one document."""

    def __init__(self, tree: Any, resolver: Resolver) -> None:
        self.tree = tree
        self.resolver = resolver
        self.found = Schemas()
        self.seen: dict[tuple[int, Role], list[tuple[frozenset[str], bool]]] = {}
        self.left = MOST_SCHEMAS

    def over(self, operations: Iterable[OperationSpec]) -> Schemas:
        """Walks what all operations use, in their order."""
        for operation in operations:
            for pointer, role, name in roots(operation):
                try:
                    schema = lookup(self.tree, pointer)
                except Dangling:
                    continue
                if type(schema) is dict:
                    self.from_root(Node(schema, role, operation, base=pointer, name=name))
                if self.found.partial:
                    return self.found
        return self.found

    def from_root(self, root: Node) -> None:
        stack = [root]
        seen = self.seen
        while stack:
            node = stack.pop()
            sights = seen.setdefault((id(node.schema), node.role), [])
            sight = (node.given, node.asserted)
            if sight in sights or len(sights) >= MOST_SIGHTS:
                continue
            sights.append(sight)
            self.left -= 1
            if self.left < 0:
                self.found.partial = True
                return
            ref = node.schema.get("$ref")
            if type(ref) is str:
                target = self.behind(node, ref)
                if target is not None:
                    stack.append(target)
                continue
            if node.asserted:
                self.note(node)
            if not HOLDS.isdisjoint(node.schema):
                stack.extend(reversed(list(self.inside(node))))

    def behind(self, node: Node, ref: str) -> Node | None:
        try:
            schema, pointer = self.resolver.follow(ref)
        except LookupError:
            return None
        if type(schema) is not dict:
            return None
        beside = node.given
        if len(node.schema) > 1:
            beside |= BOUNDS & node.schema.keys()
        return Node(
            schema,
            node.role,
            node.operation,
            base=pointer,
            name=node.name,
            given=beside,
            asserted=node.asserted,
        )

    def note(self, node: Node) -> None:
        found, schema = self.found, node.schema
        for kind in kinds_of(schema):
            if kind == "string":
                found.strings.append(node)
            elif kind == "array":
                found.arrays.append(node)
            elif kind == "object":
                found.objects.append(node)
            elif kind == "integer":
                found.integers.append(node)
        if "oneOf" in schema or "anyOf" in schema:
            found.unions.append(node)
        properties = schema.get("properties")
        if type(properties) is dict:
            for name, site in properties.items():
                if type(site) is dict:
                    found.fields.append(Field(name, node, site, self.resolved(site)))

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What a schema refers to, or itself."""
        ref = schema.get("$ref")
        if type(ref) is str:
            try:
                target = self.resolver.follow(ref)[0]
            except LookupError:
                return schema
            if type(target) is dict:
                return target
        return schema

    def inside(self, node: Node) -> Iterator[Node]:
        schema = node.schema
        properties = schema.get("properties")
        if type(properties) is dict:
            for name, each in properties.items():
                if type(each) is dict:
                    yield self.child(node, each, f"/properties/{pointers.token(name)}", name)
        for word in ONE:
            each = schema.get(word)
            if type(each) is dict:
                asserted = word not in ("not", "if")
                yield self.child(node, each, f"/{word}", node.name, asserted=asserted)
        named = schema.get("patternProperties")
        if type(named) is dict:
            for pattern, each in named.items():
                if type(each) is dict:
                    step = f"/patternProperties/{pointers.token(pattern)}"
                    yield self.child(node, each, step, node.name)
        if "allOf" in schema:
            yield from self.parts(node)
        for word in LISTED:
            for index, each in enumerate(sequence(schema.get(word))):
                if type(each) is dict:
                    beside = node.given | (BOUNDS & schema.keys())
                    given = beside if word != "prefixItems" else NOTHING
                    yield self.child(node, each, f"/{word}/{index}", node.name, given)
        each = schema.get("items")
        for index, item in enumerate(each if type(each) is list else ()):
            if type(item) is dict:
                yield self.child(node, item, f"/items/{index}", node.name)

    def parts(self, node: Node) -> Iterator[Node]:
        """The parts of an allOf, each beside what all the others say."""
        branches = [each for each in sequence(node.schema["allOf"]) if type(each) is dict]
        said = node.given | (BOUNDS & node.schema.keys())
        for branch in branches:
            said |= BOUNDS & (branch.keys() | self.resolved(branch).keys())
        for index, branch in enumerate(sequence(node.schema["allOf"])):
            if type(branch) is dict:
                yield self.child(node, branch, f"/allOf/{index}", node.name, said)

    def child(
        self,
        node: Node,
        schema: dict[str, Any],
        step: str,
        name: str,
        given: frozenset[str] = NOTHING,
        *,
        asserted: bool = True,
    ) -> Node:
        return Node(
            schema,
            node.role,
            node.operation,
            parent=node,
            step=step,
            name=name,
            given=given,
            asserted=asserted and node.asserted,
        )


def roots(operation: OperationSpec) -> Iterator[tuple[str, Role, str]]:
    """Where an operation's schemas stand, seen from the API: what it takes and what it gives."""
    inward = operation.kind in ("http", "receive")
    takes: Role = "in" if inward else "out"
    gives: Role = "out" if inward else "in"
    for parameter in operation.parameters:
        if parameter.schema:
            yield parameter.schema, takes, parameter.name
    for media in operation.request.content if operation.request else ():
        yield from schemas_of(media, takes)
    for response in operation.responses:
        for media in response.content:
            yield from schemas_of(media, gives)
    for message in operation.messages:
        yield from payloads_of(message, takes)
    for message in operation.reply.messages if operation.reply else ():
        yield from payloads_of(message, gives)


def schemas_of(media: MediaSpec, role: Role) -> Iterator[tuple[str, Role, str]]:
    for pointer in (media.schema, media.item_schema):
        if pointer:
            yield pointer, role, ""


def payloads_of(message: MessageSpec, role: Role) -> Iterator[tuple[str, Role, str]]:
    for pointer in (message.payload, message.headers):
        if pointer:
            yield pointer, role, ""
