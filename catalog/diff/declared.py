"""The parameters of an operation, with those that its path declares for all of its operations."""

from dataclasses import dataclass
from typing import Any

from .document import Document
from .values import show


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as an operation has it."""

    value: dict[str, Any]
    node: Any
    shared: bool  # declared on the path, for all its operations

    @property
    def name(self) -> str:
        return str(self.value.get("name", ""))

    @property
    def location(self) -> str:
        return str(self.value.get("in", ""))

    @property
    def key(self) -> tuple[str, str]:
        # HTTP header names know no case (RFC 9110 5.1).
        return self.location, self.name.lower() if self.location == "header" else self.name

    @property
    def subject(self) -> str:
        return f"{self.location.capitalize() or 'Nameless'} parameter {show(self.name)}"

    @property
    def tokens(self) -> tuple[str, ...]:
        return "parameters", self.location, self.name


def parameters_of(
    document: Document, item: dict[str, Any], operation: dict[str, Any]
) -> dict[tuple[str, str], Declared]:
    """All parameters by location and name; an operation's own comes before its path's."""
    declared: dict[tuple[str, str], Declared] = {}
    for holder, shared in ((item, True), (operation, False)):
        parameters = holder.get("parameters")
        if not isinstance(parameters, list):
            continue
        own: dict[tuple[str, str], Declared] = {}
        for node in parameters:
            value = document.resolve(node)
            if isinstance(value, dict):
                parameter = Declared(value, node, shared)
                own.setdefault(parameter.key, parameter)
        declared |= own
    return declared


def explodes(value: dict[str, Any]) -> bool:
    """Whether an object or array is written as one pair a member (style form, explode)."""
    style = value.get("style", "form" if value.get("in") in ("query", "cookie") else "simple")
    return style == "form" and value.get("explode", True) is True


def lower(subject: str) -> str:
    """The subject of a sentence as it stands within one."""
    return subject[:1].lower() + subject[1:]
