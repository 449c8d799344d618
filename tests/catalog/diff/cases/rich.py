"""One document that uses most of OpenAPI, to be changed at random."""

from typing import Any

REF = "#/components/schemas/"

RICH: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1.4.0", "description": "Sells things", "x-team": "a"},
    "servers": [
        {"url": "https://{region}.example.com", "variables": {"region": {"default": "eu"}}}
    ],
    "tags": [{"name": "orders", "description": "Orders"}],
    "security": [{"key": []}, {"oauth": ["read"]}],
    "paths": {
        "/orders/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "get": {
                "operationId": "getOrder",
                "tags": ["orders"],
                "summary": "One order",
                "parameters": [
                    {
                        "name": "fields",
                        "in": "query",
                        "explode": False,
                        "style": "form",
                        "schema": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
                    },
                    {
                        "name": "X-Trace",
                        "in": "header",
                        "deprecated": True,
                        "x-sunset": "2030-01-01",
                        "schema": {"type": "string", "pattern": "^[a-f0-9]+$"},
                    },
                    {
                        "name": "filter",
                        "in": "query",
                        "content": {
                            "application/json": {"schema": {"type": "object", "minProperties": 1}}
                        },
                    },
                ],
                "responses": {
                    "200": {
                        "description": "The order",
                        "headers": {"X-Rate": {"required": True, "schema": {"type": "integer"}}},
                        "content": {
                            "application/json": {
                                "schema": {"$ref": REF + "Order"},
                                "examples": {"a": {"value": {"id": "1"}}},
                            },
                            "application/xml": {"schema": {"type": "string"}},
                        },
                        "links": {"next": {"operationId": "putOrder"}},
                    },
                    "4XX": {"$ref": "#/components/responses/Wrong"},
                    "default": {"description": "Else"},
                },
            },
            "put": {
                "operationId": "putOrder",
                "deprecated": True,
                "x-sunset": "2030-01-01",
                "security": [{"key": []}, {}],
                "requestBody": {
                    "required": True,
                    "description": "The order",
                    "content": {
                        "application/json": {"schema": {"$ref": REF + "Order"}},
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "properties": {"file": {"type": "string"}},
                            },
                            "encoding": {"file": {"contentType": "image/png"}},
                        },
                    },
                },
                "responses": {"204": {"description": "Done"}},
                "callbacks": {
                    "done": {
                        "{$request.body#/url}": {
                            "post": {
                                "requestBody": {
                                    "content": {
                                        "application/json": {"schema": {"$ref": REF + "Event"}}
                                    }
                                },
                                "responses": {"200": {"description": "Thanks"}},
                            }
                        }
                    }
                },
            },
        },
        "/drafts": {
            "get": {"x-stability-level": "draft", "responses": {"200": {"description": "ok"}}}
        },
    },
    "webhooks": {
        "paid": {
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": REF + "Event"}}}
                },
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "description": "What was bought",
                "required": ["id", "lines"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "format": "uuid", "readOnly": True},
                    "state": {"enum": ["new", "paid"], "default": "new"},
                    "total": {
                        "type": "number",
                        "minimum": 0,
                        "exclusiveMaximum": 1000,
                        "multipleOf": 0.01,
                    },
                    "note": {"type": ["string", "null"], "maxLength": 80, "minLength": 1},
                    "secret": {"type": "string", "writeOnly": True},
                    "lines": {
                        "type": "array",
                        "minItems": 1,
                        "uniqueItems": True,
                        "items": {"$ref": REF + "Line"},
                    },
                    "parent": {"$ref": REF + "Order"},
                    "payment": {
                        "oneOf": [{"$ref": REF + "Card"}, {"$ref": REF + "Cash"}],
                        "discriminator": {
                            "propertyName": "kind",
                            "mapping": {"card": REF + "Card"},
                        },
                    },
                    "tags": {
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                        "propertyNames": {"pattern": "^[a-z]+$"},
                    },
                    "place": {
                        "prefixItems": [{"type": "number"}, {"type": "string"}],
                        "items": False,
                    },
                    "odd": {
                        "not": {"const": "x"},
                        "if": {"type": "string"},
                        "then": {"minLength": 2},
                        "else": {"maximum": 5},
                    },
                    "more": {
                        "contains": {"type": "integer"},
                        "minContains": 1,
                        "maxContains": 3,
                        "dependentRequired": {"a": ["b"]},
                        "dependentSchemas": {"a": {"minProperties": 2}},
                        "patternProperties": {"^x": {"type": "string"}},
                        "unevaluatedProperties": False,
                    },
                    "blob": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentEncoding": "base64",
                        "contentSchema": {"type": "object"},
                    },
                },
            },
            "Line": {
                "allOf": [
                    {"$ref": REF + "Priced"},
                    {"type": "object", "properties": {"count": {"type": "integer"}}},
                ]
            },
            "Priced": {
                "type": "object",
                "properties": {"price": {"type": "number", "deprecated": True}},
            },
            "Card": {"type": "object", "properties": {"kind": {"const": "card"}}},
            "Cash": {"type": "object", "properties": {"kind": {"const": "cash"}}},
            "Event": {
                "anyOf": [{"$ref": REF + "Order"}, {"type": "string", "x-extensible-enum": ["a"]}]
            },
            "Unused": {"type": "string", "example": "nobody"},
        },
        "responses": {
            "Wrong": {
                "description": "Wrong",
                "content": {
                    "application/problem+json": {
                        "schema": {"type": "object", "properties": {"title": {"type": "string"}}}
                    }
                },
            }
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "oauth": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://example.com/token",
                        "scopes": {"read": "Read"},
                    }
                },
            },
        },
    },
}
