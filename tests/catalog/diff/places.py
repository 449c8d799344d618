"""Documents that hold a schema at each of the places a rule tells apart."""

from typing import Any

PLACES = (
    "request-body",
    "request-property",
    "request-parameter",
    "request-parameter-property",
    "response-body",
    "response-property",
    "response-header",
    "response-header-property",
)


def document(operation: dict[str, Any], *, version: str = "3.1.0", **root: Any) -> dict[str, Any]:
    """A document with one operation, POST /things."""
    return {
        "openapi": version,
        "info": {"title": "Things", "version": "2026-01"},
        "paths": {"/things": {"post": {"responses": {"200": {"description": "ok"}}, **operation}}},
        **root,
    }


def body(schema: Any, media: str = "application/json") -> dict[str, Any]:
    """An operation with this request body."""
    return {"requestBody": {"content": {media: {"schema": schema}}}}


def answer(schema: Any, media: str = "application/json") -> dict[str, Any]:
    """An operation with this response body."""
    content = {media: {"schema": schema}}
    return {"responses": {"200": {"description": "ok", "content": content}}}


def query(schema: Any, **parameter: Any) -> dict[str, Any]:
    """An operation with this query parameter."""
    return {"parameters": [{"name": "q", "in": "query", "schema": schema, **parameter}]}


def header(schema: Any, **parameter: Any) -> dict[str, Any]:
    """An operation with this request header."""
    return {"parameters": [{"name": "X-Q", "in": "header", "schema": schema, **parameter}]}


def answered_header(schema: Any, **fields: Any) -> dict[str, Any]:
    """An operation that answers with this header."""
    headers = {"X-Answer": {"schema": schema, **fields}}
    return {"responses": {"200": {"description": "ok", "headers": headers}}}


def holding(schema: Any) -> dict[str, Any]:
    """An object with the schema as its property `p`."""
    return {"type": "object", "properties": {"p": schema}}


def at(place: str, schema: Any, *, version: str = "3.1.0") -> dict[str, Any]:
    """A document with the schema at the place."""
    operations = {
        "request-body": lambda: body(schema),
        "request-property": lambda: body(holding(schema)),
        "request-parameter": lambda: query(schema),
        "request-parameter-property": lambda: query(holding(schema)),
        "response-body": lambda: answer(schema),
        "response-property": lambda: answer(holding(schema)),
        "response-header": lambda: answered_header(schema),
        "response-header-property": lambda: answered_header(holding(schema)),
    }
    return document(operations[place](), version=version)
