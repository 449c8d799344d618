"""What is wrong in a document without refusing it: the official schema lets it pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.documents import (
    checks_events,
    checks_http,
    examples,
    formats,
    patterns,
    recursion,
    references,
    refs,
    walk,
)
from catalog.documents.census import Census, census
from catalog.documents.examples import Given
from catalog.documents.finding import Finding, Found, Level
from catalog.documents.operation import OperationSpec
from catalog.documents.operations import operations
from catalog.documents.parse import Document
from catalog.documents.yaml_text import shown

__all__ = ["Finding", "Level", "findings"]

MOST_OF_A_RULE = 500

DANGERS: dict[patterns.Danger, tuple[str, str, Level]] = {
    "exponential": (
        "pattern-exponential",
        "a backtracking engine can take for ever on a short text with this pattern",
        "error",
    ),
    "backtracking": (
        "pattern-backtracking",
        "this pattern needs look-around or back-references, which linear engines refuse",
        "warning",
    ),
    "invalid": ("pattern-invalid", "this pattern is not a regular expression", "error"),
}


def findings(
    document: Document,
    listed: list[OperationSpec] | None = None,
    given: list[Given] | None = None,
) -> list[Finding]:
    """Everything wrong that does not refuse a valid document, at most 500 of a rule.

    `listed` are its operations and `given` their examples, where they are known already; the
    examples' verdicts are set. The document must not be used elsewhere meanwhile.
    """
    if listed is None:
        listed = operations(document)
    if given is None:
        given = examples.of_operations(document, listed)
    counts: dict[str, int] = {}
    result = []
    for found in every(document, listed, given):
        counts[found.rule] = counts.get(found.rule, 0) + 1
        if counts[found.rule] <= MOST_OF_A_RULE:
            line, _ = document.where(found.pointer)
            result.append(Finding(found.rule, found.level, found.pointer, line, found.detail))
    return result


def every(document: Document, listed: list[OperationSpec], given: list[Given]) -> Iterator[Found]:
    for reference in references.dangling(document):
        yield Found(
            "reference-dangling",
            reference.pointer,
            f"the reference {shown(reference.ref)} names nothing in the document",
        )
    if document.kind == "asyncapi":
        yield from checks_events.check(document, listed)
    else:
        yield from checks_http.check(document, listed)
    yield from formats.broken(document)
    counted = census(document)
    yield from dangerous_patterns(document, counted)
    yield from endless_schemas(document)
    yield from broken_examples(document, counted, given)


def dangerous_patterns(document: Document, counted: Census) -> Iterator[Found]:
    dangers = {
        id(schema): danger
        for schema, pattern in counted.patterns
        if (danger := patterns.danger(pattern))
    }
    for identity, pointer in places(document, dangers).items():
        rule, detail, level = DANGERS[dangers[identity]]
        yield Found(rule, f"{pointer}/pattern", detail, level)


def endless_schemas(document: Document) -> Iterator[Found]:
    resolver = refs.Resolver(document.tree)
    texts = [ref for ref in document.ref_texts if ref.startswith("#/")]
    endless = recursion.Finiteness(resolver).endless(sorted(texts))
    for pointer in sorted({resolver.follow(ref)[1] for ref in endless}):
        yield Found(
            "schema-endless",
            pointer,
            "no finite value satisfies this schema: what it requires requires it again",
        )


def broken_examples(document: Document, counted: Census, given: list[Given]) -> Iterator[Found]:
    in_schemas = list(examples.of_schemas(counted))
    examples.judge(document, counted, given + in_schemas)
    broken = [example for example in in_schemas if example.verdict == "broken"]
    where = places(document, {id(example.schema) for example in broken})
    for example in broken:
        if id(example.schema) in where:
            example.pointer = where[id(example.schema)] + example.below
    for example in [*given, *broken]:
        if example.verdict == "broken" and example.pointer is not None:
            rule = "default" if example.below == "/default" else "example"
            for below, detail in example.problems[: examples.MOST_TOLD]:
                yield Found(f"{rule}-breaks-schema", example.pointer + below, detail)


def places(document: Document, wanted: Iterable[int]) -> dict[int, str]:
    return walk.places(document.tree, set(wanted), kind=document.kind)
