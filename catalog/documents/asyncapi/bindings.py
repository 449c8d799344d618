"""What each protocol's bindings may hold (version 3) on a server, channel, operation or message.

A protocol without an entry at a place may hold anything there. Where there are several versions
of a binding, the first is meant when the document names none.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.documents.asyncapi.words import (
    ANYTHING,
    FLAG,
    OBJECT,
    TEXT,
    WHOLE,
    Schema,
    by_name,
    closed,
    either_reference,
    has,
    listed,
    one_of,
    opened,
    part,
    text,
    when,
    whole,
)

PLACES = ("server", "channel", "operation", "message")
SCHEMA = part("schema")
SCHEMA_OR_REFERENCE = either_reference(SCHEMA)
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE")
LONGEST_INTERVAL = 4_294_967_295

Versions = dict[str, Schema]  # version of the binding → its schema, the latest first


def bound(versions: Versions) -> Schema:
    """The binding in whichever of its versions it names."""
    schemas = {
        version: {
            **schema,
            "properties": schema["properties"] | {"bindingVersion": one_of(*versions)},
        }
        for version, schema in versions.items()
    }
    latest, *older = schemas
    found = schemas[latest]
    for version in older:
        found = when(has("bindingVersion", version), schemas[version], found)
    return found


def amqp() -> dict[str, Versions]:
    exchange = opened(
        {
            "name": text(255),
            "type": one_of("topic", "direct", "fanout", "default", "headers"),
            **dict.fromkeys(["durable", "autoDelete"], FLAG),
            "vhost": TEXT,
        }
    )
    queue = opened(
        {
            "name": text(255),
            **dict.fromkeys(["durable", "exclusive", "autoDelete"], FLAG),
            "vhost": TEXT,
        }
    )
    channel = closed({"is": one_of("queue", "routingKey"), "exchange": exchange, "queue": queue})
    channel["oneOf"] = [
        kind("is", "routingKey", with_="exchange", without="queue"),
        kind("is", "queue", with_="queue", without="exchange"),
    ]
    operation = closed(
        {
            "expiration": whole(0),
            "userId": TEXT,
            "cc": listed(TEXT),
            "priority": WHOLE,
            "deliveryMode": one_of(1, 2),
            "mandatory": FLAG,
            "bcc": listed(TEXT),
            "timestamp": FLAG,
            "ack": FLAG,
        }
    )
    message = closed({"contentEncoding": TEXT, "messageType": TEXT})
    return places("0.3.0", channel=channel, operation=operation, message=message)


def kind(word: str, value: str, *, with_: str | None = None, without: str) -> Schema:
    """One shape of a binding, told by a word: what it needs and what it must not have."""
    found: Schema = {
        "properties": {word: {"const": value}},
        "not": {"required": [without]},
    }
    if with_:
        found["required"] = [with_]
    return found


def places(version: str, **schemas: Schema) -> dict[str, Versions]:
    """A protocol with one version of its bindings."""
    return {place: {version: schema} for place, schema in schemas.items()}


def anypointmq() -> dict[str, Versions]:
    return places(
        "0.0.1",
        channel=closed(
            {"destination": TEXT, "destinationType": one_of("exchange", "queue", "fifo-queue")}
        ),
        message=closed({"headers": SCHEMA_OR_REFERENCE}),
    )


def googlepubsub() -> dict[str, Versions]:
    settings = opened(
        dict.fromkeys(["encoding", "firstRevisionId", "lastRevisionId", "name"], TEXT),
        ["encoding", "name"],
    )
    regions = closed({"allowedPersistenceRegions": listed(TEXT)}, extensible=False)
    channel = closed(
        {
            "labels": OBJECT,
            "messageRetentionDuration": TEXT,
            "messageStoragePolicy": regions,
            "schemaSettings": settings,
        },
        ["schemaSettings"],
    )
    message = closed(
        {"attributes": OBJECT, "orderingKey": TEXT, "schema": opened({"name": TEXT}, ["name"])}
    )
    return places("0.2.0", channel=channel, message=message)


def http() -> dict[str, Versions]:
    operation = closed({"method": one_of(*METHODS), "query": SCHEMA})
    return {
        "operation": {"0.3.0": operation, "0.2.0": operation},
        "message": {
            "0.3.0": closed({"headers": SCHEMA, "statusCode": {"type": "number"}}),
            "0.2.0": closed({"headers": SCHEMA}),
        },
    }


def ibmmq() -> dict[str, Versions]:
    server = closed(
        {
            **dict.fromkeys(["groupId", "ccdtQueueManagerName", "cipherSpec"], TEXT),
            "multiEndpointServer": FLAG,
            "heartBeatInterval": whole(0, 999_999),
        }
    )
    queue = opened(
        {"objectName": text(48), "isPartitioned": FLAG, "exclusive": FLAG}, ["objectName"]
    )
    topic = opened(
        {
            "string": text(10_240),
            "objectName": text(48),
            "durablePermitted": FLAG,
            "lastMsgRetained": FLAG,
        }
    )
    channel = closed(
        {
            "destinationType": one_of("topic", "queue"),
            "queue": queue,
            "topic": topic,
            "maxMsgLength": whole(0, 104_857_600),
        }
    )
    channel["oneOf"] = [
        kind("destinationType", "topic", without="queue"),
        kind("destinationType", "queue", with_="queue", without="topic"),
    ]
    message = closed(
        {
            "type": one_of("string", "jms", "binary"),
            "headers": TEXT,
            "description": TEXT,
            "expiry": whole(0),
        }
    )
    message["oneOf"] = [
        {"properties": {"type": {"const": "binary"}}},
        kind("type", "jms", without="headers"),
        kind("type", "string", without="headers"),
    ]
    return places("0.1.0", server=server, channel=channel, message=message)


def jms() -> dict[str, Versions]:
    prop = opened(
        {"name": TEXT, "value": {"type": ["string", "boolean", "number", "null"]}},
        ["name", "value"],
    )
    return places(
        "0.0.1",
        server=closed(
            {"jmsConnectionFactory": TEXT, "properties": listed(prop), "clientID": TEXT},
            ["jmsConnectionFactory"],
        ),
        channel=closed({"destination": TEXT, "destinationType": one_of("queue", "fifo-queue")}),
        message=closed({"headers": SCHEMA}),
    )


def kafka() -> dict[str, Versions]:
    server = closed({"schemaRegistryUrl": TEXT, "schemaRegistryVendor": TEXT})
    topic = {"topic": TEXT, "partitions": whole(1), "replicas": whole(1)}
    sizes = {
        "cleanup.policy": listed(one_of("compact", "delete")),
        **dict.fromkeys(["retention.ms", "retention.bytes"], whole(-1)),
        **dict.fromkeys(["delete.retention.ms", "max.message.bytes"], whole(0)),
    }
    confluent = {
        **dict.fromkeys(
            ["confluent.key.schema.validation", "confluent.value.schema.validation"], FLAG
        ),
        **dict.fromkeys(
            ["confluent.key.subject.name.strategy", "confluent.value.subject.name.strategy"], TEXT
        ),
    }
    strict = closed(sizes, extensible=False)
    operation = closed({"groupId": SCHEMA, "clientId": SCHEMA})
    registry = {
        "schemaIdLocation": one_of("header", "payload"),
        "schemaIdPayloadEncoding": TEXT,
        "schemaLookupStrategy": TEXT,
    }
    avro = {"anyOf": [part("reference"), SCHEMA, part("avroSchema")]}
    versions = ("0.5.0", "0.4.0", "0.3.0")
    return {
        "server": dict.fromkeys(versions, server),
        "channel": {
            "0.5.0": closed(topic | {"topicConfiguration": opened(sizes | confluent)}),
            "0.4.0": closed(topic | {"topicConfiguration": strict}),
            "0.3.0": closed(topic),
        },
        "operation": dict.fromkeys(versions, operation),
        "message": {
            "0.5.0": closed({"key": SCHEMA_OR_REFERENCE} | registry),
            "0.4.0": closed({"key": avro} | registry),
            "0.3.0": closed({"key": SCHEMA} | registry),
        },
    }


def mqtt() -> dict[str, Versions]:
    def or_schema(schema: Schema) -> Schema:
        return {"oneOf": [schema, SCHEMA, part("reference")]}

    qos = one_of(0, 1, 2)
    will = opened({"topic": TEXT, "qos": qos, "message": TEXT, "retain": FLAG})
    server = closed(
        {
            "clientId": TEXT,
            "cleanSession": FLAG,
            "lastWill": will,
            "keepAlive": WHOLE,
            "sessionExpiryInterval": or_schema(whole(0)),
            "maximumPacketSize": or_schema(whole(1, LONGEST_INTERVAL)),
        }
    )
    operation = closed(
        {
            "qos": qos,
            "retain": FLAG,
            "messageExpiryInterval": or_schema(whole(0, LONGEST_INTERVAL)),
        }
    )
    template = {"type": "string", "format": "uri-template", "minLength": 1}
    message = closed(
        {
            "payloadFormatIndicator": one_of(0, 1),
            "correlationData": SCHEMA_OR_REFERENCE,
            "contentType": TEXT,
            "responseTopic": or_schema(template),
        }
    )
    return places("0.2.0", server=server, operation=operation, message=message)


def nats() -> dict[str, Versions]:
    return places("0.1.0", operation=closed({"queue": text(255)}))


def pulsar() -> dict[str, Versions]:
    retention = closed({"time": whole(0), "size": whole(0)}, extensible=False)
    channel = closed(
        {
            "namespace": TEXT,
            "persistence": one_of("persistent", "non-persistent"),
            "compaction": whole(0),
            "geo-replication": listed(TEXT),
            "retention": retention,
            "ttl": WHOLE,
            "deduplication": FLAG,
        },
        ["namespace", "persistence"],
    )
    return places("0.1.0", server=closed({"tenant": TEXT}), channel=channel)


def ros2() -> dict[str, Versions]:
    roles = [
        f"{kind}{side}"
        for kind, side in (
            ("publish", "er"), ("subscrib", "er"), ("action_", "client"), ("action_", "server"),
            ("service_", "client"), ("service_", "server"),
        )
    ]  # fmt: skip
    policies = opened(
        {
            "reliability": one_of("best_effort", "realiable"),  # so it is spelt there
            "history": one_of("keep_last", "keep_all", "unknown"),
            "durability": one_of("transient_local", "volatile"),
            "lifespan": WHOLE,
            "deadline": WHOLE,
            "liveliness": one_of("automatic", "manual"),
            "leaseDuration": WHOLE,
        }
    )
    operation = closed(
        {"role": one_of(*roles), "node": TEXT, "qosPolicies": policies}, ["role", "node"]
    )
    server = opened({"rmwImplementation": TEXT, "domainId": whole(0, 231)})
    return places("0.1.0", server=server, operation=operation)


def statements() -> Schema:
    """An access policy of Amazon's queues and topics."""
    who = {"oneOf": [TEXT, listed(TEXT)]}
    statement = opened(
        {"effect": one_of("Allow", "Deny"), "principal": who, "action": who},
        ["effect", "principal", "action"],
    )
    return opened({"statements": listed(statement)}, ["statements"])


def sns() -> dict[str, Versions]:
    ordering = opened(
        {"type": one_of("standard", "FIFO"), "contentBasedDeduplication": FLAG}, ["type"]
    )
    channel = closed(
        {"name": TEXT, "ordering": ordering, "policy": statements(), "tags": OBJECT}, ["name"]
    )
    identifier = opened(dict.fromkeys(["url", "email", "phone", "arn", "name"], TEXT))
    delivery = opened(
        {
            **dict.fromkeys(
                [
                    "minDelayTarget", "maxDelayTarget", "numRetries", "numNoDelayRetries",
                    "numMinDelayRetries", "numMaxDelayRetries", "maxReceivesPerSecond",
                ],
                WHOLE,
            ),
            "backoffFunction": one_of("arithmetic", "exponential", "geometric", "linear"),
        }
    )  # fmt: skip
    filters = by_name({"oneOf": [listed(TEXT), TEXT, OBJECT]})
    protocols = one_of(
        "http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"
    )
    consumer = opened(
        {
            "protocol": protocols,
            "endpoint": identifier,
            "filterPolicy": filters | {"patternProperties": {r"^x-[\w.\-]+$": ANYTHING}},
            "filterPolicyScope": one_of("MessageAttributes", "MessageBody"),
            "rawMessageDelivery": FLAG,
            "redrivePolicy": redrive(identifier),
            "deliveryPolicy": delivery,
            "displayName": TEXT,
        },
        ["protocol", "endpoint", "rawMessageDelivery"],
    )
    operation = closed(
        {"topic": identifier, "consumers": listed(consumer, least=1), "deliveryPolicy": delivery},
        ["consumers"],
    )
    return places("0.1.0", channel=channel, operation=operation)


def redrive(identifier: Schema) -> Schema:
    return opened({"deadLetterQueue": identifier, "maxReceiveCount": WHOLE}, ["deadLetterQueue"])


def sqs() -> dict[str, Versions]:
    words = {
        "name": TEXT,
        "fifoQueue": FLAG,
        "deduplicationScope": one_of("queue", "messageGroup"),
        "fifoThroughputLimit": one_of("perQueue", "perMessageGroupId"),
        "deliveryDelay": whole(0, 900),
        "visibilityTimeout": whole(0, 43_200),
        "receiveMessageWaitTime": WHOLE,
        "messageRetentionPeriod": whole(60, 1_209_600),
        "redrivePolicy": redrive(opened({"arn": TEXT, "name": TEXT})),
        "policy": statements(),
        "tags": OBJECT,
    }
    queue = opened(words, ["name", "fifoQueue"])
    channel = closed({"queue": queue, "deadLetterQueue": queue}, ["queue"])
    consumer = opened(words | {"$ref": TEXT}, ["name"])
    operation = closed({"queues": listed(consumer)}, ["queues"])
    return places("0.2.0", channel=channel, operation=operation)


def solace() -> dict[str, Versions]:
    def operation(extra_of_queue: list[str], extra: dict[str, Schema]) -> Schema:
        topics = {"topicSubscriptions": listed(TEXT)}
        queue = opened(
            {"name": TEXT, "accessType": one_of("exclusive", "nonexclusive")}
            | topics
            | dict.fromkeys(extra_of_queue, TEXT)
        )
        destination = opened({"deliveryMode": one_of("direct", "persistent")})
        destination["oneOf"] = [
            {"properties": {"destinationType": {"const": "queue"}, "queue": queue}},
            {"properties": {"destinationType": {"const": "topic"}} | topics},
        ]
        return closed({"destinations": listed(destination)} | extra, extensible=False)

    limits = ["maxMsgSpoolUsage", "maxTtl"]
    delivery = {"dmqEligible": FLAG, "timeToLive": WHOLE, "priority": whole(0, 255)}
    return {
        "server": {
            "0.4.0": closed({"msgVpn": TEXT, "clientName": text(160, 1)}),
            "0.3.0": closed({"msgVpn": TEXT}),
            "0.2.0": closed({"msvVpn": TEXT}),  # so it is spelt there
        },
        "operation": {
            "0.4.0": operation(limits, delivery),
            "0.3.0": operation(limits, {}),
            "0.2.0": operation([], {}),
        },
    }


def ws() -> dict[str, Versions]:
    channel = closed(
        {
            "method": one_of("GET", "POST"),
            "query": SCHEMA_OR_REFERENCE,
            "headers": SCHEMA_OR_REFERENCE,
        }
    )
    return places("0.1.0", channel=channel)


# Protocols whose bindings the specification names; those without a function hold anything.
PROTOCOLS = (
    "http", "ws", "amqp", "amqp1", "mqtt", "kafka", "anypointmq", "nats", "jms", "sns", "sqs",
    "stomp", "redis", "solace", "ibmmq", "googlepubsub", "pulsar",
)  # fmt: skip
DEFINED = {
    "http": http, "ws": ws, "amqp": amqp, "mqtt": mqtt, "kafka": kafka, "anypointmq": anypointmq,
    "nats": nats, "jms": jms, "sns": sns, "sqs": sqs, "solace": solace, "ibmmq": ibmmq,
    "googlepubsub": googlepubsub, "pulsar": pulsar, "ros2": ros2,
}  # fmt: skip


def definitions(named: Mapping[str, tuple[str, ...]]) -> dict[str, Schema]:
    """The parts serverBindings, channelBindings, operationBindings and messageBindings.

    `named` says which protocols may stand at each place.
    """
    found = {protocol: make() for protocol, make in DEFINED.items()}
    return {
        f"{place}Bindings": closed(
            {
                protocol: bound(found[protocol][place])
                if place in found.get(protocol, {})
                else ANYTHING
                for protocol in protocols
            }
        )
        for place, protocols in named.items()
    }
