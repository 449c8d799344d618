"""Reading a document safely, and comparing it with the version before."""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from catalog.analysis.analyse import Analysis, read_and_analyse
from catalog.analysis.comparing import BASE, REVISION, compare_texts, compare_trees
from catalog.diff.change import Change, Diff
from catalog.documents import sandbox
from catalog.documents.errors import DocumentError
from catalog.documents.limits import LIMITS
from catalog.documents.reading import Reading
from marketplace.errors import FieldError, Invalid, Problem, TooLarge

log = structlog.get_logger(__name__)
# Beyond what reading takes: rows of a text that is nothing but operations weigh far more than it.
MEMORY = 500_000_000  # bytes
TOO_LONG = "The document takes too much time or memory to read."
UNCOMPARED = Diff(
    [
        Change(
            rule="unknown-change",
            level="warning",
            operation=None,
            operation_key=None,
            path="",
            text="The two documents could not be compared, so nothing in them is called safe",
        )
    ],
    breaking=False,
)


def read_document(
    data: bytes, *, full: bool, silenced: Mapping[str, str] | None = None
) -> tuple[Reading, Analysis]:
    """The document's reading and analysis, made in a process that can be killed.

    Raises TooLarge, or Invalid with the pointer and the line of each thing wrong.
    """
    if len(data) > LIMITS.size:
        raise TooLarge(
            f"{len(data):,} bytes; a document may have {LIMITS.size:,}.", type="document-too-large"
        )
    try:
        found: Reading = sandbox.run(
            read_and_analyse,
            data,
            full,
            dict(silenced or {}),
            seconds=2 * sandbox.seconds_for(len(data)),
            memory=MEMORY + 2 * sandbox.memory_for(len(data)),
        )
    except sandbox.Overrun:
        raise TooLarge(TOO_LONG, type="document-too-large") from None
    except DocumentError as error:
        raise as_problem(error) from None
    return found, found.extra


def compare_versions(base: bytes, revision: bytes) -> Diff:
    """The diff of two documents as compact JSON; where comparing fails, that it does is said as
    an unknown change."""
    size = len(base) + len(revision)
    try:
        return sandbox.run(
            compare_trees,
            base,
            revision,
            seconds=2 * sandbox.seconds_for(size),
            memory=sandbox.memory_for(size),
        )
    except (sandbox.Overrun, sandbox.Failed) as error:
        log.error("publish.not_compared", error=f"{type(error).__name__}: {error}"[-2000:])
        return UNCOMPARED


def compare_documents(base: bytes, revision: bytes) -> Diff:
    """The diff of two documents' bytes, as the `diff` command tells it.

    They need only be readable, not valid. Raises TooLarge or Invalid, naming which of them is not.
    """
    for name, data in (("base", base), ("revision", revision)):
        if len(data) > LIMITS.size:
            raise TooLarge(f"{name}: {len(data):,} bytes; a document may have {LIMITS.size:,}.")
    size = len(base) + len(revision)
    try:
        return sandbox.run(
            compare_texts,
            base,
            revision,
            seconds=3 * sandbox.seconds_for(size),
            memory=2 * sandbox.memory_for(size),
        )
    except DocumentError as error:
        which = BASE if error.problems[0].detail.startswith(BASE) else REVISION
        plain = [replace(each, detail=each.detail.removeprefix(which)) for each in error.problems]
        problem = as_problem(DocumentError(error.status, plain))
        problem.detail = which + problem.detail
        raise problem from None
    except sandbox.Overrun:
        raise TooLarge("The two take too much time or memory to compare.") from None


def as_problem(error: DocumentError) -> Problem:
    """A refused document as a problem: each error with its pointer, line and column."""
    errors = [
        FieldError(problem.pointer or "", _placed(problem.detail, problem.line, problem.column))
        for problem in error.problems
    ]
    places = [
        {"pointer": p.pointer, "line": p.line, "column": p.column, "detail": p.detail}
        for p in error.problems
    ]
    detail = errors[0].detail if errors else TOO_LONG
    if error.status == 413:
        return TooLarge(detail, type="document-too-large", errors=errors, extra={"places": places})
    return Invalid(detail, type="document-invalid", errors=errors, extra={"places": places})


def _placed(detail: str, line: int | None, column: int | None) -> str:
    text = detail[:1].upper() + detail[1:]
    text = text if text.endswith((".", "?", "!")) else text + "."
    if line is None:
        return text
    return f"Line {line}, column {column or 1}: {text}"
