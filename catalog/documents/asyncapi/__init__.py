"""Our own JSON Schemas for AsyncAPI 2.0 to 2.6, 3.0 and 3.1.

Written from the specifications in a small vocabulary (words.py) rather than copied from the
published files; a test holds their verdicts against those.
"""

from __future__ import annotations

from catalog.documents.asyncapi import version2, version3
from catalog.documents.asyncapi.words import Schema

VERSIONS = version2.VERSIONS + version3.VERSIONS


def schema(version: str) -> Schema:
    """The JSON Schema (draft 7) of an AsyncAPI document. Raises KeyError for other versions."""
    if version not in VERSIONS:
        raise KeyError(version)
    return version2.schema(version) if version in version2.VERSIONS else version3.schema(version)
