"""AsyncAPI: channels, operations, messages, bindings and servers."""

from typing import Any

from tests.catalog.diff.cases.case import Case, S, needs, props

OBJECT = props(id=S)


def events(
    *,
    action: str = "send",
    message: dict[str, Any] | None = None,
    operation: dict[str, Any] | None = None,
    channel: dict[str, Any] | None = None,
    **root: Any,
) -> dict[str, Any]:
    """AsyncAPI 3: one channel, one message, one operation."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Orders", "version": "2026-01"},
        "channels": {
            "orders": {
                "address": "orders/{id}",
                "messages": {"Order": {"payload": OBJECT, **(message or {})}},
                "parameters": {"id": {}},
                **(channel or {}),
            }
        },
        "operations": {
            "publishOrder": {
                "action": action,
                "channel": {"$ref": "#/channels/orders"},
                **(operation or {}),
            }
        },
        **root,
    }


def payload(schema: Any, action: str = "send") -> dict[str, Any]:
    return events(action=action, message={"payload": schema})


def older(verb: str, message: Any, **operation: Any) -> dict[str, Any]:
    """AsyncAPI 2: one channel, one operation."""
    return {
        "asyncapi": "2.6.0",
        "info": {"title": "Orders", "version": "2026-01"},
        "channels": {
            "orders/{id}": {
                "parameters": {"id": {"schema": S}},
                verb: {"operationId": "publishOrder", "message": message, **operation},
            }
        },
    }


TWO: dict[str, Any] = {"messages": {"Order": {"payload": OBJECT}, "Refund": {"payload": OBJECT}}}
ADDED = {"audit": {"address": "audit", "messages": {}}}
OP = {"action": "receive", "channel": {"$ref": "#/channels/orders"}}
BASE = events()
CHANNELS, OPERATIONS = BASE["channels"], BASE["operations"]
REPLY = {"reply": {"address": {"location": "$message.header#/replyTo"}, "messages": []}}
SERVER = {"host": "mq.example.com", "protocol": "kafka", "protocolVersion": "3"}
AVRO = "application/vnd.apache.avro;version=1.9.0"


def avro(**record: Any) -> dict[str, Any]:
    return payload({"schemaFormat": AVRO, "schema": {"type": "record", "name": "O", **record}})


def servers(**each: Any) -> dict[str, Any]:
    return events(servers=each)


def on_channel(fields: dict[str, Any]) -> dict[str, Any]:
    return events(channel=fields)


def on_operation(fields: dict[str, Any]) -> dict[str, Any]:
    return events(operation=fields)


def on_message(fields: dict[str, Any]) -> dict[str, Any]:
    return events(message=fields)


def on_server(fields: dict[str, Any]) -> dict[str, Any]:
    return servers(main={**SERVER, **fields})


HOLDERS = (
    ("channel", on_channel),
    ("operation", on_operation),
    ("message", on_message),
    ("server", on_server),
)

CASES = [
    Case(
        "a channel appears",
        BASE,
        {**BASE, "channels": {**CHANNELS, **ADDED}},
        {"asyncapi-channel-added": "info"},
    ),
    Case(
        "a channel disappears with its operations",
        BASE,
        {**BASE, "channels": {}, "operations": {}},
        {"asyncapi-channel-removed": "error", "asyncapi-operation-removed": "error"},
    ),
    Case(
        "a channel is at another address",
        BASE,
        events(channel={"address": "sales/{id}"}),
        {"asyncapi-channel-address-changed": "error"},
    ),
    Case(
        "a channel is called otherwise",
        BASE,
        {
            **BASE,
            "channels": {"sales": CHANNELS["orders"]},
            "operations": {
                "publishOrder": {"action": "send", "channel": {"$ref": "#/channels/sales"}}
            },
        },
        {"asyncapi-channel-id-changed": "info", "equivalent-rewrite": "info"},
    ),
    Case(
        "a channel has another parameter",
        events(channel={"parameters": {}}),
        BASE,
        {"asyncapi-channel-parameter-added": "error"},
    ),
    Case(
        "a channel has one parameter less",
        BASE,
        events(channel={"parameters": {}}),
        {"asyncapi-channel-parameter-removed": "error"},
    ),
    Case(
        "a channel's parameter is limited",
        BASE,
        events(channel={"parameters": {"id": {"enum": ["a"]}}}),
        {"request-parameter-became-enum": "error", "request-parameter-enum-value-added": "info"},
    ),
    Case(
        "a channel is on another server",
        events(channel={"servers": [{"$ref": "#/servers/a"}]}),
        events(channel={"servers": [{"$ref": "#/servers/a"}, {"$ref": "#/servers/b"}]}),
        {"asyncapi-channel-server-added": "info"},
    ),
    Case(
        "a channel is on one server less",
        events(channel={"servers": [{"$ref": "#/servers/a"}, {"$ref": "#/servers/b"}]}),
        events(channel={"servers": [{"$ref": "#/servers/a"}]}),
        {"asyncapi-channel-server-removed": "warning"},
    ),
    Case(
        "a channel is no longer on every server",
        BASE,
        events(channel={"servers": [{"$ref": "#/servers/a"}]}),
        {"asyncapi-channel-server-removed": "warning"},
    ),
    Case(
        "an operation appears",
        BASE,
        {**BASE, "operations": {**OPERATIONS, "takeOrder": OP}},
        {"asyncapi-operation-added": "info"},
    ),
    Case(
        "an operation disappears",
        {**BASE, "operations": {**OPERATIONS, "takeOrder": OP}},
        BASE,
        {"asyncapi-operation-removed": "error"},
    ),
    Case(
        "an operation is called otherwise",
        BASE,
        {**BASE, "operations": {"sendOrder": OPERATIONS["publishOrder"]}},
        {"api-operation-id-removed": "info"},
    ),
    Case(
        "another message is sent",
        BASE,
        events(channel=TWO),
        {"asyncapi-sent-message-added": "warning"},
    ),
    Case(
        "a message is sent no longer",
        events(channel=TWO),
        BASE,
        {"asyncapi-sent-message-removed": "error"},
    ),
    Case(
        "another message is taken",
        events(action="receive"),
        events(action="receive", channel=TWO),
        {"asyncapi-received-message-added": "info"},
    ),
    Case(
        "a message is taken no longer",
        events(action="receive", channel=TWO),
        events(action="receive"),
        {"asyncapi-received-message-removed": "error"},
    ),
    Case(
        "a message is called otherwise",
        BASE,
        events(channel={"messages": {"Sale": {"payload": OBJECT}}}),
        {"asyncapi-message-name-changed": "info"},
    ),
    Case(
        "a message that no operation uses appears",
        {**BASE, "operations": {}},
        {**events(channel=TWO), "operations": {}},
        {"asyncapi-unused-message-changed": "info"},
    ),
    Case(
        "what is sent follows the rules of responses",
        payload(needs("id", id=S)),
        payload(props(id=S)),
        {"response-property-became-optional": "error"},
    ),
    Case(
        "what is taken follows the rules of requests",
        payload(props(id=S), "receive"),
        payload(needs("id", id=S), "receive"),
        {"request-property-became-required": "error"},
    ),
    Case(
        "AsyncAPI 2 subscribes to what is sent",
        older("subscribe", {"payload": needs("id", id=S)}),
        older("subscribe", {"payload": props(id=S)}),
        {"response-property-became-optional": "error"},
    ),
    Case(
        "AsyncAPI 2 publishes what is taken",
        older("publish", {"payload": props(id=S)}),
        older("publish", {"payload": needs("id", id=S)}),
        {"request-property-became-required": "error"},
    ),
    Case(
        "AsyncAPI 2 and 3 say the same",
        older("subscribe", {"messageId": "Order", "payload": OBJECT}),
        BASE,
        {"specification-version-changed": "info", "equivalent-rewrite": "info"},
    ),
    Case(
        "a trait gives what the message gave",
        events(message={"headers": OBJECT}),
        events(message={"traits": [{"headers": OBJECT}]}),
        {"equivalent-rewrite": "info"},
    ),
    Case(
        "a header of a message becomes optional",
        events(message={"headers": needs("id", id=S)}),
        events(message={"headers": props(id=S)}),
        {"response-property-became-optional": "error"},
    ),
    *(
        Case(
            f"the {part} of a message: {rule}, when the application would {action}",
            events(action=action, channel={"messages": {"Order": {part: OBJECT} if had else {}}}),
            events(action=action, channel={"messages": {"Order": {} if had else {part: OBJECT}}}),
            {f"asyncapi-message-{part}-{rule}": level},
        )
        for part in ("headers", "payload")
        for action, rule, level, had in (
            ("receive", "added", "error", False),
            ("receive", "freed", "info", True),
            ("send", "described", "info", False),
            ("send", "removed", "warning", True),
        )
    ),
    Case(
        "a message has another content type",
        events(message={"contentType": "application/json"}),
        events(message={"contentType": "application/cbor"}),
        {"asyncapi-content-type-changed": "error"},
    ),
    Case(
        "messages without a content type have another one",
        events(defaultContentType="application/json"),
        events(defaultContentType="application/cbor"),
        {"asyncapi-content-type-changed": "error", "asyncapi-default-content-type-changed": "info"},
    ),
    Case(
        "a payload is written in another language",
        payload(OBJECT),
        payload({"schemaFormat": AVRO, "schema": OBJECT}),
        {"asyncapi-schema-format-changed": "error"},
    ),
    Case(
        "a payload in Avro changes",
        avro(fields=[]),
        avro(fields=[{"name": "id", "type": "string"}]),
        {"asyncapi-foreign-schema-changed": "warning"},
    ),
    Case(
        "a message is matched otherwise",
        events(message={"correlationId": {"location": "$message.header#/a"}}),
        events(message={"correlationId": {"location": "$message.header#/b"}}),
        {"asyncapi-correlation-id-changed": "error"},
    ),
    Case(
        "a request is answered",
        events(action="receive"),
        events(action="receive", operation=REPLY),
        {"asyncapi-reply-added": "info"},
    ),
    Case(
        "a request is answered no longer",
        events(action="receive", operation=REPLY),
        events(action="receive"),
        {"asyncapi-reply-removed": "error"},
    ),
    Case(
        "a request is answered elsewhere",
        events(action="receive", operation=REPLY),
        events(
            action="receive",
            operation={
                "reply": {"address": {"location": "$message.header#/other"}, "messages": []}
            },
        ),
        {"asyncapi-reply-address-changed": "error"},
    ),
    Case(
        "a reply goes the other way than its request",
        events(action="receive", operation={"reply": {"messages": [{"payload": needs("a", a=S)}]}}),
        events(action="receive", operation={"reply": {"messages": [{"payload": props(a=S)}]}}),
        {"response-property-became-optional": "error"},
    ),
    *(
        Case(
            f"a {noun}'s binding: {action}",
            wrap({"bindings": old} if old else {}),
            wrap({"bindings": new} if new else {}),
            {f"asyncapi-{noun}-binding-{action}": level},
        )
        for noun, wrap in HOLDERS
        for action, level, old, new in (
            ("added", "info", {"ws": {}}, {"ws": {}, "kafka": {"partitions": 3}}),
            ("removed", "error", {"ws": {}, "kafka": {"partitions": 3}}, {"ws": {}}),
            ("changed", "warning", {"kafka": {"partitions": 3}}, {"kafka": {"partitions": 4}}),
        )
    ),
    Case("a server appears", servers(), servers(main=SERVER), {"asyncapi-server-added": "info"}),
    Case(
        "a server disappears",
        servers(main=SERVER),
        servers(),
        {"asyncapi-server-removed": "warning"},
    ),
    *(
        Case(
            f"a server: {rule}",
            servers(main=SERVER),
            servers(main={**SERVER, **change}),
            {f"asyncapi-server-{rule}": level},
        )
        for rule, level, change in (
            ("address-changed", "warning", {"host": "mq2.example.com"}),
            ("protocol-changed", "error", {"protocol": "amqp"}),
            ("protocol-version-changed", "warning", {"protocolVersion": "4"}),
            ("variables-changed", "warning", {"variables": {"a": {"default": "x"}}}),
        )
    ),
    *(
        Case(
            f"a server: {rule}",
            servers(main={**SERVER, "security": old}),
            servers(main={**SERVER, "security": new}),
            {f"asyncapi-server-security-{rule}": "info"},
        )
        for rule, old, new in (
            ("added", [{"$ref": "#/a"}], [{"$ref": "#/a"}, {"$ref": "#/b"}]),
            ("removed", [{"$ref": "#/a"}, {"$ref": "#/b"}], [{"$ref": "#/a"}]),
            (
                "scope-added",
                [{"type": "oauth2", "scopes": ["r"]}],
                [{"type": "oauth2", "scopes": ["r", "w"]}],
            ),
            (
                "scope-removed",
                [{"type": "oauth2", "scopes": ["r", "w"]}],
                [{"type": "oauth2", "scopes": ["r"]}],
            ),
        )
    ),
    Case(
        "an operation asks for another way to authenticate",
        events(operation={"security": [{"$ref": "#/a"}]}),
        events(operation={"security": [{"$ref": "#/a"}, {"$ref": "#/b"}]}),
        {"api-security-added": "info"},
    ),
]
