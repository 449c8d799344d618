"""What stands around the operations: info, tags, servers, components, versions; and words."""

from typing import Any

from tests.catalog.diff.cases.case import Case, S, api, ops
from tests.catalog.diff.places import body, document


def info(**fields: Any) -> dict[str, Any]:
    return document({}, info={"title": "Things", "version": "2026-01", **fields})


def components(**sections: Any) -> dict[str, Any]:
    return document({}, components=sections)


BROKEN = {"requestBody": {"content": {}, "required": True}}
WIRED = body({"$ref": "#/components/schemas/T"})

CASES = [
    Case(
        "a breaking change under the same version",
        api("1.2.0"),
        api("1.2.0", **BROKEN),
        {"request-body-added-required": "error", "api-version-not-bumped": "info"},
    ),
    Case(
        "a breaking change under a lower version",
        api("1.2.0"),
        api("1.1.0", **BROKEN),
        {
            "request-body-added-required": "error",
            "api-version-decreased": "info",
            "api-version-changed": "info",
        },
    ),
    Case(
        "a breaking change under a minor version",
        api("1.2.0"),
        api("v1.3.0", **BROKEN),
        {
            "request-body-added-required": "error",
            "api-major-version-not-bumped": "info",
            "api-version-changed": "info",
        },
    ),
    Case(
        "a breaking change under a major version",
        api("1.2.0"),
        api("2.0.0", **BROKEN),
        {"request-body-added-required": "error", "api-version-changed": "info"},
    ),
    Case(
        "a breaking change under a minor version below one",
        api("0.2.0"),
        api("0.3.0", **BROKEN),
        {"request-body-added-required": "error", "api-version-changed": "info"},
    ),
    Case("a license changes", info(), info(license={"name": "MIT"}), {"info-changed": "info"}),
    Case("a title changes", info(), info(title="Others"), {"title-changed": "info"}),
    Case("a summary appears", info(), info(summary="All things"), {"summary-changed": "info"}),
    Case(
        "a tag is described",
        document({}),
        document({}, tags=[{"name": "a"}]),
        {"tag-declaration-changed": "info"},
    ),
    Case(
        "a server appears",
        document({}, servers=[{"url": "/a"}]),
        document({}, servers=[{"url": "/a"}, {"url": "/b"}]),
        {"server-added": "info"},
    ),
    Case(
        "a server disappears",
        document({}, servers=[{"url": "/a"}, {"url": "/b"}]),
        document({}, servers=[{"url": "/a"}]),
        {"server-removed": "warning"},
    ),
    Case(
        "a server's variables change",
        document({}, servers=[{"url": "/{v}", "variables": {"v": {"default": "a"}}}]),
        document({}, servers=[{"url": "/{v}", "variables": {"v": {"default": "b"}}}]),
        {"server-variables-changed": "warning"},
    ),
    Case(
        "a schema appears",
        components(schemas={}),
        components(schemas={"T": S}),
        {"api-schema-added": "info"},
    ),
    Case(
        "a schema disappears",
        components(schemas={"T": S}),
        components(schemas={}),
        {"api-schema-removed": "info"},
    ),
    Case(
        "a shared part appears",
        components(headers={}),
        components(headers={"H": {"schema": S}}),
        {"component-added": "info"},
    ),
    Case(
        "a shared part disappears",
        components(headers={"H": {"schema": S}}),
        components(headers={}),
        {"component-removed": "info"},
    ),
    Case(
        "an unused schema changes",
        components(schemas={"T": S}),
        components(schemas={"T": {**S, "minLength": 3}}),
        {"unused-component-changed": "info"},
    ),
    Case(
        "a used schema is told where it is used",
        document(WIRED, components={"schemas": {"T": S}}),
        document(WIRED, components={"schemas": {"T": {**S, "minLength": 3}}}),
        {"request-body-min-length-increased": "error"},
    ),
    Case(
        "a schema is written inline",
        document(WIRED, components={"schemas": {"T": S}}),
        document(body(S), components={"schemas": {"T": S}}),
        {},
    ),
    Case(
        "words beside a reference change, where they count for nothing",
        document(
            body({"$ref": "#/components/schemas/T"}),
            version="3.0.3",
            components={"schemas": {"T": S}},
        ),
        document(
            body({"$ref": "#/components/schemas/T", "minLength": 3}),
            version="3.0.3",
            components={"schemas": {"T": S}},
        ),
        {"reference-sibling-changed": "info"},
    ),
    Case(
        "words beside a reference change, where they count",
        document(body({"$ref": "#/components/schemas/T"}), components={"schemas": {"T": S}}),
        document(
            body({"$ref": "#/components/schemas/T", "minLength": 3}),
            components={"schemas": {"T": S}},
        ),
        {"request-body-min-length-increased": "error"},
    ),
    Case(
        "the specification's version changes",
        document({}),
        document({}, version="3.2.0"),
        {"specification-version-changed": "info"},
    ),
    Case(
        "nullable in 3.0 is a type in 3.1",
        document(body({**S, "nullable": True}), version="3.0.3"),
        document(body({"type": ["string", "null"]})),
        {"specification-version-changed": "info"},
    ),
    Case(
        "an exclusive bound in 3.0 is a number in 3.1",
        document(body({"type": "number", "minimum": 3, "exclusiveMinimum": True}), version="3.0.3"),
        document(body({"type": "number", "exclusiveMinimum": 3})),
        {"specification-version-changed": "info"},
    ),
    Case(
        "a bound becomes exclusive in 3.0",
        document(body({"type": "number", "maximum": 3}), version="3.0.3"),
        document(body({"type": "number", "maximum": 3, "exclusiveMaximum": True}), version="3.0.3"),
        {"request-body-exclusive-max-set": "warning"},
    ),
    Case(
        "null is let in by a keyword of 3.0",
        document(body(S), version="3.0.3"),
        document(body({**S, "nullable": True}), version="3.0.3"),
        {"request-body-became-nullable": "info"},
    ),
    Case(
        "the document is of another kind",
        document({}),
        {"asyncapi": "3.0.0", "info": {"title": "T", "version": "1"}},
        {"format-changed": "error"},
    ),
]

CASES += [
    Case(f"words in a schema: {rule}", *ops(body(old), body(new)), {rule: level})
    for rule, level, old, new in (
        ("description-changed", "info", S, {**S, "description": "words"}),
        ("example-changed", "info", {**S, "example": "a"}, {**S, "example": "b"}),
        ("external-docs-changed", "info", S, {**S, "externalDocs": {"url": "/"}}),
        ("comment-changed", "info", S, {**S, "$comment": "to do"}),
        ("extension-changed", "info", S, {**S, "x-note": 1}),
        ("schema-identity-changed", "info", S, {**S, "$id": "https://a/"}),
        ("xml-changed", "warning", S, {**S, "xml": {"name": "s"}}),
        ("equivalent-rewrite", "info", S, {**S, "deprecated": False}),
        ("unknown-change", "warning", S, {**S, "newKeyword": 1}),
    )
]
