"""Default and constant values."""

from typing import TYPE_CHECKING

from ..rule import PARAMETER, Rule, schema_rules
from ..values import MISSING, show

if TYPE_CHECKING:
    from ..schema import Node

# A parameter's default is what the server does when a caller says nothing: changing it changes the
# behaviour of calls that are made today.

RULES: list[Rule] = [
    *(
        rule
        for action, told in (
            ("added", "has a default value now"),
            ("removed", "has no default value any more"),
            ("changed", "has another default value"),
        )
        for rule in schema_rules(
            f"default-value-{action}",
            "neutral",
            told,
            levels={PARAMETER.prefix: "error"},
        )
    ),
    *schema_rules("const-added", "tightens", "has one fixed value now"),
    *schema_rules("const-removed", "loosens", "has no fixed value any more"),
    *schema_rules(
        "const-changed",
        "unclear",
        "has another fixed value",
        levels={"request": "error", "response": "error"},
    ),
]

# What makes this module look at a schema.
KEYWORDS = frozenset({"default", "const"})


def check(node: "Node") -> None:
    """Report changes to `default` and `const`."""
    for keyword, name, noun in (
        ("default", "default-value", "default"),
        ("const", "const", "fixed value"),
    ):
        if not node.differs(keyword):
            continue
        node.handled(keyword)
        if node.claims("values"):
            continue
        before, after = node.get(keyword)
        if before is MISSING:
            action, told = "added", f"has the {noun} {show(after)} now"
        elif after is MISSING:
            action, told = "removed", f"no longer has the {noun} {show(before)}"
        else:
            action, told = "changed", f"{noun} changed from {show(before)} to {show(after)}"
        node.emit(f"{name}-{action}", told, at=(keyword,), before=before, after=after)
