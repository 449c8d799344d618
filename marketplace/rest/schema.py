"""What the description of our own REST adds to drf-spectacular's reading of the views."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from marketplace.rest.views import IDEMPOTENCY_HEADER

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
REFUSALS = {
    "400": "The request cannot be read, or names a field that does not exist",
    "401": "No token, or one that is not good",
    "403": "Not allowed",
    "404": "Not there for this caller",
    "409": "In conflict with what is there",
    "422": "Readable, and wrong at the places named",
}


class Schema(AutoSchema):
    """Adds the problem answers and the `Idempotency-Key` header that every view here has."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for status, meaning in REFUSALS.items():
            operation["responses"].setdefault(
                status,
                {
                    "description": meaning,
                    "content": {"application/problem+json": {"schema": PROBLEM}},
                },
            )
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            operation.setdefault("parameters", []).append(
                {
                    "name": IDEMPOTENCY_HEADER,
                    "in": "header",
                    "required": False,
                    "description": "A value of your own; the same one gets the same answer again.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                }
            )
        return operation
