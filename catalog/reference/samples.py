"""A value that a schema could have, for a first call's body where the document gives no example.

Short rather than complete: required fields, and a few optional ones.
"""

from typing import Any

from catalog.analysis.places import Tokens
from catalog.reference.source import Source

DEEPEST = 5
MOST_OPTIONAL = 4
MOST_VALUES = 80
STRINGS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT15M",
    "uuid": "0192f0c1-5d3e-7a41-9c57-3f8d2b6a1e90",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uri-reference": "/path",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "c2FtcGxl",
    "binary": "…",
    "password": "…",
}


class SampleMaker:
    """Makes values from a source; what it has not loaded is left out."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.left = MOST_VALUES

    def value(self, node: Any, at: Tokens, *, name: str = "", depth: int = 0) -> Any:
        """A value for the schema, or None where nothing can be said."""
        resolved = self.source.resolve(node, at)
        schema, at = resolved.value, resolved.at
        if not isinstance(schema, dict) or depth > DEEPEST or self.left <= 0:
            return None
        self.left -= 1
        given = _given(schema)
        if given is not None:
            return given
        for keyword in ("oneOf", "anyOf"):
            options = schema.get(keyword)
            if isinstance(options, list) and options and "properties" not in schema:
                return self.value(options[0], (*at, keyword, "0"), name=name, depth=depth)
        if "properties" in schema or "allOf" in schema or _kind(schema) == "object":
            return self._object(schema, at, depth)
        return self._plain(schema, at, name, depth)

    def _object(self, schema: dict[str, Any], at: Tokens, depth: int) -> Any:
        made: dict[str, Any] = {}
        parts = schema.get("allOf")
        for index, part in enumerate(parts if isinstance(parts, list) else []):
            inner = self.value(part, (*at, "allOf", str(index)), depth=depth + 1)
            if isinstance(inner, dict):
                made |= inner
            elif inner is not None and "properties" not in schema:
                return inner
        properties = schema.get("properties")
        required = schema.get("required")
        needed = set(required) if isinstance(required, list) else set()
        optional = MOST_OPTIONAL
        for key, inner in (properties if isinstance(properties, dict) else {}).items():
            if isinstance(inner, dict) and inner.get("readOnly") is True:
                continue
            if key not in needed:
                if optional <= 0 or depth > 1:
                    continue
                optional -= 1
            value = self.value(inner, (*at, "properties", key), name=key, depth=depth + 1)
            if value is not None:
                made[key] = value
        return made

    def _plain(self, schema: dict[str, Any], at: Tokens, name: str, depth: int) -> Any:
        match _kind(schema):
            case "array":
                item = self.value(schema.get("items"), (*at, "items"), depth=depth + 1)
                return [] if item is None else [item]
            case "integer":
                return _number(schema, 1)
            case "number":
                return _number(schema, 1.5)
            case "boolean":
                return True
            case "string":
                return STRINGS.get(str(schema.get("format")), name or "text")
        return None


def _given(schema: dict[str, Any]) -> Any:
    if schema.get("example") is not None:
        return schema["example"]
    for key in ("examples", "enum"):
        values = schema.get(key)
        if isinstance(values, list) and values and values[0] is not None:
            return values[0]
    if schema.get("const") is not None:
        return schema["const"]
    return schema.get("default")


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "")
    if isinstance(kind, str):
        return kind
    return "array" if "items" in schema else "string" if "format" in schema else ""


def _number(schema: dict[str, Any], usual: float) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(low, int | float) and usual < low:
        return low
    return high if isinstance(high, int | float) and usual > high else usual
