"""One pass over libyaml's events: the tree, and where each value stands.

The pass sees what a loader hides: a key that stands twice, a second document, a language tag, an
alias that multiplies. It is also faster than PyYAML's loader, because no node is made in between.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yaml import events
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from catalog.documents import pointers, yaml_scalars
from catalog.documents.errors import DocumentError, Status, refused
from catalog.documents.limits import Limits
from catalog.documents.positions import COLUMNS, Marks, line_of_undecodable

MERGE = "<<"  # YAML 1.1's merge key, which many real documents use
NO_KEY: Any = object()
MERGE_KEY: Any = object()
COLLECTION_TAGS = {None, "!", yaml_scalars.CORE + "map", yaml_scalars.CORE + "seq"}


@dataclass(slots=True)
class Anchored:
    """What an anchor names. `size` is the source text one alias repeats, None until it ends.

    `text` is that of a scalar, for an alias that is a key.
    """

    value: Any
    size: int | None
    start: int = 0
    text: str | None = None


class YamlReader:
    """Reads one YAML document into plain dicts and lists."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        self.nodes = limits.yaml_nodes(len(data))
        self.anchors: dict[str, Anchored] = {}
        self.copied = 0
        self.merges: dict[int, list[tuple[Any, int]]] = {}
        # a frame for each open container: its parent, the parent's marks, key and kind, its anchor
        self.stack: list[tuple[Any, Marks, Any, bool, Anchored | None]] = []

    def read(self) -> tuple[Any, Marks]:
        """The root value and its marks. Raises DocumentError."""
        self.refuse_crowded()
        root: list[Any] = []
        marks: Marks = [0]
        try:
            self.build(root, marks)
        except ReaderError as error:
            line, column = line_of_undecodable(self.data, error.position)
            raise refused(unreadable(error), line=line, column=column) from None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = error.problem or error.context or ""
            raise refused(
                f"not YAML: {problem}",
                status=413 if "maximum nesting" in problem else 422,
                line=mark.line + 1 if mark else 1,
                column=mark.column + 1 if mark else 1,
            ) from None
        except YAMLError as error:
            raise refused(f"not YAML: {error}"[:200], line=1, column=1) from None
        if not root:
            raise refused("the document is empty", line=1, column=1)
        return root[0], marks[1] if type(marks[1]) is list else [marks[1]]

    def refuse_crowded(self) -> None:
        """Raises DocumentError (413) where commas and lines alone tell far too many values.

        Lines that are empty or comments tell none. What is near the limit is counted exactly,
        value by value.
        """
        data = self.data
        lines = data.count(b"\n") - 2 * data.count(b"\n\n") - data.count(b"#")
        if max(lines, 0) + data.count(b",") > 1.5 * self.nodes:
            raise refused(f"more than {self.nodes} values", pointer="", status=413)

    def build(self, root: list[Any], root_marks: Marks) -> None:
        # The hot loop: state in locals, and no call of ours for an ordinary scalar.
        next_event: Callable[[], Any] = CParser(self.data).get_event
        scalar, alias = events.ScalarEvent, events.AliasEvent
        map_start, map_end = events.MappingStartEvent, events.MappingEndEvent
        list_start, list_end = events.SequenceStartEvent, events.SequenceEndEvent
        intern, resolve, last = sys.intern, yaml_scalars.resolve, COLUMNS - 1
        may_differ = yaml_scalars.MAY_BE_NUMBER | frozenset("~ntfNTF")
        known: dict[str, Any] = dict(yaml_scalars.WORDS)
        stack, anchors, merges = self.stack, self.anchors, self.merges
        room, depth, started = self.nodes, self.limits.depth, False
        node: Any = root
        value: Any = None
        inner: Marks | None
        marks, key, in_map, at = root_marks, NO_KEY, False, 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is map_end or kind is list_end:
                if merges and id(node) in merges:
                    merge(node, marks, merges.pop(id(node)))
                node, marks, key, in_map, anchored = stack.pop()
                key = NO_KEY
                if anchored is not None:
                    anchored.size = event.end_mark.index + self.copied - anchored.start
                continue

            if not in_map or key is NO_KEY:
                mark = event.start_mark
                column = mark.column
                at = mark.line * COLUMNS + (column if column < last else last)
            inner = None
            if kind is scalar:
                value = event.value
                if in_map and key is NO_KEY:
                    if event.tag is not None:
                        self.tagged(event, value)
                    if event.anchor is not None:
                        anchors[event.anchor] = Anchored(value, len(value), text=value)
                    key = intern(value)
                    if key in node:
                        raise self.fail(f"the key {shown(key)} stands twice", event, key)
                    if key == MERGE and event.style == "":
                        key = self.merge_key(event, node)
                    continue
                if event.tag is not None:
                    value = self.tagged(event, key)
                elif event.style == "" and (not value or value[0] in may_differ):
                    if value in known:
                        value = known[value]
                    else:
                        try:
                            known[value] = value = resolve(value)
                        except yaml_scalars.NotJson as error:
                            raise self.fail(str(error), event, key) from None
                if event.anchor is not None:
                    anchors[event.anchor] = Anchored(value, len(event.value), text=event.value)
            elif kind is map_start or kind is list_start:
                if in_map and key is NO_KEY:
                    raise self.fail("a key must be text, not a list or an object", event)
                if event.tag not in COLLECTION_TAGS:
                    raise self.fail(refused_tag(event.tag), event, key)
                if len(stack) >= depth:
                    raise self.fail(f"more than {depth} levels deep", event, status=413)
                value = {} if kind is map_start else []
                inner = [at]
            elif kind is alias:
                if in_map and key is NO_KEY:
                    key = self.alias_key(event, node)
                    continue
                value = self.repeated(event, key).value
            elif kind is events.DocumentStartEvent:
                if started:
                    raise self.fail("a second YAML document in one file", event)
                started = True
                continue
            elif kind is events.StreamEndEvent:
                return
            else:
                continue

            room -= 1
            if room < 0:
                raise self.fail(f"more than {self.nodes} values", event, status=413)
            if not in_map:
                node.append(value)
                marks.append(at if inner is None else inner)
            elif key is MERGE_KEY:
                merges[id(node)].append((value, at))
            else:
                node[key] = value
                marks.append(at if inner is None else inner)
            if inner is None:
                key = NO_KEY
                continue
            anchored = None
            if event.anchor is not None:
                anchored = Anchored(value, None, event.start_mark.index + self.copied)
                anchors[event.anchor] = anchored
            stack.append((node, marks, key, in_map, anchored))
            node, marks, key, in_map = value, inner, NO_KEY, kind is map_start

    def tagged(self, event: Any, key: Any) -> Any:
        try:
            return yaml_scalars.tagged(event.tag, event.value)
        except KeyError:
            raise self.fail(refused_tag(event.tag), event, key) from None
        except yaml_scalars.NotJson as error:
            raise self.fail(str(error), event, key) from None

    def repeated(self, event: Any, key: Any = NO_KEY) -> Anchored:
        """What an alias repeats. Raises DocumentError when it is nothing, or too much."""
        anchored = self.anchors.get(event.anchor)
        if anchored is None:
            raise self.fail(f"the alias *{shown(event.anchor)} has no anchor", event, key)
        if anchored.size is None:
            raise self.fail(f"the alias *{shown(event.anchor)} stands inside itself", event, key)
        self.copied += anchored.size
        if self.copied > self.limits.copied:
            raise self.fail("aliases expand to too much", event, status=413)
        return anchored

    def alias_key(self, event: Any, node: dict[str, Any]) -> str:
        key = self.repeated(event).text
        if key is None:
            raise self.fail("an alias used as a key must name text", event)
        if key in node:
            raise self.fail(f"the key {shown(key)} stands twice", event, key)
        return sys.intern(key)

    def merge_key(self, event: Any, node: Any) -> Any:
        if id(node) in self.merges:
            raise self.fail("the merge key << stands twice", event, MERGE)
        self.merges[id(node)] = []
        return MERGE_KEY

    def fail(
        self, detail: str, event: Any, key: Any = NO_KEY, *, status: Status = 422
    ) -> DocumentError:
        names = [name if of_map else len(node) - 1 for node, _, name, of_map, _ in self.stack[1:]]
        if key is not NO_KEY:
            names.append(key)
        mark = event.start_mark
        return refused(
            detail,
            status=status,
            pointer=pointers.of(MERGE if name is MERGE_KEY else name for name in names),
            line=mark.line + 1,
            column=mark.column + 1,
        )


def merge(node: dict[str, Any], marks: Marks, merges: list[tuple[Any, int]]) -> None:
    """Adds what the merge key names to a mapping; its own keys win, then the earlier source."""
    for value, at in merges:
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise refused(
                    "the merge key << takes an object or a list of objects",
                    line=at // COLUMNS + 1,
                    column=at % COLUMNS + 1,
                )
            for key, inherited in source.items():
                if key not in node:
                    node[key] = inherited
                    marks.append(at)


def refused_tag(tag: str) -> str:
    return f"the tag {tag[:80]} is refused: only JSON's own kinds of value are read"


def unreadable(error: ReaderError) -> str:
    reason = str(error.reason)
    if "control characters" in reason:
        return "a control character stands in the text"
    return "not UTF-8"


def shown(key: str) -> str:
    """A foreign name, short enough for a message."""
    return key if len(key) <= 80 else key[:79] + "…"
