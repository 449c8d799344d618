"""Null: whether it is a value, in any of the three ways a schema can say so."""

from typing import TYPE_CHECKING

from ..rule import Rule, schema_rules
from ..transitions import types_of

if TYPE_CHECKING:
    from ..schema import Node

RULES: list[Rule] = [
    *schema_rules("became-nullable", "loosens", "may be null now"),
    *schema_rules("became-not-nullable", "tightens", "may no longer be null"),
]

# What makes this module look at a schema.
KEYWORDS = frozenset({"nullable", "type", "oneOf"})


def check(node: "Node") -> None:
    """Report that null became a value, or ceased to be one."""
    became = _change(node)
    if became is True:
        node.emit("became-nullable", "became nullable", at=("nullable",), before=False, after=True)
    elif became is False:
        node.emit(
            "became-not-nullable", "became not nullable", at=("nullable",), before=True, after=False
        )


def _change(node: "Node") -> bool | None:
    before, after = node.flag("nullable")
    if before != after:
        return after
    if node.transition is not None:
        if node.transition.name == "wrapped-nullable":
            return True
        if node.transition.name == "unwrapped-nullable":
            return False
    old, new = types_of(node.base), types_of(node.revision)
    # A side without types allows null already, so naming or dropping it there changes nothing.
    if old and new and ("null" in old) != ("null" in new):
        return "null" in new
    return None
