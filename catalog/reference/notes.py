"""What a schema demands of a value, each demand in as few signs as can be read."""

from collections.abc import Mapping
from typing import Any

from catalog.analysis.pieces import dump
from catalog.analysis.text import short
from marketplace.ui.format import grouped

MOST_VALUES = 12
LONGEST = 60


def notes_of(node: Mapping[str, Any]) -> list[str]:
    """The demands of a schema: allowed values, bounds, pattern, default."""
    notes: list[str] = []
    options = node.get("enum")
    if isinstance(options, list):
        notes += [_value(option) for option in options[:MOST_VALUES]]
        if len(options) > MOST_VALUES:
            notes.append(f"+{len(options) - MOST_VALUES}")
    if "const" in node:
        notes.append(f"always {_value(node['const'])}")
    notes += _bounds(node)
    notes += _span(node, "minLength", "maxLength", "characters")
    notes += _span(node, "minItems", "maxItems", "items")
    notes += _span(node, "minProperties", "maxProperties", "properties")
    if node.get("uniqueItems") is True:
        notes.append("no item twice")
    if isinstance(node.get("multipleOf"), int | float):
        notes.append(f"multiple of {node['multipleOf']}")
    if isinstance(node.get("pattern"), str):
        notes.append(short(node["pattern"], LONGEST))
    if "default" in node:
        notes.append(f"default {_value(node['default'])}")
    example = node.get("example", _first(node.get("examples")))
    if example is not None and not options and not isinstance(example, dict | list):
        notes.append(f"e.g. {_value(example)}")
    discriminator = node.get("discriminator")
    if isinstance(discriminator, dict) and isinstance(discriminator.get("propertyName"), str):
        notes.append(f"told apart by {short(discriminator['propertyName'])}")
    elif isinstance(discriminator, str):
        notes.append(f"told apart by {short(discriminator)}")
    return notes


def _bounds(node: Mapping[str, Any]) -> list[str]:
    notes = []
    for inclusive, exclusive, wide, strict in (
        ("minimum", "exclusiveMinimum", "≥", ">"),
        ("maximum", "exclusiveMaximum", "≤", "<"),
    ):
        bound, limit = node.get(inclusive), node.get(exclusive)
        if _is_number(limit):
            notes.append(f"{strict} {_number(limit)}")
        if _is_number(bound):
            notes.append(f"{strict if limit is True else wide} {_number(bound)}")
    return notes


def _span(node: Mapping[str, Any], low: str, high: str, unit: str) -> list[str]:
    least, most = node.get(low), node.get(high)
    if _is_number(least) and _is_number(most):
        same = least == most
        return [f"{_number(least)} {unit}" if same else f"{_number(least)}–{_number(most)} {unit}"]
    if _is_number(most):
        return [f"up to {_number(most)} {unit}"]
    if _is_number(least) and least:
        return [f"at least {_number(least)} {unit}"]
    return []


def _first(values: Any) -> Any:
    return values[0] if isinstance(values, list) and values else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> str:
    return grouped(value) if abs(value) < 1e15 else str(value)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return short(value, LONGEST) if value.strip() else '""'
    return short(dump(value).decode("utf-8", "replace"), LONGEST)
