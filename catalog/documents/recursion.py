"""Schemas that no finite value satisfies: what they require leads back to themselves."""

from __future__ import annotations

from typing import Any

from catalog.documents import refs
from catalog.documents.shapes import mapping, sequence

MOST_LEVELS = 60
Blockers = frozenset[str]
NOTHING: Blockers = frozenset()


class Finiteness:
    """Works out which referenced schemas a finite value can satisfy.

    Starts from "none" and adds what is satisfied by what is known, so that what remains at the
    end can only be satisfied by itself. A schema waits for the references that block it.
    """

    def __init__(self, resolver: refs.Resolver) -> None:
        self.resolver = resolver
        self.finite: set[str] = set()
        self.waiting: dict[str, set[str]] = {}
        self.seen: set[str] = set()

    def endless(self, references: list[str]) -> set[str]:
        """Of these references, those that name a schema no finite value satisfies."""
        queue = list(references)
        while queue:
            ref = queue.pop()
            if ref in self.finite:
                continue
            self.seen.add(ref)
            try:
                schema, _ = self.resolver.follow(ref)
            except LookupError:
                blockers = NOTHING
            else:
                blockers = self.blockers(schema)
            if not blockers:
                self.finite.add(ref)
                queue.extend(self.waiting.pop(ref, ()))
                continue
            for blocker in blockers:
                self.waiting.setdefault(blocker, set()).add(ref)
                if blocker not in self.seen:
                    queue.append(blocker)
        return {ref for ref in references if ref not in self.finite}

    def blockers(self, schema: Any, level: int = 0) -> Blockers:
        """References, not yet known to be finite, that any value of this schema must satisfy."""
        if type(schema) is not dict or level > MOST_LEVELS:
            return NOTHING
        found = NOTHING
        ref = schema.get("$ref")
        if type(ref) is str and ref not in self.finite:
            found |= {ref}
        if may_be_other(schema):
            return found
        if "required" in schema and "properties" in schema:
            properties = mapping(schema["properties"])
            for name in sequence(schema["required"]):
                if type(name) is str and name in properties:
                    found |= self.blockers(properties[name], level + 1)
        minimum = schema.get("minItems")
        if type(minimum) is int and minimum > 0:
            found |= self.blockers(schema.get("items"), level + 1)
        for branch in sequence(schema.get("allOf")):
            found |= self.blockers(branch, level + 1)
        for word in ("oneOf", "anyOf"):
            branches = sequence(schema.get(word))
            if branches:
                blocked = [self.blockers(branch, level + 1) for branch in branches]
                if all(blocked):
                    found |= frozenset().union(*blocked)
        return found


def may_be_other(schema: dict[str, Any]) -> bool:
    """Whether null, or another kind than object and array, satisfies the schema too."""
    kind = schema.get("type")
    return schema.get("nullable") is True or (
        type(kind) is list and any(each not in ("object", "array") for each in kind)
    )
