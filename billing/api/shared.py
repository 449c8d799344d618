"""REST of shared costs."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import SharedCost
from billing.money import from_micros
from billing.months import first_day, parse_month
from billing.rating.shared import rule_of
from billing.rest import AmountField
from billing.shared_costs import (
    NewSharedCost,
    Part,
    closed_since,
    end_shared_cost,
    make_shared_cost,
    preview_shared_cost,
    visible_shared_costs,
)
from marketplace import clock
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView


class SharedCostIn(StrictSerializer):
    """A monthly cost to split. `team` (a slug) has it and bears what nobody else does; `api`
    narrows whose use counts; `meter` is what a proportional split goes by, else the cost of use;
    `shares` are weights by team slug, for fixed ones. Months are yyyy-mm."""

    name = serializers.CharField(max_length=120)
    amount = AmountField()
    currency = serializers.CharField(max_length=3, required=False)
    rule = serializers.ChoiceField(choices=SharedCost.Rule.choices)
    team = serializers.CharField(max_length=60)
    api = serializers.CharField(max_length=80, allow_blank=True, required=False)
    meter = serializers.CharField(max_length=60, allow_blank=True, required=False)
    shares = serializers.DictField(child=serializers.DecimalField(16, 6), required=False)
    first_month = serializers.CharField(max_length=7, required=False)
    last_month = serializers.CharField(max_length=7, required=False)


class SharedCostOut(serializers.ModelSerializer[SharedCost]):
    """A shared cost."""

    api = serializers.CharField(source="api.slug", default="")
    team = serializers.CharField(source="team.slug")
    amount = serializers.SerializerMethodField()
    rule_text = serializers.SerializerMethodField()
    first_month = serializers.DateField(format="%Y-%m")
    last_month = serializers.DateField(format="%Y-%m", allow_null=True)

    class Meta:
        model = SharedCost
        fields = [
            "id", "name", "amount", "currency", "rule", "rule_text", "team", "api", "meter",
            "shares", "first_month", "last_month", "created_at", "created_by",
        ]  # fmt: skip

    def get_amount(self, cost: SharedCost) -> str:
        return str(from_micros(cost.amount_micros))

    def get_rule_text(self, cost: SharedCost) -> str:
        return rule_of(cost)


class MadeSharedCostOut(serializers.Serializer[Any]):
    """A new shared cost, and the closed months that get adjustments by it."""

    shared_cost = SharedCostOut()
    closed_months = serializers.ListField(child=serializers.CharField())


class SharedCostPreviewIn(SharedCostIn):
    """A shared cost to try on a month, the running one where none is named."""

    month = serializers.CharField(max_length=7, required=False)


class PartOut(serializers.Serializer[Any]):
    """What a team would bear."""

    team = serializers.CharField()
    cost_center = serializers.CharField()
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField()
    rule = serializers.CharField()

    def get_amount(self, part: Part) -> str:
        return str(from_micros(part.amount_micros))


def _new(given: dict[str, Any]) -> NewSharedCost:
    for name in ("first_month", "last_month"):
        if given.get(name):
            given[name] = parse_month(given[name], f"/{name}")
    return NewSharedCost(**given)


class SharedCosts(RestView):
    """Shared costs of the tenant."""

    area = "billing"

    @extend_schema(operation_id="listSharedCosts", responses=SharedCostOut(many=True))
    def get(self, request: Request) -> Response:
        """List the shared costs, those that run first."""
        data = SharedCostOut(visible_shared_costs(self.actor), many=True).data
        return Response({"items": data, "next": None, "previous": None})

    @extend_schema(
        operation_id="makeSharedCost", request=SharedCostIn, responses={201: MadeSharedCostOut}
    )
    def post(self, request: Request) -> Response:
        """Split a cost from a month on; one of the same name ends in the month before."""
        cost = make_shared_cost(actor=self.actor, new=_new(checked(SharedCostIn, request.data)))
        made = {"shared_cost": cost, "closed_months": closed_since(cost)}
        return Response(MadeSharedCostOut(made).data, status=201)


class PreviewSharedCost(RestView):
    """A shared cost tried on a month."""

    area = "billing"

    @extend_schema(
        operation_id="previewSharedCost",
        request=SharedCostPreviewIn,
        responses=PartOut(many=True),
    )
    def post(self, request: Request) -> Response:
        """Who would bear how much; nothing is made."""
        given = checked(SharedCostPreviewIn, request.data)
        text = given.pop("month", "")
        month = parse_month(text, "/month") if text else first_day(clock.now())
        found = preview_shared_cost(actor=self.actor, new=_new(given), month=month)
        return Response({"items": PartOut(found, many=True).data})


class EndSharedCost(RestView):
    """The end of a shared cost."""

    area = "billing"

    @extend_schema(operation_id="endSharedCost", request=None, responses=SharedCostOut)
    def post(self, request: Request, cost_id: UUID) -> Response:
        """Split it for the last time in the running month."""
        cost = end_shared_cost(actor=self.actor, cost_id=cost_id)
        return Response(SharedCostOut(cost).data)
