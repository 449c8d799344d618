"""Operations: names and words"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from catalog.documents.operation import OperationSpec
from catalog.documents.shapes import mapping, sequence, text
from catalog.lint.places import calls, on_operation, on_word, operations
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey, once
from catalog.lint.words import in_style, main_style, quoted, style_of, words_of

USABLE_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")
SENTENCE = re.compile(r"[A-Z0-9][^\n.!?<>`*_\[\]#|]{7,79}(?=[.!?](?:\s|$)|\s*$)")
LONGEST_SUMMARY = 120
LONGEST_MADE_ID = 60
VERB_OF = {"GET": "get", "POST": "create", "PUT": "replace", "PATCH": "update"}


def with_id(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.operations if each.operation_id]


@once
def taken_ids(survey: Survey) -> set[str]:
    return {each.operation_id for each in survey.operations if each.operation_id}


@once
def counted_ids(_: Survey) -> Counter[str]:
    """How often a made id was taken already."""
    return Counter()


@once
def id_style(survey: Survey) -> str:
    return main_style(each.operation_id or "" for each in survey.operations)


@once
def declared_tags(survey: Survey) -> set[str]:
    given = sequence(survey.tree.get("tags"))
    return {text(mapping(survey.at(each)).get("name")) for each in given}


def made_id(survey: Survey, operation: OperationSpec) -> str:
    """An id made of method and path, in the style of the others, that is not taken yet."""
    parts = [part for part in operation.path.split("/") if part]
    things = [word for part in parts if "{" not in part for word in words_of(part)]
    by = [word for part in parts[-1:] if "{" in part for word in words_of(part)]
    verb = VERB_OF.get(operation.method, operation.method.lower())
    words = [verb, *things[-4:], *(["by", *by] if by else [])]
    style = id_style(survey)
    if style not in ("camelCase", "snake_case", "PascalCase", "kebab-case"):
        style = "camelCase"
    taken, count = taken_ids(survey), counted_ids(survey)
    base = name = in_style(words[:8], style)[:LONGEST_MADE_ID]
    while name in taken:
        count[base] += 1
        name = in_style([*words[:8], str(count[base] + 1)], style)[:LONGEST_MADE_ID]
        if count[base] > len(taken):
            return ""
    taken.add(name)
    return name if USABLE_ID.match(name) else ""


def id_missing(survey: Survey, operation: OperationSpec) -> Hit | None:
    if operation.operation_id or operation.kind == "callback":
        return None
    raw = survey.raw(operation)
    fix = None
    if "operationId" not in raw and "$ref" not in raw:
        name = made_id(survey, operation)
        if name:
            at = f"{operation.pointer}/operationId"
            fix = ({"op": "add", "path": at, "value": name},)
    said = f"{operation.method} {quoted(operation.path)} has no operationId"
    return on_operation(operation, said, autofix=fix)


def id_unusable(survey: Survey, operation: OperationSpec) -> Hit | None:
    name = operation.operation_id or ""
    if USABLE_ID.match(name):
        return None
    said = f"{quoted(name)} is not a name of letters, digits, _ . - of at most 64"
    return on_word(survey, operation, "operationId", said)


def id_in_other_style(survey: Survey, operation: OperationSpec) -> Hit | None:
    name, main = operation.operation_id or "", id_style(survey)
    style = style_of(name)
    if not style or style == main:
        return None
    return on_word(survey, operation, "operationId", f"{quoted(name)} is {style}; most are {main}")


def summary_missing(survey: Survey, operation: OperationSpec) -> Hit | None:
    if operation.summary.strip():
        return None
    fix = None
    sentence = SENTENCE.match(operation.description.strip())
    raw = survey.raw(operation)
    if sentence and "summary" not in raw and "$ref" not in raw and not survey.is_events:
        at = f"{operation.pointer}/summary"
        fix = ({"op": "add", "path": at, "value": sentence.group()},)
    said = f"{operation.method} {quoted(operation.path)} has no summary"
    return on_operation(operation, said, autofix=fix)


def with_summary(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.operations if each.summary.strip()]


def summary_too_long(survey: Survey, operation: OperationSpec) -> Hit | None:
    if len(operation.summary) <= LONGEST_SUMMARY:
        return None
    said = f"A summary of {len(operation.summary)} characters: {quoted(operation.summary)}"
    return on_word(survey, operation, "summary", said)


def without_description(_: Survey, operation: OperationSpec) -> Hit | None:
    if operation.description.strip():
        return None
    said = f"{operation.method} {quoted(operation.path)} has no description"
    return on_operation(operation, said)


def without_tag(_: Survey, operation: OperationSpec) -> Hit | None:
    if operation.tags:
        return None
    return on_operation(operation, f"{operation.method} {quoted(operation.path)} has no tag")


def used_tags(survey: Survey) -> Iterable[tuple[str, OperationSpec]]:
    """Every tag that operations bear, with the first that does."""
    found: dict[str, OperationSpec] = {}
    for operation in survey.operations:
        for tag in operation.tags:
            found.setdefault(tag, operation)
    return found.items()


def tag_undeclared(survey: Survey, place: tuple[str, OperationSpec]) -> Hit | None:
    name, operation = place
    if name in declared_tags(survey):
        return None
    fix = None
    if type(survey.tree.get("tags")) is list:
        fix = ({"op": "add", "path": "/tags/-", "value": {"name": name}},)
    return on_operation(operation, f"The tag {quoted(name)} is not declared", "/tags", fix)


def deprecated(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.operations if each.deprecated]


def without_sunset(survey: Survey, operation: OperationSpec) -> Hit | None:
    if operation.sunset:
        return None
    headers = {header.name.lower() for each in operation.responses for header in each.headers}
    if "sunset" in headers:
        return None
    said = f"{operation.method} {quoted(operation.path)} is deprecated, but not until when"
    return on_operation(operation, said)


RULES = [
    Rule(
        id="operation-id-missing",
        level="warning",
        title="Operations have an operationId",
        why="Generated clients, agents' tools, scopes and links call an operation by its id.",
        mend="Add an `operationId`, one for all versions: a verb and what it acts on.",
        before="""
            get:
              summary: Check where a refund is
        """,
        after="""
            get:
              operationId: getRefund
              summary: Check where a refund is
        """,
        applies_to="openapi",
        places=operations,
        check=id_missing,
    ),
    Rule(
        id="operation-id-unusable",
        level="warning",
        title="An operationId is a name that code and agents can use",
        why="Model tools and most languages take letters, digits, `_` and `-`, at most 64 of them.",
        mend="Write it as one word of code: `listRefunds`, not `List all refunds`.",
        before="""
            get:
              operationId: List all refunds
        """,
        after="""
            get:
              operationId: listRefunds
        """,
        applies_to="both",
        places=with_id,
        check=id_unusable,
    ),
    Rule(
        id="operation-id-style-mixed",
        level="info",
        title="operationIds are all in one style",
        why="Generated code takes the names over as they are; a mix shows in every client.",
        mend="Choose one of camelCase, snake_case, kebab-case for all.",
        before="""
            get:
              operationId: list_refunds
            post:
              operationId: createRefund
        """,
        after="""
            get:
              operationId: listRefunds
            post:
              operationId: createRefund
        """,
        applies_to="both",
        places=with_id,
        check=id_in_other_style,
    ),
    Rule(
        id="summary-missing",
        level="warning",
        title="Operations have a summary",
        why="Search results, the operation tree and an agent's list of tools show this one line.",
        mend="Add a `summary`: what the caller gets done, in a few plain words.",
        before="""
            post:
              operationId: createRefund
        """,
        after="""
            post:
              operationId: createRefund
              summary: Refund a payment
        """,
        applies_to="both",
        places=operations,
        check=summary_missing,
    ),
    Rule(
        id="summary-too-long",
        level="info",
        title="A summary is one short line",
        why="Lists cut it; what matters at its end is never seen.",
        mend="Keep it below 120 characters and move the rest to the description.",
        before="""
            get:
              summary: >-
                Gets the list of all the refunds that were ever made for any of the payments
                of this merchant, sorted by date, newest first, unless another order is asked for
        """,
        after="""
            get:
              summary: List refunds
              description: Newest first, unless another order is asked for.
        """,
        applies_to="both",
        places=with_summary,
        check=summary_too_long,
    ),
    Rule(
        id="operation-description-missing",
        level="warning",
        title="Operations have a description",
        why="What it changes, when it fails and what it costs can't be read from a path.",
        mend="Add a `description`: effects, limits, and what to do when it is refused.",
        before="""
            post:
              summary: Cancel a refund
        """,
        after="""
            post:
              summary: Cancel a refund
              description: Possible until it is sent to the bank.
        """,
        applies_to="both",
        places=operations,
        check=without_description,
    ),
    Rule(
        id="tag-missing",
        level="info",
        title="Operations are grouped by tags",
        why="The reference's tree and its navigation are made of tags.",
        mend="Give each operation one tag.",
        before="""
            get:
              operationId: listRefunds
        """,
        after="""
            get:
              operationId: listRefunds
              tags:
                - Refunds
        """,
        applies_to="openapi",
        places=calls,
        check=without_tag,
    ),
    Rule(
        id="tag-undeclared",
        level="info",
        title="Tags are declared",
        why="A declared tag has an order and a description; a mistyped one makes a second group.",
        mend="List the tag under `tags` at the root, with a description.",
        before="""
            tags: []
            paths:
              /refunds:
                get:
                  tags:
                    - Refunds
        """,
        after="""
            tags:
              - name: Refunds
                description: Create and follow refunds.
        """,
        applies_to="openapi",
        places=used_tags,
        check=tag_undeclared,
    ),
    Rule(
        id="deprecated-without-sunset",
        level="warning",
        title="What is deprecated says until when",
        why="Nobody plans a move without a date (RFC 8594).",
        mend="Add `x-sunset: YYYY-MM-DD`, or the `Sunset` header to its answers, and name what"
        " replaces it.",
        before="""
            get:
              deprecated: true
        """,
        after="""
            get:
              deprecated: true
              x-sunset: '2027-06-30'
        """,
        applies_to="both",
        places=deprecated,
        check=without_sunset,
    ),
]
