"""Where each value stands in the source text.

Marks mirror the tree: for a container a list whose first item is its own position and whose
others are those of its entries in order, for a scalar (and for a YAML alias) one integer,
line × COLUMNS + column, both from 0.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from catalog.documents import pointers

COLUMNS = 1 << 12  # a column beyond is given as the last
Marks = list[Any]
Place = tuple[int, int]


def line_of_undecodable(data: bytes, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the first byte that is not UTF-8, else of `offset`."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        offset = error.start
    before = data[:offset]
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")


def entry(tree: Any, name: str) -> tuple[int, Any]:
    """Which entry of a container this name is, and its value. Raises LookupError."""
    if isinstance(tree, dict):
        for index, key in enumerate(tree):
            if key == name:
                return index, tree[key]
        raise KeyError(name)
    if isinstance(tree, list) and name.isdecimal():
        return int(name), tree[int(name)]
    raise KeyError(name)


class YamlPositions:
    """Positions that the reading of the text recorded."""

    def __init__(self, tree: Any, marks: Marks) -> None:
        self.tree = tree
        self.marks = marks

    def where(self, names: list[str]) -> tuple[int, int]:
        """Line and column of the deepest part of the path that exists."""
        tree, marks, at = self.tree, self.marks, self.marks[0]
        for name in names:
            try:
                index, tree = entry(tree, name)
            except LookupError:
                break
            below = marks[index + 1]
            if type(below) is int:
                at = below
                break
            marks, at = below, below[0]
        return at // COLUMNS + 1, at % COLUMNS + 1


class JsonPositions:
    """Positions found on demand: a container's entries are located when first asked for.

    Each look skips values with the C scanner, so that even in a large text a pointer costs a few
    passes over what lies before it, and its neighbours nothing more.
    """

    SEPARATOR = re.compile(r"[ \t\n\r]*[,:]?[ \t\n\r]*")

    def __init__(self, data: bytes) -> None:
        self.text = data.decode("utf-8-sig")
        # Objects are scanned, not kept: what they hold is not asked for.
        self.scan = json.JSONDecoder(object_pairs_hook=len).scan_once  # type: ignore[attr-defined]
        self.entries: dict[int, tuple[dict[str, Place], Iterator[tuple[str, int, int]]]] = {}
        self.line_starts: array[int] | None = None

    def where(self, names: list[str]) -> tuple[int, int]:
        """Line and column of the deepest part of the path that exists."""
        at = value = self.skip(0)
        for name in names:
            found = self.entry(value, name)
            if found is None:
                break
            at, value = found
        return self.place(at)

    def entry(self, start: int, name: str) -> Place | None:
        """Where an entry of the container at this offset, and where its value, begins.

        Entries are located up to the one asked for, and the rest when one of them is.
        """
        if start not in self.entries:
            self.entries[start] = ({}, self.walk(start))
        known, rest = self.entries[start]
        while name not in known:
            following = next(rest, None)
            if following is None:
                return None
            known[following[0]] = following[1:]
        return known[name]

    def walk(self, start: int) -> Iterator[tuple[str, int, int]]:
        """Each entry's name, its offset and its value's offset; equal names all come."""
        text, scan = self.text, self.scan
        opening = text[start]
        if opening not in "{[":
            return
        count = 0
        offset = self.skip(start + 1)
        while text[offset] not in "]}":
            at = offset
            if opening == "{":
                name, offset = scanstring(text, offset + 1)
                offset = self.skip(offset)
            else:
                name = str(count)
                count += 1
            yield name, at, offset
            _, offset = scan(text, offset)
            offset = self.skip(offset)

    def skip(self, offset: int) -> int:
        """The offset behind white space and at most one comma or colon."""
        found = self.SEPARATOR.match(self.text, offset)
        return found.end() if found else offset

    def place(self, offset: int) -> tuple[int, int]:
        if self.line_starts is None:
            ends = (found.end() for found in re.finditer("\n", self.text))
            self.line_starts = array("I", chain([0], ends))
        line = bisect_right(self.line_starts, offset) - 1
        return line + 1, offset - self.line_starts[line] + 1


class NoPositions:
    """A tree that was not read from a text."""

    def where(self, names: list[str]) -> tuple[int, int]:
        return 1, 1


Positions = YamlPositions | JsonPositions | NoPositions


def where(positions: Positions, pointer: str) -> tuple[int, int]:
    """Line and column, from 1, of what the pointer names, or of its nearest existing parent."""
    try:
        names = pointers.split(pointer)
    except ValueError:
        names = []
    return positions.where(names)
