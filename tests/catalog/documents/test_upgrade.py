"""Swagger 2.0 served as OpenAPI 3.0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from catalog.documents import references
from catalog.documents.official import official
from catalog.documents.operations import operations
from catalog.documents.parse import parse
from catalog.documents.upgrade import to_openapi3
from catalog.documents.validate import validate

OK = {"description": "ok"}


def swagger(paths: Any = None, **words: Any) -> dict[str, Any]:
    info = {"title": "T", "version": "1"}
    return {"swagger": "2.0", "info": info, "paths": paths or {}, **words}


def upgraded(tree: dict[str, Any]) -> Any:
    before = orjson.dumps(tree)
    found = to_openapi3(tree)
    assert orjson.dumps(tree) == before
    assert official("openapi", "3.0.3").is_valid(found)
    return found


def operation(**words: Any) -> Any:
    tree = upgraded(swagger({"/a": {"post": {"responses": {"200": OK}, **words}}}))
    return tree["paths"]["/a"]["post"]


def test_an_openapi_document_comes_back_as_it_is() -> None:
    tree = {"openapi": "3.1.0"}

    assert to_openapi3(tree) is tree


def test_the_host_becomes_servers() -> None:
    tree = upgraded(swagger(host="a.example", basePath="/v1", schemes=["https", "wss"]))

    assert tree["servers"] == [{"url": "https://a.example/v1"}, {"url": "wss://a.example/v1"}]
    assert upgraded(swagger(basePath="/v1"))["servers"] == [{"url": "/v1"}]
    assert "servers" not in upgraded(swagger())


def test_a_parameters_type_becomes_its_schema() -> None:
    found = operation(
        parameters=[
            {
                "name": "a", "in": "query", "type": "array", "items": {"type": "string"},
                "collectionFormat": "pipes", "description": "d", "x-note": 1,
            },
            {"name": "b", "in": "query", "type": "array", "items": {"type": "string"}},
            {
                "name": "c", "in": "header", "type": "array", "items": {"type": "string"},
                "collectionFormat": "tsv",
            },
            {"name": "d", "in": "query", "type": "integer", "minimum": 1, "default": 5},
        ]
    )["parameters"]  # fmt: skip

    assert found[0] == {
        "name": "a", "in": "query", "description": "d", "x-note": 1,
        "schema": {"type": "array", "items": {"type": "string"}},
        "style": "pipeDelimited", "explode": False,
    }  # fmt: skip
    assert (found[1]["style"], found[1]["explode"]) == ("form", False)
    assert found[2]["x-collection-format"] == "tsv"
    assert found[3]["schema"] == {"type": "integer", "minimum": 1, "default": 5}


def test_a_body_becomes_the_request_in_what_the_operation_consumes() -> None:
    found = operation(
        consumes=["application/xml"],
        parameters=[{"name": "b", "in": "body", "required": True, "schema": {"type": "object"}}],
    )

    assert found["requestBody"] == {
        "content": {"application/xml": {"schema": {"type": "object"}}},
        "required": True,
        "x-body-name": "b",
    }
    assert "parameters" not in found


def test_a_form_becomes_an_object() -> None:
    field = {"name": "f", "in": "formData", "type": "file", "required": True}
    ids = {
        "name": "ids", "in": "formData", "type": "array", "items": {"type": "string"},
        "collectionFormat": "multi", "description": "d",
    }  # fmt: skip
    content = operation(parameters=[field, ids])["requestBody"]["content"]["multipart/form-data"]

    assert content["schema"]["properties"]["f"] == {"type": "string", "format": "binary"}
    assert content["schema"]["properties"]["ids"]["description"] == "d"
    assert content["schema"]["required"] == ["f"]
    assert content["encoding"] == {"ids": {"style": "form", "explode": True}}


def test_answers_have_content_in_what_the_operation_produces() -> None:
    response = {
        **OK,
        "schema": {"type": "string"},
        "examples": {"text/plain": "x"},
        "headers": {"H": {"type": "integer", "description": "h"}},
    }
    found = operation(produces=["application/json"], responses={"200": response, "x-a": 1})
    answer = found["responses"]["200"]

    assert answer["content"] == {
        "application/json": {"schema": {"type": "string"}},
        "text/plain": {"schema": {"type": "string"}, "example": "x"},
    }
    assert answer["headers"] == {"H": {"schema": {"type": "integer"}, "description": "h"}}
    assert found["responses"]["x-a"] == 1


def test_shared_parts_move_to_components() -> None:
    tree = swagger(
        {
            "/a": {
                "parameters": [{"$ref": "#/parameters/Page"}],
                "post": {
                    "parameters": [{"$ref": "#/parameters/Pet"}],
                    "responses": {"200": {"$ref": "#/responses/Pet"}},
                },
            }
        },
        parameters={
            "Page": {"name": "page", "in": "query", "type": "integer"},
            "Pet": {"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}},
        },
        responses={"Pet": {**OK, "schema": {"$ref": "#/definitions/Pet"}}},
        definitions={"Pet": {"type": "object", "discriminator": "kind", "required": ["kind"],
                             "properties": {"kind": {"type": "string", "x-nullable": True}}}},
    )  # fmt: skip
    found = upgraded(tree)
    post = found["paths"]["/a"]["post"]

    assert found["paths"]["/a"]["parameters"] == [{"$ref": "#/components/parameters/Page"}]
    assert post["requestBody"] == {"$ref": "#/components/requestBodies/Pet"}
    assert list(post["responses"].values()) == [
        {"$ref": f"#/components/responses/{name}"} for name in found["components"]["responses"]
    ]
    pet = found["components"]["schemas"]["Pet"]
    assert pet["discriminator"] == {"propertyName": "kind"}
    assert pet["properties"]["kind"] == {"type": "string", "nullable": True}


def test_names_that_3_does_not_allow_are_changed_with_their_references() -> None:
    tree = swagger(
        definitions={
            "Page«User»": {"properties": {"a": {"$ref": "#/definitions/Page%C2%ABUser%C2%BB"}}},
            "Page_User_": {"type": "string"},
        }
    )
    schemas = upgraded(tree)["components"]["schemas"]

    assert sorted(schemas) == ["Page_User_", "Page_User__2"]
    assert schemas["Page_User_"]["properties"]["a"]["$ref"] == "#/components/schemas/Page_User_"


def test_a_reference_to_any_other_place_becomes_a_component() -> None:
    inner = {"properties": {"self": {"$ref": "#/paths/~1a/post/responses/200/schema"}}}
    paths = {"/a": {"post": {"responses": {"200": {**OK, "schema": inner}}}}}
    (schema,) = upgraded(swagger(paths))["components"]["schemas"].values()

    assert schema == {"properties": {"self": {"$ref": "#/components/schemas/responses_200_schema"}}}


def test_what_json_schema_of_3_cannot_say_is_said_otherwise() -> None:
    tree = swagger(
        definitions={
            "A": {"type": ["string", "null"]},
            "B": {"type": ["string", "integer"]},
            "C": {"type": "null"},
            "D": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
            "E": {"type": "array"},
        }
    )
    schemas = upgraded(tree)["components"]["schemas"]

    assert schemas["A"] == {"type": "string", "nullable": True}
    assert schemas["B"] == {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    assert schemas["C"] == {"nullable": True, "enum": [None]}
    assert schemas["D"]["items"] == {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    assert schemas["E"]["items"] == {}


def test_security_schemes_are_told_in_the_words_of_3() -> None:
    scopes = {"read": "may read"}
    urls = {"authorizationUrl": "https://a.example/a", "tokenUrl": "https://a.example/t"}
    tree = swagger(
        securityDefinitions={
            "basic": {"type": "basic", "description": "d"},
            "key": {"type": "apiKey", "name": "k", "in": "header"},
            "code": {"type": "oauth2", "flow": "accessCode", "scopes": scopes, **urls},
            "app": {"type": "oauth2", "flow": "application", "scopes": {}, "tokenUrl": "https://a"},
        }
    )
    found = upgraded(tree)["components"]["securitySchemes"]

    assert found["basic"] == {"type": "http", "scheme": "basic", "description": "d"}
    assert found["key"] == {"type": "apiKey", "name": "k", "in": "header"}
    assert found["code"]["flows"] == {"authorizationCode": {"scopes": scopes, **urls}}
    assert list(found["app"]["flows"]) == ["clientCredentials"]


def test_a_valid_document_is_valid_as_3_with_the_same_operations(
    valid: dict[str, Any], specs: Path
) -> None:
    document = parse((specs / valid["file"]).read_bytes())
    if document.kind != "swagger":
        return
    found = parse(orjson.dumps(to_openapi3(document.tree)))

    assert validate(found) == []
    assert list(references.dangling(found)) == []
    assert [each.key for each in operations(found)] == [each.key for each in operations(document)]
