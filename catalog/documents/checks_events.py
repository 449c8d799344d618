"""What AsyncAPI forbids and its schema cannot see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalog.documents import checks, pointers, refs
from catalog.documents.finding import Found
from catalog.documents.operation import OperationSpec
from catalog.documents.parse import Document
from catalog.documents.shapes import mapping, sequence, text
from catalog.documents.yaml_text import shown


def check(document: Document, listed: list[OperationSpec]) -> Iterator[Found]:
    """Every fault of these kinds."""
    tree = document.tree
    yield from checks.repeated_ids(listed)
    yield from checks.servers_of(tree, ("url", "host", "pathname"))
    is_version_2 = document.version.startswith("2.")
    resolver = refs.Resolver(tree)
    for name, value in mapping(tree.get("channels")).items():
        pointer = pointers.join("/channels", name)
        try:
            channel, pointer = resolver.at(value, pointer)
        except LookupError:
            continue
        channel = mapping(channel)
        address = name if is_version_2 else text(channel.get("address"))
        if address or not is_version_2:
            yield from channel_parameters(channel, address, pointer)
        if is_version_2:
            yield from unknown_servers(tree, channel, pointer)
    if is_version_2:
        schemes = mapping(mapping(tree.get("components")).get("securitySchemes"))
        yield from checks.undefined_schemes(listed, schemes, "components.securitySchemes")
    else:
        for operation in listed:
            yield from foreign_messages(tree, operation)


def channel_parameters(channel: Any, address: str, pointer: str) -> Iterator[Found]:
    declared = {
        name: pointers.join(pointer, "parameters", name)
        for name in mapping(channel.get("parameters"))
    }
    yield from checks.parameters_fit(address, declared, pointer, "channel")


def unknown_servers(tree: Any, channel: Any, pointer: str) -> Iterator[Found]:
    servers = mapping(tree.get("servers"))
    for index, name in enumerate(sequence(channel.get("servers"))):
        if isinstance(name, str) and name not in servers:
            yield Found(
                "server-unknown",
                f"{pointer}/servers/{index}",
                f"no server is named {shown(name)}",
            )


def foreign_messages(tree: Any, operation: OperationSpec) -> Iterator[Found]:
    """An operation's messages are a choice from those of its channel (version 3)."""
    written = mapping(refs.lookup(tree, operation.pointer))
    for index, message in enumerate(sequence(written.get("messages"))):
        ref = refs.reference(message)
        if ref is None or operation.channel is None:
            continue
        pointer = pointers.of_fragment(ref[1:])
        if pointers.parent(pointer) != f"{operation.channel}/messages":
            yield Found(
                "message-not-of-channel",
                f"{operation.pointer}/messages/{index}",
                f"{shown(ref)} is not a message of the operation's channel",
            )
