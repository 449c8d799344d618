"""Finding one's way among the pieces of a document."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from catalog.analysis.pieces import load
from catalog.analysis.places import Tokens, hash_of, owner_of, pointer_of, tokens_of
from catalog.models import Fragment

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


class Fragments:
    """The fragments of one version that a page has loaded so far.

    A look-up of what is not loaded answers LATER and is noted; `load_wanted` then fetches all
    that was noted in one query, and the page draws again.
    """

    def __init__(self, version_id: UUID) -> None:
        self.version_id = version_id
        self._bodies: dict[str, Any] = {}
        self._wanted: set[str] = set()
        self._asked: set[UUID] = set()

    def load(self, hashes: Iterable[UUID]) -> None:
        """Fetch fragments by the hashes of their pointers: one query."""
        asked = set(hashes) - self._asked
        self._asked |= asked
        rows = Fragment.across.filter(version_id=self.version_id, pointer_hash__in=list(asked))
        for pointer, body in rows.values_list("pointer", "body"):
            self._bodies[pointer] = load(body)

    def load_wanted(self) -> bool:
        """Fetch what was looked for in vain; False where nothing was."""
        if not self._wanted:
            return False
        wanted, self._wanted = self._wanted, set()
        self.load(hash_of(pointer) for pointer in wanted)
        return True

    def at(self, tokens: Tokens) -> Any:
        """The value at a place, MISSING, or LATER."""
        owner = owner_of(tokens)
        pointer = pointer_of(owner)
        value = self._bodies.get(pointer, LATER)
        if value is not LATER:
            return within(value, tokens[len(owner) :])
        if hash_of(pointer) in self._asked:
            return MISSING
        self._wanted.add(pointer)
        return LATER

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
