"""Operations of AsyncAPI 2 and 3.

In AsyncAPI 2 `publish` is what the application receives and `subscribe` what it sends; here both
versions speak of what the application does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.documents import naming, pointers
from catalog.documents.fields import Fields
from catalog.documents.operation import (
    ExampleSpec,
    MessageSpec,
    OperationKind,
    OperationSpec,
    ParameterSpec,
    ReplySpec,
    ServerSpec,
)
from catalog.documents.refs import Resolver
from catalog.documents.shapes import mapping, sequence, text

ACTIONS_OF_2: dict[str, OperationKind] = {"publish": "receive", "subscribe": "send"}
ACTIONS_OF_3: dict[str, OperationKind] = {"send": "send", "receive": "receive"}


class EventOperations:
    """Lists the operations of one AsyncAPI tree."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.resolver = Resolver(tree)
        self.fields = Fields(self.resolver)
        self.names = naming.Names()
        self.default_type = text(tree.get("defaultContentType")) or None
        self.messages: dict[tuple[str, str], MessageSpec] = {}

    def all(self) -> Iterator[OperationSpec]:
        """Every operation, in the document's order."""
        if text(self.tree.get("asyncapi")).startswith("2."):
            yield from self.of_version_2()
        else:
            yield from self.of_version_3()

    def at(self, value: Any, pointer: str) -> tuple[Mapping[str, Any], str]:
        """The object here or behind its reference; an empty one where nothing is."""
        try:
            found, pointer = self.resolver.at(value, pointer)
        except LookupError:
            return {}, pointer
        return mapping(found), pointer

    def of_version_2(self) -> Iterator[OperationSpec]:
        for address, item in mapping(self.tree.get("channels")).items():
            channel, at = self.at(item, pointers.join("/channels", address))
            names = [name for name in sequence(channel.get("servers")) if type(name) is str]
            servers = self.servers([f"/servers/{pointers.token(name)}" for name in names])
            for action, kind in ACTIONS_OF_2.items():
                if type(channel.get(action)) is not dict:
                    continue
                operation, here = channel[action], f"{at}/{action}"
                message = operation.get("message")
                messages = self.several(message, f"{here}/message") if message else ()
                yield self.operation(
                    kind=kind,
                    name=text(operation.get("operationId")),
                    address=address,
                    operation=operation,
                    pointer=here,
                    channel=channel,
                    channel_pointer=at,
                    servers=servers,
                    messages=messages,
                    reply=None,
                )

    def several(self, message: Any, pointer: str) -> tuple[MessageSpec, ...]:
        found, at = self.at(message, pointer)
        if "oneOf" not in found:
            return (self.message(found, at, ""),)
        return tuple(
            self.message(*self.at(each, f"{at}/oneOf/{index}"), "")
            for index, each in enumerate(sequence(found["oneOf"]))
        )

    def of_version_3(self) -> Iterator[OperationSpec]:
        for name, value in mapping(self.tree.get("operations")).items():
            operation, at = self.at(value, pointers.join("/operations", name))
            kind = ACTIONS_OF_3.get(text(operation.get("action")))
            if kind is None:
                continue
            channel, channel_at = self.at(operation.get("channel"), f"{at}/channel")
            yield self.operation(
                kind=kind,
                name=name,
                address=self.address(channel, channel_at),
                operation=operation,
                pointer=at,
                channel=channel,
                channel_pointer=channel_at,
                servers=self.servers(self.listed(channel, channel_at, "servers")),
                messages=self.messages_of(operation, at, channel, channel_at),
                reply=self.reply(operation, at),
            )

    def address(self, channel: Mapping[str, Any], pointer: str) -> str:
        address = channel.get("address")
        return address if type(address) is str else pointers.last(pointer)

    def listed(self, holder: Mapping[str, Any], pointer: str, word: str) -> list[str]:
        """The pointers of what a list of references names."""
        return [
            self.at(value, f"{pointer}/{word}/{index}")[1]
            for index, value in enumerate(sequence(holder.get(word)))
        ]

    def messages_of(
        self,
        holder: Mapping[str, Any],
        pointer: str,
        channel: Mapping[str, Any],
        channel_pointer: str,
    ) -> tuple[MessageSpec, ...]:
        """An operation's messages: those it lists, else all of its channel."""
        if type(holder.get("messages")) is list:
            places = [
                (value, f"{pointer}/messages/{index}")
                for index, value in enumerate(holder["messages"])
            ]
        else:
            places = [
                (value, pointers.join(channel_pointer, "messages", name))
                for name, value in mapping(channel.get("messages")).items()
            ]
        return tuple(self.named(value, place) for value, place in places)

    def named(self, value: Any, pointer: str) -> MessageSpec:
        """A message under the name that its channel gives it, which the first reference tells."""
        name = ""
        ref = value.get("$ref") if type(value) is dict else None
        named_by = pointers.of_fragment(ref[1:]) if type(ref) is str else pointer
        if not named_by.rpartition("/")[2].isdecimal():
            name = pointers.last(named_by)
        message, at = self.at(value, pointer)
        return self.message(message, at, name)

    def message(self, message: Mapping[str, Any], at: str, name: str) -> MessageSpec:
        if (at, name) in self.messages:
            return self.messages[at, name]
        last = pointers.last(at)
        traits = [
            self.at(trait, f"{at}/traits/{index}")
            for index, trait in enumerate(sequence(message.get("traits")))
        ]
        parts = [(message, at), *traits]
        payload, schema_format = self.schema(message, at, "payload")
        examples = tuple(
            ExampleSpec(
                text(mapping(example).get("name")) or f"example {index + 1}",
                f"{place}/examples/{index}",
                text(mapping(example).get("summary")),
            )
            for part, place in parts
            for index, example in enumerate(sequence(part.get("examples")))
        )
        found = self.messages[at, name] = MessageSpec(
            name=name
            or text(message.get("messageId"))
            or text(message.get("name"))
            or ("message" if last.isdecimal() else last),
            pointer=at,
            title=self.inherited(parts, "title"),
            summary=self.inherited(parts, "summary"),
            description=self.inherited(parts, "description"),
            content_type=self.inherited(parts, "contentType") or self.default_type,
            schema_format=text(message.get("schemaFormat")) or schema_format,
            payload=payload,
            headers=next(
                (
                    pointer
                    for part, place in parts
                    if (pointer := self.schema(part, place, "headers")[0])
                ),
                None,
            ),
            correlation_id=next(
                (f"{place}/correlationId" for part, place in parts if "correlationId" in part),
                None,
            ),
            bindings=self.bindings(parts),
            examples=examples,
        )
        return found

    def schema(
        self, holder: Mapping[str, Any], pointer: str, word: str
    ) -> tuple[str | None, str | None]:
        """Where a schema stands, and its format where version 3 wraps it with one."""
        if word not in holder:
            return None, None
        value, at = self.at(holder[word], f"{pointer}/{word}")
        if type(value.get("schemaFormat")) is str and "schema" in value:
            return f"{at}/schema", value["schemaFormat"]
        return f"{pointer}/{word}", None

    def inherited(self, parts: list[tuple[Mapping[str, Any], str]], word: str) -> str:
        """The text the object gives itself, else that of its first trait that has it."""
        return next((found for part, _ in parts if (found := text(part.get(word)))), "")

    def bindings(self, parts: list[tuple[Mapping[str, Any], str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part, place in parts:
            bindings, at = self.at(part.get("bindings"), f"{place}/bindings")
            for protocol in bindings:
                if not protocol.startswith("x-"):
                    found.setdefault(protocol, pointers.join(at, protocol))
        return found

    def reply(self, operation: Mapping[str, Any], pointer: str) -> ReplySpec | None:
        if "reply" not in operation:
            return None
        reply, at = self.at(operation["reply"], f"{pointer}/reply")
        address, _ = self.at(reply.get("address"), f"{at}/address")
        channel, channel_at = self.at(reply.get("channel"), f"{at}/channel")
        return ReplySpec(
            address=self.address(channel, channel_at) if channel else None,
            location=text(address.get("location")) or None,
            messages=self.messages_of(reply, at, channel, channel_at),
        )

    def parameters(self, channel: Mapping[str, Any], pointer: str) -> Iterator[ParameterSpec]:
        for name, value in mapping(channel.get("parameters")).items():
            parameter, at = self.at(value, pointers.join(pointer, "parameters", name))
            yield ParameterSpec(
                name=name,
                where="channel",
                pointer=at,
                required=True,
                description=text(parameter.get("description")),
                schema=f"{at}/schema" if "schema" in parameter else at,
            )

    def servers(self, wanted: list[str]) -> tuple[ServerSpec, ...]:
        """The servers at these pointers, or all of the document where none is named."""
        found = []
        for name in mapping(self.tree.get("servers")):
            pointer = pointers.join("/servers", name)
            server, at = self.at(self.tree["servers"][name], pointer)
            if wanted and pointer not in wanted and at not in wanted:
                continue
            protocol = text(server.get("protocol"))
            url = text(server.get("url"))
            if not url and text(server.get("host")):
                url = f"{protocol}://{server['host']}{text(server.get('pathname'))}"
            found.append(ServerSpec(url, text(server.get("description")), name, protocol))
        return tuple(found)

    def security(
        self, holder: Mapping[str, Any], pointer: str
    ) -> Iterator[Mapping[str, tuple[str, ...]]]:
        for index, requirement in enumerate(sequence(holder.get("security"))):
            if text(self.tree.get("asyncapi")).startswith("2."):
                yield {
                    name: tuple(scope for scope in sequence(scopes) if type(scope) is str)
                    for name, scopes in mapping(requirement).items()
                }
                continue
            scheme, at = self.at(requirement, f"{pointer}/security/{index}")
            scopes = [scope for scope in sequence(scheme.get("scopes")) if type(scope) is str]
            yield {pointers.last(at): tuple(scopes)}

    def operation(
        self,
        *,
        kind: OperationKind,
        name: str,
        address: str,
        operation: Mapping[str, Any],
        pointer: str,
        channel: Mapping[str, Any],
        channel_pointer: str,
        servers: tuple[ServerSpec, ...],
        messages: tuple[MessageSpec, ...],
        reply: ReplySpec | None,
    ) -> OperationSpec:
        traits = [
            self.at(trait, f"{pointer}/traits/{index}")
            for index, trait in enumerate(sequence(operation.get("traits")))
        ]
        parts = [(operation, pointer), *traits]
        start = f"{kind.upper()} {naming.erased(address)} {name}".rstrip()
        key = self.names.key(start, otherwise=f"{kind.upper()} {address} {name}".rstrip())
        schemas = [
            pointer
            for message in (*messages, *(reply.messages if reply else ()))
            for pointer in (message.payload, message.headers)
            if pointer
        ]
        return OperationSpec(
            key=key,
            slug=self.names.slug(key),
            kind=kind,
            method=kind.upper(),
            path=address,
            pointer=pointer,
            operation_id=name or None,
            summary=self.inherited(parts, "summary") or self.inherited(parts, "title"),
            description=self.inherited(parts, "description"),
            tags=self.tags(parts),
            deprecated=operation.get("x-deprecated") is True or operation.get("deprecated") is True,
            sunset=text(operation.get("x-sunset")) or None,
            parameters=tuple(self.parameters(channel, channel_pointer)),
            security=tuple(
                requirement for part, place in parts for requirement in self.security(part, place)
            ),
            messages=messages,
            reply=reply,
            bindings=self.bindings(parts),
            channel=channel_pointer,
            protocol=servers[0].protocol if servers else "",
            servers=servers,
            schema_fields=self.fields.of(dict.fromkeys(schemas)),
        )

    def tags(self, parts: list[tuple[Mapping[str, Any], str]]) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for part, place in parts:
            for index, tag in enumerate(sequence(part.get("tags"))):
                name = text(self.at(tag, f"{place}/tags/{index}")[0].get("name"))
                if name:
                    names[name] = None
        return tuple(names)
