"""Checking values against the document's schemas, each compiled once."""

from typing import Any
from urllib.parse import quote

import jsonschema_rs

from catalog.mock.document import Mocked

BASE = "urn:document"
BACKTRACKS = 20_000
MOST_TOLD = 20


def errors_of(mocked: Mocked, pointer: str, value: Any) -> list[tuple[str, str]]:
    """What is wrong with a value: (JSON pointer below it, words); empty where all is well, or
    where the schema itself cannot be compiled."""
    validator = _validator(mocked, pointer)
    if validator is None or validator.is_valid(value):
        return []
    found = []
    for error in validator.iter_errors(value):
        at = "".join(f"/{_escaped(step)}" for step in error.instance_path)
        found.append((at, error.message[:300]))
        if len(found) == MOST_TOLD:
            break
    return found


def _validator(mocked: Mocked, pointer: str) -> Any:
    place = ("schema", pointer)
    if place not in mocked.validators:
        mocked.validators[place] = _compiled(mocked, pointer)
    return mocked.validators[place]


def _compiled(mocked: Mocked, pointer: str) -> Any:
    try:
        return _draft(mocked)(
            {"$ref": f"{BASE}#{_fragment(pointer)}"},
            registry=_registry(mocked),
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACKS),
            offline=True,
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        return None


def _registry(mocked: Mocked) -> Any:
    place = ("registry", "")
    if place not in mocked.validators:
        mocked.validators[place] = jsonschema_rs.Registry(
            [(BASE, mocked.tree)], draft=_draft_number(mocked)
        )
    return mocked.validators[place]


def _draft(mocked: Mocked) -> Any:
    if mocked.kind == "asyncapi":
        return jsonschema_rs.Draft7Validator
    if str(mocked.tree.get("openapi", "")).startswith("3.0"):
        return jsonschema_rs.Draft4Validator
    return jsonschema_rs.Draft202012Validator


def _draft_number(mocked: Mocked) -> int:
    return {
        jsonschema_rs.Draft4Validator: jsonschema_rs.Draft4,
        jsonschema_rs.Draft7Validator: jsonschema_rs.Draft7,
    }.get(_draft(mocked), jsonschema_rs.Draft202012)


def _fragment(pointer: str) -> str:
    return quote(pointer, safe="/~!$&'()*+,;=:@?")


def _escaped(step: Any) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
