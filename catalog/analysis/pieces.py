"""A document in pieces that refer to each other, so that no page parses the whole."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from catalog.analysis.places import (
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
REFERENCE = re.compile(rb'"\$ref":"((?:[^"\\]|\\.)+)"')


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


def load(body: bytes | str) -> Any:
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
