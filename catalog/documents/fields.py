"""Names of the properties in an operation's schemas, for search."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from catalog.documents.refs import Resolver, lookup

MOST_FIELDS = 250  # an operation
MOST_NODES = 2_000  # values looked at inside one schema, references apart
MOST_SCHEMAS = 200  # schemas followed for one operation

LISTS = ("allOf", "oneOf", "anyOf", "prefixItems")
SINGLES = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
HOLDERS = frozenset(["$ref", "properties", *LISTS, *SINGLES])


class Fields:
    """Collects property names, each referenced schema looked at once for all operations."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.known: dict[str, tuple[list[str], list[str]]] = {}

    def of(self, pointers: Iterable[str]) -> tuple[str, ...]:
        """Property names below the schemas at these pointers, nearest first, each once."""
        names: dict[str, None] = {}
        queue: deque[str] = deque()
        for pointer in pointers:
            own, refs = self.behind(pointer)
            names.update(dict.fromkeys(own))
            queue.extend(refs)
        seen: set[str] = set()
        while queue and len(names) < MOST_FIELDS and len(seen) < MOST_SCHEMAS:
            ref = queue.popleft()
            if ref in seen:
                continue
            seen.add(ref)
            own, refs = self.behind(ref)
            names.update(dict.fromkeys(own))
            queue.extend(refs)
        return tuple(names)[:MOST_FIELDS]

    def behind(self, ref: str) -> tuple[list[str], list[str]]:
        if ref not in self.known:
            try:
                schema = (
                    lookup(self.resolver.tree, ref)
                    if ref.startswith("/")
                    else self.resolver.follow(ref)[0]
                )
            except LookupError:
                schema = None
            self.known[ref] = self.inside(schema)
        return self.known[ref]

    def inside(self, schema: Any) -> tuple[list[str], list[str]]:
        """The property names written in one schema, and the references it holds."""
        names: list[str] = []
        refs: list[str] = []
        layer: list[Any] = [schema]
        budget = MOST_NODES
        while layer and budget > 0:
            budget -= len(layer)
            below: list[Any] = []
            for node in layer[:MOST_NODES]:
                if type(node) is not dict or HOLDERS.isdisjoint(node):
                    continue
                ref = node.get("$ref")
                if type(ref) is str:
                    refs.append(ref)
                properties = node.get("properties")
                if type(properties) is dict:
                    names.extend(properties)
                    below.extend(properties.values())
                for word in SINGLES:
                    if word in node:
                        below.append(node[word])
                for word in LISTS:
                    branches = node.get(word)
                    if type(branches) is list:
                        below.extend(branches)
            layer = below
        return names, refs
