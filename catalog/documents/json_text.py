"""JSON text read by orjson, with what orjson lets pass found by counting.

orjson keeps the last of two equal keys in silence. Writing the tree back and counting quotation
marks shows whether any text was lost, at a fraction of the cost of looking at each key.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from catalog.documents import pointers
from catalog.documents.errors import DocumentError, refused
from catalog.documents.limits import Limits
from catalog.documents.positions import JsonPositions, line_of_undecodable

QUOTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
BOM = b"\xef\xbb\xbf"


class Twice(Exception):
    """A key stands twice in one object."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read(data: bytes, limits: Limits) -> tuple[Any, bytes]:
    """The tree, and the same as compact JSON. Raises DocumentError."""
    text = data.removeprefix(BOM)
    refuse_too_many(text, limits)
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise not_json(data, error) from None
    compact = written(tree, limits)
    if b"\\u0022" in text or text.count(b'"') != compact.count(b'"'):
        refuse_twice(text)
    return tree, compact


def refuse_too_many(text: bytes, limits: Limits) -> None:
    """Raises DocumentError (413) for more values than the limit, before any is made."""
    if text.count(b",") > limits.nodes and QUOTED.sub(b"", text).count(b",") > limits.nodes:
        raise refused(f"more than {limits.nodes} values", pointer="", status=413)


def written(tree: Any, limits: Limits) -> bytes:
    """The tree as compact JSON. Raises DocumentError (413) if it is too deep."""
    try:
        return orjson.dumps(tree)
    except TypeError:
        raise refused(f"more than {limits.depth} levels deep", pointer="", status=413) from None


def not_json(data: bytes, error: orjson.JSONDecodeError) -> DocumentError:
    if "memory" in error.msg:
        raise MemoryError
    if "depth" in error.msg:
        return refused("too many levels deep", pointer="", status=413)
    if "UTF-8" in error.msg:
        line, column = line_of_undecodable(data, 0)
        return refused("not UTF-8", line=line, column=column)
    return refused(f"not JSON: {error.msg}", line=error.lineno, column=error.colno)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Twice(key)
            seen.add(key)
    return found


def refuse_twice(text: bytes) -> None:
    """Raises DocumentError at the second of two equal keys, if there are any."""
    try:
        json.loads(text, object_pairs_hook=once)
    except Twice:
        positions = JsonPositions(text)
        names, offset = second_of(positions)
        line, column = positions.place(offset)
        raise refused(
            f"the key {names[-1][:80]} stands twice",
            pointer=pointers.of(names),
            line=line,
            column=column,
        ) from None


def second_of(positions: JsonPositions) -> tuple[list[str], int]:
    """The path to a key that stands twice, and the offset where it stands again."""
    decoder = json.JSONDecoder(object_pairs_hook=once)
    start = positions.skip(0)
    names: list[str] = []
    while True:
        seen: set[str] = set()
        for name, at, value in positions.walk(start):
            if name in seen:
                return [*names, name], at
            seen.add(name)
            try:
                decoder.raw_decode(positions.text, value)
            except Twice:
                names.append(name)
                start = value
                break
        else:
            raise AssertionError("no key stands twice")
