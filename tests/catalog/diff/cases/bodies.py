"""Request and response bodies and their media types."""

from typing import Any

from tests.catalog.diff.cases.case import Case, S, ops, props
from tests.catalog.diff.places import answer, body

XML = "application/xml"


def media(**types: Any) -> dict[str, Any]:
    return {name.replace("_", "/"): {"schema": schema} for name, schema in types.items()}


CASES = [
    Case(
        "a required body appears",
        *ops({}, {"requestBody": {"required": True, "content": {}}}),
        {"request-body-added-required": "error"},
    ),
    Case("an optional body appears", *ops({}, body(S)), {"request-body-added-optional": "info"}),
    Case("a body disappears", *ops(body(S), {}), {"request-body-removed": "error"}),
    Case(
        "a body becomes required",
        *ops({"requestBody": {"content": {}}}, {"requestBody": {"content": {}, "required": True}}),
        {"request-body-became-required": "error"},
    ),
    Case(
        "a body becomes optional",
        *ops({"requestBody": {"content": {}, "required": True}}, {"requestBody": {"content": {}}}),
        {"request-body-became-optional": "info"},
    ),
    Case(
        "a media type of the body appears",
        *ops(body(S), {"requestBody": {"content": media(application_json=S, text_csv=S)}}),
        {"request-body-media-type-added": "info"},
    ),
    Case(
        "a media type of the body disappears",
        *ops({"requestBody": {"content": media(application_json=S, text_csv=S)}}, body(S)),
        {"request-body-media-type-removed": "error"},
    ),
    Case(
        "a media type of the response appears",
        *ops(
            answer(S),
            {
                "responses": {
                    "200": {"description": "ok", "content": media(application_json=S, text_csv=S)}
                }
            },
        ),
        {"response-media-type-added": "info"},
    ),
    Case(
        "a media type of the response disappears",
        *ops(
            {
                "responses": {
                    "200": {"description": "ok", "content": media(application_json=S, text_csv=S)}
                }
            },
            answer(S),
        ),
        {"response-media-type-removed": "error"},
    ),
    *(
        Case(
            f"a media type of the {noun} {name}",
            *ops(holder(S, old), holder(S, new)),
            {f"{prefix}-name-{suffix}": level},
        )
        for noun, holder, prefix, levels in (
            (
                "body",
                body,
                "request-body-media-type",
                {"changed": "info", "generalized": "info", "specialized": "error"},
            ),
            (
                "response",
                answer,
                "response-media-type",
                {"changed": "info", "generalized": "error", "specialized": "info"},
            ),
        )
        for name, old, new, suffix in (
            (
                "has other parameters",
                "application/json",
                "application/json;charset=utf-8",
                "changed",
            ),
            ("gets wider", "application/problem+json", "application/json", "generalized"),
            ("gets narrower", "application/json", "application/problem+json", "specialized"),
        )
        for level in (levels[suffix],)
    ),
    *(
        Case(
            f"a media type of the {noun} {name}",
            *ops(wrap(old), wrap(new)),
            {f"{prefix}-media-type-schema-{action}": level},
        )
        for noun, wrap, prefix, levels in (
            (
                "body",
                lambda media: {"requestBody": {"content": {"text/csv": media}}},
                "request-body",
                ("error", "info"),
            ),
            (
                "response",
                lambda media: {
                    "responses": {"200": {"description": "ok", "content": {"text/csv": media}}}
                },
                "response-body",
                ("info", "warning"),
            ),
        )
        for name, old, new, action, level in (
            ("has a schema", {}, {"schema": S}, "added", levels[0]),
            ("has no schema", {"schema": S}, {}, "removed", levels[1]),
        )
    ),
    Case(
        "an encoding changes",
        *ops(
            {
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": props(a=S),
                            "encoding": {"a": {"contentType": "text/plain"}},
                        }
                    }
                }
            },
            {
                "requestBody": {
                    "content": {
                        "multipart/form-data": {
                            "schema": props(a=S),
                            "encoding": {"a": {"contentType": "image/png"}},
                        }
                    }
                }
            },
        ),
        {"encoding-changed": "warning"},
    ),
    Case(
        "a streamed body has a schema for its items",
        *ops(
            {"requestBody": {"content": {"application/jsonl": {}}}},
            {"requestBody": {"content": {"application/jsonl": {"itemSchema": S}}}},
        ),
        {"item-schema-changed": "warning"},
    ),
    Case(
        "a streamed item is tightened",
        *ops(
            {"requestBody": {"content": {"application/jsonl": {"itemSchema": S}}}},
            {
                "requestBody": {
                    "content": {"application/jsonl": {"itemSchema": {**S, "minLength": 1}}}
                }
            },
        ),
        {"request-body-min-length-increased": "error"},
    ),
    Case(
        "a body in XML takes a number as text",
        *ops(body({"type": "integer"}, XML), body(S, XML)),
        {"request-body-type-compatible": "info"},
    ),
    Case(
        "a property in XML takes a number as text",
        *ops(body(props(a={"type": "integer"}), XML), body(props(a=S), XML)),
        {"request-property-type-compatible": "info"},
    ),
    Case(
        "a response in XML gives a number as text",
        *ops(answer(S, XML), answer({"type": "integer"}, XML)),
        {"response-body-type-compatible": "info"},
    ),
    Case(
        "a property of a response in XML gives a number as text",
        *ops(answer(props(a=S), XML), answer(props(a={"type": "integer"}), XML)),
        {"response-property-type-compatible": "info"},
    ),
    Case(
        "the response loses an enum value",
        *ops(answer({**S, "enum": ["a", "b"]}), answer({**S, "enum": ["a"]})),
        {"response-mediatype-enum-value-removed": "info"},
    ),
]
