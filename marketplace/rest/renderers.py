"""JSON out, by orjson."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from rest_framework.renderers import BaseRenderer


class JSONRenderer(BaseRenderer):
    """`application/json`, or `application/problem+json` where the answer is a problem."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=plain, option=orjson.OPT_UTC_Z)


def plain(value: Any) -> Any:
    """What orjson does not know by itself, as what it does."""
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, dict | list | tuple):
        return value
    if hasattr(value, "items"):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    return str(value)
