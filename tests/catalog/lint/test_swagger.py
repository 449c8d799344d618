"""Swagger 2.0 is linted in its own form."""

from __future__ import annotations

from typing import Any

from catalog.lint.check import lint


def document(**changes: Any) -> dict[str, Any]:
    post = {
        "operationId": "createRefund",
        "summary": "Refund a payment",
        "description": "Gives a captured payment back.",
        "tags": ["Refunds"],
        "parameters": [
            {
                "name": "body",
                "in": "body",
                "description": "What.",
                "schema": {"$ref": "#/definitions/R"},
            }
        ],
        "responses": {
            "200": {"description": "Done.", "schema": {"$ref": "#/definitions/R"}},
            "429": {"description": "Later.", "schema": {"$ref": "#/definitions/R"}},
        },
    }
    return {
        "swagger": "2.0",
        "info": {"title": "Refunds", "version": "1.0.0"},
        "host": "api.example.com",
        "schemes": ["https"],
        "paths": {"/refunds": {"post": post}},
        "definitions": {"R": {"type": "object", "properties": {"note": {"type": "string"}}}},
        **changes,
    }


def found(tree: dict[str, Any]) -> dict[str, str]:
    return {finding.rule: finding.pointer for finding in lint(tree).findings}


def test_bodies_answers_and_properties_are_seen() -> None:
    hits = found(document())
    assert hits["request-text-unbounded"] == "/definitions/R/properties/note"
    assert hits["request-object-open"] == "/definitions/R"
    assert hits["write-without-security"] == "/paths/~1refunds/post"
    assert "error-without-schema" not in hits
    assert "response-without-schema" not in hits


def test_a_scheme_without_encryption_is_seen() -> None:
    assert found(document(schemes=["https", "http"]))["server-not-encrypted"] == "/schemes/1"
    assert "server-not-encrypted" not in found(document())
    assert "server-missing" not in found(document(schemes=[]))


def test_security_definitions_are_seen() -> None:
    definitions = {
        "a": {"type": "basic"},
        "b": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "http://id.example.com"},
        "c": {"type": "apiKey", "in": "query", "name": "k"},
    }
    hits = found(document(securityDefinitions=definitions))
    assert hits["basic-authentication"] == "/securityDefinitions/a"
    assert hits["oauth-flow-outdated"] == "/securityDefinitions/b"
    assert hits["oauth-without-tls"] == "/securityDefinitions/b"
    assert hits["api-key-in-query"] == "/securityDefinitions/c"


def test_form_fields_are_bounded_too() -> None:
    tree = document()
    tree["paths"]["/refunds"]["post"]["parameters"] = [
        {"name": "note", "in": "formData", "type": "string", "description": "Why."}
    ]
    hits = found(tree)
    assert hits["request-text-unbounded"] == "/paths/~1refunds/post/parameters/0"
