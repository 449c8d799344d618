"""An AsyncAPI operation as its page shows it: channel, messages, bindings, and a consumer.

AsyncAPI 2 puts the operation inside its channel, 3 beside it; both come out the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.analysis.places import Tokens
from catalog.analysis.text import as_text, short, told
from catalog.reference.bodies import Body, Reader
from catalog.reference.schema import Field
from catalog.reference.snippets import Channel, channel_samples
from catalog.reference.source import Source
from marketplace.ui.code import Sample

READABLE = ("application/schema+json", "application/schema+yaml", "application/vnd.aai.asyncapi")
OPENAPI_SCHEMA = "application/vnd.oai.openapi"
DEFAULT_MEDIA = "application/json"


@dataclass(slots=True)
class Message:
    """One message: headers and payload, or `raw` where its schema is in a language of its own."""

    name: str
    html: str = ""
    media: str = DEFAULT_MEDIA
    headers: Field | None = None
    body: Body | None = None
    raw: str = ""
    raw_format: str = ""
    bindings: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class EventReference:
    """The channel, what travels on it, and code for the other side."""

    address: str
    channel_html: str = ""
    parameters: list[Field] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    reply_address: str = ""
    replies: list[Message] = field(default_factory=list)
    bindings: list[tuple[str, str]] = field(default_factory=list)
    call: Channel | None = None

    @property
    def samples(self) -> list[Sample]:
        """Code for the other side of the channel, in each language."""
        return channel_samples(self.call) if self.call else []


def read_event(
    source: Source, at: Tokens, *, action: str, address: str, protocol: str, host: str
) -> EventReference:
    """The operation at `at`. `action` is the API's own: send or receive."""
    node = source.at(at)
    made = EventReference(address)
    if not isinstance(node, dict):
        return made
    reader = Reader.of(source)
    inside = at[0] == "channels"
    channel, place = _channel(source, node, at, inside=inside)
    made.channel_html = told(channel.get("description"))
    made.parameters = list(_parameters(reader, channel, place))
    made.bindings = [*_bindings(source, channel, place), *_bindings(source, node, at)]
    made.messages = [
        _message(reader, value, spot)
        for value, spot in _messages(source, node, at, channel, place, inside=inside)
    ]
    reply = source.resolve(node.get("reply"), (*at, "reply"))
    if isinstance(reply.value, dict):
        made.reply_address, made.replies = _reply(reader, reply.value, reply.at)
    payload = next((m.body.value for m in made.messages if m.body is not None), None)
    made.call = Channel(action.lower(), address, protocol, host or "localhost", payload)
    return made


Place = tuple[Mapping[str, Any], Tokens]


def _channel(source: Source, node: Mapping[str, Any], at: Tokens, *, inside: bool) -> Place:
    if inside:
        value = source.resolve(source.at(at[:2]), at[:2])
    else:
        value = source.resolve(node.get("channel"), (*at, "channel"))
    return (value.value, value.at) if isinstance(value.value, dict) else ({}, at)


def _parameters(reader: Reader, channel: Mapping[str, Any], at: Tokens) -> Iterator[Field]:
    rows = channel.get("parameters")
    for name, value in rows.items() if isinstance(rows, dict) else ():
        inner = reader.source.resolve(value, (*at, "parameters", str(name)))
        if not isinstance(inner.value, dict):
            continue
        schema = inner.value.get("schema")
        if schema is None:  # AsyncAPI 3: the keywords stand in the parameter itself
            schema = {"type": "string"} | {
                key: inner.value[key]
                for key in ("enum", "default", "examples")
                if key in inner.value
            }
        drawn = reader.schemas.read(schema, (*inner.at, "schema"), name=str(name), required=True)
        drawn.html = told(inner.value.get("description")) or drawn.html
        yield drawn


def _messages(
    source: Source,
    node: Mapping[str, Any],
    at: Tokens,
    channel: Mapping[str, Any],
    place: Tokens,
    *,
    inside: bool,
) -> Iterator[Place]:
    """The operation's messages; those of the channel where version 3 names none."""
    if inside:
        message = node.get("message")
        options = message.get("oneOf") if isinstance(message, dict) else None
        rows = (
            [(part, (*at, "message", "oneOf", str(i))) for i, part in enumerate(options)]
            if isinstance(options, list)
            else [(message, (*at, "message"))]
        )
    else:
        named = node.get("messages")
        own = channel.get("messages")
        if isinstance(named, list):
            rows = [(part, (*at, "messages", str(i))) for i, part in enumerate(named)]
        elif isinstance(own, dict):
            rows = [(part, (*place, "messages", str(name))) for name, part in own.items()]
        else:
            rows = []
    for part, spot in rows:
        resolved = source.resolve(part, spot)
        if isinstance(resolved.value, dict):
            name = resolved.name or (spot[-1] if not spot[-1].isdigit() else "")
            yield {"name": name} | _with_traits(source, resolved.value, resolved.at), resolved.at


def _with_traits(source: Source, message: Mapping[str, Any], at: Tokens) -> dict[str, Any]:
    """The message with its traits beneath it (AsyncAPI: the message's own words win)."""
    made: dict[str, Any] = {}
    traits = message.get("traits")
    for index, part in enumerate(traits if isinstance(traits, list) else []):
        resolved = source.resolve(part, (*at, "traits", str(index)))
        if isinstance(resolved.value, dict):
            made |= resolved.value
    return made | dict(message)


def _message(reader: Reader, node: Mapping[str, Any], at: Tokens) -> Message:
    title = node.get("title") or node.get("name") or node.get("messageId") or "Message"
    made = Message(
        name=short(title) or "Message",
        html=told(node.get("description") or node.get("summary")),
        media=str(node.get("contentType") or DEFAULT_MEDIA),
        bindings=list(_bindings(reader.source, node, at)),
    )
    headers, place, _ = _unwrapped(reader, node.get("headers"), (*at, "headers"), node)
    if headers is not None:
        made.headers = reader.schemas.read(headers, place)
    payload, place, language = _unwrapped(reader, node.get("payload"), (*at, "payload"), node)
    if payload is None:
        return made
    if language:
        made.raw, made.raw_format = as_text(payload), language
        return made
    made.body = reader.body(made.media, {"schema": payload} | _examples(node), place[:-1])
    made.body.schema = reader.schemas.read(payload, place)
    return made


def _examples(node: Mapping[str, Any]) -> dict[str, Any]:
    rows = node.get("examples")
    if not isinstance(rows, list):
        return {}
    return {"examples": [row for row in rows if isinstance(row, dict) and "payload" in row]}


def _unwrapped(
    reader: Reader, schema: Any, at: Tokens, message: Mapping[str, Any]
) -> tuple[Any, Tokens, str]:
    """A schema out of its multi-format wrapping; the language where it is not JSON Schema."""
    if schema is None:
        return None, at, ""
    language = message.get("schemaFormat") if at[-1] == "payload" else None
    resolved = reader.source.resolve(schema, at)
    value = resolved.value
    if isinstance(value, dict) and "schemaFormat" in value and "schema" in value:
        language, schema, at = value["schemaFormat"], value["schema"], (*resolved.at, "schema")
    readable = not isinstance(language, str) or language.startswith((*READABLE, OPENAPI_SCHEMA))
    return schema, at, "" if readable else str(language)


def _reply(reader: Reader, node: Mapping[str, Any], at: Tokens) -> tuple[str, list[Message]]:
    channel, place = _channel(reader.source, node, at, inside=False)
    address = node.get("address")
    told_address = address.get("location", "") if isinstance(address, dict) else ""
    rows = _messages(reader.source, node, at, channel, place, inside=False)
    return (
        str(channel.get("address") or told_address or ""),
        [_message(reader, value, spot) for value, spot in rows],
    )


def _bindings(source: Source, node: Mapping[str, Any], at: Tokens) -> Iterator[tuple[str, str]]:
    resolved = source.resolve(node.get("bindings"), (*at, "bindings"))
    if not isinstance(resolved.value, dict):
        return
    for protocol, value in resolved.value.items():
        inner = source.resolve(value, (*resolved.at, str(protocol))).value
        for name, setting in inner.items() if isinstance(inner, dict) else ():
            if name == "bindingVersion":
                continue
            shown = short(as_text(setting)) if not isinstance(setting, dict) else _compact(setting)
            yield f"{protocol} {name}", shown


def _compact(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {short(as_text(inner), 40)}" for key, inner in value.items())
