"""Everything that publishing wants to know of a document, in one small value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catalog.documents.errors import DocumentError
from catalog.documents.examples import Verdict, of_operations
from catalog.documents.finding import Finding
from catalog.documents.findings import findings
from catalog.documents.operation import OperationSpec
from catalog.documents.operations import operations
from catalog.documents.parse import Kind, Media, parse
from catalog.documents.shapes import mapping, text
from catalog.documents.validate import validate


@dataclass(frozen=True, slots=True)
class Reading:
    """What one valid document is.

    `compact` is its tree as compact JSON, safe to load; `version` that of the specification and
    `api_version` the one in info. `examples` are the verdicts on the operations' examples by
    the pointers in their specs, and `broken` what is wrong with those that break their schemas.
    `extra` is what the caller's own function returned.
    """

    kind: Kind
    version: str
    media: Media
    title: str
    api_version: str
    description: str
    operations: list[OperationSpec]
    findings: list[Finding]
    examples: dict[str, Verdict]
    broken: dict[str, str]
    compact: bytes
    extra: Any = None


def reading(data: bytes, then: Callable[..., Any] | None = None, *args: Any) -> Reading:
    """Reads a document in this process. Raises DocumentError if it is not a valid one.

    `then(document, operations, *args)` may compute more while the tree is at hand.
    """
    document = parse(data)
    problems = validate(document)
    if problems:
        raise DocumentError(422, problems)
    listed = operations(document)
    given = of_operations(document, listed)
    found = findings(document, listed, given)
    info = mapping(document.tree.get("info"))
    return Reading(
        kind=document.kind,
        version=document.version,
        media=document.media,
        title=text(info.get("title")),
        api_version=text(info.get("version")),
        description=text(info.get("description")),
        operations=listed,
        findings=found,
        examples={each.pointer: each.verdict for each in given if each.pointer},
        broken={each.pointer: each.told() for each in given if each.pointer and each.problems},
        compact=document.compact,
        extra=then(document, listed, *args) if then else None,
    )
