"""Two documents compared in a process that can be killed."""

import orjson

from catalog.diff.change import Change, Diff
from catalog.diff.compare import compare
from catalog.documents.parse import parse


def compare_trees(base: bytes, revision: bytes) -> Diff:
    """The diff of two documents given as compact JSON. Values before and after are left out: they
    may be whole schemas, and the text of a change says what matters of them."""
    found = compare(orjson.loads(base), orjson.loads(revision))
    return Diff([_told(change) for change in found.changes], found.breaking)


def compare_texts(base: bytes, revision: bytes) -> Diff:
    """The diff of two documents as their authors wrote them. Raises DocumentError for one that
    cannot be read."""
    found = compare(parse(base).tree, parse(revision).tree)
    return Diff([_told(change) for change in found.changes], found.breaking)


def _told(change: Change) -> Change:
    return Change(
        rule=change.rule,
        level=change.level,
        operation=change.operation,
        operation_key=change.operation_key,
        path=change.path,
        text=change.text,
    )
