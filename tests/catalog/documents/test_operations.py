"""Operations of every kind of document, in one shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.documents import naming
from catalog.documents.operation import OperationSpec
from catalog.documents.operations import operations
from catalog.documents.parse import parse
from catalog.documents.refs import lookup

INFO = {"title": "T", "version": "1"}
OK = {"description": "ok"}
SCHEMAS = "#/components/schemas"


def listed(tree: Any) -> list[OperationSpec]:
    return operations(parse(orjson.dumps(tree)))


def openapi(paths: Any, version: str = "3.1.0", **words: Any) -> list[OperationSpec]:
    return listed({"openapi": version, "info": INFO, "paths": paths, **words})


def get(**words: Any) -> Any:
    return {"get": {"responses": {"200": OK}, **words}}


def test_an_operation_says_what_it_is() -> None:
    (operation,) = openapi(
        {
            "/pets/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "page", "in": "query", "schema": {}, "deprecated": True},
                ],
                "put": {
                    "operationId": "putPet",
                    "summary": "Put a pet",
                    "description": "At home.",
                    "tags": ["pets"],
                    "deprecated": True,
                    "x-sunset": "2027-01-01",
                    "parameters": [{"name": "page", "in": "query", "content": {"a/b": {}}}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Pet"},
                                "example": {"name": "Rex"},
                                "examples": {
                                    "one": {"summary": "One", "value": {}},
                                    "far": {"externalValue": "https://example.com/x"},
                                },
                            }
                        },
                    },
                    "responses": {
                        "200": {**OK, "headers": {"ETag": {"schema": {"type": "string"}}}},
                        "default": {"$ref": "#/components/responses/Error"},
                        "x-note": 1,
                    },
                },
            }
        },
        components={
            "schemas": {
                "Pet": {"properties": {"name": {}, "owner": {"$ref": f"{SCHEMAS}/Owner"}}},
                "Owner": {
                    "properties": {"mail": {}, "pets": {"items": {"$ref": f"{SCHEMAS}/Pet"}}}
                },
            },
            "responses": {"Error": {"description": "wrong", "content": {"a/b": {"schema": {}}}}},
        },
        security=[{"key": []}, {"oauth": ["read", "write"]}],
        servers=[{"url": "https://a.example", "description": "live"}],
    )  # fmt: skip

    assert (operation.key, operation.slug) == ("PUT /pets/{}", "put-pets-x")
    assert (operation.kind, operation.method, operation.path) == ("http", "PUT", "/pets/{id}")
    assert (operation.operation_id, operation.summary) == ("putPet", "Put a pet")
    assert (operation.tags, operation.deprecated, operation.sunset) == (
        ("pets",), True, "2027-01-01",
    )  # fmt: skip
    assert [(p.name, p.where, p.required, p.deprecated) for p in operation.parameters] == [
        ("id", "path", True, False),
        ("page", "query", False, False),
    ]
    assert operation.parameters[1].media_type == "a/b"
    assert operation.request is not None
    assert operation.request.required
    (media,) = operation.request.content
    assert [example.name for example in media.examples] == ["example", "one", "far"]
    assert media.examples[2].external == "https://example.com/x"
    assert [response.status for response in operation.responses] == ["200", "default"]
    assert operation.responses[0].headers[0].name == "ETag"
    assert operation.responses[1].pointer == "/components/responses/Error"
    assert operation.security == ({"key": ()}, {"oauth": ("read", "write")})
    assert operation.servers[0].url == "https://a.example"
    assert operation.schema_fields == ("name", "owner", "mail", "pets")


def test_an_operation_may_need_no_security() -> None:
    quiet, open_, loud = openapi(
        {"/a": get(security=[]), "/b": get(security=[{}]), "/c": get()}, security=[{"k": []}]
    )

    assert quiet.security == ()
    assert open_.security == ({},)
    assert loud.security == ({"k": ()},)


def test_the_name_of_a_parameter_is_no_part_of_the_identity() -> None:
    (before,) = openapi({"/a/{id}/b": get()})
    (after,) = openapi({"/a/{identifier}/b": get()})

    assert before.key == after.key == "GET /a/{}/b"
    assert before.slug == after.slug


def test_two_templates_of_one_path_keep_two_identities() -> None:
    first, second = openapi({"/a/{id}": get(), "/a/{name}": get()})

    assert (first.key, second.key) == ("GET /a/{}", "GET /a/{name}")
    assert first.slug != second.slug


def test_webhooks_callbacks_and_other_methods_are_operations() -> None:
    callback = {"{$request.body#/url}": {"post": {"responses": {"200": OK}}}}
    paths = {
        "/a": {
            "post": {"responses": {"200": OK}, "callbacks": {"done": callback}},
            "query": {"responses": {"200": OK}},
            "additionalOperations": {"COPY": {"responses": {"200": OK}}},
        }
    }
    found = openapi(paths, "3.2.0", webhooks={"new": {"post": {"responses": {"200": OK}}}})

    assert [(operation.kind, operation.key) for operation in found] == [
        ("http", "POST /a"),
        ("callback", "CALLBACK POST /a done POST {}"),
        ("http", "QUERY /a"),
        ("http", "COPY /a"),
        ("webhook", "WEBHOOK POST new"),
    ]


def test_a_path_may_stand_elsewhere_in_the_document() -> None:
    (operation,) = openapi(
        {"/a": {"$ref": "#/components/pathItems/A"}}, components={"pathItems": {"A": get()}}
    )

    assert (operation.path, operation.pointer) == ("/a", "/components/pathItems/A/get")


def test_what_dangles_is_left_out() -> None:
    gone = {"$ref": "#/gone"}
    (operation,) = openapi(
        {
            "/a": {
                "post": {
                    "parameters": [gone, {"name": "a", "in": "query", "schema": gone}],
                    "requestBody": gone,
                    "responses": {"200": gone, "201": {**OK, "content": {"a/b": {"schema": gone}}}},
                }
            },
            "/b": gone,
        }
    )

    assert [parameter.name for parameter in operation.parameters] == ["a"]
    assert operation.request is None
    assert [response.status for response in operation.responses] == ["201"]


@given(
    st.recursive(
        st.sampled_from([None, 1, True, "", "a", "#", "#/paths", "#/channels/a", "x-a"]),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    ["get", "parameters", "responses", "200", "content", "schema", "a/b", "$ref",
                     "callbacks", "requestBody", "examples", "example", "headers", "security",
                     "tags", "servers", "properties", "items", "allOf", "name", "in", "message",
                     "publish", "payload", "oneOf", "traits", "channel", "messages", "bindings"]
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=30,
    )
)  # fmt: skip
def test_no_shape_of_a_document_breaks_the_listing(tree: Any) -> None:
    for head in ({"openapi": "3.1.0"}, {"swagger": "2.0"}):
        listed({**head, "paths": {"/a": tree, "/b": {"get": tree}}, "webhooks": tree})
    listed({"asyncapi": "2.6.0", "channels": {"a": tree, "b": {"publish": tree}}})
    operation = {"action": "send", "channel": {"$ref": "#/channels/a"}, "messages": tree}
    listed(
        {
            "asyncapi": "3.0.0",
            "channels": {"a": tree},
            "operations": {"a": tree, "b": operation, "c": {**operation, "reply": tree}},
        }
    )


def test_swagger_bodies_forms_and_answers_become_what_openapi_calls_them() -> None:
    tree = {
        "swagger": "2.0",
        "info": INFO,
        "host": "api.example.com",
        "basePath": "/v1",
        "schemes": ["https", "http"],
        "consumes": ["application/json"],
        "produces": ["application/json", "application/xml"],
        "paths": {
            "/a": {
                "parameters": [{"name": "b", "in": "body", "required": True, "schema": {}}],
                "post": {
                    "parameters": [
                        {"name": "q", "in": "query", "type": "array", "collectionFormat": "multi"}
                    ],
                    "responses": {
                        "200": {
                            **OK,
                            "schema": {"type": "string"},
                            "examples": {"application/json": "x"},
                        }
                    },
                },
            },
            "/f": {
                "post": {
                    "consumes": ["multipart/form-data"],
                    "parameters": [{"name": "f", "in": "formData", "type": "file"}],
                    "responses": {"204": OK},
                }
            },
        },
    }
    body, form = listed(tree)

    assert [parameter.name for parameter in body.parameters] == ["q"]
    assert body.parameters[0].schema == "/paths/~1a/post/parameters/0"
    assert body.request is not None
    assert body.request.content[0].schema == "/paths/~1a/parameters/0/schema"
    assert [media.media_type for media in body.responses[0].content] == [
        "application/json",
        "application/xml",
    ]
    assert len(body.responses[0].content[0].examples) == 1
    assert [server.url for server in body.servers] == [
        "https://api.example.com/v1",
        "http://api.example.com/v1",
    ]
    assert form.request is not None
    assert form.request.content[0].media_type == "multipart/form-data"
    assert [parameter.where for parameter in form.parameters] == ["formData"]


MESSAGE = {
    "name": "Signed up",
    "payload": {"properties": {"mail": {}}},
    "headers": {"properties": {"trace": {}}},
    "examples": [{"name": "one", "payload": {}}, {"payload": {}}],
    "traits": [{"title": "From a trait", "bindings": {"kafka": {}}, "contentType": "a/b"}],
    "bindings": {"amqp": {}},
}


def test_asyncapi_2_speaks_of_what_the_application_does() -> None:
    tree = {
        "asyncapi": "2.6.0",
        "info": INFO,
        "servers": {"prod": {"url": "broker:9092", "protocol": "kafka"}},
        "channels": {
            "user/{id}/signedup": {
                "parameters": {"id": {"schema": {"type": "string"}, "description": "who"}},
                "publish": {
                    "operationId": "receive",
                    "message": {"oneOf": [MESSAGE, {"$ref": "#/components/messages/Other"}]},
                },
                "subscribe": {"summary": "Emit", "message": MESSAGE},
            }
        },
        "components": {"messages": {"Other": {}}},
    }  # fmt: skip
    receive, send = listed(tree)

    assert (receive.kind, receive.key) == ("receive", "RECEIVE user/{}/signedup receive")
    assert (send.kind, send.key, send.summary) == ("send", "SEND user/{}/signedup", "Emit")
    assert [message.name for message in receive.messages] == ["Signed up", "Other"]
    assert receive.protocol == "kafka"
    assert receive.parameters[0].name == "id"
    (message,) = send.messages
    assert message.title == "From a trait"
    assert set(message.bindings) == {"amqp", "kafka"}
    assert [example.name for example in message.examples] == ["one", "example 2"]
    assert message.content_type == "a/b"
    assert send.schema_fields == ("mail", "trace")


def test_asyncapi_3_operations_have_channels_messages_and_replies() -> None:
    tree = {
        "asyncapi": "3.0.0",
        "info": INFO,
        "defaultContentType": "application/json",
        "servers": {
            "a": {"host": "a.example", "protocol": "amqp", "pathname": "/v"},
            "b": {"host": "b.example", "protocol": "mqtt"},
        },
        "channels": {
            "asked": {
                "address": "ask/{id}",
                "servers": [{"$ref": "#/servers/b"}],
                "messages": {
                    "ask": {"payload": {"schemaFormat": "x;version=1", "schema": {"type": "a"}}},
                    "more": {},
                },
            },
            "told": {"address": None, "messages": {"tell": {}}},
        },
        "operations": {
            "ask": {
                "action": "send",
                "channel": {"$ref": "#/channels/asked"},
                "messages": [{"$ref": "#/channels/asked/messages/ask"}],
                "reply": {
                    "address": {"location": "$message.header#/replyTo"},
                    "channel": {"$ref": "#/channels/told"},
                },
                "security": [{"$ref": "#/components/securitySchemes/key"}],
            },
            "all": {"action": "receive", "channel": {"$ref": "#/channels/asked"}},
        },
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "user"}}},
    }
    ask, everything = listed(tree)

    assert (ask.key, ask.path, ask.channel) == ("SEND ask/{} ask", "ask/{id}", "/channels/asked")
    assert [message.name for message in ask.messages] == ["ask"]
    assert ask.messages[0].payload == "/channels/asked/messages/ask/payload/schema"
    assert ask.messages[0].schema_format == "x;version=1"
    assert ask.messages[0].content_type == "application/json"
    assert ask.reply is not None
    assert (ask.reply.address, ask.reply.location) == ("told", "$message.header#/replyTo")
    assert [message.name for message in ask.reply.messages] == ["tell"]
    assert ask.security == ({"key": ()},)
    assert [server.url for server in ask.servers] == ["mqtt://b.example"]
    assert [message.name for message in everything.messages] == ["ask", "more"]


@pytest.mark.parametrize(
    ("key", "slug"),
    [
        ("GET /pets/{}", "get-pets-x"),
        ("GET /", "get"),
        ("SEND user/signedup on.user", "send-user-signedup-on-user"),
    ],
)
def test_a_slug_is_made_of_plain_words(key: str, slug: str) -> None:
    assert naming.slug(key) == slug


@given(st.text(max_size=200))
def test_a_slug_is_always_safe_and_short(key: str) -> None:
    slug = naming.slug(key)

    assert len(slug) <= naming.LONGEST_SLUG
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug == naming.slug(key)


@given(st.lists(st.sampled_from(["GET /a", "GET /ä", "GET /a-x", "", "/"]), max_size=12))
def test_no_two_operations_share_a_key_or_a_slug(keys: list[str]) -> None:
    names = naming.Names()
    given_keys = [names.key(key, otherwise=key) for key in keys]
    slugs = [names.slug(key) for key in given_keys]

    assert len(set(given_keys)) == len(keys)
    assert len(set(slugs)) == len(keys)


def test_every_pointer_leads_somewhere(valid: dict[str, Any], specs: Path) -> None:
    document = parse((specs / valid["file"]).read_bytes())
    found = operations(document)

    assert len({operation.key for operation in found}) == len(found)
    assert len({operation.slug for operation in found}) == len(found)
    for operation in found:
        for pointer in pointers_of(operation):
            lookup(document.tree, pointer)


def pointers_of(operation: OperationSpec) -> list[str]:
    found = [operation.pointer, operation.channel or ""]
    contents = [media for response in operation.responses for media in response.content]
    if operation.request:
        found.append(operation.request.pointer)
        contents += operation.request.content
    for media in contents:
        found += [media.schema or "", *(example.pointer or "" for example in media.examples)]
    for parameter in operation.parameters:
        found += [parameter.pointer, parameter.schema or ""]
    for message in operation.messages:
        found += [message.pointer, message.payload or "", message.headers or ""]
        found += [*message.bindings.values(), *(each.pointer or "" for each in message.examples)]
    return [pointer for pointer in found if pointer]
