"""A small document to publish, and makers of its variants."""

import json
from typing import Any

from catalog.publish import PublishReport, publish_version
from marketplace.tenants.actor import Actor


def shop_document(version: str = "1.0.0", title: str = "Shop", **changes: Any) -> dict[str, Any]:
    """An OpenAPI 3.1 document with two operations on orders and a schema of three levels."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": "Sells **things**."},
        "servers": [{"url": "https://shop.example/api"}],
        "tags": [{"name": "Orders", "description": "What people *bought*."}],
        "paths": {
            "/orders/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "get": {
                    "operationId": "getOrder",
                    "summary": "Read an order",
                    "tags": ["Orders"],
                    "responses": {
                        "200": {
                            "description": "The order",
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Order"},
                                    "examples": {"plain": {"value": {"id": "o1", "total": 12.5}}},
                                }
                            },
                        }
                    },
                },
            },
            "/orders": {
                "post": {
                    "operationId": "placeOrder",
                    "summary": "Place an order",
                    "tags": ["Orders"],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                        },
                    },
                    "responses": {"201": {"description": "Placed"}},
                }
            },
        },
        "components": {
            "schemas": {
                "Order": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": {"type": "string", "maxLength": 40},
                        "total": {"type": "number", "minimum": 0},
                        "customer": {"$ref": "#/components/schemas/Customer"},
                    },
                },
                "Customer": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string", "description": "As on the card"},
                        "address": {"$ref": "#/components/schemas/Address"},
                    },
                },
                "Address": {
                    "type": "object",
                    "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
                },
            }
        },
    }
    return document | changes


def shop(version: str = "1.0.0", **changes: Any) -> bytes:
    """The same as bytes."""
    return json.dumps(shop_document(version, **changes)).encode()


def without_get(version: str) -> bytes:
    """The next version, which takes reading an order away."""
    document = shop_document(version)
    del document["paths"]["/orders/{id}"]["get"]
    return json.dumps(document).encode()


def events(version: str = "1.0.0") -> bytes:
    """An AsyncAPI 3 document with one operation of each direction."""
    return json.dumps(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "Order events", "version": version},
            "servers": {"main": {"host": "kafka.example:9092", "protocol": "kafka"}},
            "channels": {
                "placed": {
                    "address": "orders.placed",
                    "messages": {"OrderPlaced": {"$ref": "#/components/messages/OrderPlaced"}},
                }
            },
            "operations": {
                "sendPlaced": {
                    "action": "send",
                    "channel": {"$ref": "#/channels/placed"},
                    "summary": "An order was placed",
                },
                "takePlaced": {"action": "receive", "channel": {"$ref": "#/channels/placed"}},
            },
            "components": {
                "messages": {
                    "OrderPlaced": {
                        "payload": {
                            "type": "object",
                            "properties": {"orderId": {"type": "string"}},
                        },
                        "examples": [{"name": "one", "payload": {"orderId": "o1"}}],
                    }
                }
            },
        }
    ).encode()


def publish(actor: Actor, data: bytes | None = None, **more: Any) -> PublishReport:
    """Publish the shop, or what is given."""
    return publish_version(actor=actor, data=data or shop(), **{"slug": "shop"} | more)
