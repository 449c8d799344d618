"""The mock answers from examples, else with values that satisfy the schema, or says why not."""

import json
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents.errors import DocumentError
from catalog.documents.parse import parse
from catalog.mock.answer import Answer, answer, sample_message
from catalog.mock.document import Mocked, load
from catalog.mock.errors import CannotAnswer, WrongRequest
from catalog.mock.judge import errors_of
from catalog.mock.request import Request, path_values
from catalog.mock.values import Maker

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
    get:
      parameters:
        - {name: expand, in: query, schema: {type: array, items: {enum: [lines, customer]}}}
        - {name: limit, in: query, required: true, schema: {type: integer, maximum: 50}}
      responses:
        '200':
          description: ok
          headers: {X-Total: {schema: {type: integer, example: 12}}}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Order'}
              examples:
                small: {value: {id: 1, state: open}}
                big: {value: {id: 2, state: paid}}
        '404':
          description: no
          content:
            application/problem+json:
              schema: {type: object, required: [title], properties: {title: {type: string}}}
    put:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
      responses: {'204': {description: done}}
  /invented:
    get:
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
components:
  schemas:
    Order:
      type: object
      required: [id, state]
      properties:
        id: {type: integer}
        state: {enum: [open, paid]}
        code: {type: string, pattern: '^[A-Z]{3}-\\d{4}$'}
        secret: {type: string, writeOnly: true}
        lines: {type: array, minItems: 2, uniqueItems: true, items: {type: string, minLength: 3}}
        parent: {$ref: '#/components/schemas/Order'}
"""


def mocked(text: str | bytes) -> Mocked:
    raw = text.encode() if isinstance(text, str) else text
    return load(parse(raw).compact)


@pytest.fixture(scope="module")
def shop() -> Mocked:
    return mocked(SHOP)


def call(shop: Mocked, key: str, path: str, **more: Any) -> Answer:
    operation = next(o for o in shop.operations.values() if f"{o.method} {o.path}" == key)
    return answer(shop, operation, Request(method=key.split()[0], path=path, **more))


def get(shop: Mocked, path: str = "/orders/7", query: str = "limit=5", **headers: str) -> Answer:
    return call(shop, "GET /orders/{id}", path, query=query, headers=headers)


def places(wrong: pytest.ExceptionInfo[WrongRequest]) -> set[str]:
    return {fault.place for fault in wrong.value.faults}


def test_the_first_example_is_the_answer(shop: Mocked) -> None:
    made = get(shop)
    assert made.status == 200
    assert json.loads(made.body) == {"id": 1, "state": "open"}
    assert made.headers == {"X-Total": "12"}
    assert made.source == "example"


def test_a_caller_may_prefer_an_example_or_a_status(shop: Mocked) -> None:
    assert json.loads(get(shop, prefer="example=big").body)["id"] == 2
    missing = get(shop, prefer="code=404")
    assert missing.status == 404
    assert "title" in json.loads(missing.body)


def test_without_an_example_the_value_satisfies_the_schema(shop: Mocked) -> None:
    made = call(shop, "GET /invented", "/invented")
    value = json.loads(made.body)
    assert made.source == "schema"
    assert value["state"] == "open"
    assert value["code"] == "AAA-7777"
    assert len(value["lines"]) == 2
    assert "secret" not in value


def test_a_request_that_does_not_fit_is_told_where(shop: Mocked) -> None:
    with pytest.raises(WrongRequest) as wrong:
        get(shop, path="/orders/zero", query="expand=lines,nothing&limit=99")
    assert places(wrong) == {"path.id", "query.expand/1", "query.limit"}
    with pytest.raises(WrongRequest) as wrong:
        get(shop, query="")
    assert places(wrong) == {"query.limit"}


@pytest.mark.parametrize(
    ("body", "media", "place"),
    [
        (b"", "application/json", "/body"),
        (b"{", "application/json", "/body"),
        (b'{"id": "x", "state": "open"}', "application/json", "/body/id"),
        (b'{"id": 1}', "application/json", "/body"),
        (b"<a/>", "application/xml", "header.Content-Type"),
    ],
)
def test_a_body_that_does_not_fit_is_told_where(
    shop: Mocked, body: bytes, media: str, place: str
) -> None:
    with pytest.raises(WrongRequest) as wrong:
        call(shop, "PUT /orders/{id}", "/orders/1", body=body, headers={"content-type": media})
    assert places(wrong) == {place}


def test_a_good_body_gets_the_declared_status(shop: Mocked) -> None:
    made = call(
        shop,
        "PUT /orders/{id}",
        "/orders/1",
        body=b'{"id": 1, "state": "open"}',
        headers={"content-type": "application/json; charset=utf-8"},
    )
    assert made.status == 204
    assert made.body == b""


def test_a_media_type_that_is_not_given_is_refused(shop: Mocked) -> None:
    with pytest.raises(WrongRequest) as wrong:
        get(shop, accept="text/html")
    assert places(wrong) == {"header.Accept"}


def test_path_values_come_from_mixed_segments() -> None:
    assert path_values("/a/{id}:do/{x}.json", "/a/7:do/y%20z.json") == {"id": ["7"], "x": ["y z"]}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 5},
        {"type": "integer", "exclusiveMinimum": 10, "multipleOf": 7},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1},
        {"type": "string", "minLength": 20, "maxLength": 25},
        {"type": "string", "pattern": "^(?:a|b)+[^x-z]\\s\\w{2,4}$", "minLength": 8},
        {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "boolean"}}}]},
        {"oneOf": [{"type": "string", "minLength": 10**9}, {"type": "null"}]},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "integer"}},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"type": ["null", "string"], "format": "date-time"},
        {"prefixItems": [{"const": 1}, {"const": "b"}], "minItems": 2},
    ],
)
def test_values_satisfy_their_schema(schema: dict[str, Any]) -> None:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {},
        "components": {"schemas": {"X": schema}},
    }
    loaded = load(orjson.dumps(document))
    value = Maker(loaded.tree).value(schema)
    assert errors_of(loaded, "/components/schemas/X", value) == []


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string", "minLength": 10**18}, "too long"),
        ({"type": "array", "minItems": 10**18}, "too long"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "no number"),
        ({"type": "string", "pattern": "(a{50000}){50000}"}, "too long"),
        (False, "lets nothing pass"),
    ],
)
def test_h47_what_cannot_be_made_is_said(schema: Any, why: str) -> None:
    with pytest.raises(CannotAnswer, match=why):
        Maker({}).value(schema)


@given(st.from_regex(r"[a-z0-9\[\]{}()|?*+.\\^$,-]{0,24}", fullmatch=True))
def test_any_pattern_ends_in_a_text_or_a_reason(pattern: str) -> None:
    try:
        made = Maker({}).value({"type": "string", "pattern": pattern})
    except CannotAnswer:
        return
    assert isinstance(made, str)


def every_answer(loaded: Mocked) -> tuple[int, int]:
    """Answers of all operations, requests aside: how many there are, how many cannot be given."""
    given_, impossible = 0, 0
    for operation in loaded.operations.values():
        try:
            if operation.kind == "http":
                bare = type(operation)(
                    **{
                        name: getattr(operation, name)
                        for name in operation.__slots__
                        if name not in ("parameters", "request")
                    }
                )
                answer(loaded, bare, Request(operation.method, operation.path))
            for message in operation.messages:
                sample_message(loaded, message)
            given_ += 1
        except (CannotAnswer, LookupError):
            impossible += 1
    return given_, impossible


def test_nearly_every_operation_of_real_documents_has_an_answer(specs: Path) -> None:
    given_ = impossible = 0
    for entry in json.loads((specs / "index.json").read_text())["valid"]:
        good, bad = every_answer(mocked((specs / entry["file"]).read_bytes()))
        given_, impossible = given_ + good, impossible + bad
    assert given_ > 1000
    assert impossible <= given_ * 0.01


def test_h45_hostile_documents_end_in_bounded_time(specs: Path) -> None:
    for entry in json.loads((specs / "index.json").read_text())["hostile"]:
        data = (specs / entry["file"]).read_bytes()
        try:
            loaded = mocked(data)
        except (DocumentError, yaml.YAMLError):
            continue
        started = time.process_time()
        _, impossible = every_answer(loaded)
        assert time.process_time() - started < 20
        if entry["file"].endswith(("must-recurse.yaml", "huge-limits.yaml")):
            assert impossible == 1, entry["file"]
