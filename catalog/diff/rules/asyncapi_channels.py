"""AsyncAPI channels: their addresses, parameters and servers."""

from typing import Any

from ..channels import Channel
from ..comparison import Comparison, Scope, Use
from ..rule import PARAMETER, Rule
from ..values import MISSING, equal, listed, show
from . import asyncapi_bindings

RULES: list[Rule] = [
    Rule("asyncapi-channel-added", "info", "none", "a channel was added"),
    Rule("asyncapi-channel-removed", "error", "none", "a channel was removed"),
    Rule("asyncapi-channel-address-changed", "error", "none", "a channel has another address"),
    Rule("asyncapi-channel-id-changed", "info", "none",
         "a channel is called by another name in the document"),
    Rule("asyncapi-channel-parameter-added", "error", "none",
         "a channel's address has another parameter"),
    Rule("asyncapi-channel-parameter-removed", "error", "none",
         "a channel's address has one parameter less"),
    Rule("asyncapi-channel-server-added", "info", "none", "a channel is served by another server"),
    Rule("asyncapi-channel-server-removed", "warning", "none",
         "a channel is no longer served by a server"),
    Rule("asyncapi-unused-message-changed", "info", "none",
         "a message of a channel that no operation uses changed, came or went"),
]  # fmt: skip


def compare(comparison: Comparison, tokens: tuple[str, ...], old: Channel, new: Channel) -> None:
    """Compare two channels that are the same, apart from their operations."""
    subject = f"The channel {show(new.address)}"
    scope = Scope()
    told = len(comparison.changes)
    comparison.pair(old.node, new.node)
    comparison.beside(old.node, new.node, scope, tokens, subject)
    # In AsyncAPI 2 a channel has no name besides its address.
    if old.id != new.id and old.id != old.address and new.id != new.address:
        comparison.tell(
            "asyncapi-channel-id-changed",
            scope,
            tokens,
            f"{subject} is called {show(new.id)}, not {show(old.id)}",
            before=old.id,
            after=new.id,
        )
    _parameters(comparison, tokens, old.value, new.value, subject)
    _servers(comparison, tokens, old.value, new.value, subject)
    asyncapi_bindings.compare(comparison, scope, tokens, "channel", subject, old.value, new.value)
    spoken = (
        *("address", "parameters", "servers", "bindings", "messages", "subscribe", "publish"),
        "$ref",
    )
    comparison.leftovers(old.value, new.value, spoken, scope, tokens, subject)
    if len(comparison.changes) == told:
        for key in ("address", "parameters", "servers", "bindings"):
            values = old.value.get(key, MISSING), new.value.get(key, MISSING)
            if all(isinstance(value, str) for value in values):
                continue  # two addresses; that they differ is told by whoever paired them
            comparison.rewritten(*values, scope, (*tokens, key), f"{subject}: {key}")


def _parameters(
    comparison: Comparison,
    tokens: tuple[str, ...],
    before: dict[str, Any],
    after: dict[str, Any],
    subject: str,
) -> None:
    if comparison.documents.same(before.get("parameters"), after.get("parameters")):
        return
    old, new = comparison.objects(
        before.get("parameters", MISSING),
        after.get("parameters", MISSING),
        Scope(),
        (*tokens, "parameters"),
    )
    for name in sorted(old.keys() | new.keys()):
        at = (*tokens, "parameters", name)
        if name not in new or name not in old:
            action = "removed" if name not in new else "added"
            comparison.tell(
                f"asyncapi-channel-parameter-{action}",
                Scope(),
                at,
                f"{subject}: the parameter {show(name)} was {action}",
                before=old.get(name, MISSING),
                after=new.get(name, MISSING),
            )
        elif not comparison.documents.same(old[name], new[name]):
            comparison.beside(old[name], new[name], Scope(), at, f"{subject}: {name}")
            _parameter(
                comparison, at, subject, *comparison.objects(old[name], new[name], Scope(), at)
            )


def _parameter(
    comparison: Comparison,
    tokens: tuple[str, ...],
    subject: str,
    old: dict[str, Any],
    new: dict[str, Any],
) -> None:
    whose = f"{subject}: parameter `{tokens[-1]}`"
    use = Use(
        Scope(),
        (*tokens, "schema"),
        whose,
        f"{subject}: property `{{}}` of parameter `{tokens[-1]}`",
        typed=False,
    )
    comparison.schema(use, _schema_of(old), _schema_of(new), PARAMETER)
    comparison.leftovers(old, new, ("schema", "enum", "default"), Scope(), tokens, whose)


def _schema_of(parameter: dict[str, Any]) -> Any:
    """The schema of a parameter; AsyncAPI 3 has only text, listed or free."""
    if "schema" in parameter:
        return parameter["schema"]
    limits = {key: parameter[key] for key in ("enum", "default") if key in parameter}
    return {"type": "string", **limits}


def _servers(
    comparison: Comparison,
    tokens: tuple[str, ...],
    before: dict[str, Any],
    after: dict[str, Any],
    subject: str,
) -> None:
    lists = before.get("servers"), after.get("servers")
    if equal(*lists):
        return
    old, new = (
        {_server(each) for each in (side if isinstance(side, list) else ())} for side in lists
    )
    at = (*tokens, "servers")
    # Without a list, a channel is on every server.
    everywhere = not old, not new
    gone, came = old - new, new - old
    if everywhere[1]:
        gone, came = set(), {"every server"}
    elif everywhere[0]:
        gone, came = {"other servers"}, set()
    if gone:
        comparison.tell(
            "asyncapi-channel-server-removed",
            Scope(),
            at,
            f"{subject} is no longer served by {listed(sorted(gone))}",
            before=lists[0],
            after=lists[1],
        )
    if came:
        comparison.tell(
            "asyncapi-channel-server-added",
            Scope(),
            at,
            f"{subject} is served by {listed(sorted(came))} too",
            before=lists[0],
            after=lists[1],
        )
    if not gone and not came:
        comparison.leftovers(
            {"servers": lists[0]}, {"servers": lists[1]}, (), Scope(), tokens, subject
        )


def _server(node: Any) -> str:
    """A server's name, whether AsyncAPI 2 gives it or AsyncAPI 3 refers to it."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        return str(node["$ref"]).rsplit("/", 1)[-1]
    return str(node)
