"""Two documents compared in a process that can be killed."""

from dataclasses import replace

import orjson

from catalog.diff.change import Change, Diff
from catalog.diff.compare import compare
from catalog.documents.errors import DocumentError
from catalog.documents.parse import parse

BASE, REVISION = "base: ", "revision: "


def compare_trees(base: bytes, revision: bytes) -> Diff:
    """The diff of two documents given as compact JSON. Values before and after are left out: they
    may be whole schemas, and the text of a change says what matters of them."""
    found = compare(orjson.loads(base), orjson.loads(revision))
    return Diff([_told(change) for change in found.changes], found.breaking)


def compare_texts(base: bytes, revision: bytes) -> Diff:
    """The diff of two documents as their authors wrote them. Raises DocumentError for one that
    cannot be read, its words beginning with "base: " or "revision: "."""
    trees = []
    for which, data in ((BASE, base), (REVISION, revision)):
        try:
            trees.append(parse(data).tree)
        except DocumentError as error:
            named = [replace(each, detail=which + each.detail) for each in error.problems]
            raise DocumentError(error.status, named) from None
    found = compare(*trees)
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
