"""What the official schema lets pass and an owner must know: each rule, found and not found."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from catalog.documents.findings import findings
from catalog.documents.parse import Document, parse
from catalog.documents.validate import validate

OK = {"description": "ok"}


def read(tree: Any) -> Document:
    document = parse(orjson.dumps(tree, option=orjson.OPT_INDENT_2))
    assert validate(document) == []
    return document


def openapi(paths: Any = None, version: str = "3.0.3", **words: Any) -> Document:
    info = {"title": "T", "version": "1"}
    return read({"openapi": version, "info": info, "paths": paths or {}, **words})


def asyncapi2(channels: Any, **words: Any) -> Document:
    info = {"title": "T", "version": "1"}
    return read({"asyncapi": "2.6.0", "info": info, "channels": channels, **words})


def asyncapi3(**words: Any) -> Document:
    return read({"asyncapi": "3.0.0", "info": {"title": "T", "version": "1"}, **words})


def body(schema: Any, **words: Any) -> Any:
    content = {"application/json": {"schema": schema, **words}}
    return {"/a": {"post": {"requestBody": {"content": content}, "responses": {"200": OK}}}}


AT_BODY = "/paths/~1a/post/requestBody/content/application~1json"


def get(**words: Any) -> Any:
    return {"get": {"responses": {"200": OK}, **words}}


def path_parameter(name: str) -> Any:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def found(document: Document) -> list[tuple[str, str]]:
    return [(finding.rule, finding.pointer) for finding in findings(document)]


CLEAN = openapi(
    {
        "/a/{id}": get(operationId="a", parameters=[path_parameter("id")], security=[{"k": []}]),
        "/a/{id}/b": {"parameters": [path_parameter("id")], **get(operationId="b")},
    },
    components={
        "securitySchemes": {"k": {"type": "http", "scheme": "basic"}},
        "schemas": {"A": {"type": "string", "pattern": "^a+$", "example": "aa", "default": "a"}},
    },
    servers=[{"url": "https://{host}/", "variables": {"host": {"default": "a"}}}],
)


def test_a_clean_document_has_no_findings() -> None:
    assert found(CLEAN) == []


def test_a_finding_tells_its_line() -> None:
    document = openapi({"/a": get(operationId="x"), "/b": get(operationId="x")})
    (finding,) = findings(document)

    line = document.data.decode().split("\n")[finding.line - 1]
    assert '"operationId": "x"' in line
    assert (finding.rule, finding.level) == ("operation-id-repeated", "error")
    assert finding.pointer == "/paths/~1b/get/operationId"


def test_two_templates_for_one_path_are_found_at_the_second() -> None:
    document = openapi(
        {
            "/a/{id}": get(parameters=[path_parameter("id")]),
            "/a/{name}": get(parameters=[path_parameter("name")]),
        }
    )

    assert found(document) == [("path-repeated", "/paths/~1a~1{name}")]


def test_a_path_parameter_that_is_not_declared_is_found_at_the_operation() -> None:
    assert found(openapi({"/a/{id}": get()})) == [
        ("path-parameter-undeclared", "/paths/~1a~1{id}/get")
    ]


def test_a_path_parameter_that_the_path_lacks_is_a_warning() -> None:
    (finding,) = findings(openapi({"/a": get(parameters=[path_parameter("id")])}))

    assert (finding.rule, finding.level) == ("path-parameter-unused", "warning")
    assert finding.pointer == "/paths/~1a/get/parameters/0"


def test_a_parameter_that_stands_twice_is_found() -> None:
    page = {"name": "page", "in": "query", "schema": {}}
    components = {"parameters": {"Page": page}}
    document = openapi(
        {"/a": get(parameters=[page, {"$ref": "#/components/parameters/Page"}])},
        components=components,
    )

    assert found(document) == [("parameter-repeated", "/paths/~1a/get")]


def test_a_parameter_of_the_operation_replaces_that_of_its_path() -> None:
    page = {"name": "page", "in": "query", "schema": {}}

    assert found(openapi({"/a": {"parameters": [page], **get(parameters=[page])}})) == []


def test_a_dangling_reference_is_found_at_the_reference() -> None:
    document = openapi({"/a": {"get": {"responses": {"200": {"$ref": "#/components/x"}}}}})

    assert found(document) == [("reference-dangling", "/paths/~1a/get/responses/200/$ref")]


def test_a_security_scheme_that_is_not_defined_is_found_once() -> None:
    document = openapi({"/a": get(security=[{"gone": []}]), "/b": get(security=[{"gone": []}])})

    assert found(document) == [("security-scheme-undefined", "/paths/~1a/get")]


def test_a_server_variable_that_is_not_described_is_found() -> None:
    document = openapi(servers=[{"url": "https://{host}.example/{base}"}])

    assert found(document) == [("server-variable-undefined", "/servers/0")] * 2


def test_a_link_to_no_operation_is_found() -> None:
    response = {**OK, "links": {"next": {"operationId": "gone"}, "self": {"operationId": "a"}}}
    document = openapi({"/a": {"get": {"operationId": "a", "responses": {"200": response}}}})

    assert found(document) == [
        ("link-operation-unknown", "/paths/~1a/get/responses/200/links/next/operationId")
    ]


@pytest.mark.parametrize(
    ("pattern", "rule", "level"),
    [
        ("^(a+)+$", "pattern-exponential", "error"),
        ("^(?!a)b", "pattern-backtracking", "warning"),
        ("[", "pattern-invalid", "error"),
    ],
)
def test_h47_a_dangerous_pattern_is_found(pattern: str, rule: str, level: str) -> None:
    (finding,) = findings(openapi(body({"type": "string", "pattern": pattern})))

    assert (finding.rule, finding.level) == (rule, level)
    assert finding.pointer == f"{AT_BODY}/schema/pattern"


def test_a_text_that_breaks_its_format_is_found_and_not_refused() -> None:
    document = openapi(externalDocs={"url": "not a url\\"})
    document.tree["info"]["contact"] = {"email": "nobody"}

    assert ("format-broken", "/info/contact/email") in found(document)


def endless(schemas: Any) -> list[str]:
    document = openapi(components={"schemas": schemas}, version="3.0.3")
    return [pointer for rule, pointer in found(document) if rule == "schema-endless"]


def needs(name: str) -> Any:
    return {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"$ref": f"#/components/schemas/{name}"}},
    }


def test_a_schema_that_requires_itself_is_endless() -> None:
    assert endless({"A": needs("A")}) == ["/components/schemas/A"]
    assert endless({"A": needs("B"), "B": needs("C"), "C": needs("A")}) == [
        "/components/schemas/A",
        "/components/schemas/B",
        "/components/schemas/C",
    ]
    assert endless({"A": {"allOf": [needs("A")]}, "B": needs("A"), "C": needs("B")}) == [
        "/components/schemas/A",
        "/components/schemas/B",
    ]


def test_a_schema_with_a_way_out_is_not_endless() -> None:
    text = {"type": "string"}
    reference = {"$ref": "#/components/schemas/A"}

    assert endless({"A": {**needs("A"), "nullable": True}}) == []
    assert endless({"A": {"type": "array", "items": reference}}) == []
    assert endless({"A": {"type": "object", "properties": {"a": reference}}}) == []
    assert endless({"A": {"oneOf": [needs("A"), text]}}) == []
    assert endless({"A": {"oneOf": [needs("A"), needs("A")]}}) == ["/components/schemas/A"]
    assert endless({"A": {"type": "array", "minItems": 1, "items": reference}}) == [
        "/components/schemas/A"
    ]


def broken(document: Document) -> list[str]:
    return [pointer for rule, pointer in found(document) if rule.endswith("-breaks-schema")]


def test_an_example_that_breaks_its_schema_is_found_where_it_breaks() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["m"]}

    assert broken(openapi(body(schema, example={"n": "x"}))) == [
        f"{AT_BODY}/example/m",
        f"{AT_BODY}/example/n",
    ]


def test_named_examples_parameters_headers_and_responses_are_judged() -> None:
    number = {"schema": {"type": "integer"}}
    answer = {
        **OK,
        "headers": {"h": {**number, "example": "x"}},
        "content": {"application/json": {**number, "examples": {"a": {"value": "x"}}}},
    }
    document = openapi(
        {
            "/a": {
                "get": {
                    "parameters": [{"name": "p", "in": "query", **number, "example": "x"}],
                    "responses": {"200": answer},
                }
            }
        }
    )
    at = "/paths/~1a/get"

    assert broken(document) == [
        f"{at}/parameters/0/example",
        f"{at}/responses/200/content/application~1json/examples/a/value",
        f"{at}/responses/200/headers/h/example",
    ]


@pytest.mark.parametrize("word", ["example", "default"])
def test_what_a_schema_itself_gives_is_judged(word: str) -> None:
    document = openapi(components={"schemas": {"A": {"type": "integer", word: "x"}}})

    assert found(document) == [(f"{word}-breaks-schema", f"/components/schemas/A/{word}")]


def test_the_examples_of_a_3_1_schema_are_judged() -> None:
    schema = {"type": ["integer", "null"], "examples": [1, None, "x"]}
    document = openapi(version="3.1.0", components={"schemas": {"A": schema}})

    assert broken(document) == ["/components/schemas/A/examples/2"]


def test_null_is_an_example_of_what_may_be_null() -> None:
    schema = {"type": "string", "nullable": True, "enum": ["a"]}

    assert broken(openapi(body(schema, example=None))) == []
    assert broken(openapi(body({"type": "string"}, example=None))) == [f"{AT_BODY}/example"]


def test_what_is_only_for_the_other_direction_may_be_left_out() -> None:
    schema = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {"id": {"readOnly": True}, "secret": {"writeOnly": True}},
    }

    assert broken(openapi(body(schema, example={"secret": "s"}))) == []
    assert broken(openapi(body(schema, example={"id": 1}))) == [f"{AT_BODY}/example/secret"]


def test_an_example_in_xml_is_not_judged() -> None:
    content = {"application/xml": {"schema": {"type": "object"}, "example": "<a/>"}}
    operation = {"requestBody": {"content": content}, "responses": {"200": OK}}

    assert broken(openapi({"/a": {"post": operation}})) == []


def test_one_schema_that_cannot_be_compiled_spoils_no_other_verdict() -> None:
    schemas: dict[str, Any] = {
        "Bad": {"type": "string", "minLength": "five", "example": "x"},
        "Good": {"type": "integer", "example": "x"},
    }
    document = openapi(version="3.1.0", components={"schemas": schemas})

    assert broken(document) == ["/components/schemas/Good/example"]


def test_a_schema_that_allows_no_type_at_all_is_judged() -> None:
    document = openapi(version="3.1.0", components={"schemas": {"A": {"type": [], "example": 1}}})

    assert broken(document) in ([], ["/components/schemas/A/example"])


def test_an_example_of_what_dangles_is_not_judged() -> None:
    document = openapi(body({"$ref": "#/components/schemas/Gone"}, example={"a": 1}))

    assert broken(document) == []


def test_judging_leaves_the_document_as_it_was() -> None:
    schema = {"type": "string", "nullable": True, "pattern": "[", "enum": ["a"]}
    document = openapi(body(schema, example="a"))
    before = orjson.dumps(document.tree)

    findings(document)

    assert orjson.dumps(document.tree) == before


def test_h47_the_pattern_of_a_hostile_example_ends() -> None:
    schema = {"type": "string", "pattern": "^(?=a)(a+)+$", "example": "a" * 60 + "!"}
    rules = {rule for rule, _ in found(openapi(body(schema)))}

    assert "pattern-exponential" in rules


def test_a_swagger_document_is_judged_in_its_own_words() -> None:
    response = {**OK, "schema": {"type": "integer"}, "examples": {"application/json": "x"}}
    parameter = {"name": "b", "in": "body", "schema": {"type": "integer", "example": "x"}}
    document = read(
        {
            "swagger": "2.0",
            "info": {"title": "T", "version": "1"},
            "paths": {
                "/a": {
                    "post": {
                        "parameters": [parameter],
                        "responses": {"200": response},
                        "security": [{"gone": []}],
                    }
                }
            },
        }
    )

    assert found(document) == [
        ("security-scheme-undefined", "/paths/~1a/post"),
        (
            "example-breaks-schema",
            "/paths/~1a/post/responses/200/examples/application~1json",
        ),
        ("example-breaks-schema", "/paths/~1a/post/parameters/0/schema/example"),
    ]


def test_asyncapi_2_channels_are_checked() -> None:
    message = {"payload": {"type": "integer"}, "examples": [{"payload": "x"}, {"payload": 1}]}
    document = asyncapi2(
        {
            "a/{id}": {"publish": {"operationId": "x", "message": message}, "servers": ["gone"]},
            "b": {"subscribe": {"operationId": "x"}, "parameters": {"unused": {}}},
        }
    )

    assert found(document) == [
        ("operation-id-repeated", "/channels/b/subscribe/operationId"),
        ("channel-parameter-undeclared", "/channels/a~1{id}"),
        ("server-unknown", "/channels/a~1{id}/servers/0"),
        ("channel-parameter-unused", "/channels/b/parameters/unused"),
        ("example-breaks-schema", "/channels/a~1{id}/publish/message/examples/0/payload"),
    ]


def test_asyncapi_3_operations_use_messages_of_their_channel() -> None:
    channels = {
        "one": {"address": "one", "messages": {"m": {"payload": {"type": "string"}}}},
        "two": {"address": "two/{id}", "messages": {"n": {}}},
    }
    operation = {
        "action": "send",
        "channel": {"$ref": "#/channels/one"},
        "messages": [
            {"$ref": "#/channels/one/messages/m"},
            {"$ref": "#/channels/two/messages/n"},
        ],
    }
    document = asyncapi3(channels=channels, operations={"send": operation})

    assert found(document) == [
        ("channel-parameter-undeclared", "/channels/two"),
        ("message-not-of-channel", "/operations/send/messages/1"),
    ]


def test_no_rule_tells_more_than_five_hundred() -> None:
    paths = {f"/p{n}/{{id}}": get() for n in range(600)}

    assert len(findings(openapi(paths))) == 500


def test_the_examples_of_a_swagger_answer_are_values_and_not_described() -> None:
    problem = {
        "type": "object",
        "required": ["type", "status"],
        "properties": {"type": {"type": "string"}, "status": {"type": "integer"}},
    }
    answer = {
        "description": "wrong",
        "schema": problem,
        "examples": {
            "application/problem+json": {"type": "https://e.example/x", "status": 400},
            "application/json": {"type": "x", "status": "400", "$ref": "#/nowhere"},
        },
    }
    paths = {"/a": {"get": {"responses": {"400": answer}}}}
    document = read({"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": paths})

    found = findings(document)

    assert [(each.rule, each.pointer) for each in found] == [
        (
            "example-breaks-schema",
            "/paths/~1a/get/responses/400/examples/application~1json/status",
        )
    ]
