"""REST of the ledger: entries, the events beneath them, corrections."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Charge, LedgerEntry, LedgerLine
from billing.money import from_micros
from billing.months import parse_month
from billing.posting import correct
from billing.queries.events import Event, event_at, events_of, line_for
from billing.queries.periods import finance_tenant
from billing.rest import AmountField, KeyedPage, decode_text, encode, paged, size_of
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView


class SideOut(serializers.ModelSerializer[LedgerLine]):
    """One side of an entry: debits are positive, credits negative."""

    amount = serializers.SerializerMethodField()

    class Meta:
        model = LedgerLine
        fields = ["account", "party_id", "cost_center", "amount", "currency"]

    def get_amount(self, line: LedgerLine) -> str:
        return str(from_micros(line.amount_micros))


class EntryOut(serializers.ModelSerializer[LedgerEntry]):
    """A posting."""

    period = serializers.CharField(source="period.name")
    usage_month = serializers.SerializerMethodField()
    operation = serializers.CharField(source="operation_key")
    amount = serializers.SerializerMethodField()
    price = serializers.CharField(source="rule")
    lines = SideOut(many=True)

    class Meta:
        model = LedgerEntry
        fields = [
            "id", "sequence", "period", "usage_month", "kind", "application_id", "team_id",
            "cost_center", "api_id", "provider_id", "plan_id", "operation", "meter", "quantity",
            "amount", "currency", "price", "adjustment", "corrects_id", "reason", "posted_by",
            "posted_at", "lines",
        ]  # fmt: skip

    def get_amount(self, entry: LedgerEntry) -> str:
        return str(from_micros(entry.amount_micros))

    def get_usage_month(self, entry: LedgerEntry) -> str:
        return f"{entry.usage_month:%Y-%m}"


class Entries(RestView):
    """The ledger of the tenant."""

    area = "billing"

    @extend_schema(
        operation_id="listLedgerEntries",
        parameters=[OpenApiParameter("period", str), OpenApiParameter("cursor", str)],
        responses=EntryOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List postings, the oldest first."""
        rows = LedgerEntry.across.filter(tenant_id=finance_tenant(self.actor))
        if period := request.query_params.get("period"):
            rows = rows.filter(period__month=parse_month(period))
        page = KeyedPage(request, rows.select_related("period").prefetch_related("lines"))
        return page.answer(EntryOut(page.rows, many=True).data)


class CorrectionIn(StrictSerializer):
    """What to add to an entry (negative gives back), and why."""

    amount = AmountField(min_value=-(10**10))
    reason = serializers.CharField(max_length=500)


class Correction(RestView):
    """A correction of an entry."""

    area = "billing"

    @extend_schema(operation_id="correctEntry", request=CorrectionIn, responses={201: EntryOut})
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Post a correction into the open period that points at the entry."""
        given = checked(CorrectionIn, request.data)
        entry = correct(
            actor=self.actor,
            entry_id=entry_id,
            amount_micros=int(given["amount"].scaleb(6)),
            reason=given["reason"],
        )
        return Response(EntryOut(entry).data, status=201)


class EventOut(serializers.Serializer[Any]):
    """A usage event. `id` is its place here; source and event_id are its sender's."""

    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    event_id = serializers.CharField()
    time = serializers.DateTimeField()
    meter = serializers.CharField()
    quantity = serializers.SerializerMethodField()
    key = serializers.CharField()
    operation = serializers.CharField()
    data = serializers.JSONField(allow_null=True)  # type: ignore[assignment]
    received_at = serializers.DateTimeField()
    sender = serializers.CharField()

    def get_quantity(self, event: Event) -> str:
        return f"{event.quantity.normalize():f}"


class EntryEvents(RestView):
    """The usage events beneath an entry."""

    area = "billing"

    @extend_schema(
        operation_id="listEntryEvents",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses=EventOut(many=True),
    )
    def get(self, request: Request, entry_id: UUID) -> Response:
        """List the events that the entry's line was made of, the latest first."""
        entry = line_for(self.actor, entry_id)
        cursor = request.query_params.get("cursor", "")
        page = events_of(
            entry, cursor=decode_text(cursor) if cursor else "", limit=size_of(request)
        )
        following = encode(page.next) if page.next else ""
        return paged(request, EventOut(page.events, many=True).data, following)


class LineOut(serializers.ModelSerializer[Charge]):
    """A charge that an event is part of."""

    period = serializers.SerializerMethodField()
    amount = serializers.SerializerMethodField()
    entries = serializers.SerializerMethodField()

    class Meta:
        model = Charge
        fields = ["period", "kind", "meter", "quantity", "amount", "currency", "rule", "entries"]

    def get_period(self, charge: Charge) -> str:
        return f"{charge.month:%Y-%m}"

    def get_amount(self, charge: Charge) -> str:
        return str(from_micros(charge.amount_micros))

    def get_entries(self, charge: Charge) -> list[str]:
        ids = LedgerEntry.across.filter(
            tenant_id=charge.tenant_id, usage_month=charge.month, line_key=charge.line_key
        ).order_by("sequence")
        return [str(entry_id) for entry_id in ids.values_list("id", flat=True)]


class EventWithLines(EventOut):
    """An event and the charges and ledger entries it is part of."""

    lines = serializers.SerializerMethodField()

    def get_lines(self, event: Event) -> list[dict[str, Any]]:
        charges: list[Charge] = self.context["charges"]
        return list(LineOut(charges, many=True).data)


class OneEvent(RestView):
    """One usage event."""

    area = "billing"

    @extend_schema(operation_id="getUsageEvent", responses=EventWithLines)
    def get(self, request: Request, event_id: str) -> Response:
        """The event, and the way back to its lines."""
        event, charges = event_at(self.actor, event_id)
        return Response(EventWithLines(event, context={"charges": charges}).data)
