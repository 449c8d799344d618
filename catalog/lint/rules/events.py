"""Events"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from catalog.documents.operation import MessageSpec, OperationSpec
from catalog.documents.shapes import mapping, text
from catalog.lint.places import inside, on_operation, operations
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey, once
from catalog.lint.words import joined, quoted

Place = tuple[OperationSpec, MessageSpec]
# fmt: off
CORRELATES = frozenset([
    "correlation_id", "trace_id", "traceparent", "ce_traceparent", "request_id", "causation_id",
    "conversation_id", "session_id", "x_request_id", "reply_to", "correlationid",
])
DEDUPLICATES = frozenset([
    "id", "event_id", "message_id", "ce_id", "webhook_id", "uuid", "idempotency_key",
    "delivery_id", "sequence", "sequence_number", "seq",
])
BINDS = {  # protocol → the name of its bindings
    "kafka": "kafka", "kafka-secure": "kafka", "mqtt": "mqtt", "secure-mqtt": "mqtt",
    "mqtts": "mqtt", "mqtt5": "mqtt", "amqp": "amqp", "amqps": "amqp", "amqp1": "amqp1",
    "nats": "nats", "jms": "jms", "sns": "sns", "sqs": "sqs", "pulsar": "pulsar",
    "ws": "ws", "wss": "ws", "googlepubsub": "googlepubsub", "ibmmq": "ibmmq", "solace": "solace",
}
# fmt: on


class Channel(NamedTuple):
    """A channel and the first operation on it."""

    pointer: str
    operation: OperationSpec


def messages(survey: Survey) -> Iterable[Place]:
    return survey.messages


def channels(survey: Survey) -> Iterable[Channel]:
    first: dict[str, OperationSpec] = {}
    for operation in survey.operations:
        if operation.channel:
            first.setdefault(operation.channel, operation)
    return [Channel(pointer, operation) for pointer, operation in first.items()]


def on_message(place: Place, detail: str) -> Hit:
    operation, message = place
    return Hit(message.pointer, detail, inside(operation, message.pointer))


def without_payload(survey: Survey, place: Place) -> Hit | None:
    _, message = place
    if message.payload and survey.value(message.payload) not in (None, {}, True):
        return None
    return on_message(place, f"The message {quoted(message.name)} has no payload's schema")


def without_name(survey: Survey, place: Place) -> Hit | None:
    operation, message = place
    raw = mapping(survey.value(message.pointer))
    if any(text(raw.get(word)) for word in ("name", "messageId", "title")) or message.title:
        return None
    fix = None
    key = message.pointer.rpartition("/")[2]
    named = "/messages/" in message.pointer and not key.isdecimal() and message.name
    if named and raw and "name" not in raw and "$ref" not in raw:
        at = f"{message.pointer}/name"
        fix = ({"op": "add", "path": at, "value": message.name},)
    said = f"A message of {operation.method} {quoted(operation.path)} has no name"
    return Hit(message.pointer, said, inside(operation, message.pointer), fix)


def without_type(_: Survey, place: Place) -> Hit | None:
    _operation, message = place
    if message.content_type:
        return None
    return on_message(place, f"The message {quoted(message.name)} has no content type")


def field_names(survey: Survey, message: MessageSpec) -> set[str]:
    pointers = [each for each in (message.headers, message.payload) if each]
    return {joined(name) for name in survey.names.of(pointers)}


def without_correlation(survey: Survey, place: Place) -> Hit | None:
    _, message = place
    if message.correlation_id or CORRELATES & field_names(survey, message):
        return None
    return on_message(place, f"The message {quoted(message.name)} can't be traced to its cause")


def without_identity(survey: Survey, place: Place) -> Hit | None:
    _, message = place
    if not message.payload or DEDUPLICATES & field_names(survey, message):
        return None
    return on_message(place, f"The message {quoted(message.name)} has no id to know it again by")


def undescribed(_: Survey, place: Place) -> Hit | None:
    _operation, message = place
    if message.summary.strip() or message.description.strip():
        return None
    return on_message(place, f"The message {quoted(message.name)} is not described")


def channel_undescribed(survey: Survey, channel: Channel) -> Hit | None:
    raw = mapping(survey.value(channel.pointer))
    if any(text(raw.get(word)).strip() for word in ("description", "summary")):
        return None
    return Hit(channel.pointer, f"The channel {quoted(channel.operation.path)} is not described")


def bound_channels(survey: Survey) -> Iterable[Channel]:
    """Channels on servers whose protocol has bindings."""
    return [each for each in channels(survey) if each.operation.protocol.lower() in BINDS]


@once
def bound_otherwise(survey: Survey) -> dict[str, set[str]]:
    """The protocols that a channel's operations and messages are bound to."""
    bound: dict[str, set[str]] = {}
    for operation in survey.operations:
        protocols = bound.setdefault(operation.channel or "", set())
        protocols.update(operation.bindings)
        for message in operation.messages:
            protocols.update(message.bindings)
    return bound


def without_bindings(survey: Survey, channel: Channel) -> Hit | None:
    wanted = BINDS[channel.operation.protocol.lower()]
    raw = mapping(survey.at(mapping(survey.value(channel.pointer)).get("bindings")))
    if wanted in raw:
        return None
    if wanted in bound_otherwise(survey).get(channel.pointer, ()):
        return None
    said = f"The channel {quoted(channel.operation.path)} has no {wanted} bindings"
    return Hit(channel.pointer, said)


def open_event(survey: Survey, operation: OperationSpec) -> Hit | None:
    if operation.security:
        return None
    names = {server.name for server in operation.servers}
    servers = mapping(survey.tree.get("servers"))
    given = [mapping(survey.at(servers[name])) for name in names if name in servers]
    if given and all(server.get("security") for server in given):
        return None
    said = f"{operation.method} {quoted(operation.path)} says not who may take part"
    return on_operation(operation, said)


RULES = [
    Rule(
        id="message-without-payload",
        level="error",
        title="Messages have a payload's schema",
        why="Without one nobody can write a consumer, and no change to it can be seen.",
        mend="Add `payload` with the schema of the content.",
        before="""
            RefundSent:
              name: RefundSent
        """,
        after="""
            RefundSent:
              name: RefundSent
              payload:
                type: object
                properties:
                  refund_id: {type: string}
        """,
        applies_to="asyncapi",
        places=messages,
        check=without_payload,
    ),
    Rule(
        id="message-name-missing",
        level="info",
        title="Messages have a name",
        why="Consumers choose what to do by the message's name; logs and code are named after it.",
        mend="Add `name`, the name of the event: what happened, in the past tense.",
        before="""
            payload:
              type: object
        """,
        after="""
            name: RefundSent
            payload:
              type: object
        """,
        applies_to="asyncapi",
        places=messages,
        check=without_name,
    ),
    Rule(
        id="message-content-type-missing",
        level="warning",
        title="Messages have a content type",
        why="The bytes alone don't tell JSON from Avro; consumers fail at the first that is not"
        " what they thought.",
        mend="Add `defaultContentType` at the root, or `contentType` to the message.",
        before="""
            asyncapi: 3.0.0
        """,
        after="""
            asyncapi: 3.0.0
            defaultContentType: application/json
        """,
        applies_to="asyncapi",
        places=messages,
        check=without_type,
    ),
    Rule(
        id="message-correlation-missing",
        level="info",
        title="Messages can be traced to their cause",
        why="When something went wrong, nobody finds which call it began with.",
        mend="Add a `correlationId`, or a `traceparent` header (W3C Trace Context).",
        before="""
            headers:
              type: object
        """,
        after="""
            correlationId:
              location: $message.header#/correlation_id
        """,
        applies_to="asyncapi",
        places=messages,
        check=without_correlation,
    ),
    Rule(
        id="message-identity-missing",
        level="warning",
        title="Messages have an id",
        why="Delivery is at least once: without an id a consumer can't tell a repeat from a second"
        " event.",
        mend="Add an id of the event to the payload or the headers, such as CloudEvents' `id`.",
        before="""
            payload:
              type: object
              properties:
                amount: {type: string}
        """,
        after="""
            payload:
              type: object
              properties:
                event_id: {type: string, format: uuid}
                amount: {type: string}
        """,
        applies_to="asyncapi",
        places=messages,
        check=without_identity,
    ),
    Rule(
        id="message-description-missing",
        level="info",
        title="Messages are described",
        why="When it is sent, and what it stands for, can't be read from a schema.",
        mend="Add a `summary`: what has happened when this comes.",
        before="""
            RefundSent:
              payload: {type: object}
        """,
        after="""
            RefundSent:
              summary: The bank has the refund
              payload: {type: object}
        """,
        applies_to="asyncapi",
        places=messages,
        check=undescribed,
    ),
    Rule(
        id="channel-description-missing",
        level="warning",
        title="Channels are described",
        why="Order, delivery, retention and keys are what consumers must know before they read.",
        mend="Add a `description` to the channel.",
        before="""
            refunds:
              address: refunds.v1
        """,
        after="""
            refunds:
              address: refunds.v1
              description: Keyed by refund, kept for seven days.
        """,
        applies_to="asyncapi",
        places=channels,
        check=channel_undescribed,
    ),
    Rule(
        id="channel-bindings-missing",
        level="info",
        title="Channels say what their protocol needs",
        why="Topic, partitions, queue or quality of service decide whether a consumer keeps up.",
        mend="Add `bindings` for the protocol of the server.",
        before="""
            refunds:
              address: refunds.v1
        """,
        after="""
            refunds:
              address: refunds.v1
              bindings:
                kafka:
                  partitions: 12
        """,
        applies_to="asyncapi",
        places=bound_channels,
        check=without_bindings,
    ),
    Rule(
        id="event-without-security",
        level="warning",
        title="Nobody takes part in events without an identity",
        why="Whoever reaches the broker reads everything, or writes what others believe.",
        mend="Require a scheme under `security` of the server or the operation.",
        before="""
            servers:
              kafka:
                protocol: kafka-secure
        """,
        after="""
            servers:
              kafka:
                protocol: kafka-secure
                security:
                  - $ref: '#/components/securitySchemes/key'
        """,
        applies_to="asyncapi",
        places=operations,
        check=open_event,
        sources=("OWASP API2:2023",),
    ),
]
