"""Whether a document is a valid specification, and what else its author should know."""

from __future__ import annotations

from catalog.documents import references, schema_errors
from catalog.documents.errors import Problem
from catalog.documents.finding import Finding
from catalog.documents.findings import findings
from catalog.documents.official import official
from catalog.documents.parse import Document

__all__ = ["Finding", "findings", "validate"]


def validate(document: Document) -> list[Problem]:
    """Why the document is refused: the official schema, then references. Empty if it is valid."""
    validator = official(document.kind, document.version)
    found: list[Problem] = []
    if not validator.is_valid(document.tree):
        found = schema_errors.problems(validator, document)
    return found + references.problems(document)
