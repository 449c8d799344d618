"""What is wrong with a document, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal[413, 422]


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a document.

    `pointer` is an RFC 6901 JSON pointer ("" is the root), None where the text could not be read
    as far as that; `line` and `column` count from 1.
    """

    pointer: str | None
    line: int | None
    column: int | None
    detail: str


class DocumentError(Exception):
    """The document is refused: 413 when it is too large to read, 422 when it is wrong."""

    def __init__(self, status: Status, problems: list[Problem]) -> None:
        super().__init__(status, problems)
        self.status: Status = status
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(problem.detail for problem in self.problems)


def refused(
    detail: str,
    *,
    pointer: str | None = None,
    line: int | None = None,
    column: int | None = None,
    status: Status = 422,
) -> DocumentError:
    """The error with one problem."""
    return DocumentError(status, [Problem(pointer, line, column, detail)])
