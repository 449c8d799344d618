"""`POST /usage/events` and `GET /usage`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.intake import receive_events
from billing.queries.usage import DIMENSIONS, FILTERS, UsageRow, usage
from billing.rest import decode_text, encode, paged, size_of
from marketplace import clock
from marketplace.errors import Invalid
from marketplace.rest.views import RestView


class RejectedOut(serializers.Serializer[object]):
    """An event that was not taken."""

    index = serializers.IntegerField(source="place", help_text="Its place in the request, from 0")
    detail = serializers.CharField()


class ReceivedOut(serializers.Serializer[object]):
    """What became of a batch."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = RejectedOut(many=True)


class UsageEvents(RestView):
    """Where gateways and services report use."""

    area = "usage"

    @extend_schema(
        operation_id="sendUsageEvents",
        request={
            "application/cloudevents-batch+json": OpenApiTypes.OBJECT,
            "application/json": OpenApiTypes.OBJECT,
            "application/x-ndjson": OpenApiTypes.STR,
        },
        responses=ReceivedOut,
    )
    def post(self, request: Request) -> Response:
        """Take CloudEvents, up to 50,000 a call; gzip is welcome."""
        received = receive_events(
            actor=self.actor,
            body=request._request.body,
            media=(request.content_type or "").partition(";")[0].strip().lower(),
            encoding=request.headers.get("Content-Encoding", ""),
        )
        return Response(ReceivedOut(received).data)


class UsageRowOut(serializers.Serializer[Any]):
    """A sum of usage: the dimensions asked for and the meter, flat."""

    def to_representation(self, row: UsageRow) -> dict[str, Any]:
        return {
            **row.key,
            "quantity": row.quantity,
            "events": row.events,
            "highest": row.highest,
            "last_at": row.last_at,
        }


class Usage(RestView):
    """Usage from rollups."""

    area = "usage"

    @extend_schema(
        operation_id="getUsage",
        parameters=[
            OpenApiParameter("group_by", str, description=f"Of {', '.join(DIMENSIONS)}; commas"),
            OpenApiParameter("from", str, description="A date or time; the month's beginning"),
            OpenApiParameter("to", str, description="A date or time, exclusive; now"),
            OpenApiParameter("view", str, enum=["consumer", "provider"]),
            *(OpenApiParameter(name, str) for name in FILTERS),
            OpenApiParameter("cursor", str),
        ],
        responses=UsageRowOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Sum usage by the dimensions asked for."""
        query = request.query_params
        now = clock.now()
        start = _time(query.get("from"), "/from") or now.replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        cursor = query.get("cursor", "")
        place = decode_text(cursor) if cursor else "0"
        if not place.isdigit():
            raise Invalid.at("/cursor", "This cursor is not one of ours.")
        limit = size_of(request)
        page = usage(
            actor=self.actor,
            group_by=query.get("group_by", "day").split(","),
            start=start,
            end=_time(query.get("to"), "/to") or tomorrow,
            filters={name: query.get(name, "") for name in FILTERS},
            provider=query.get("view") == "provider",
            offset=int(place),
            limit=limit,
        )
        following = encode(str(int(place) + limit)) if page.more else ""
        return paged(request, UsageRowOut(page.rows, many=True).data, following)


def _time(text: str | None, pointer: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.at(pointer, "A date or a time as in RFC 3339.") from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
