"""Callbacks: requests that the API makes to its caller."""

from typing import Any

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import show

RULES: list[Rule] = [
    Rule("callback-added", "info", "none", "an operation calls back at another event"),
    Rule("callback-removed", "error", "none", "an operation no longer calls back at an event"),
    Rule(
        "callback-changed",
        "warning",
        "none",
        "a request that an operation makes to its caller changed",
    ),
]


def compare(
    comparison: Comparison,
    scope: Scope,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Compare the callbacks of an operation by name and expression."""
    if comparison.documents.same(before.get("callbacks"), after.get("callbacks")):
        return
    old, new = comparison.objects(before.get("callbacks"), after.get("callbacks"))
    for name in sorted(old.keys() | new.keys()):
        tokens = ("callbacks", name)
        if name not in new:
            comparison.tell(
                "callback-removed",
                scope,
                tokens,
                f"The callback {show(name)} was removed",
                before=old[name],
            )
        elif name not in old:
            comparison.tell(
                "callback-added",
                scope,
                tokens,
                f"The callback {show(name)} was added",
                after=new[name],
            )
        elif not comparison.documents.same(old[name], new[name]):
            _changed(comparison, scope, tokens, old[name], new[name])


def _changed(
    comparison: Comparison, scope: Scope, tokens: tuple[str, ...], before: Any, after: Any
) -> None:
    old, new = comparison.objects(before, after)
    for expression in sorted(old.keys() | new.keys()):
        if comparison.documents.same(old.get(expression), new.get(expression)):
            continue
        comparison.tell(
            "callback-changed",
            scope,
            (*tokens, expression),
            f"The callback {show(tokens[-1])} to {show(expression)} changed",
            before=old.get(expression),
            after=new.get(expression),
        )
