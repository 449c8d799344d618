"""AsyncAPI 2.0 to 2.6."""

from __future__ import annotations

from catalog.documents.asyncapi import payloads, security
from catalog.documents.asyncapi.words import (
    ANYTHING,
    EMAIL,
    FLAG,
    LOCATION,
    OBJECT,
    TEXT,
    URI,
    URI_REFERENCE,
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

VERSIONS = ("2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0")
TAGS = listed(part("tag"), unique=True)
BINDINGS = OBJECT  # version 2 leaves what a binding holds to the protocols


def schema(version: str) -> Schema:
    """The schema of a document of this version."""
    minor = int(version.split(".")[1])
    root = closed(
        {
            "asyncapi": one_of(version),
            "id": URI,
            "info": part("info"),
            "servers": servers(minor),
            "defaultContentType": TEXT,
            "channels": part("channels"),
            "components": components(minor),
            "tags": TAGS,
            "externalDocs": part("externalDocs"),
        },
        ["asyncapi", "info", "channels"],
    )
    return root | {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {
            **payloads.definitions(part("externalDocs")),
            **description(),
            "server": server(minor),
            "channels": channels(minor),
            "operation": operation(minor),
            "operationTrait": closed(operation_words(minor)),
            "message": message(version),
            "messageTrait": message_trait(minor),
            "parameter": parameter(minor),
            "securityScheme": security.scheme(
                sasl=minor >= 1, scopes="scopes", listed_scopes=False
            ),
        },
    }


def description() -> dict[str, Schema]:
    """The parts that only describe."""
    return {
        "info": closed(
            {
                "title": TEXT,
                "version": TEXT,
                "description": TEXT,
                "termsOfService": URI,
                "contact": closed({"name": TEXT, "url": URI, "email": EMAIL}),
                "license": closed({"name": TEXT, "url": URI}, ["name"]),
            },
            ["version", "title"],
        ),
        "tag": closed(
            {"name": TEXT, "description": TEXT, "externalDocs": part("externalDocs")}, ["name"]
        ),
        "externalDocs": closed({"description": TEXT, "url": URI}, ["url"]),
        "correlationId": closed({"description": TEXT, "location": LOCATION}, ["location"]),
    }


def servers(minor: int) -> Schema:
    return by_name(or_reference(part("server")) if minor >= 3 else part("server"))


def variables(minor: int) -> Schema:
    variable = closed(
        {
            "enum": listed(TEXT, unique=True),
            "default": TEXT,
            "description": TEXT,
            "examples": listed(TEXT),
        }
    )
    return by_name(or_reference(variable) if minor >= 5 else variable)


def server(minor: int) -> Schema:
    words = {
        "url": TEXT,
        "description": TEXT,
        "protocol": TEXT,
        "protocolVersion": TEXT,
        "variables": variables(minor),
        "security": listed(security.requirement()),
        "bindings": BINDINGS,
    }
    if minor >= 5:
        words["tags"] = TAGS
    return closed(words, ["url", "protocol"])


def channels(minor: int) -> Schema:
    words = {
        "$ref": URI_REFERENCE,
        "parameters": parameters(minor),
        "description": TEXT,
        "publish": part("operation"),
        "subscribe": part("operation"),
        "deprecated": FLAG,
        "bindings": BINDINGS,
    }
    if minor >= 2:
        words["servers"] = listed(TEXT, unique=True)
    address = {"type": "string", "format": "uri-template", "minLength": 1}
    return by_name(closed(words)) | {"propertyNames": address}


def parameters(minor: int) -> Schema:
    # Until 2.4 a parameter has a `$ref` of its own, which makes every reference two things at once.
    choose = or_reference if minor >= 5 else either_reference
    return by_name(choose(part("parameter")))


def parameter(minor: int) -> Schema:
    words = {"description": TEXT, "schema": part("schema"), "location": LOCATION}
    if minor < 5:
        words["$ref"] = URI_REFERENCE
    found = closed(words)
    del found["type"]  # the specification's schema does not ask for an object
    return found


def operation_words(minor: int) -> dict[str, Schema]:
    words = {
        "summary": TEXT,
        "description": TEXT,
        "tags": TAGS,
        "externalDocs": part("externalDocs"),
        "operationId": TEXT,
        "bindings": BINDINGS,
    }
    if minor >= 4:
        words["security"] = listed(security.requirement())
    return words


def operation(minor: int) -> Schema:
    traits = listed(or_reference(part("operationTrait")))
    return closed(operation_words(minor) | {"traits": traits, "message": part("message")})


def examples(minor: int, *, of_trait: bool) -> Schema:
    """Examples of a message. What they may hold was settled in steps, and for traits last."""
    if of_trait and minor not in (1, 6):
        return listed(OBJECT)
    words = {"headers": OBJECT, "payload": ANYTHING}
    if minor == 0:
        return listed(closed(words, extensible=False))
    words |= {"name": TEXT, "summary": TEXT}
    one = closed(words, extensible=False)
    return listed(one | {"anyOf": [{"required": ["payload"]}, {"required": ["headers"]}]})


def message_words(minor: int, *, of_trait: bool) -> dict[str, Schema]:
    words = {
        **dict.fromkeys(
            ["schemaFormat", "contentType", "summary", "name", "title", "description"], TEXT
        ),
        "headers": {"allOf": [part("schema"), {"properties": {"type": {"const": "object"}}}]},
        "correlationId": or_reference(part("correlationId")),
        "tags": TAGS,
        "externalDocs": part("externalDocs"),
        "deprecated": FLAG,
        "examples": examples(minor, of_trait=of_trait),
        "bindings": BINDINGS,
    }
    if minor >= 4:
        words["messageId"] = TEXT
    return words


def message_trait(minor: int) -> Schema:
    return closed(message_words(minor, of_trait=True))


def message(version: str) -> Schema:
    """A message, a choice of messages, or a reference."""
    minor = int(version.split(".")[1])
    words = message_words(minor, of_trait=False)
    words["payload"] = ANYTHING
    words["traits"] = listed(or_reference(part("messageTrait")))
    formats = payloads.formats(version)
    judged = [
        when(has("schemaFormat", *values), {"properties": {"payload": part(name)}})
        for name, values in formats.items()
    ]
    unnamed = {"not": {"required": ["schemaFormat"]}}
    judged.append(when(unnamed, {"properties": {"payload": part("schema")}}))
    one = closed(words) | {"allOf": judged}
    choice = closed({"oneOf": listed(part("message"))}, extensible=False)
    return or_reference(when(has("oneOf"), choice, one))


def components(minor: int) -> Schema:
    words = {
        "schemas": by_name(part("schema")),
        "messages": by_name(part("message")),
        "securitySchemes": by_good_name(either_reference(part("securityScheme"))),
        "parameters": parameters(minor),
        "correlationIds": by_good_name(or_reference(part("correlationId"))),
        "operationTraits": by_name(part("operationTrait")),
        "messageTraits": by_name(part("messageTrait")),
        **dict.fromkeys(
            ["serverBindings", "channelBindings", "operationBindings", "messageBindings"],
            by_name(BINDINGS),
        ),
    }
    if minor >= 3:
        words |= {"servers": servers(minor), "channels": part("channels")}
    if minor >= 4:
        words["serverVariables"] = variables(minor)
    return closed(words)
