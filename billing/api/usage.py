"""`POST /usage/events` and `GET /usage`."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.intake import receive_events
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
