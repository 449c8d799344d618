"""Whether a document is a valid specification, and what else its author should know."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import jsonschema_rs
import orjson

from catalog.documents import asyncapi, references, schema_errors
from catalog.documents.errors import Problem
from catalog.documents.findings import findings
from catalog.documents.parse import Document

__all__ = ["findings", "official", "validate"]

OFFICIAL = [
    ("swagger", "2.0"),
    *(("openapi", version) for version in ("3.0", "3.1", "3.2")),
    *(("asyncapi", version) for version in asyncapi.VERSIONS),
]


def validate(document: Document) -> list[Problem]:
    """Why the document is refused: the official schema, then references. Empty if it is valid."""
    validator = official(document.kind, document.version)
    found: list[Problem] = []
    if not validator.is_valid(document.tree):
        found = schema_errors.problems(validator, document)
    return found + references.problems(document)


def official(kind: str, version: str) -> jsonschema_rs.Validator:
    """The validator of a specification's version."""
    return compiled(kind, version if kind == "asyncapi" else version[:3])


@cache
def compiled(kind: str, version: str) -> jsonschema_rs.Validator:
    if kind == "asyncapi":
        schema = asyncapi.schema(version)
    else:
        folder = files("openapi_spec_validator") / "resources" / "schemas" / f"v{version}"
        schema = orjson.loads((folder / "schema.json").read_bytes())
    return jsonschema_rs.validator_for(schema, mask=schema_errors.VALUE, offline=True)
