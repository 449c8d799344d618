"""AsyncAPI 3.0 and 3.1."""

from __future__ import annotations

from catalog.documents.asyncapi import bindings, payloads, security
from catalog.documents.asyncapi.words import (
    ANYTHING,
    EMAIL,
    FLAG,
    LOCATION,
    OBJECT,
    REFERENCE,
    TEXT,
    URI,
    Schema,
    by_good_name,
    by_name,
    closed,
    either_reference,
    has,
    listed,
    one_of,
    or_reference,
    part,
    when,
)

VERSIONS = ("3.0.0", "3.1.0")
TAGS = listed(or_reference(part("tag")), unique=True)
DOCS = or_reference(part("externalDocs"))
TEXTS = dict.fromkeys(["title", "summary", "description"], TEXT)
LINKEDIN = r"^http(s)?://(www\.)?linkedin\.com.*$"


def schema(version: str) -> Schema:
    """The schema of a document of this version."""
    root = closed(
        {
            "asyncapi": one_of(version),
            "id": URI,
            "info": part("info"),
            "servers": by_name(or_reference(part("server"))),
            "defaultContentType": TEXT,
            "channels": by_name(or_reference(part("channel"))),
            "operations": by_name(or_reference(part("operation"))),
            "components": components(),
        },
        ["asyncapi", "info"],
    )
    return root | {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {
            **payloads.definitions(DOCS),
            **bindings.definitions(protocols(version)),
            **description(),
            "reference": REFERENCE,
            "anySchema": any_schema(version),
            "serverVariable": variable(),
            "server": server(),
            "channel": channel(),
            "parameter": parameter(),
            "operation": operation(),
            "operationTrait": closed(operation_words()),
            "reply": reply(),
            "message": message(version),
            "messageTrait": closed(message_words(version)),
            "securityScheme": security.scheme(
                sasl=True, scopes="availableScopes", listed_scopes=True
            ),
        },
    }


def protocols(version: str) -> dict[str, tuple[str, ...]]:
    """Which protocols may have bindings, by place."""
    narrow = tuple(name for name in bindings.PROTOCOLS if name != "pulsar")
    robots = ("ros2",) if version == "3.1.0" else ()
    return {
        "server": bindings.PROTOCOLS + robots,
        "channel": bindings.PROTOCOLS,
        "operation": narrow + robots,
        "message": narrow,
    }


def description() -> dict[str, Schema]:
    """The parts that only describe."""
    located = closed({"description": TEXT, "location": LOCATION}, ["location"])
    info = closed(
        {
            "title": TEXT,
            "version": TEXT,
            "description": TEXT,
            "termsOfService": URI,
            "contact": closed({"name": TEXT, "url": URI, "email": EMAIL}),
            "license": closed({"name": TEXT, "url": URI}, ["name"]),
            "tags": TAGS,
            "externalDocs": DOCS,
            "x-x": TEXT,
            "x-linkedin": {"type": "string", "pattern": LINKEDIN},
        },
        ["version", "title"],
    )
    return {
        "info": info,
        "tag": closed({"name": TEXT, "description": TEXT, "externalDocs": DOCS}, ["name"]),
        "externalDocs": closed({"description": TEXT, "url": URI}, ["url"]),
        "correlationId": located,
        "replyAddress": located,
    }


def variable() -> Schema:
    return closed(
        {
            "enum": listed(TEXT, unique=True),
            "default": TEXT,
            "description": TEXT,
            "examples": listed(TEXT),
        }
    )


def parameter() -> Schema:
    found = closed(
        {
            "description": TEXT,
            "enum": listed(TEXT),
            "default": TEXT,
            "examples": listed(TEXT),
            "location": LOCATION,
        }
    )
    del found["type"]  # the specification's schema does not ask for an object
    return found


def server() -> Schema:
    words = {
        **TEXTS,
        **dict.fromkeys(["host", "pathname", "protocol", "protocolVersion"], TEXT),
        "variables": by_name(or_reference(part("serverVariable"))),
        "security": securities(),
        "tags": TAGS,
        "externalDocs": DOCS,
        "bindings": or_reference(part("serverBindings")),
    }
    return closed(words, ["host", "protocol"])


def securities() -> Schema:
    return listed(either_reference(part("securityScheme")))


def channel() -> Schema:
    return closed(
        {
            **TEXTS,
            "address": {"type": ["string", "null"]},
            "messages": by_name(or_reference(part("message"))),
            "parameters": by_name(or_reference(part("parameter"))),
            "servers": listed(REFERENCE, unique=True),
            "tags": TAGS,
            "externalDocs": DOCS,
            "bindings": or_reference(part("channelBindings")),
        }
    )


def operation_words() -> dict[str, Schema]:
    return {
        **TEXTS,
        "security": securities(),
        "tags": TAGS,
        "externalDocs": DOCS,
        "bindings": or_reference(part("operationBindings")),
    }


def operation() -> Schema:
    words = operation_words() | {
        "action": one_of("send", "receive"),
        "channel": REFERENCE,
        "messages": listed(REFERENCE),
        "reply": or_reference(part("reply")),
        "traits": listed(or_reference(part("operationTrait"))),
    }
    return closed(words, ["action", "channel"])


def reply() -> Schema:
    return closed(
        {
            "address": or_reference(part("replyAddress")),
            "channel": REFERENCE,
            "messages": listed(REFERENCE),
        }
    )


def message_words(version: str) -> dict[str, Schema]:
    example = closed(
        {"headers": OBJECT, "name": TEXT, "summary": TEXT, "payload": ANYTHING}, extensible=False
    )
    example["anyOf"] = [{"required": ["payload"]}, {"required": ["headers"]}]
    return {
        **dict.fromkeys(["contentType", "name", *TEXTS], TEXT),
        "headers": part("anySchema"),
        "correlationId": or_reference(part("correlationId")),
        "tags": TAGS,
        "externalDocs": DOCS,
        "deprecated": FLAG,
        "examples": listed(example),
        "bindings": or_reference(part("messageBindings")),
    }


def message(version: str) -> Schema:
    trait = or_reference(part("messageTrait"))
    with_arguments: Schema = {"type": "array", "items": [trait, OBJECT]}
    traits = listed(when({"type": "array"}, with_arguments, trait))
    return closed(message_words(version) | {"payload": part("anySchema"), "traits": traits})


def any_schema(version: str) -> Schema:
    """A schema, or one wrapped with the format it is written in."""
    judges = {
        "schema": part("schema"),
        "jsonSchema": part("jsonSchema"),
        "openapiSchema": or_reference(part("openapiSchema")),
        "avroSchema": either_reference(part("avroSchema")),
    }
    unnamed = {"not": {"required": ["schemaFormat"]}}
    wrapped: Schema = {
        "properties": {"schemaFormat": TEXT},
        "allOf": [
            when(unnamed, {"properties": {"schema": part("schema")}}),
            *(
                when(has("schemaFormat", *values), {"properties": {"schema": judges[name]}})
                for name, values in payloads.formats(version).items()
            ),
        ],
    }
    return {"type": "object"} | when(has("schema"), wrapped, part("schema"))


def components() -> Schema:
    named = {
        "servers": "server",
        "channels": "channel",
        "operations": "operation",
        "messages": "message",
        "parameters": "parameter",
        "replies": "reply",
        "replyAddresses": "replyAddress",
        "correlationIds": "correlationId",
        "serverVariables": "serverVariable",
        "operationTraits": "operationTrait",
        "messageTraits": "messageTrait",
        "serverBindings": "serverBindings",
        "channelBindings": "channelBindings",
        "operationBindings": "operationBindings",
        "messageBindings": "messageBindings",
        "externalDocs": "externalDocs",
        "tags": "tag",
    }
    words = {word: by_good_name(or_reference(part(name))) for word, name in named.items()}
    words["schemas"] = by_good_name(part("anySchema"))
    words["securitySchemes"] = by_good_name(either_reference(part("securityScheme")))
    return closed(words)
