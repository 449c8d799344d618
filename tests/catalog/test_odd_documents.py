"""Documents that are legal and odd, or just not legal: through the REST door each is published or
refused with a reason; none ends in an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.company import Company

pytestmark = pytest.mark.django_db(transaction=True)

INFO = {"title": "Odd", "version": "1"}
OK = {"200": {"description": "ok"}}
LONG = "long" * 5_000
HUGE = "k" * 100_000
YAML_HEAD = "openapi: 3.0.3\ninfo: {title: Odd, version: '1'}\npaths: {}\n"


def openapi(paths: Any = None, version: str = "3.0.3", **more: Any) -> dict[str, Any]:
    return {"openapi": version, "info": INFO, "paths": paths or {}, **more}


def answer(schema: Any, **more: Any) -> dict[str, Any]:
    media = {"application/json": {"schema": schema, **more}}
    return {"/a": {"get": {"responses": {"200": {"description": "ok", "content": media}}}}}


def words(count: int) -> str:
    """Words that no two are alike, so that nothing shortens an index of them."""
    return " ".join(f"w{number:x}{number * 7919 % 104_729:x}" for number in range(count))


PUBLISHED: dict[str, Any] = {
    "a long path": openapi({f"/{LONG}": {"get": {"responses": OK}}}),
    "a path as long as a key may be": openapi({f"/{HUGE}/{{id}}": {"get": {"responses": OK}}}),
    "two long paths that begin alike": openapi(
        {f"/{LONG}/{end}": answer({"type": "string"}, example="x")["/a"] for end in "ab"}
    ),
    "two paths that differ in their parameters' names": openapi(
        {f"/a/{{{name}}}": {"get": {"responses": OK}} for name in "xyz"}
    ),
    "a long operationId": openapi({"/a": {"get": {"operationId": LONG, "responses": OK}}}),
    "a long summary": openapi({"/a": {"get": {"summary": HUGE, "responses": OK}}}),
    "a summary of very many words": openapi(
        {"/a": {"get": {"summary": words(150_000), "responses": OK}}}
    ),
    "a path of very many words": openapi(
        {"/" + words(60_000).replace(" ", "/"): {"get": {"responses": OK}}}
    ),
    "a long tag": openapi({"/a": {"get": {"tags": [LONG, ""], "responses": OK}}}),
    "very many tags": openapi(
        {"/a": {"get": {"tags": [f"t{n}" for n in range(50_000)], "responses": OK}}}
    ),
    "a long media type": openapi(
        {"/a": {"get": {"responses": {"200": {"description": "", "content": {LONG: {}}}}}}}
    ),
    "a long schema name": openapi(components={"schemas": {"a" * 50_000: {"type": "string"}}}),
    "a property of a hundred kilobytes": openapi(answer({"properties": {HUGE: {}}})),
    "very many properties": openapi(answer({"properties": {f"p{n}": {} for n in range(20_000)}})),
    "a long title": openapi(info={"title": HUGE, "version": HUGE}),
    "a long description": openapi(info={**INFO, "description": "*" * 200_000}),
    "a long security scheme": openapi(
        components={"securitySchemes": {"a": {"type": "http", "scheme": HUGE}}},
        security=[{HUGE: []}],
    ),
    "a long server": openapi(servers=[{"url": "https://a.example/" + HUGE, "description": HUGE}]),
    "an integer beyond 64 bits": openapi(answer({"type": "integer", "maximum": 2**70})),
    "an integer of hundreds of digits": openapi(info={**INFO, "x-a": 10**300}),
    "control characters": openapi({"/\x01\x7f": {"get": {"summary": "\x02", "responses": OK}}}),
    "no paths in 3.1": {"openapi": "3.1.0", "info": INFO, "webhooks": {"w": {}}},
    "components only in 3.1": {"openapi": "3.1.0", "info": INFO, "components": {}},
    "a dialect in 3.1": openapi(
        version="3.1.0", jsonSchemaDialect="http://json-schema.org/draft-07/schema#"
    ),
    "boolean schemas in 3.1": openapi(answer(True, example=1), version="3.1.0"),
    "an own $schema in 3.1": openapi(
        answer({"$schema": "https://example.com/own", "$id": "https://e.example/x"}, example=1),
        version="3.1.0",
    ),
    "methods of 3.2": openapi(
        {"/a": {"query": {"responses": OK}, "additionalOperations": {"COPY": {"responses": OK}}}},
        version="3.2.0",
    ),
    "nothing but a version in AsyncAPI 3": {"asyncapi": "3.0.0", "info": INFO},
    "a long channel": {"asyncapi": "2.6.0", "info": INFO, "channels": {LONG: {"publish": {}}}},
    "a long operation": {
        "asyncapi": "3.0.0",
        "info": INFO,
        "channels": {"a": {"address": HUGE, "messages": {"m": {"name": HUGE}}}},
        "operations": {LONG: {"action": "send", "channel": {"$ref": "#/channels/a"}}},
    },
}  # fmt: skip

TEXTS: dict[str, tuple[int, bytes]] = {
    "a byte order mark": (201, b"\xef\xbb\xbf" + json.dumps(openapi()).encode()),
    "a byte order mark before YAML": (201, b"\xef\xbb\xbf" + YAML_HEAD.encode()),
    "carriage returns": (201, YAML_HEAD.replace("\n", "\r\n").encode()),
    "old carriage returns": (201, YAML_HEAD.replace("\n", "\r").encode()),
    "a document's start and end": (201, f"%YAML 1.2\n---\n{YAML_HEAD}...\n".encode()),
    "words of YAML 1.1": (201, f"{YAML_HEAD}x-a: [on, yes, 0o17, 017, 1_0, 2001-01-01]\n".encode()),
    "a merge key": (201, f"{YAML_HEAD}x-a: &a {{b: 1}}\nx-c:\n  <<: *a\n".encode()),
    "an explicit key": (201, f"{YAML_HEAD}? x-a\n: 1\n".encode()),
    "a line of a megabyte": (201, f"{YAML_HEAD}x-a: {'a' * 1_000_000}\n".encode()),
    "a status as a number": (
        201,
        b"openapi: 3.0.3\ninfo: {title: Odd, version: '1'}\n"
        b"paths: {/a: {get: {responses: {200: {description: ok}}}}}\n",
    ),
    "UTF-16": (422, YAML_HEAD.encode("utf-16")),
    "UTF-32": (422, YAML_HEAD.encode("utf-32")),
    "UTF-16 without a mark": (422, YAML_HEAD.encode("utf-16-le")),
    "Latin-1": (422, YAML_HEAD.replace("Odd", "Öd").encode("latin-1")),
    "not a number": (422, f"{YAML_HEAD}x-a: .nan\n".encode()),
    "an infinity in JSON": (422, json.dumps(openapi(info={**INFO, "x-a": float("inf")})).encode()),
    "half a character in JSON": (422, json.dumps(openapi(**{"x-a": "\ud800"})).encode()),
    "half a character in YAML": (422, f'{YAML_HEAD}x-a: "\\ud800"\n'.encode()),
    "NUL": (422, json.dumps(openapi(**{"x-a": "\0"})).encode()),
    "two documents": (422, f"{YAML_HEAD}---\n{YAML_HEAD}".encode()),
    "a number of ten thousand digits": (422, f"{YAML_HEAD}x-a: {'9' * 10_000}\n".encode()),
    "text after JSON": (422, json.dumps(openapi()).encode() + b" x"),
    "nothing but white space": (422, b" \n\t\n"),
    "a number": (422, b"7"),
    "a bare text": (422, b'"openapi"'),
}


HOSTILE: dict[str, Any] = {
    "brackets that open and never close": openapi(
        {f"/{n}": {"get": {"description": "[" * 100_000, "responses": OK}} for n in range(12)}
    ),
    "a server that grows with each variable": openapi(
        servers=[
            {
                "url": "{a0}",
                "variables": {f"a{n}": {"default": f"{{a{n + 1}}}" * 10} for n in range(30)},
            }
        ]
    ),
    "a thousand ways to sign in": openapi(
        {f"/{n}": {"get": {"responses": OK}} for n in range(300)},
        security=[{f"s{n}": []} for n in range(1_000)],
    ),
    "references that lead nowhere": openapi(
        {f"/{n}": {"$ref": f"#/components/x/{n}"} for n in range(20_000)}
    ),
}


@pytest.fixture
def owner(company: Company) -> APIClient:
    client: APIClient = company.client(company.owner)
    client.raise_request_exception = False
    return client


def put(client: APIClient, data: bytes, version: str = "1.0.0") -> Any:
    return client.put(
        f"/api/v1/apis/odd/versions/{version}", data, content_type="application/octet-stream"
    )


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_odd_and_legal_document_is_published(owner: APIClient, name: str) -> None:
    data = json.dumps(PUBLISHED[name]).encode()
    done = put(owner, data)
    assert done.status_code == 201, done.content[:2000]
    assert put(owner, data).status_code == 200
    changed = json.loads(data)
    changed["info"]["description"] = "Another"
    changed["paths" if "asyncapi" not in changed else "channels"] = {}
    again = put(owner, json.dumps(changed).encode(), "2.0.0")
    assert again.status_code == 201, again.content[:2000]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_read_by_its_rules_or_refused_with_its_line(owner: APIClient, name: str) -> None:
    status, data = TEXTS[name]
    done = put(owner, data)
    assert done.status_code == status, done.content[:2000]
    if status == 422:
        assert done.json()["places"][0]["line"], done.json()


@pytest.mark.parametrize("name", HOSTILE)
def test_h46_what_multiplies_or_takes_long_is_published_within_bounds(
    owner: APIClient, name: str
) -> None:
    done = put(owner, json.dumps(HOSTILE[name]).encode())
    assert done.status_code == 201, done.content[:2000]
