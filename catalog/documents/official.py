"""The validators of the specifications: published schemas for OpenAPI, our own for AsyncAPI."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import jsonschema_rs
import orjson

from catalog.documents import asyncapi

VALUE = "the value"  # stands in a validator's messages for what the document holds

VERSIONS = [
    ("swagger", "2.0"),
    *(("openapi", version) for version in ("3.0", "3.1", "3.2")),
    *(("asyncapi", version) for version in asyncapi.VERSIONS),
]


def official(kind: str, version: str, *, formats: bool = False) -> jsonschema_rs.Validator:
    """The validator of a specification's version.

    A format is a note, not a rule, to JSON Schema, and the verdict leaves it aside; with
    `formats` it is asserted, for findings.
    """
    return compiled(kind, version if kind == "asyncapi" else version[:3], formats)


@cache
def compiled(kind: str, version: str, formats: bool = False) -> jsonschema_rs.Validator:
    """The validator of one of VERSIONS, compiled once in a process."""
    if kind == "asyncapi":
        schema = asyncapi.schema(version)
    else:
        folder = files("openapi_spec_validator") / "resources" / "schemas" / f"v{version}"
        schema = orjson.loads((folder / "schema.json").read_bytes())
    return jsonschema_rs.validator_for(schema, mask=VALUE, offline=True, validate_formats=formats)
