"""Two documents side by side: references followed lazily, sameness known in advance.

A subtree that reads the same on both sides is the same API only if everything it refers to is the
same too. That is worked out once: each target of a `$ref` is compared across the documents, and
the difference is carried backwards along the references. A comparison then skips a subtree in one
look, and cycles need no care.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .values import MISSING, equal

# A chain of pure references longer than this is followed no further; the parser refuses loops.
CHAIN_LIMIT = 1000


def tokens_of(reference: str) -> tuple[str, ...] | None:
    """The pointer tokens of a reference into the same document; None for any other."""
    if not reference.startswith("#"):
        return None
    fragment = unquote(reference[1:])
    if not fragment:
        return ()
    if not fragment.startswith("/"):
        return None
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in fragment[1:].split("/"))


def references_in(node: Any) -> set[tuple[str, ...]]:
    """All targets that stand inside a subtree, textually."""
    found: set[tuple[str, ...]] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            reference = current.get("$ref")
            if isinstance(reference, str):
                tokens = tokens_of(reference)
                if tokens is not None:
                    found.add(tokens)
            pending.extend(v for v in current.values() if isinstance(v, dict | list))
        elif isinstance(current, list):
            pending.extend(v for v in current if isinstance(v, dict | list))
    return found


class Document:
    """One parsed document and its references."""

    def __init__(self, root: Mapping[str, Any], *, siblings_count: bool) -> None:
        """`siblings_count`: keywords beside `$ref` take part (OpenAPI 3.1 and later)."""
        self.root = root
        self.siblings_count = siblings_count
        self._at: dict[tuple[str, ...], Any] = {}
        self._resolved: dict[int, Any] = {}
        self._merged_from: dict[int, Any] = {}
        self._kept: list[Any] = []

    def at(self, tokens: tuple[str, ...]) -> Any:
        """The value at a pointer, or MISSING."""
        if tokens in self._at:
            return self._at[tokens]
        current: Any = self.root
        for token in tokens:
            if isinstance(current, Mapping) and token in current:
                current = current[token]
            elif isinstance(current, list) and token.isdigit() and int(token) < len(current):
                current = current[int(token)]
            else:
                current = MISSING
                break
        self._at[tokens] = current
        return current

    def resolve(self, node: Any) -> Any:
        """The node that a reference leads to; the node itself where it is none or leads nowhere.

        The answer for one node is always the same object, so its identity can serve as a key.
        """
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            return node
        if id(node) in self._resolved:
            return self._resolved[id(node)]
        current: Any = node
        beside: dict[str, Any] = {}
        seen: set[tuple[str, ...]] = set()
        while isinstance(current, dict) and isinstance(current.get("$ref"), str):
            tokens = tokens_of(current["$ref"])
            if tokens is None or tokens in seen or len(seen) > CHAIN_LIMIT:
                break
            target = self.at(tokens)
            if target is MISSING:
                break
            seen.add(tokens)
            if self.siblings_count:
                beside = {k: v for k, v in current.items() if k != "$ref"} | beside
            current = target
        if beside and isinstance(current, dict) and current is not node:
            merged = {**current, **beside}
            self._merged_from[id(merged)] = current
            current = merged
        self._resolved[id(node)] = current
        self._kept.append(node)
        return current

    def origin(self, resolved: Any) -> Any:
        """The node of the document that a resolved one is, or was merged from."""
        return self._merged_from.get(id(resolved), resolved)


class Documents:
    """The pair under comparison."""

    def __init__(self, base: Document, revision: Document) -> None:
        self.base = base
        self.revision = revision
        self._unequal = self._targets_that_differ()
        self._same: dict[tuple[int, int], bool] = {}
        self._kept: list[tuple[Any, Any]] = []

    def _targets_that_differ(self) -> set[tuple[str, ...]]:
        targets = references_in(self.base.root) | references_in(self.revision.root)
        users: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        unequal: list[tuple[str, ...]] = []
        for target in targets:
            before, after = self.base.at(target), self.revision.at(target)
            if not equal(before, after):
                unequal.append(target)
            for used in references_in(before) | references_in(after):
                users.setdefault(used, []).append(target)
        differing = set(unequal)
        while unequal:
            for user in users.get(unequal.pop(), ()):
                if user not in differing:
                    differing.add(user)
                    unequal.append(user)
        return differing

    def same(self, before: Any, after: Any) -> bool:
        """Whether two subtrees are the same, references followed. Never wrong when it says yes."""
        if not isinstance(before, dict | list) or not isinstance(after, dict | list):
            return equal(before, after)
        key = (id(before), id(after))
        known = self._same.get(key)
        if known is None:
            known = equal(before, after) and (
                not self._unequal or self._unequal.isdisjoint(references_in(before))
            )
            self._same[key] = known
            self._kept.append((before, after))
        return known
