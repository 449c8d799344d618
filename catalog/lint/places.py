"""What rules look at, and the hits they make there."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.documents.operation import OperationSpec
from catalog.lint.finding import Patch
from catalog.lint.rule import Hit
from catalog.lint.schemas import Field, Node
from catalog.lint.survey import Survey

JSON = ("json", "+json")


def document(survey: Survey) -> Iterable[Survey]:
    """The document as a whole."""
    return survey.whole


def operations(survey: Survey) -> Iterable[OperationSpec]:
    """Every operation: calls, webhooks, callbacks, or events."""
    return survey.operations


def calls(survey: Survey) -> Iterable[OperationSpec]:
    """The HTTP operations that the API takes."""
    return survey.calls


def on_operation(
    operation: OperationSpec, detail: str, at: str = "", autofix: Patch | None = None
) -> Hit:
    """A hit at an operation, or at `at` below it."""
    return Hit(operation.pointer + at, detail, operation.key, autofix)


def on_word(survey: Survey, operation: OperationSpec, word: str, detail: str) -> Hit:
    """A hit at a word of an operation, or at the operation where it lacks the word."""
    return on_operation(operation, detail, f"/{word}" if word in survey.raw(operation) else "")


def on_node(node: Node, detail: str) -> Hit:
    """A hit at a schema."""
    return Hit(node, detail)


def on_field(field: Field, detail: str, autofix: Patch | None = None) -> Hit:
    """A hit at a property."""
    return Hit(field, detail, autofix=autofix)


def inside(operation: OperationSpec, pointer: str) -> str | None:
    """The operation's key if the pointer lies in it, None for what operations share."""
    return operation.key if pointer.startswith(operation.pointer + "/") else None


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON or built on it."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind.endswith(JSON)
