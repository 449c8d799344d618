"""Finding one's way in a document by pointers and references, whether it is whole or in pieces."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog.analysis.places import Tokens, tokens_of

LONGEST_CHAIN = 50  # references followed one to the next before a page gives up


class Absent:
    """Nothing stands at a pointer, or not yet: `LATER` means that its fragment is not loaded."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


MISSING: Final = Absent("MISSING")
LATER: Final = Absent("LATER")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A node with its reference followed: its value (or MISSING, LATER), where it stands, and the
    name of the component it is, if it is one."""

    value: Any
    at: Tokens
    name: str = ""


class Source(ABC):
    """Where values are looked up."""

    @abstractmethod
    def at(self, tokens: Tokens) -> Any:
        """The value at a place, MISSING, or LATER."""

    def resolve(self, node: Any, at: Tokens) -> Resolved:
        """The node at `at`, its chain of references followed. Keywords beside a reference, where
        there are any, stand over those of its target (OpenAPI 3.1)."""
        name = ""
        beside: dict[str, Any] = {}
        for _ in range(LONGEST_CHAIN):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                value = {**node, **beside} if beside and isinstance(node, dict) else node
                return Resolved(value, at, name)
            target = tokens_of(reference)
            if target is None:
                return Resolved(MISSING, at, reference)
            beside = {k: v for k, v in node.items() if k != "$ref"} | beside
            name, at = target[-1] if target else "", target
            node = self.at(target)
            if isinstance(node, Absent):
                return Resolved(node, at, name)
        return Resolved(MISSING, at, name)


class Whole(Source):
    """A document's whole tree."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree = tree

    def at(self, tokens: Tokens) -> Any:
        """The value at a place, or MISSING."""
        return within(self.tree, tokens)


def within(value: Any, tokens: Tokens) -> Any:
    """The value at a place inside another, or MISSING."""
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isascii() and token.isdigit():
            if int(token) >= len(value):
                return MISSING
            value = value[int(token)]
        else:
            return MISSING
    return value
