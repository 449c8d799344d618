"""Security requirements and schemes."""

from typing import Any

from tests.catalog.diff.cases.case import Case, ops
from tests.catalog.diff.places import document

KEY = {"type": "apiKey", "name": "key", "in": "header"}


def flow(**fields: Any) -> dict[str, Any]:
    implicit = {"authorizationUrl": "https://a/", "scopes": {"read": "Read"}, **fields}
    return document(
        {},
        components={"securitySchemes": {"o": {"type": "oauth2", "flows": {"implicit": implicit}}}},
    )


def schemes(**each: Any) -> dict[str, Any]:
    return document({}, components={"securitySchemes": each})


CASES = [
    *(
        Case(
            f"{name}, {'for the whole API' if whole else 'for an operation'}",
            document({}, security=old) if whole else document({"security": old}),
            document({}, security=new) if whole else document({"security": new}),
            {f"api-{'global-' * whole}security-{rule}": "info"},
        )
        for whole in (False, True)
        for name, old, new, rule in (
            ("another way to authenticate", [{"a": []}], [{"a": []}, {"b": []}], "added"),
            ("one way less", [{"a": []}, {"b": []}], [{"a": []}], "removed"),
            ("another scope", [{"a": ["r"]}], [{"a": ["r", "w"]}], "scope-added"),
            ("one scope less", [{"a": ["r", "w"]}], [{"a": ["r"]}], "scope-removed"),
        )
    ),
    Case(
        "scopes as alternatives are no phantom of each other",
        *ops({"security": [{"a": ["r"]}, {"a": ["w"]}]}, {"security": [{"a": ["w"]}]}),
        {"api-security-removed": "info"},
    ),
    Case(
        "anonymous callers are let in",
        *ops({"security": [{"a": []}]}, {"security": [{"a": []}, {}]}),
        {"api-security-anonymous-added": "info"},
    ),
    Case(
        "anonymous callers are kept out",
        *ops({"security": [{"a": []}, {}]}, {"security": [{"a": []}]}),
        {"api-security-anonymous-removed": "error"},
    ),
    Case(
        "an operation needs nothing while the API does",
        *ops({}, {"security": []}),
        {"api-security-override-added": "info"},
    ),
    Case(
        "an operation follows the API again",
        *ops({"security": []}, {}),
        {"api-security-override-removed": "warning"},
    ),
    Case("a scheme appears", schemes(), schemes(k=KEY), {"api-security-component-added": "info"}),
    Case(
        "a scheme disappears", schemes(k=KEY), schemes(), {"api-security-component-removed": "info"}
    ),
    Case(
        "a scheme is of another type",
        schemes(k={"type": "http", "scheme": "basic"}),
        schemes(k={"type": "mutualTLS", "scheme": "basic"}),
        {"api-security-component-type-changed": "info"},
    ),
    Case(
        "a key has another name",
        schemes(k=KEY),
        schemes(k={**KEY, "name": "token"}),
        {"api-security-component-changed": "warning"},
    ),
    Case(
        "an authorization URL changes",
        flow(),
        flow(authorizationUrl="https://b/"),
        {"api-security-component-oauth-url-changed": "info"},
    ),
    Case(
        "a token URL changes",
        flow(tokenUrl="https://a/"),
        flow(tokenUrl="https://b/"),
        {"api-security-component-oauth-token-url-changed": "info"},
    ),
    Case(
        "an OAuth scope appears",
        flow(),
        flow(scopes={"read": "Read", "write": "Write"}),
        {"api-security-component-oauth-scope-added": "info"},
    ),
    Case(
        "an OAuth scope disappears",
        flow(),
        flow(scopes={}),
        {"api-security-component-oauth-scope-removed": "info"},
    ),
    Case(
        "an OAuth scope reads otherwise",
        flow(),
        flow(scopes={"read": "Look"}),
        {"api-security-component-oauth-scope-changed": "info"},
    ),
    Case(
        "an OAuth flow appears",
        schemes(o={"type": "oauth2", "flows": {}}),
        flow(),
        {"api-security-component-oauth-flow-added": "info"},
    ),
    Case(
        "an OAuth flow disappears",
        flow(),
        schemes(o={"type": "oauth2", "flows": {}}),
        {"api-security-component-oauth-flow-removed": "warning"},
    ),
]
