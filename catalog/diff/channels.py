"""AsyncAPI 2 and 3 in one shape: channels, and what the application does on them.

The application is the one that the document describes. What it sends reaches the consumers of the
API, so its schemas follow the rules of responses; what it receives comes from them, so its schemas
follow the rules of requests. AsyncAPI 2 names the same from the other side: its `subscribe` is a
send here, its `publish` a receive.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .document import Document

Action = Literal["send", "receive"]
_ACTIONS: Mapping[str, Action] = {"subscribe": "send", "publish": "receive"}


@dataclass(slots=True)
class Message:
    """A message as an operation has it, with its traits merged."""

    name: str
    node: Any
    value: dict[str, Any]


@dataclass(slots=True)
class Operation:
    """What the application does on a channel. `id` is empty where AsyncAPI 2 gives none."""

    action: Action
    id: str
    value: dict[str, Any]
    messages: list[Message]
    written: dict[str, Any]  # as it stands in the document, traits and all
    reply: "Reply | None" = None


@dataclass(slots=True)
class Reply:
    """The answer that a request has, on a channel of its own or one the request names."""

    value: dict[str, Any]
    address: str
    messages: list[Message]


@dataclass(slots=True)
class Channel:
    """A channel by its address, which is its identity to those who connect."""

    id: str
    address: str
    node: Any
    value: dict[str, Any]
    messages: list[Message] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)


def major(root: Mapping[str, Any]) -> int:
    """The major version of AsyncAPI that a document follows."""
    return 3 if str(root.get("asyncapi", "")).startswith("3") else 2


def read(document: Document) -> list[Channel]:
    """The channels of a document with their operations, in the order they stand in."""
    return _read3(document) if major(document.root) == 3 else _read2(document)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _resolved(document: Document, node: Any) -> dict[str, Any]:
    return _object(document.resolve(node))


def with_traits(document: Document, value: dict[str, Any]) -> dict[str, Any]:
    """The object with its traits merged in; what it says itself comes first (AsyncAPI 3)."""
    traits = value.get("traits")
    if not isinstance(traits, list) or not traits:
        return value
    merged: dict[str, Any] = {}
    for trait in traits:
        merged = _merge(merged, _resolved(document, trait))
    own = {key: each for key, each in value.items() if key != "traits"}
    return _merge(merged, own)


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396: objects are merged key by key, anything else is replaced."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict) and "$ref" not in value:
            result[key] = _merge(result[key], value)
        else:
            result[key] = value
    return result


def _message(document: Document, node: Any, fallback: str) -> Message:
    value = with_traits(document, _resolved(document, node))
    reference = node.get("$ref") if isinstance(node, dict) else None
    named = reference.rsplit("/", 1)[-1] if isinstance(reference, str) else fallback
    for key in ("messageId", "name"):
        if isinstance(value.get(key), str):
            named = value[key]
            break
    return Message(named, node, value)


def _read2(document: Document) -> list[Channel]:
    channels = []
    for address, node in _resolved(document, document.root.get("channels")).items():
        if address.startswith("x-"):
            continue
        value = _resolved(document, node)
        channel = Channel(address, address, node, value)
        for verb, action in _ACTIONS.items():
            operation = value.get(verb)
            if isinstance(operation, dict):
                merged = with_traits(document, operation)
                messages = list(_messages2(document, merged.get("message")))
                name = str(merged.get("operationId") or "")
                channel.operations.append(Operation(action, name, merged, messages, operation))
        channels.append(channel)
    return channels


def _messages2(document: Document, node: Any) -> Iterator[Message]:
    if node is None:
        return
    value = _resolved(document, node)
    alternatives = value.get("oneOf")
    if isinstance(alternatives, list):
        for number, each in enumerate(alternatives, 1):
            yield _message(document, each, f"#{number}")
    else:
        yield _message(document, node, "message")


def _read3(document: Document) -> list[Channel]:
    channels: dict[int, Channel] = {}
    for name, node in _resolved(document, document.root.get("channels")).items():
        value = _resolved(document, node)
        address = value.get("address")
        channel = Channel(name, address if isinstance(address, str) else name, node, value)
        for key, message in _object(value.get("messages")).items():
            found = _message(document, message, key)
            channel.messages.append(Message(key, found.node, found.value))
        channels[id(document.origin(value))] = channel
    for name, node in _resolved(document, document.root.get("operations")).items():
        written = _resolved(document, node)
        value = with_traits(document, written)
        target = _resolved(document, value.get("channel"))
        holder = channels.get(id(document.origin(target)))
        action = value.get("action")
        if holder is not None and action in ("send", "receive"):
            messages = _messages3(document, value, holder)
            reply = _reply(document, value.get("reply"), channels)
            holder.operations.append(Operation(action, name, value, messages, written, reply))
    return list(channels.values())


def _messages3(document: Document, value: dict[str, Any], channel: Channel) -> list[Message]:
    nodes = value.get("messages")
    if not isinstance(nodes, list):
        return channel.messages
    by_node = {id(document.resolve(message.node)): message for message in channel.messages}
    found = []
    for number, node in enumerate(nodes, 1):
        known = by_node.get(id(document.resolve(node)))
        found.append(known or _message(document, node, f"#{number}"))
    return found


def _reply(document: Document, node: Any, channels: Mapping[int, Channel]) -> Reply | None:
    if node is None:
        return None
    value = _resolved(document, node)
    target = channels.get(id(document.origin(_resolved(document, value.get("channel")))))
    if target is None:
        messages = [
            _message(document, each, f"#{number}")
            for number, each in enumerate(_list(value.get("messages")), 1)
        ]
    else:
        messages = _messages3(document, value, target)
    location = _resolved(document, value.get("address")).get("location")
    return Reply(value, str(location or (target.address if target else "")), messages)
