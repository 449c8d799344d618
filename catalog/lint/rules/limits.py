"""Bounds of what is taken and given"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.documents.shapes import text
from catalog.lint.bounds import bounded, bounds_list, bounds_number, bounds_text, closes
from catalog.lint.places import on_field, on_node
from catalog.lint.rule import Hit, Rule
from catalog.lint.schemas import Field, Node
from catalog.lint.survey import Survey
from catalog.lint.words import joined, quoted

ADDRESSES = frozenset([
    "url", "uri", "callback_url", "webhook_url", "redirect_url", "redirect_uri", "target_url",
    "callback", "webhook", "source_url", "image_url", "file_url", "endpoint", "endpoint_url",
    "notification_url", "return_url", "document_url", "media_url",
])  # fmt: skip


def taken(nodes: Iterable[Node], role: str) -> list[Node]:
    return [node for node in nodes if node.role == role]


def strings_in(survey: Survey) -> Iterable[Node]:
    return survey.inputs


def integers_in(survey: Survey) -> Iterable[Node]:
    return taken(survey.schemas.integers, "in")


def arrays_in(survey: Survey) -> Iterable[Node]:
    return taken(survey.schemas.arrays, "in")


def arrays_out(survey: Survey) -> Iterable[Node]:
    return taken(survey.schemas.arrays, "out")


def bodies_in(survey: Survey) -> Iterable[Node]:
    """Objects with properties of their own that callers send. A part of an allOf is none: closed
    by itself it would refuse what the other parts name."""
    return [
        node
        for node in survey.schemas.objects
        if node.role == "in" and "properties" in node.schema and not node.given
    ]


def called(node: Node, otherwise: str) -> str:
    return quoted(node.name) if node.name else otherwise


def long_text(survey: Survey, node: Node) -> Hit | None:
    if node.says("maxLength", "enum", "const", "readOnly", "contentMediaType"):
        return None
    if "format" in node.given or "pattern" in node.given or bounded(survey, node, bounds_text):
        return None
    return on_node(node, f"{called(node, 'A text')} may have any length")


def big_number(survey: Survey, node: Node) -> Hit | None:
    if node.given & {"maximum", "exclusiveMaximum", "enum", "const", "format", "readOnly"}:
        return None
    if "readOnly" in node.schema or bounded(survey, node, bounds_number):
        return None
    return on_node(node, f"{called(node, 'An integer')} has no least and greatest value")


def long_list(survey: Survey, node: Node) -> Hit | None:
    if node.says("maxItems", "enum", "const", "readOnly") or bounded(survey, node, bounds_list):
        return None
    return on_node(node, f"{called(node, 'A list')} may have any number of items")


def open_object(survey: Survey, node: Node) -> Hit | None:
    if bounded(survey, node, closes):
        return None
    return on_node(node, f"{called(node, 'The body')} takes properties that it does not name")


def addresses_in(survey: Survey) -> Iterable[Field]:
    """Addresses that callers give and the API may go to."""
    return [
        field
        for field in survey.input_fields
        if joined(field.name) in ADDRESSES or text(field.schema.get("format")) in ("uri", "url")
    ]


def any_address(_: Survey, field: Field) -> Hit | None:
    said = (field.schema, field.site)
    if any(word in each for each in said for word in ("pattern", "enum", "const", "readOnly")):
        return None
    if field.schema.get("type") not in (None, "string"):
        return None
    return on_field(field, f"{quoted(field.name)} may be any address, one inside your network too")


RULES = [
    Rule(
        id="request-text-unbounded",
        level="warning",
        title="Texts that are taken have a greatest length",
        why="A text of 100 MB fills memory, storage and logs, and costs tokens wherever a model"
        " reads it.",
        mend="Add `maxLength`, an `enum`, or a pattern of bounded length.",
        before="""
            note:
              type: string
        """,
        after="""
            note:
              type: string
              maxLength: 500
        """,
        applies_to="both",
        places=strings_in,
        check=long_text,
        sources=("OWASP API4:2023",),
    ),
    Rule(
        id="request-array-unbounded",
        level="warning",
        title="Lists that are taken have a greatest number of items",
        why="A million items in one call is a denial of service that passes every rate limit.",
        mend="Add `maxItems`.",
        before="""
            ids:
              type: array
              items: {type: string}
        """,
        after="""
            ids:
              type: array
              maxItems: 100
              items: {type: string}
        """,
        applies_to="both",
        places=arrays_in,
        check=long_list,
        sources=("OWASP API4:2023",),
    ),
    Rule(
        id="response-array-unbounded",
        level="info",
        title="Lists that are given have a greatest number of items",
        why="A client, or an agent with so many tokens left, must know how much can come.",
        mend="Add `maxItems`: the greatest page.",
        before="""
            items:
              type: array
              items: {$ref: '#/components/schemas/Refund'}
        """,
        after="""
            items:
              type: array
              maxItems: 100
              items: {$ref: '#/components/schemas/Refund'}
        """,
        applies_to="both",
        places=arrays_out,
        check=long_list,
        sources=("OWASP API4:2023",),
    ),
    Rule(
        id="request-integer-unbounded",
        level="info",
        title="Integers that are taken have bounds",
        why="What is beyond the type of the receiver overflows, or asks for 10⁹ of something.",
        mend="Add `minimum` and `maximum`, or at least `format: int32` or `int64`.",
        before="""
            quantity:
              type: integer
        """,
        after="""
            quantity:
              type: integer
              minimum: 1
              maximum: 1000
        """,
        applies_to="both",
        places=integers_in,
        check=big_number,
        sources=("OWASP API4:2023",),
    ),
    Rule(
        id="request-object-open",
        level="info",
        title="Bodies take only the properties they name",
        why="A property that was not meant to be set, such as `is_admin`, is set by whoever tries"
        " it.",
        mend="Add `additionalProperties: false` (with allOf: `unevaluatedProperties: false`), and"
        " refuse unknown properties.",
        before="""
            type: object
            properties:
              name: {type: string}
        """,
        after="""
            type: object
            additionalProperties: false
            properties:
              name: {type: string}
        """,
        applies_to="openapi",
        places=bodies_in,
        check=open_object,
        sources=("OWASP API3:2023",),
    ),
    Rule(
        id="request-address-open",
        level="info",
        title="Addresses that are taken are restricted",
        why="A server that fetches any address can be sent to your cloud's metadata or to the"
        " network inside.",
        mend="Allow only `https` by a `pattern`, resolve and check the host when you fetch.",
        before="""
            callback_url:
              type: string
              format: uri
        """,
        after="""
            callback_url:
              type: string
              format: uri
              pattern: ^https://
              maxLength: 2000
        """,
        applies_to="both",
        places=addresses_in,
        check=any_address,
        sources=("OWASP API7:2023",),
    ),
]
