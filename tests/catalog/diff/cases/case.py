"""A change to an OpenAPI document: before, after, and all that is said of it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.catalog.diff.places import document

S: dict[str, Any] = {"type": "string"}


@dataclass(frozen=True)
class Case:
    """Two documents and exactly the rules that tell their difference, each with its level."""

    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    told: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def ops(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return document(before), document(after)


def paths(**items: dict[str, Any]) -> dict[str, Any]:
    return {**document({}), "paths": {"/" + name: item for name, item in items.items()}}


def api(version: str = "1.0.0", **operation: Any) -> dict[str, Any]:
    return document(operation, info={"title": "Things", "version": version})


def parameter(location: str, name: str = "q", **fields: Any) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": location, "schema": S, **fields}]}


def props(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


OP = {"responses": {"200": {"description": "ok"}}}
GET = {"get": OP}
PAST, SOON, FAR = "2025-06-01", "2026-02-01", "2030-01-01"
TODAY = date(2026, 1, 1)
GRACE = {"grace_days_stable": 180}


def needs(*names: str, **properties: Any) -> dict[str, Any]:
    return {**props(**properties), "required": list(names)}
