"""What is wrong in a document without refusing it: the official schema lets it pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from catalog.documents import references
from catalog.documents.parse import Document
from catalog.documents.yaml_text import shown

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, at a pointer and a line (from 1). `rule` names the kind, for good."""

    rule: str
    level: Level
    pointer: str
    line: int
    detail: str


def findings(document: Document) -> list[Finding]:
    """Everything wrong that does not refuse a valid document, in the document's order by rule."""
    return [
        Finding(
            "dangling-reference",
            "error",
            reference.pointer,
            document.where(reference.pointer)[0],
            f"the reference {shown(reference.ref)} names nothing in the document",
        )
        for reference in references.dangling(document)
    ]
