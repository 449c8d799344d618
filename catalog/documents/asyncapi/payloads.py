"""The schema languages that a message's payload may be written in."""

from __future__ import annotations

from catalog.documents.asyncapi.words import (
    ANYTHING,
    FLAG,
    TEXT,
    URI,
    URI_REFERENCE,
    Schema,
    by_name,
    closed,
    has,
    listed,
    one_of,
    opened,
    or_reference,
    part,
    when,
    whole,
)

NUMBER: Schema = {"type": "number"}
POSITIVE: Schema = {"type": "number", "exclusiveMinimum": 0}
PATTERN: Schema = {"type": "string", "format": "regex"}
COUNT = whole(0)
TEXTS = listed(TEXT, unique=True)
KINDS = one_of("array", "boolean", "integer", "null", "number", "object", "string")


def json_schema(itself: str, inner: str, extra: dict[str, Schema]) -> Schema:
    """A schema of draft 7. `inner` names the part that its main sub-schemas are, `itself` the
    part for those that no extension reaches."""
    sub, plain = part(inner), part(itself)
    properties = {
        "$id": URI_REFERENCE,
        "$schema": URI,
        "$ref": URI_REFERENCE,
        **dict.fromkeys(
            ["$comment", "title", "description", "format", "contentMediaType", "contentEncoding"],
            TEXT,
        ),
        **dict.fromkeys(["readOnly", "writeOnly", "uniqueItems"], FLAG),
        **dict.fromkeys(["maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"], NUMBER),
        **dict.fromkeys(
            ["maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"],
            COUNT,
        ),
        "multipleOf": POSITIVE,
        "pattern": PATTERN,
        "examples": listed(ANYTHING),
        "enum": listed(ANYTHING, unique=True, least=1),
        "required": TEXTS,
        "type": {"anyOf": [KINDS, listed(KINDS, unique=True, least=1)]},
        "items": when({"type": "array"}, listed(sub, least=1), sub),
        **dict.fromkeys(["additionalProperties", "not", "propertyNames", "contains"], sub),
        **dict.fromkeys(["allOf", "anyOf", "oneOf"], listed(sub, least=1)),
        "properties": by_name(sub),
        "patternProperties": by_name(sub) | {"propertyNames": {"format": "regex"}},
        **dict.fromkeys(["additionalItems", "if", "then", "else"], plain),
        "definitions": by_name(plain),
        "dependencies": by_name(when({"type": "array"}, TEXTS, plain)),
    }
    return {"type": ["object", "boolean"], "properties": properties | extra}


def openapi_schema() -> Schema:
    """A Schema Object of OpenAPI 3.0."""
    sub = or_reference(part("openapiSchema"))
    properties = {
        **dict.fromkeys(["title", "description", "format"], TEXT),
        **dict.fromkeys(
            [
                "exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "nullable", "readOnly",
                "writeOnly", "deprecated",
            ],
            FLAG,
        ),
        **dict.fromkeys(["maximum", "minimum"], NUMBER),
        **dict.fromkeys(
            ["maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"],
            COUNT,
        ),
        **dict.fromkeys(["default", "example"], ANYTHING),
        **dict.fromkeys(["allOf", "oneOf", "anyOf"], listed(sub)),
        **dict.fromkeys(["not", "items"], sub),
        "multipleOf": POSITIVE,
        "pattern": PATTERN,
        "required": listed(TEXT, unique=True, least=1),
        "enum": listed(ANYTHING, least=1),
        "type": one_of("array", "boolean", "integer", "number", "object", "string"),
        "properties": by_name(sub),
        "additionalProperties": when({"type": "boolean"}, {}, sub),
        "discriminator": opened(
            {"propertyName": TEXT, "mapping": by_name(TEXT)}, ["propertyName"]
        ),
        "externalDocs": of_openapi({"description": TEXT, "url": URI_REFERENCE}, ["url"]),
        "xml": of_openapi(
            {"name": TEXT, "namespace": URI, "prefix": TEXT, "attribute": FLAG, "wrapped": FLAG}
        ),
    }  # fmt: skip
    return of_openapi(properties)


def of_openapi(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """An object closed as OpenAPI closes its own: anything that begins with `x-` is allowed."""
    return closed(properties, required or []) | {"patternProperties": {"^x-": {}}}


AVRO_PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")


def avro_schema() -> dict[str, Schema]:
    """A schema of Apache Avro 1.9: by name of the type, by kind of the object, or a union."""
    word = "[A-Za-z_][A-Za-z0-9_]*"
    name: Schema = TEXT | {"pattern": f"^{word}$"}
    namespace: Schema = TEXT | {"pattern": f"^({word}(\\.{word})*)*$"}
    named = {"name": name, "namespace": namespace, "doc": TEXT, "aliases": listed(name)}
    field = opened(
        {
            "name": name,
            "type": part("avroSchema"),
            "doc": TEXT,
            "order": one_of("ascending", "descending", "ignore"),
            "aliases": listed(name),
        },
        ["name", "type"],
    )
    kinds = {
        "record": opened(named | {"fields": listed(field)}, ["name", "fields"]),
        "enum": opened(named | {"symbols": listed(name)}, ["name", "symbols"]),
        "array": opened(named | {"items": part("avroSchema")}, ["items"]),
        "map": opened(named | {"values": part("avroSchema")}, ["values"]),
        "fixed": opened(named | {"size": NUMBER}, ["name", "size"]),
    }
    kind = opened({"type": one_of(*AVRO_PRIMITIVES, *kinds)}, ["type"]) | {
        "allOf": [when(has("type", key), schema) for key, schema in kinds.items()]
    }
    by_kind = when(
        {"type": "string"},
        {"pattern": f"^{word}(\\.{word})*$"},
        when({"type": "array"}, listed(part("avroSchema"), least=1), part("avroKind")),
    )
    return {"avroSchema": by_kind, "avroKind": kind}


def formats(version: str) -> dict[str, tuple[str, ...]]:
    """The values of schemaFormat, by the part that judges them, for an AsyncAPI version."""
    known = ["2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "3.0.0", "3.1.0"]
    until = known[: known.index(version) + 1]
    return {
        "schema": tuple(
            f"application/vnd.aai.asyncapi{form};version={each}"
            for each in until
            for form in ("", "+json", "+yaml")
        ),
        "jsonSchema": tuple(
            f"application/schema{form};version=draft-07" for form in ("+json", "+yaml")
        ),
        "openapiSchema": tuple(
            f"application/vnd.oai.openapi{form};version=3.0.0" for form in ("", "+json", "+yaml")
        ),
        "avroSchema": tuple(
            f"application/vnd.apache.avro{form};version=1.9.0" for form in ("", "+json", "+yaml")
        ),
    }


def definitions(external_docs: Schema) -> dict[str, Schema]:
    """The parts named schema, jsonSchema, openapiSchema and avroSchema."""
    extra = {"discriminator": TEXT, "deprecated": FLAG, "externalDocs": external_docs}
    return {
        "schema": json_schema("jsonSchema", "schema", extra),
        "jsonSchema": json_schema("jsonSchema", "jsonSchema", {}),
        "openapiSchema": openapi_schema(),
        **avro_schema(),
    }
