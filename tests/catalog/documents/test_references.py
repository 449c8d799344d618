"""References that refuse a document: out of it, or round in a circle."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import orjson
import pytest

from catalog.documents import references
from catalog.documents.parse import Document, parse

SELF: dict[str, Any] = {"$self": "https://example.com/api.yaml"}
DRAFT_7 = "http://json-schema.org/draft-07/schema"


def document(version: str = "3.1.0", **words: Any) -> Document:
    tree = {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": {}, **words}
    return parse(orjson.dumps(tree))


def schemas(**named: Any) -> Document:
    return document(components={"schemas": named})


def places(found: Document) -> list[str | None]:
    return [problem.pointer for problem in references.problems(found)]


@pytest.mark.parametrize(
    "ref",
    [
        "other.yaml", "./other.yaml#/a", "../up.yaml", "/etc/passwd", "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data", "https://example.com/a.json#/b", "//host/a",
        "C:\\secrets", "urn:x:y", "?a", DRAFT_7,
    ],
)  # fmt: skip
def test_h45_a_reference_out_of_the_document_is_refused(ref: str) -> None:
    assert places(schemas(A={"properties": {"a": {"$ref": ref}}})) == [
        "/components/schemas/A/properties/a/$ref"
    ]


@pytest.mark.parametrize("ref", ["#/components/schemas/B", "#", "", "#/nowhere", "#name"])
def test_a_reference_into_the_document_is_not_refused(ref: str) -> None:
    assert places(schemas(A={"properties": {"a": {"$ref": ref}}}, B={})) == []


def test_what_only_looks_like_a_reference_is_not_refused() -> None:
    text = {"$ref": "https://example.com"}
    found = schemas(
        A={
            "example": text,
            "examples": [text],
            "default": text,
            "enum": [text],
            "const": text,
            "x-a": text,
            "properties": {"$ref": {"type": "string"}, "default": {"example": text}},
        }
    )

    assert places(found) == []


def test_a_property_may_be_called_like_a_word_for_data() -> None:
    found = schemas(A={"properties": {"example": {"$ref": "x.yaml"}, "enum": {"$ref": "y.yaml"}}})

    assert places(found) == [
        "/components/schemas/A/properties/example/$ref",
        "/components/schemas/A/properties/enum/$ref",
    ]


def test_a_reference_may_stand_for_a_whole_map_of_names() -> None:
    found = schemas(A={"properties": {"$ref": "x.yaml"}}, B={"properties": {"$ref": {}}})

    assert places(found) == ["/components/schemas/A/properties/$ref"]


def test_an_example_object_may_be_a_reference() -> None:
    media = {"examples": {"a": {"$ref": "x.yaml"}, "b": {"value": {"$ref": "y.yaml"}}}}
    response = {"description": "", "content": {"application/json": media}}

    assert places(document(components={"responses": {"A": response}})) == [
        "/components/responses/A/content/application~1json/examples/a/$ref"
    ]


def test_a_key_written_with_escapes_is_still_a_reference() -> None:
    data = (
        rb'{"openapi": "3.1.0", "components": {"schemas": {"A": {"\u0024ref": "x.yaml"}, '
        rb'"B": {"$ref": "\u0068ttp://x/\""}}}}'
    )

    assert places(parse(data)) == ["/components/schemas/A/$ref", "/components/schemas/B/$ref"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_references_that_lead_only_to_themselves_are_refused(size: int) -> None:
    ring = {f"S{n}": {"$ref": f"#/components/schemas/S{(n + 1) % size}"} for n in range(size)}

    assert places(schemas(**ring)) == [f"/components/schemas/S{n}/$ref" for n in range(size)]


def test_a_schema_that_holds_itself_is_not_refused() -> None:
    assert places(schemas(A={"properties": {"a": {"$ref": "#/components/schemas/A"}}})) == []
    assert places(schemas(A={"allOf": [{"$ref": "#/components/schemas/A"}]})) == []


def test_a_reference_by_an_embedded_identifier_stays_inside() -> None:
    found = schemas(
        A={"$id": "https://example.com/schemas/a", "$defs": {"x": {}}},
        B={"$ref": "https://example.com/schemas/a#/$defs/x"},
        C={"$ref": "https://example.com/schemas/c"},
    )

    assert places(found) == ["/components/schemas/C/$ref"]


def test_a_reference_by_the_documents_own_name_stays_inside() -> None:
    found = document(
        "3.2.0",
        **SELF,
        components={"schemas": {"A": {"$ref": "api.yaml#/components/schemas/B"}, "B": {}}},
    )

    assert places(found) == []


def test_asyncapi_headers_are_a_schema_and_not_a_map_of_names() -> None:
    message = {"headers": {"properties": {"a": {"$ref": "x.yaml"}}}, "payload": {"$ref": "y.yaml"}}
    tree = {
        "asyncapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "components": {"messages": {"M": message}},
    }

    assert places(parse(orjson.dumps(tree))) == [
        "/components/messages/M/headers/properties/a/$ref",
        "/components/messages/M/payload/$ref",
    ]


def test_how_to_bundle_is_told() -> None:
    (problem,) = references.problems(schemas(A={"$ref": "x.yaml"}))

    assert "publish command" in problem.detail
    assert (problem.line, problem.column) != (None, None)


def test_dangling_references_are_found_where_they_stand() -> None:
    found = schemas(A={"$ref": "#/components/schemas/Gone"}, B={"example": {"$ref": "#/gone"}})

    assert [each.pointer for each in references.dangling(found)] == ["/components/schemas/A/$ref"]


def test_h45_ten_thousand_references_in_a_chain_take_a_moment() -> None:
    count = 10_000
    chain: dict[str, Any] = {
        f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(count)
    }
    found = schemas(**chain, **{f"S{count}": {"type": "string"}})
    start = perf_counter()

    assert places(found) == []
    assert perf_counter() - start < 5
