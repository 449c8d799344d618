"""REST of periods: list, close, statements, exports; and the events beneath an entry."""

from collections.abc import Iterator
from typing import IO, Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.close import close_period
from billing.exports import Exported, export_period, formats
from billing.models import Period
from billing.months import parse_month
from billing.queries import periods as queries
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView

CHUNK = 256_000
MONTH = OpenApiParameter("month", str, OpenApiParameter.PATH, description="yyyy-mm")


class TotalOut(serializers.Serializer[Any]):
    """A sum in one currency."""

    currency = serializers.CharField()
    amount = serializers.CharField()


class PeriodOut(serializers.ModelSerializer[Period]):
    """A tenant's month. `totals`, `hash` and `signature` stand once it is closed."""

    period = serializers.CharField(source="name")
    tenant = serializers.CharField(source="tenant.slug")
    totals = TotalOut(many=True, source="shown_totals")

    class Meta:
        model = Period
        fields = [
            "period", "tenant", "state", "asked_by", "asked_at", "closed_by", "closed_at",
            "line_count", "totals", "hash", "previous_hash", "signature", "seal_key", "steps",
            "failure",
        ]  # fmt: skip


class CheckOut(serializers.Serializer[Any]):
    """A check: ok, block, accept (somebody may take it upon himself) or note."""

    name = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    detail = serializers.CharField()


class ClosingIn(StrictSerializer):
    """What to take upon oneself."""

    accept = serializers.ListField(child=serializers.CharField(max_length=40), required=False)


class ClosingOut(serializers.Serializer[Any]):
    """What came of closing: closed, waits (for a second person), or blocked."""

    outcome = serializers.CharField()
    because = serializers.CharField()
    period = PeriodOut()
    checks = CheckOut(many=True)


class ByMonth(CursorPage):
    """Newest month first."""

    ordering = "-month"


class Periods(RestView):
    """The tenant's months."""

    area = "billing"

    @extend_schema(operation_id="listPeriods", responses=PeriodOut(many=True))
    def get(self, request: Request) -> Response:
        """List months, the newest first."""
        page = ByMonth()
        found = page.paginate_queryset(queries.periods(self.actor), request, view=self)
        return page.get_paginated_response(PeriodOut(found, many=True).data)


class ClosePeriod(RestView):
    """Closing a month."""

    area = "billing"

    @extend_schema(
        operation_id="closePeriod",
        parameters=[MONTH],
        request=ClosingIn,
        responses={200: ClosingOut, 202: ClosingOut, 409: ClosingOut},
    )
    def post(self, request: Request, month: str) -> Response:
        """Close the month: 200 closed, 202 where a second person is needed, 409 with the checks
        that are in the way."""
        given = checked(ClosingIn, request.data or {})
        closing = close_period(
            actor=self.actor, month=parse_month(month), accept=given.get("accept", [])
        )
        status = {"closed": 200, "waits": 202, "blocked": 409}[closing.outcome]
        return Response(ClosingOut(closing).data, status=status)


class StatementOut(serializers.Serializer[Any]):
    """What a tenant owes for a month, by API and by team."""

    period = serializers.CharField()
    tenant = serializers.CharField()
    state = serializers.CharField()
    totals = TotalOut(many=True)
    lines = serializers.IntegerField()
    adjustments = serializers.IntegerField()
    by_api = serializers.ListField(child=serializers.DictField())
    by_team = serializers.ListField(child=serializers.DictField())
    hash = serializers.CharField()
    url = serializers.CharField()


class Statements(RestView):
    """Statements of a month."""

    area = "billing"

    @extend_schema(
        operation_id="listStatements", parameters=[MONTH], responses=StatementOut(many=True)
    )
    def get(self, request: Request, month: str) -> Response:
        """The tenant's statement of the month."""
        found = queries.statements(self.actor, parse_month(month))
        return Response({"items": StatementOut(found, many=True).data})


class Export(RestView):
    """A closed month as a file."""

    area = "billing"

    @extend_schema(
        operation_id="exportPeriod",
        parameters=[MONTH, OpenApiParameter("format", str, enum=list(formats()))],
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, month: str) -> StreamingHttpResponse:
        """Byte for byte the same on every call, with its `Digest`."""
        period = queries.closed_period(self.actor, parse_month(month))
        exported = export_period(period, request.query_params.get("format", "csv"))
        return sent(exported)


def sent(exported: Exported) -> StreamingHttpResponse:
    """An export as an answer: streamed, with its length, name and digest."""
    answer = StreamingHttpResponse(_chunks(exported.file), content_type=exported.format.media)
    answer["Content-Length"] = str(exported.size)
    answer["Content-Disposition"] = f'attachment; filename="{exported.name}"'
    answer["Digest"] = exported.digest
    answer["Repr-Digest"] = exported.repr_digest
    answer["ETag"] = f'"{exported.sha256}"'
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
