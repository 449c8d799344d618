"""What money's REST shares: amounts as decimals, and pages of rows that are worked on in Python."""

import base64
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.errors import Invalid

Row = TypeVar("Row", bound=Model)
SIZE = 50
LARGEST = 200


class AmountField(serializers.DecimalField):
    """An amount of money, to the millionth of its currency."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("min_value", 0)
        super().__init__(max_digits=17, decimal_places=6, **more)


class KeyedPage(Generic[Row]):
    """A page of rows by id, the oldest first, with the cursor of the next."""

    def __init__(self, request: Request, rows: QuerySet[Row]) -> None:
        self.request = request
        limit = size_of(request)
        cursor = request.query_params.get("cursor")
        if cursor:
            rows = rows.filter(id__gt=decode(cursor))
        found = list(rows.order_by("id")[: limit + 1])
        self.rows = found[:limit]
        self.next = encode(str(found[limit - 1].pk)) if len(found) > limit else ""

    def answer(self, items: Any) -> Response:
        """`{items, next, previous}`, as every list."""
        return paged(self.request, items, self.next)


def paged(request: Request, items: Any, cursor: str) -> Response:
    """`{items, next, previous}`: `next` is an address, or null at the end."""
    following = None
    if cursor:
        query = request.query_params.copy()
        query["cursor"] = cursor
        following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return Response({"items": items, "next": following, "previous": None})


def size_of(request: Request) -> int:
    """`?limit=`, up to 200. Raises Invalid."""
    text = request.query_params.get("limit", str(SIZE))
    if not text.isdigit() or not 0 < int(text) <= LARGEST:
        raise Invalid.at("/limit", f"A whole number from 1 to {LARGEST}.")
    return int(text)


def encode(position: str) -> str:
    """A position as an opaque cursor."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode(cursor: str) -> UUID:
    """The id that a cursor stands for. Raises Invalid."""
    try:
        return UUID(decode_text(cursor))
    except ValueError:
        raise Invalid.at("/cursor", "This cursor is not one of ours.") from None


def decode_text(cursor: str) -> str:
    """The position that a cursor stands for. Raises Invalid."""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise Invalid.at("/cursor", "This cursor is not one of ours.") from None
