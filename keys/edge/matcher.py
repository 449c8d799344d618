"""Which operation a raw request path is, before anything is decoded.

An API's path templates (OpenAPI path templating) become a tree by segment. A literal segment is
compared byte for byte, so what a document declares is matched whatever it holds. A parameter takes
one segment that is not empty and holds nothing that an upstream could read as another path:
dot segments, encoded dots and slashes, a semicolon, a backslash, a NUL. Where a parameter's value,
once decoded or in another case, would be a literal sibling, upstreams disagree about the
operation, and the answer is None.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

PARAMETER = re.compile(r"\{[^{}/]*\}")
# What may change a path's meaning on its way through decoders, in any case.
UNSAFE = re.compile(rb"%(?:25)*(?:2e|2f|5c|00|3b)|[;\\]", re.IGNORECASE)
DOTS = (b".", b"..")
MAX_SEGMENTS = 64
MAX_TRIES = 400  # states visited for one path; hostile templates cannot make it slow


@dataclass(slots=True)
class Pattern:
    """A segment that mixes literals and parameters, such as `{id}:cancel` or `{name}.json`."""

    pieces: tuple[bytes, ...]

    @property
    def folded(self) -> "Pattern":
        """The same pattern for segments in lower case."""
        return Pattern(tuple(piece.lower() for piece in self.pieces))

    def matches(self, segment: bytes) -> bool:
        """Whether the literals stand in this order with at least one byte at each parameter."""
        first, *middle, last = self.pieces
        if not segment.startswith(first) or not segment.endswith(last):
            return False
        place, end = len(first) + 1, len(segment) - len(last)
        for piece in middle:
            found = segment.find(piece, place, end)
            if found < 0:
                return False
            place = found + len(piece) + 1
        return place <= end


@dataclass(slots=True)
class Node:
    """One place in the tree; `methods` names the operations whose template ends here."""

    literal: dict[bytes, "Node"] = field(default_factory=dict)
    folded: frozenset[bytes] = frozenset()
    patterns: list[tuple[Pattern, "Node"]] = field(default_factory=list)
    parameter: "Node | None" = None
    methods: dict[str, str] = field(default_factory=dict)


class Matcher:
    """The operations of one API by method and path."""

    __slots__ = ("_root", "count")

    def __init__(self, operations: Iterable[tuple[str, str, str]]) -> None:
        """Take (key, METHOD, path template) of each operation; the first of equal ones stays."""
        self._root = Node()
        self.count = 0
        for key, method, path in operations:
            self._add(key, method.upper(), path)
        _seal(self._root)

    def _add(self, key: str, method: str, path: str) -> None:
        node = self._root
        for segment in path.encode().split(b"/")[1:]:
            node = _child(node, segment)
        node.methods.setdefault(method, key)
        self.count += 1

    def match(self, segments: list[bytes], start: int, method: str) -> str | None:
        """The operation's key for the path segments from `start`, or None.

        `segments` is the raw path split at slashes; `method` is upper case. HEAD and OPTIONS are
        operations of their own: only what the document declares is matched.
        """
        node: Node | None = self._root
        for segment in segments[start:]:
            assert node is not None
            nearest = node.literal.get(segment)
            if nearest is None:
                if node.patterns or b"%" in segment or segment.lower() in node.folded:
                    return self._search(segments, start, method)
                nearest = node.parameter
                if nearest is None or not _safe(segment):
                    return self._search(segments, start, method)
            elif node.parameter is not None or node.patterns:
                return self._search(segments, start, method)
            node = nearest
        assert node is not None
        return node.methods.get(method)

    def _search(self, segments: list[bytes], start: int, method: str) -> str | None:
        """All ways through the tree, literals first; bounded, and None where they disagree."""
        if len(segments) - start > MAX_SEGMENTS:
            return None
        tries = 0
        stack = [(self._root, start)]
        while stack:
            tries += 1
            if tries > MAX_TRIES:
                return None
            node, place = stack.pop()
            if place == len(segments):
                if method in node.methods:
                    return node.methods[method]
                continue
            segment = segments[place]
            if _ambiguous(node, segment):
                return None
            if _safe(segment):
                if node.parameter is not None:
                    stack.append((node.parameter, place + 1))
                stack.extend(
                    (child, place + 1)
                    for pattern, child in reversed(node.patterns)
                    if pattern.matches(segment)
                )
            if (literal := node.literal.get(segment)) is not None:
                stack.append((literal, place + 1))
        return None


def _child(node: Node, segment: bytes) -> Node:
    text = segment.decode()
    pieces = PARAMETER.split(text)
    if len(pieces) == 1:
        return node.literal.setdefault(segment, Node())
    if pieces == ["", ""]:
        node.parameter = node.parameter or Node()
        return node.parameter
    wanted = tuple(piece.encode() for piece in pieces)
    for pattern, child in node.patterns:
        if pattern.pieces == wanted:
            return child
    child = Node()
    node.patterns.append((Pattern(wanted), child))
    # The more literal bytes a pattern has, the more exactly it speaks.
    node.patterns.sort(key=lambda item: -sum(map(len, item[0].pieces)))
    return child


def _seal(root: Node) -> None:
    stack = [root]
    while stack:
        node = stack.pop()
        node.folded = frozenset(segment.lower() for segment in node.literal)
        stack.extend(node.literal.values())
        stack.extend(child for _, child in node.patterns)
        if node.parameter is not None:
            stack.append(node.parameter)


def _safe(segment: bytes) -> bool:
    return segment.isalnum() or (
        segment != b"" and segment not in DOTS and UNSAFE.search(segment) is None
    )


def _ambiguous(node: Node, segment: bytes) -> bool:
    """Whether a decoder, or a server blind to case, would read `segment` as a sibling that it
    does not match as it stands."""
    if segment in node.literal:
        return False
    read = (unquote_to_bytes(segment) if b"%" in segment else segment).lower()
    if read in node.folded:
        return True
    return any(
        pattern.folded.matches(read) and not pattern.matches(segment)
        for pattern, _ in node.patterns
    )
