"""One document, made ready for the catalog: the values of its rows, without their ids."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import process_time
from typing import Any

import orjson

from catalog.analysis.naming import slug_for, summary_of, title_of, version_of
from catalog.analysis.outline import group_of, outline_of
from catalog.analysis.pieces import Piece, needs_of, split
from catalog.analysis.places import HTTP_METHODS, hash_of, owner_of, pointer_of
from catalog.analysis.suggest import icon_for, suggested_capabilities
from catalog.analysis.text import as_text, html_of, plain_html, short, storable
from catalog.documents import pointers
from catalog.documents.finding import Finding
from catalog.documents.operation import ExampleSpec, OperationSpec
from catalog.documents.parse import Document
from catalog.documents.reading import Reading, reading
from catalog.documents.refs import Dangling, lookup
from catalog.documents.upgrade import to_openapi3
from catalog.lint.check import lint
from catalog.reference.first_call import first_call
from catalog.reference.source import Whole

LONGEST_KEY = 600
LONGEST_FIELDS = 20_000
LONGEST_DESCRIPTION = 100_000
LONGEST_EXAMPLE = 64_000
LONGEST_PROBLEM = 1_000
MOST_EXAMPLES = 20_000
MOST_SECURITY = 50  # alternatives of one operation
MOST_PLACED = 1_000  # findings that get a line
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be mended, gravest kinds first, and how good the document is: a grade from A to F
    and a score from 0 to 100."""

    findings: list[Row]
    grade: str
    score: int
    next_best_fix: Row | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """A document's own names, its head, and rows for its operations, fragments and examples.

    Rows are mappings of column to plain value. An example names its operation by `key`.
    """

    title: str
    slug: str
    version: str
    summary: str
    description_html: str
    outline: Row
    capabilities: tuple[str, ...]
    icon: str
    tone: str
    judgement: Judgement
    operations: list[Row]
    fragments: list[Row]
    examples: list[Row]


def read_and_analyse(data: bytes, full: bool, silenced: Mapping[str, str]) -> Reading:
    """The reading of a document with its analysis as `extra`, which has rows for its operations,
    findings and examples in their place: what the parser's process runs.

    `silenced` are lint's rules that the owner switched off, with why. Raises DocumentError.
    """
    found = reading(data, _both)
    document, operations = found.extra
    judged = judge(document, operations, found.findings, silenced)
    analysis = analyse(document, operations, judged, full, found.broken)
    # What the rows say already is not sent from one process to the other again.
    return replace(found, operations=[], findings=[], examples={}, broken={}, extra=analysis)


def warm(samples: Sequence[Mapping[str, Any]]) -> None:
    """Does once, before documents come, what reading and analysing one does the first time:
    parsers are made, patterns compiled, vocabularies read."""
    for sample in samples:
        words = {"title": "Warm", "version": "1", "description": "# Told\n\n*in* `words`"}
        read_and_analyse(orjson.dumps({**sample, "info": words}), True, {})


def _both(
    document: Document, operations: list[OperationSpec]
) -> tuple[Document, list[OperationSpec]]:
    return document, operations


def judge(
    document: Document,
    operations: list[OperationSpec],
    found: Sequence[Finding],
    silenced: Mapping[str, str],
) -> Judgement:
    """Lint's findings after those of reading, each with its line; the grade and the best fix."""
    report = lint(document.tree, silenced=silenced, operations=operations, found=found)
    rows: list[Row] = [
        {
            "rule": each.rule,
            "severity": each.level,
            "text": sentence(each.detail),
            "pointer": each.pointer,
            "line": each.line,
        }
        for each in found
    ]
    rows += [
        {
            "rule": each.rule,
            "severity": each.level,
            "text": sentence(each.detail),
            "pointer": each.pointer,
            "line": document.where(each.pointer)[0] if at < MOST_PLACED else None,
            "operation": each.operation or "",
            "why": each.why,
            "mend": each.mend,
            "fixable": each.autofix is not None,
        }
        for at, each in enumerate(report.findings)
    ]
    best = report.next_best_fix
    return Judgement(
        findings=rows,
        grade=report.grade,
        score=report.score,
        next_best_fix=best.as_dict() if best else None,
    )


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return storable(text[:1].upper() + text[1:])


def analyse(
    document: Document,
    operations: list[OperationSpec],
    judgement: Judgement,
    full: bool = True,
    broken: Mapping[str, str] | None = None,
) -> Analysis:
    """The analysis of a valid document. Without `full` only what a report shows: no fragments,
    no examples. `broken` says what is wrong with an example, by its pointer."""
    tree = document.tree
    # Swagger 2.0 is drawn as the OpenAPI 3 it means; its operations keep their pointers.
    drawn = to_openapi3(tree) if document.kind == "swagger" else tree
    telling = Telling(len(document.compact))
    capabilities = suggested_capabilities(tree, operations)
    icon, tone = icon_for(capabilities, events=document.kind == "asyncapi")
    pieces = {piece.pointer: piece for piece in split(drawn)} if full else {}
    title = title_of(tree)
    info = tree.get("info")
    description = info.get("description") if isinstance(info, dict) else None
    return Analysis(
        title=storable(title),
        slug=slug_for(title),
        version=version_of(tree),
        summary=storable(summary_of(tree)),
        description_html=html_of(description, LONGEST_DESCRIPTION),
        outline={
            **outline_of(drawn, [group_of(operation) for operation in operations]),
            "first_call": first_call(Whole(drawn), operations),
            "kinds": dict(Counter(operation.kind for operation in operations)),
        },
        capabilities=capabilities,
        icon=icon,
        tone=tone,
        judgement=judgement,
        operations=[
            _operation(operation, position, pieces, telling.html_of)
            for position, operation in enumerate(operations)
        ],
        fragments=[_fragment(piece) for piece in pieces.values()],
        examples=list(_examples(operations, tree, broken or {})) if full else [],
    )


class Telling:
    """Renders descriptions while there is time: text can be written so that each takes a while.

    What comes after is told as it was written, escaped.
    """

    def __init__(self, size: int) -> None:
        """`size` of the document, in bytes."""
        self.left = 1 + size / 1_000_000  # seconds of CPU

    def html_of(self, text: str) -> str:
        if self.left <= 0:
            return plain_html(text, LONGEST_DESCRIPTION)
        start = process_time()
        html = html_of(text, LONGEST_DESCRIPTION)
        self.left -= process_time() - start
        return html


def words_of(identifier: str) -> str:
    """The words in an identifier: createRefund_v2 → create refund v 2."""
    return " ".join(WORDS.findall(identifier)).lower()


def _title(operation: OperationSpec) -> str:
    """What an operation is called: its summary, its id in words, or its key."""
    named = operation.summary.strip() or words_of(operation.operation_id or "").capitalize()
    return short(named or f"{operation.method} {operation.path}", 300)


def key_of(operation: OperationSpec) -> str:
    """An operation's identity, short enough to be stored: of a long one the rest is hashed."""
    key = operation.key
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 37]} {hash_of(key)}"


def _operation(
    operation: OperationSpec,
    position: int,
    pieces: Mapping[str, Piece],
    told_of: Callable[[str], str],
) -> Row:
    at = tuple(pointers.split(operation.pointer))
    title = _title(operation)
    named = words_of(operation.operation_id or "")
    summary = operation.summary if short(operation.summary, 300) != title else ""
    fields = dict.fromkeys(
        word for name in operation.schema_fields for word in (name.lower(), *_parts(name))
    )
    return {
        "key": key_of(operation),
        "slug": operation.slug[:120],
        "position": position,
        "kind": operation.kind,
        "method": operation.method[:10],
        "path": operation.path,
        "operation_id": (operation.operation_id or "")[:255],
        "title": title,
        "summary": summary or named,
        "description_html": told_of(operation.description),
        "group": group_of(operation),
        "tags": [short(tag, 200) for tag in operation.tags],
        "deprecated": operation.deprecated,
        "protocol": operation.protocol[:40],
        "pointer": operation.pointer,
        "security": [
            {name: list(scopes) for name, scopes in each.items()}
            for each in operation.security[:MOST_SECURITY]
        ],
        "fields": " ".join(fields)[:LONGEST_FIELDS],
        "needs": [str(each) for each in needs_of(_starts(at), pieces)] if pieces else [],
    }


def _parts(name: str) -> list[str]:
    words = words_of(name).split()
    return words if len(words) > 1 else []


def _starts(at: tuple[str, ...]) -> Iterator[str]:
    """The fragments an operation is drawn from before any reference: its own, and its path's."""
    own = owner_of(at)
    yield pointer_of(own)
    if len(own) == 3 and own[2] in HTTP_METHODS:
        yield pointer_of(own[:2])


def _fragment(piece: Piece) -> Row:
    return {
        "pointer": piece.pointer,
        "pointer_hash": str(hash_of(piece.pointer)),
        "body": piece.body.decode(),
    }


def _examples(
    operations: Sequence[OperationSpec], tree: Mapping[str, Any], broken: Mapping[str, str]
) -> Iterator[Row]:
    count = 0
    for operation in operations:
        for position, (place, status, media, example) in enumerate(_given(operation)):
            value = _value(tree, example)
            if value is None or count >= MOST_EXAMPLES:
                continue
            count += 1
            yield {
                "key": key_of(operation),
                "place": place,
                "status": status[:10],
                "media": media[:120],
                "name": short(example.name, 200),
                "summary": short(example.summary, 300),
                "value": value,
                "position": min(position, 32_000),
                "problem": _problem(example.pointer or "", broken),
            }


def _problem(pointer: str, broken: Mapping[str, str]) -> str:
    """What is wrong with an example; a message's holds a payload and headers."""
    return storable(
        "; ".join(
            f"{part}: {broken[at]}" if part else broken[at]
            for part in ("", "payload", "headers")
            if (at := f"{pointer}/{part}" if part else pointer) in broken
        )
    )[:LONGEST_PROBLEM]


def _given(operation: OperationSpec) -> Iterator[tuple[str, str, str, ExampleSpec]]:
    for media in operation.request.content if operation.request else ():
        for example in media.examples:
            yield "request", "", media.media_type, example
    for response in operation.responses:
        for media in response.content:
            for example in media.examples:
                yield "response", response.status, media.media_type, example
    for message in operation.messages:
        for example in message.examples:
            yield "message", "", message.content_type or "application/json", example


def _value(tree: Mapping[str, Any], example: ExampleSpec) -> str | None:
    if example.pointer is None:
        return None
    try:
        value = lookup(tree, example.pointer)
    except Dangling:
        return None
    text = as_text(value, LONGEST_EXAMPLE + 1)
    return storable(text) if len(text) <= LONGEST_EXAMPLE else None
