"""REST of rate cards."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.cards import NewCard, Preview, make_card, preview_card, visible_cards
from billing.models import Price, RateCard
from billing.money import from_micros
from billing.months import parse_month
from billing.rest import AmountField
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView


class TierIn(StrictSerializer):
    """A tier: `amount` for every `per` units up to the position `up_to`, null in the last."""

    up_to = serializers.DecimalField(20, 6, allow_null=True, required=False)
    amount = AmountField(required=False)
    per = serializers.IntegerField(min_value=1, default=1)
    flat = AmountField(required=False)


class PriceIn(StrictSerializer):
    """A meter's price: `amount` for every `per` units beyond those `included` in a month."""

    meter = serializers.CharField(max_length=60, allow_blank=True, default="")
    operation = serializers.CharField(max_length=600, allow_blank=True, default="")
    model = serializers.ChoiceField(choices=Price.Model.choices, default="per_unit")
    amount = AmountField(required=False)
    per = serializers.IntegerField(min_value=1, default=1)
    included = serializers.DecimalField(20, 6, min_value=0, required=False)
    tiers = TierIn(many=True, required=False)


class CardIn(StrictSerializer):
    """A rate card; `api`, `plan` and `consumer` (a tenant) are slugs."""

    api = serializers.CharField(max_length=80)
    plan = serializers.CharField(max_length=40, allow_blank=True, required=False)
    consumer = serializers.CharField(max_length=60, allow_blank=True, required=False)
    currency = serializers.CharField(max_length=3, required=False)
    effective_from = serializers.DateTimeField(required=False)
    minimum = AmountField(required=False)
    pooled = serializers.BooleanField(required=False)
    risk_multipliers = serializers.DictField(child=serializers.DecimalField(10, 4), required=False)
    note = serializers.CharField(max_length=500, allow_blank=True, required=False)
    prices = PriceIn(many=True)


class PriceOut(serializers.ModelSerializer[Price]):
    """A price on a card."""

    operation = serializers.CharField(source="operation_key")
    amount = serializers.SerializerMethodField()
    tiers = serializers.SerializerMethodField()

    class Meta:
        model = Price
        fields = ["meter", "operation", "model", "amount", "per", "included", "tiers"]

    def get_amount(self, price: Price) -> str:
        return str(from_micros(price.amount_micros))

    def get_tiers(self, price: Price) -> list[dict[str, Any]]:
        return [
            {
                "up_to": tier["up_to"],
                "amount": str(from_micros(tier["amount_micros"])),
                "per": tier["per"],
                "flat": str(from_micros(tier.get("flat_micros", 0))),
            }
            for tier in price.tiers
        ]


class CardOut(serializers.ModelSerializer[RateCard]):
    """A rate card with its prices."""

    api = serializers.CharField(source="api.slug")
    plan = serializers.CharField(source="plan.slug", default="")
    consumer = serializers.CharField(source="consumer.slug", default="")
    minimum = serializers.SerializerMethodField()
    prices = PriceOut(many=True)

    class Meta:
        model = RateCard
        fields = [
            "id", "api", "plan", "consumer", "currency", "effective_from", "minimum", "pooled",
            "risk_multipliers", "note", "created_at", "created_by", "prices",
        ]  # fmt: skip

    def get_minimum(self, card: RateCard) -> str:
        return str(from_micros(card.minimum_micros))


class MadeOut(serializers.Serializer[Any]):
    """A new card, and the closed months that get adjustments by it."""

    card = CardOut()
    closed_months = serializers.ListField(child=serializers.CharField())


class PreviewIn(CardIn):
    """A card to try, and the months to try it on."""

    months = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=12)


class PreviewOut(serializers.Serializer[Any]):
    """What a month cost and would have cost."""

    period = serializers.SerializerMethodField()
    currency = serializers.CharField()
    was = serializers.SerializerMethodField()
    would_be = serializers.SerializerMethodField()
    consumers = serializers.IntegerField()

    def get_period(self, preview: Preview) -> str:
        return f"{preview.month:%Y-%m}"

    def get_was(self, preview: Preview) -> str:
        return str(from_micros(preview.was_micros))

    def get_would_be(self, preview: Preview) -> str:
        return str(from_micros(preview.would_micros))


class RateCards(RestView):
    """Rate cards of APIs."""

    area = "billing"

    @extend_schema(
        operation_id="listRateCards",
        parameters=[OpenApiParameter("api", str)],
        responses=CardOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the cards that the caller may see, those in force later first."""
        cards = visible_cards(actor=self.actor, api=request.query_params.get("api", ""))
        data = CardOut(cards, many=True).data
        return Response({"items": data, "next": None, "previous": None})

    @extend_schema(operation_id="makeRateCard", request=CardIn, responses={201: MadeOut})
    def post(self, request: Request) -> Response:
        """Set prices from a time on; use since then is priced anew."""
        made = make_card(actor=self.actor, new=NewCard(**checked(CardIn, request.data)))
        return Response(MadeOut(made).data, status=201)


class PreviewRateCard(RestView):
    """A card tried on past months."""

    area = "billing"

    @extend_schema(
        operation_id="previewRateCard", request=PreviewIn, responses=PreviewOut(many=True)
    )
    def post(self, request: Request) -> Response:
        """What past months would have cost by the card; nothing is made."""
        given = checked(PreviewIn, request.data)
        months = [
            parse_month(text, f"/months/{place}") for place, text in enumerate(given.pop("months"))
        ]
        found = preview_card(actor=self.actor, new=NewCard(**given), months=months)
        return Response({"items": PreviewOut(found, many=True).data})
