"""Where each value stands in the source text.

Marks mirror the tree: for a container a list whose first item is its own position and whose
others are those of its entries in order, for a scalar (and for a YAML alias) one integer,
line × COLUMNS + column, both from 0.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from catalog.documents import pointers

COLUMNS = 1 << 12  # a column beyond is given as the last
Marks = list[Any]


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
        self.scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
        self.entries: dict[int, dict[str, tuple[int, int]]] = {}
        self.line_starts: list[int] | None = None

    def where(self, names: list[str]) -> tuple[int, int]:
        """Line and column of the deepest part of the path that exists."""
        at = value = self.skip(0)
        for name in names:
            found = self.below(value).get(name)
            if found is None:
                break
            at, value = found
        return self.place(at)

    def below(self, start: int) -> dict[str, tuple[int, int]]:
        """For each entry of the container at this offset: where it and where its value begin."""
        if start not in self.entries:
            self.entries[start] = {name: (at, value) for name, at, value in self.walk(start)}
        return self.entries[start]

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
            lengths = (len(line) + 1 for line in self.text.split("\n"))
            self.line_starts = list(accumulate(lengths, initial=0))
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
