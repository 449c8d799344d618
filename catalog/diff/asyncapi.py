"""Compare two AsyncAPI documents, of version 2, 3 or one of each."""

from typing import Any

from catalog.documents.naming import erased

from . import channels
from .channels import Channel, Operation
from .comparison import Comparison, Scope
from .rules import (
    asyncapi_channels,
    asyncapi_operations,
    asyncapi_servers,
    descriptions,
)
from .values import MISSING, show

SPOKEN = {
    *("asyncapi", "info", "servers", "channels", "operations", "components", "tags"),
    "defaultContentType",
}


def compare(comparison: Comparison, base: dict[str, Any], revision: dict[str, Any]) -> None:
    """Tell every difference between two AsyncAPI documents."""
    for section in ("channels", "operations"):
        comparison.objects(
            base.get(section, MISSING), revision.get(section, MISSING), Scope(), (section,)
        )
    defaults = tuple(str(each.get("defaultContentType", "")) for each in (base, revision))
    old = channels.read(comparison.documents.base)
    new = channels.read(comparison.documents.revision)
    _channels(comparison, old, new, (defaults[0], defaults[1]))
    asyncapi_servers.compare(
        comparison, base.get("servers", MISSING), revision.get("servers", MISSING)
    )
    descriptions.compare_info(comparison, base.get("info", MISSING), revision.get("info", MISSING))
    descriptions.compare_tags(
        comparison, ("tags",), base.get("tags", MISSING), revision.get("tags", MISSING)
    )
    descriptions.compare_components(
        comparison, base.get("components", MISSING), revision.get("components", MISSING)
    )
    _the_rest(comparison, base, revision)
    comparison.leftovers(base, revision, SPOKEN, Scope(), (), "The document")
    descriptions.judge_version(comparison, _version(base), _version(revision))


def _version(root: dict[str, Any]) -> Any:
    info = root.get("info")
    return info.get("version") if isinstance(info, dict) else None


def _channels(
    comparison: Comparison,
    before: list[Channel],
    after: list[Channel],
    defaults: tuple[str, str],
) -> None:
    pairs = _paired(before, after)
    matched = {id(old) for old, _ in pairs}, {id(new) for _, new in pairs}
    for old in before:
        if id(old) not in matched[0]:
            _gone(comparison, old)
    for new in after:
        if id(new) not in matched[1]:
            _came(comparison, new)
    for old, new in pairs:
        tokens = ("channels", new.id)
        if erased(old.address) != erased(new.address):
            comparison.tell(
                "asyncapi-channel-address-changed",
                Scope(),
                (*tokens, "address"),
                f"The channel {show(new.id)} is at {show(new.address)}, not {show(old.address)}",
                before=old.address,
                after=new.address,
            )
        elif old.address != new.address:
            comparison.tell(
                "equivalent-rewrite",
                Scope(),
                (*tokens, "address"),
                f"The parameters of the channel {show(old.address)} are called as in "
                f"{show(new.address)} now",
                before=old.address,
                after=new.address,
            )
        asyncapi_channels.compare(comparison, tokens, old, new)
        _operations(comparison, old, new, defaults)


def _paired(before: list[Channel], after: list[Channel]) -> list[tuple[Channel, Channel]]:
    """Channels of the same address, then those of the same name."""
    pairs: list[tuple[Channel, Channel]] = []
    left_before, left_after = list(before), list(after)
    keys = (
        lambda channel: (channel.address, channel.id),
        lambda channel: channel.address,
        lambda channel: erased(channel.address),
        lambda channel: channel.id,
    )
    for key in keys:
        waiting: dict[Any, list[Channel]] = {}
        for channel in left_after:
            waiting.setdefault(key(channel), []).append(channel)
        for channel in list(left_before):
            found = waiting.get(key(channel))
            if found:
                other = found.pop(0)
                pairs.append((channel, other))
                left_before.remove(channel)
                left_after.remove(other)
    return pairs


def _scope(operation: Operation, channel: Channel) -> Scope:
    return Scope(
        operation=f"{operation.action} {channel.address}",
        key=f"{operation.action.upper()} {erased(channel.address)} {operation.id}".rstrip(),
    )


def _gone(comparison: Comparison, old: Channel) -> None:
    comparison.tell(
        "asyncapi-channel-removed",
        Scope(),
        ("channels", old.id),
        f"The channel {show(old.address)} was removed",
        before=old.value,
    )
    for operation in old.operations:
        asyncapi_operations.removed(comparison, _scope(operation, old), operation)


def _came(comparison: Comparison, new: Channel) -> None:
    comparison.tell(
        "asyncapi-channel-added",
        Scope(),
        ("channels", new.id),
        f"The channel {show(new.address)} was added",
        after=new.value,
    )
    for operation in new.operations:
        asyncapi_operations.added(comparison, _scope(operation, new), operation)


def _operations(
    comparison: Comparison, old: Channel, new: Channel, defaults: tuple[str, str]
) -> None:
    waiting = list(new.operations)
    left: list[Operation] = []
    pairs: list[tuple[Operation, Operation]] = []
    for same_id in (True, False):
        for operation in old.operations if same_id else left[:]:
            found = next(
                (
                    each
                    for each in waiting
                    if each.action == operation.action and (each.id == operation.id) >= same_id
                ),
                None,
            )
            if found is not None:
                waiting.remove(found)
                pairs.append((operation, found))
                if not same_id:
                    left.remove(operation)
            elif same_id:
                left.append(operation)
    for operation in left:
        asyncapi_operations.removed(comparison, _scope(operation, old), operation)
    for operation in waiting:
        asyncapi_operations.added(comparison, _scope(operation, new), operation)
    for before, after in pairs:
        asyncapi_operations.compare(comparison, _scope(before, old), before, after, defaults)


def _the_rest(comparison: Comparison, base: dict[str, Any], revision: dict[str, Any]) -> None:
    """What no operation told: what is on no channel, is used by none, or is the default."""
    _adrift(comparison, base.get("operations"), revision.get("operations"))
    old, new = (
        {channel.id: channel for channel in channels.read(document)}
        for document in (comparison.documents.base, comparison.documents.revision)
    )
    for name in old.keys() & new.keys():
        before, after = (
            {message.name: message for message in side[name].messages} for side in (old, new)
        )
        for message in sorted(before.keys() | after.keys()):
            nodes = tuple(
                side[message].node if message in side else MISSING for side in (before, after)
            )
            if comparison.documents.same(*nodes):
                continue
            if MISSING not in nodes and comparison.compared(*nodes):
                continue
            if MISSING in nodes and any(
                message in {each.name for each in operation.messages}
                for side in (old, new)
                for operation in side[name].operations
            ):
                continue
            comparison.tell(
                "asyncapi-unused-message-changed",
                Scope(),
                ("channels", name, "messages", message),
                f"The message {show(message)} of the channel {show(name)} changed, which no "
                "operation uses",
                before=nodes[0],
                after=nodes[1],
            )
    types = base.get("defaultContentType"), revision.get("defaultContentType")
    if types[0] != types[1]:
        comparison.tell(
            "asyncapi-default-content-type-changed",
            Scope(),
            ("defaultContentType",),
            f"The content type of messages that name none is {show(types[1])}, not "
            f"{show(types[0])}",
            before=types[0],
            after=types[1],
        )


def _adrift(comparison: Comparison, before: Any, after: Any) -> None:
    """Operations of AsyncAPI 3 that name no channel of the document."""
    old, new = (side if isinstance(side, dict) else {} for side in (before, after))
    found = {
        operation.id
        for document in (comparison.documents.base, comparison.documents.revision)
        for channel in channels.read(document)
        for operation in channel.operations
    }
    comparison.leftovers(old, new, found, Scope(), ("operations",), "The operations")
