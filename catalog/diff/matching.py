"""Which alternative of the base is which of the revision, in oneOf, anyOf, allOf, prefixItems.

Alternatives have no names, so they are paired by what identifies them best: the same `$ref`, the
same content, the same title, being the only one left, and last the same validation whether written
inline or by reference.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from .equivalence import equivalent

if TYPE_CHECKING:
    from .schema import Schemas

# Pairs tried across the inline/reference boundary; beyond, they are reported as added and removed.
BOUNDARY_EFFORT = 400


@dataclass(frozen=True, slots=True)
class Matching:
    """Indexes of the alternatives that belong together, and of those that have no counterpart."""

    pairs: list[tuple[int, int]]
    removed: list[int]
    added: list[int]

    @property
    def reordered(self) -> bool:
        """Whether the pairs stand in another order on the other side."""
        order = [after for _, after in sorted(self.pairs)]
        return order != sorted(order)

    @property
    def moved(self) -> bool:
        """Whether any pair stands at another index."""
        return any(before != after for before, after in self.pairs)


def reference(node: Any) -> str | None:
    """The textual target of a reference, None for an inline schema."""
    value = node.get("$ref") if isinstance(node, dict) else None
    return value if isinstance(value, str) else None


def name_of(node: Any, index: int) -> str:
    """How a person calls an alternative: its component, its title or its number."""
    target = reference(node)
    if target is not None:
        return target.rsplit("/", 1)[-1]
    title = node.get("title") if isinstance(node, dict) else None
    return title if isinstance(title, str) and title else f"#{index + 1}"


def match(before: list[Any], after: list[Any], schemas: "Schemas") -> Matching:
    """Pair the alternatives of the base with those of the revision."""
    matcher = _Matcher(before, after, schemas)
    matcher.by_reference()
    matcher.by_content()
    matcher.by_title()
    matcher.by_being_the_last()
    matcher.across_the_boundary()
    return Matching(
        pairs=sorted(matcher.pairs),
        removed=[i for i in range(len(before)) if i not in matcher.used_before],
        added=[j for j in range(len(after)) if j not in matcher.used_after],
    )


class _Matcher:
    def __init__(self, before: list[Any], after: list[Any], schemas: "Schemas") -> None:
        self.before, self.after, self.schemas = before, after, schemas
        self.pairs: list[tuple[int, int]] = []
        self.used_before: set[int] = set()
        self.used_after: set[int] = set()

    def _pair(self, i: int, j: int) -> None:
        self.pairs.append((i, j))
        self.used_before.add(i)
        self.used_after.add(j)

    def _inline(self) -> tuple[list[int], list[int]]:
        return (
            [i for i in self._left_before() if reference(self.before[i]) is None],
            [j for j in self._left_after() if reference(self.after[j]) is None],
        )

    def _left_before(self) -> Iterator[int]:
        return (i for i in range(len(self.before)) if i not in self.used_before)

    def _left_after(self) -> Iterator[int]:
        return (j for j in range(len(self.after)) if j not in self.used_after)

    def by_reference(self) -> None:
        waiting: dict[str, list[int]] = defaultdict(list)
        for j, node in enumerate(self.after):
            target = reference(node)
            if target is not None:
                waiting[target].append(j)
        for i, node in enumerate(self.before):
            target = reference(node)
            if target is not None and waiting[target]:
                self._pair(i, waiting[target].pop(0))

    def by_content(self) -> None:
        inline_before, inline_after = self._inline()
        waiting: dict[bytes, list[int]] = defaultdict(list)
        for j in inline_after:
            waiting[_content_key(self.after[j])].append(j)
        for i in inline_before:
            for j in waiting[_content_key(self.before[i])]:
                if self.schemas.documents.same(self.before[i], self.after[j]):
                    self._pair(i, j)
                    waiting[_content_key(self.before[i])].remove(j)
                    break

    def by_title(self) -> None:
        inline_before, inline_after = self._inline()
        titled: dict[str, int] = {}
        for i in inline_before:
            titled.setdefault(self._title(self.before[i]), i)
        for j in inline_after:
            title = self._title(self.after[j])
            if title and title in titled:
                self._pair(titled.pop(title), j)

    def by_being_the_last(self) -> None:
        inline_before, inline_after = self._inline()
        if len(inline_before) == len(inline_after) == 1:
            i, j = inline_before[0], inline_after[0]
            if not self._title(self.before[i]) and not self._title(self.after[j]):
                self._pair(i, j)

    def across_the_boundary(self) -> None:
        effort = BOUNDARY_EFFORT
        for i in list(self._left_before()):
            for j in list(self._left_after()):
                if (reference(self.before[i]) is None) == (reference(self.after[j]) is None):
                    continue
                effort -= 1
                if effort < 0:
                    return
                if equivalent(self.before[i], self.after[j], self.schemas):
                    self._pair(i, j)
                    break

    @staticmethod
    def _title(node: Any) -> str:
        title = node.get("title") if isinstance(node, dict) else None
        return title if isinstance(title, str) else ""


def _content_key(node: Any) -> bytes:
    try:
        return orjson.dumps(node, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return b""
