"""A document in pieces: splitting it at publish, and finding one's way among them later."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from catalog.models import Fragment
from catalog.reference.pointers import (
    HTTP_METHODS,
    PATHS,
    SECTIONS,
    Tokens,
    hash_of,
    owner_of,
    pointer_of,
    tokens_of,
)

UNLISTED = frozenset({"info", "tags", "openapi", "swagger", "asyncapi", "externalDocs"})
LONGEST_CHAIN = 50  # references followed one to the next before a page gives up
REFERENCE = re.compile(rb'"\$ref":"((?:[^"\\]|\\.)+)"')


class Absent:
    """Nothing stands at a pointer, or not yet: `LATER` means that its fragment is not loaded."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


MISSING: Final = Absent("MISSING")
LATER: Final = Absent("LATER")


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment as publishing makes it: where it stands, its JSON, what it refers to."""

    pointer: str
    body: bytes
    references: frozenset[str]


def dump(value: Any) -> bytes:
    """A value as JSON. What orjson refuses (integers beyond 64 bits, half characters) is written
    by the slower writer."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value, default=str, separators=(",", ":")).encode()


def load(body: bytes) -> Any:
    """The value that `dump` wrote."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def split(tree: Mapping[str, Any]) -> Iterator[Piece]:
    """The fragments of a document's tree (OpenAPI 3, AsyncAPI)."""
    for section, content in tree.items():
        if section in UNLISTED:
            continue
        if section in PATHS and isinstance(content, dict):
            for name, item in content.items():
                yield from _split_path((section, str(name)), item)
        elif section in SECTIONS and isinstance(content, dict):
            yield from _split_section((section,), content, SECTIONS[section] - 1)
        else:
            yield _piece((section,), content)


def _split_section(at: Tokens, content: Mapping[str, Any], depth: int) -> Iterator[Piece]:
    for name, inner in content.items():
        place = (*at, str(name))
        if depth > 1 and isinstance(inner, dict):
            yield from _split_section(place, inner, depth - 1)
        else:
            yield _piece(place, inner)


def _split_path(at: Tokens, item: Any) -> Iterator[Piece]:
    if not isinstance(item, dict):
        yield _piece(at, item)
        return
    rest = {name: part for name, part in item.items() if name not in HTTP_METHODS}
    if rest:
        yield _piece(at, rest)
    for name, part in item.items():
        if name in HTTP_METHODS:
            yield _piece((*at, name), part)


def _piece(at: Tokens, content: Any) -> Piece:
    body = dump(content)
    owners: set[str] = set()
    if b'"$ref"' in body:
        for found in set(REFERENCE.findall(body)):
            tokens = tokens_of(load(b'"' + found + b'"'))
            if tokens:
                owners.add(pointer_of(owner_of(tokens)))
    return Piece(pointer_of(at), body, frozenset(owners))


def needs_of(
    starts: Iterable[str], pieces: Mapping[str, Piece], *, depth: int = 3, most: int = 60
) -> list[UUID]:
    """What a page of an operation loads at once: the fragments at `starts` and what they refer to,
    nearest first, down to `depth`, at most `most`. A start without a fragment is named too, so
    that the page knows that there is none."""
    found = list(dict.fromkeys(starts))
    seen = set(found)
    ring = [start for start in found if start in pieces]
    for _ in range(depth):
        ring = [
            reference
            for pointer in ring
            for reference in sorted(pieces[pointer].references)
            if reference in pieces and not (reference in seen or seen.add(reference))  # type: ignore[func-returns-value]
        ]
        found += ring
        if len(found) >= most:
            break
    return [hash_of(pointer) for pointer in found[:most]]


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
            self._bodies[pointer] = load(bytes(body))

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
