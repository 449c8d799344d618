"""Examples"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from catalog.documents.operation import MediaSpec, MessageSpec, OperationSpec
from catalog.documents.shapes import mapping, sequence
from catalog.lint.places import inside, is_json, on_operation, on_word
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey, once
from catalog.lint.words import quoted

GIVES = ("example", "examples", "default", "const", "enum")
MOST_LOOKED_AT = 100


def shows(survey: Survey, media: MediaSpec) -> bool:
    """Whether a body has an example: its own, its schema's, or one of the schema's properties."""
    if media.examples:
        return True
    return exemplified(survey, media.schema or media.item_schema)


def exemplified(survey: Survey, pointer: str | None) -> bool:
    """Whether a schema, or one of those nearest inside it, has an example."""
    first = survey.value(pointer)
    known = judged(survey)
    if id(first) not in known:
        known[id(first)] = any(
            word in schema for schema in nearest(survey, mapping(first)) for word in GIVES
        )
    return known[id(first)]


@once
def judged(_: Survey) -> dict[int, bool]:
    """Of each schema that was looked at, whether it has an example."""
    return {}


def nearest(survey: Survey, first: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schema and those inside it, the nearest first."""
    queue = deque([first])
    left = MOST_LOOKED_AT
    while queue and left:
        schema = queue.popleft()
        left -= 1
        yield schema
        inner = list(islice(mapping(schema.get("properties")).values(), left))
        inner += [schema[word] for word in ("items",) if word in schema]
        for word in ("allOf", "oneOf", "anyOf"):
            inner += sequence(schema.get(word))[:left]
        queue.extend(mapping(survey.at(each)) for each in inner)


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
    return on_word(survey, operation, "responses", said)


def messages(survey: Survey) -> Iterable[tuple[OperationSpec, MessageSpec]]:
    return [each for each in survey.messages if each[1].payload]


def message_bare(survey: Survey, place: tuple[OperationSpec, MessageSpec]) -> Hit | None:
    operation, message = place
    if message.examples:
        return None
    if exemplified(survey, message.payload):
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
