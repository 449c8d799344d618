"""AsyncAPI bindings: what only one protocol knows of a server, channel, operation or message."""

from typing import Any

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import MISSING, differences, show

RULES: list[Rule] = [
    rule
    for noun, article in (
        ("server", "a"),
        ("channel", "a"),
        ("operation", "an"),
        ("message", "a"),
    )
    for rule in (
        Rule(f"asyncapi-{noun}-binding-added", "info", "none",
             f"{article} {noun} is bound to another protocol"),
        Rule(f"asyncapi-{noun}-binding-removed", "error", "none",
             f"{article} {noun} is no longer bound to a protocol"),
        Rule(f"asyncapi-{noun}-binding-changed", "warning", "none",
             f"how {article} {noun} uses its protocol changed"),
    )
]  # fmt: skip


def compare(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    noun: str,
    subject: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Compare the bindings of two objects, protocol by protocol and value by value."""
    nodes = before.get("bindings", MISSING), after.get("bindings", MISSING)
    if comparison.documents.same(*nodes):
        return
    old, new = comparison.objects(*nodes, scope, (*tokens, "bindings"))
    at = (*tokens, "bindings")
    for protocol in sorted(old.keys() | new.keys()):
        values = old.get(protocol, MISSING), new.get(protocol, MISSING)
        if comparison.documents.same(*values):
            continue
        if MISSING in values:
            action = "added" if values[0] is MISSING else "removed"
            comparison.tell(
                f"asyncapi-{noun}-binding-{action}",
                scope,
                (*at, protocol),
                f"{subject}: the binding {show(protocol)} was {action}",
                before=values[0],
                after=values[1],
            )
            continue
        left, right = comparison.objects(*values, scope, (*at, protocol))
        for path, one, other in differences(left, right):
            comparison.tell(
                f"asyncapi-{noun}-binding-changed",
                scope,
                (*at, protocol, *path),
                f"{subject}: {'/'.join((protocol, *path))} changed from {show(one)} to "
                f"{show(other)}",
                before=one,
                after=other,
            )
