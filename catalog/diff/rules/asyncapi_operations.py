"""AsyncAPI operations: what the application sends and receives, how, and what comes back."""

from typing import Any

from ..channels import Operation, Reply
from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import MISSING, equal, show
from . import asyncapi_bindings, asyncapi_messages, security

RULES: list[Rule] = [
    Rule("asyncapi-operation-added", "info", "none",
         "the application sends or receives on a channel where it did not"),
    Rule("asyncapi-operation-removed", "error", "none",
         "the application no longer sends or receives on a channel"),
    Rule("asyncapi-reply-added", "info", "response", "a request is answered now"),
    Rule("asyncapi-reply-removed", "error", "response", "a request is no longer answered"),
    Rule("asyncapi-reply-address-changed", "error", "response",
         "a request is answered on another channel"),
]  # fmt: skip


def compare(
    comparison: Comparison,
    scope: Scope,
    old: Operation,
    new: Operation,
    defaults: tuple[str, str],
) -> None:
    """Compare two operations that are the same."""
    sent = new.action == "send"
    told = len(comparison.changes)
    before, after = old.value, new.value
    _id(comparison, scope, old.id, new.id)
    asyncapi_messages.compare(
        comparison, scope, ("messages",), old.messages, new.messages, sent=sent, defaults=defaults
    )
    _reply(comparison, scope, old.reply, new.reply, sent=not sent, defaults=defaults)
    _security(comparison, scope, before, after)
    asyncapi_bindings.compare(
        comparison, scope, (), "operation", f"{scope.operation}", before, after
    )
    spoken = ("action", "channel", "messages", "message", "reply", "security", "bindings",
              "operationId")  # fmt: skip
    comparison.leftovers(before, after, spoken, scope, (), f"{scope.operation}")
    if len(comparison.changes) == told:
        for key in sorted(old.written.keys() | new.written.keys()):
            values = old.written.get(key, MISSING), new.written.get(key, MISSING)
            comparison.rewritten(*values, scope, (key,), f"{scope.operation}: {key}")


def _id(comparison: Comparison, scope: Scope, old: str, new: str) -> None:
    if old == new:
        return
    if old:
        told = f"The operationId {show(old)} of {scope.operation} changed to {show(new)}"
    else:
        told = f"{scope.operation} has the operationId {show(new)} now"
    rule = "api-operation-id-removed" if old else "api-operation-id-added"
    comparison.tell(rule, scope, ("operationId",), told, before=old, after=new)


def _reply(
    comparison: Comparison,
    scope: Scope,
    old: Reply | None,
    new: Reply | None,
    *,
    sent: bool,
    defaults: tuple[str, str],
) -> None:
    tokens = ("reply",)
    if old is None or new is None:
        if old is not new:
            action = "added" if old is None else "removed"
            comparison.tell(
                f"asyncapi-reply-{action}",
                scope,
                tokens,
                f"The reply to {scope.operation} was {action}",
                before=old.value if old else MISSING,
                after=new.value if new else MISSING,
            )
        return
    if old.address != new.address:
        comparison.tell(
            "asyncapi-reply-address-changed",
            scope,
            (*tokens, "address"),
            f"The reply to {scope.operation} comes at {show(new.address)}, not {show(old.address)}",
            before=old.address,
            after=new.address,
        )
    asyncapi_messages.compare(
        comparison,
        scope,
        (*tokens, "messages"),
        old.messages,
        new.messages,
        sent=sent,
        defaults=defaults,
    )
    comparison.leftovers(
        old.value,
        new.value,
        ("address", "channel", "messages"),
        scope,
        tokens,
        f"The reply to {scope.operation}",
    )


def _security(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> None:
    nodes = before.get("security", MISSING), after.get("security", MISSING)
    if equal(*nodes):
        return
    plain = tuple(security.requirements(comparison, node, side) for side, node in enumerate(nodes))
    if not security.compare_alternatives(comparison, scope, "api-security", *plain):
        comparison.leftovers(
            {"security": nodes[0]}, {"security": nodes[1]}, (), scope, (), f"{scope.operation}"
        )


def removed(comparison: Comparison, scope: Scope, old: Operation) -> None:
    """Tell that an operation is gone."""
    comparison.tell(
        "asyncapi-operation-removed", scope, (), f"{scope.operation} was removed", before=old.value
    )


def added(comparison: Comparison, scope: Scope, new: Operation) -> None:
    """Tell that an operation is new."""
    comparison.tell(
        "asyncapi-operation-added", scope, (), f"{scope.operation} was added", after=new.value
    )
