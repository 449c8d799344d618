"""Where each value stands in the source text.

Marks mirror the tree: for a container a list whose first item is its own position and whose
others are those of its entries in order, for a scalar (and for a YAML alias) one integer,
line × COLUMNS + column, both from 0.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from catalog.documents import pointers

LARGE = 200_000  # characters of a text that is worth a faster look
INDENTATION = re.compile(" *")
BLOCK = 1 << 13
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
        # for each block, how many line breaks stand before it, and where the last of them
        self.breaks = array("Q", [0])
        self.last_break = array("q", [-1])

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
            end = self.closed(offset)
            if end is None:
                _, end = scan(text, offset)
            offset = self.skip(end)

    def closed(self, start: int) -> int | None:
        """The end of the container that begins here, found by its indentation alone; None if the
        text is small or not laid out so.

        A text in JSON has no line break in it, so that in a text indented by a program the next
        bracket as far to the left as the container's first line closes it.
        """
        text = self.text
        if len(text) < LARGE or text[start] not in "{[" or text[start + 1 : start + 2] != "\n":
            return None
        line = text.rfind("\n", 0, start) + 1
        found = INDENTATION.match(text, line)
        margin = found.group() if found else ""
        if not text.startswith(f"\n{margin} ", start + 1):
            return None
        closing = "}" if text[start] == "{" else "]"
        end = text.find(f"\n{margin}{closing}", start)
        return None if end < 0 else end + len(margin) + 2

    def skip(self, offset: int) -> int:
        """The offset behind white space and at most one comma or colon."""
        found = self.SEPARATOR.match(self.text, offset)
        return found.end() if found else offset

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset: breaks are counted a block at a time, once."""
        text, block = self.text, offset // BLOCK
        while len(self.breaks) <= block:
            start = (len(self.breaks) - 1) * BLOCK
            last = text.rfind("\n", start, start + BLOCK)
            self.last_break.append(last if last >= 0 else self.last_break[-1])
            self.breaks.append(self.breaks[-1] + text.count("\n", start, start + BLOCK))
        start = block * BLOCK
        last = text.rfind("\n", start, offset)
        line = self.breaks[block] + text.count("\n", start, offset) + 1
        return line, offset - (last if last >= 0 else self.last_break[block])


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
