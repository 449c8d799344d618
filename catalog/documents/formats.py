"""Texts that are not of the format the official schema notes for them: a URL, an e-mail address."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from catalog.documents import schema_errors
from catalog.documents.finding import Found
from catalog.documents.official import official
from catalog.documents.parse import Document

MOST_ERRORS = 500


def broken(document: Document) -> Iterator[Found]:
    """Each text of a valid document that breaks its format. Patterns are judged elsewhere.

    From 3.1 on OpenAPI notes formats that its own templates cannot keep, so it is left out.
    """
    if document.kind == "openapi" and not document.version.startswith("3.0"):
        return
    validator = official(document.kind, document.version, formats=True)
    if validator.is_valid(document.tree):
        return
    told: set[str] = set()
    for error in islice(validator.iter_errors(document.tree), MOST_ERRORS):
        for leaf in schema_errors.leaves(error):
            if leaf.kind.name != "format" or getattr(leaf.kind, "format", "") == "regex":
                continue
            for pointer, detail in schema_errors.told(leaf):
                if pointer not in told:
                    told.add(pointer)
                    yield Found("format-broken", pointer, detail)
