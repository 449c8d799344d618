"""Examples"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.documents.operation import MediaSpec, MessageSpec, OperationSpec
from catalog.documents.shapes import mapping, sequence
from catalog.lint.places import inside, is_json, on_operation
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey
from catalog.lint.words import quoted

GIVES = ("example", "examples", "default", "const", "enum")
MOST_FIELDS = 40


def shows(survey: Survey, media: MediaSpec) -> bool:
    """Whether a body has an example: its own, its schema's, or one of the schema's properties."""
    if media.examples:
        return True
    schema = mapping(survey.value(media.schema or media.item_schema))
    return exemplified(survey, schema, 0)


def exemplified(survey: Survey, schema: Mapping[str, Any], depth: int) -> bool:
    if any(word in schema for word in GIVES):
        return True
    if depth > 2:
        return False
    inner = [*list(mapping(schema.get("properties")).values())[:MOST_FIELDS]]
    inner += [schema[word] for word in ("items",) if word in schema]
    inner += [each for word in ("allOf", "oneOf", "anyOf") for each in sequence(schema.get(word))]
    return any(
        exemplified(survey, mapping(survey.at(each)), depth + 1) for each in inner[:MOST_FIELDS]
    )


def with_body(survey: Survey) -> Iterable[OperationSpec]:
    return [
        each
        for each in survey.calls
        if each.request
        and any(media.schema and is_json(media.media_type) for media in each.request.content)
    ]


def request_bare(survey: Survey, operation: OperationSpec) -> Hit | None:
    media = operation.request.content if operation.request else ()
    if any(shows(survey, each) for each in media):
        return None
    said = f"The body of {operation.method} {quoted(operation.path)} has no example"
    return on_operation(operation, said)


def with_answer(survey: Survey) -> Iterable[OperationSpec]:
    return [each for each in survey.calls if answers_of(each)]


def answers_of(operation: OperationSpec) -> list[MediaSpec]:
    return [
        media
        for response in operation.responses
        if response.status[:1] == "2"
        for media in response.content
        if is_json(media.media_type)
    ]


def answer_bare(survey: Survey, operation: OperationSpec) -> Hit | None:
    if any(shows(survey, each) for each in answers_of(operation)):
        return None
    said = f"The answer of {operation.method} {quoted(operation.path)} has no example"
    return on_operation(operation, said, "/responses")


def messages(survey: Survey) -> Iterable[tuple[OperationSpec, MessageSpec]]:
    return [each for each in survey.messages if each[1].payload]


def message_bare(survey: Survey, place: tuple[OperationSpec, MessageSpec]) -> Hit | None:
    operation, message = place
    if message.examples:
        return None
    if exemplified(survey, mapping(survey.value(message.payload)), 0):
        return None
    said = f"The message {quoted(message.name)} has no example"
    return Hit(message.pointer, said, inside(operation, message.pointer))


RULES = [
    Rule(
        id="request-example-missing",
        level="info",
        title="Requests have an example",
        why="The first call is a copied example that was changed; without one it is a guess.",
        mend="Add an `example` that satisfies the schema, with values that look real.",
        before="""
            application/json:
              schema:
                $ref: '#/components/schemas/RefundRequest'
        """,
        after="""
            application/json:
              schema:
                $ref: '#/components/schemas/RefundRequest'
              example:
                payment_id: pay_9XKQ2M7TBN4V
        """,
        applies_to="openapi",
        places=with_body,
        check=request_bare,
    ),
    Rule(
        id="response-example-missing",
        level="warning",
        title="Answers have an example",
        why="The mock answers from examples: with one, callers build and test before they have"
        " access.",
        mend="Add an `example` that satisfies the schema, with values that look real.",
        before="""
            '200':
              content:
                application/json:
                  schema:
                    $ref: '#/components/schemas/Refund'
        """,
        after="""
            '200':
              content:
                application/json:
                  schema:
                    $ref: '#/components/schemas/Refund'
                  example:
                    id: rfd_2JKL58VBNQ07
        """,
        applies_to="openapi",
        places=with_answer,
        check=answer_bare,
    ),
    Rule(
        id="message-example-missing",
        level="warning",
        title="Messages have an example",
        why="The mock streams examples, and consumers write their first test from one.",
        mend="Add `examples` with a `payload` that satisfies the schema.",
        before="""
            RefundSent:
              payload:
                $ref: '#/components/schemas/RefundSent'
        """,
        after="""
            RefundSent:
              payload:
                $ref: '#/components/schemas/RefundSent'
              examples:
                - payload:
                    refund_id: rfd_2JKL58VBNQ07
        """,
        applies_to="asyncapi",
        places=messages,
        check=message_bare,
    ),
]
