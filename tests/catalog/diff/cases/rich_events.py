"""One document that uses most of AsyncAPI 3, to be changed at random."""

from typing import Any

RICH_EVENTS: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "id": "urn:orders",
    "info": {"title": "Orders", "version": "1.4.0", "tags": [{"name": "a"}], "x-team": "a"},
    "defaultContentType": "application/json",
    "servers": {
        "main": {
            "host": "mq.example.com",
            "pathname": "/{env}",
            "protocol": "kafka",
            "protocolVersion": "3",
            "variables": {"env": {"default": "live", "enum": ["live", "test"]}},
            "security": [{"$ref": "#/components/securitySchemes/key"}],
            "bindings": {"kafka": {"schemaRegistryUrl": "https://r.example.com"}},
            "tags": [{"name": "eu"}],
        }
    },
    "channels": {
        "orders": {
            "address": "orders/{region}/placed",
            "description": "Orders placed",
            "servers": [{"$ref": "#/servers/main"}],
            "parameters": {"region": {"enum": ["eu", "us"], "default": "eu"}},
            "messages": {
                "Placed": {"$ref": "#/components/messages/Placed"},
                "Cancelled": {
                    "contentType": "application/cbor",
                    "payload": {"type": "object", "properties": {"id": {"type": "string"}}},
                },
            },
            "bindings": {"kafka": {"partitions": 3, "topicConfiguration": {"retention.ms": 1000}}},
        },
        "prices": {
            "address": "prices",
            "messages": {
                "Ask": {"payload": {"type": "object", "required": ["sku"]}},
                "Told": {
                    "payload": {
                        "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
                        "schema": {"type": "record", "fields": [{"name": "sku"}]},
                    }
                },
                "Spare": {"payload": {"type": "string"}},
            },
        },
    },
    "operations": {
        "publishOrders": {
            "action": "send",
            "channel": {"$ref": "#/channels/orders"},
            "summary": "Tells of orders",
            "messages": [
                {"$ref": "#/channels/orders/messages/Placed"},
                {"$ref": "#/channels/orders/messages/Cancelled"},
            ],
            "traits": [{"$ref": "#/components/operationTraits/kafka"}],
            "security": [{"type": "oauth2", "scopes": ["read"]}],
        },
        "answerPrices": {
            "action": "receive",
            "channel": {"$ref": "#/channels/prices"},
            "messages": [{"$ref": "#/channels/prices/messages/Ask"}],
            "reply": {
                "address": {"location": "$message.header#/replyTo"},
                "channel": {"$ref": "#/channels/prices"},
                "messages": [{"$ref": "#/channels/prices/messages/Told"}],
            },
        },
    },
    "components": {
        "messages": {
            "Placed": {
                "title": "An order",
                "headers": {"type": "object", "properties": {"trace": {"type": "string"}}},
                "correlationId": {"location": "$message.header#/trace"},
                "payload": {"$ref": "#/components/schemas/Order"},
                "traits": [{"bindings": {"kafka": {"key": {"type": "string"}}}}],
                "examples": [{"payload": {"id": "1"}}],
            }
        },
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "total": {"type": "number", "minimum": 0},
                    "parent": {"$ref": "#/components/schemas/Order"},
                },
            }
        },
        "operationTraits": {"kafka": {"bindings": {"kafka": {"groupId": {"type": "string"}}}}},
        "securitySchemes": {"key": {"type": "scramSha256", "description": "Ask us"}},
    },
}
