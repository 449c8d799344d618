"""REST of webhooks: `/webhooks`, `/deliveries`."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.errors import NotFound
from marketplace.events.models import Delivery, WebhookEndpoint
from marketplace.events.webhooks.endpoints import (
    NewSecret,
    add_endpoint,
    remove_endpoint,
    replay_delivery,
    rotate_secret,
)
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView


class WebhookIn(StrictSerializer):
    """A new endpoint."""

    url = serializers.CharField(max_length=500)
    kinds = serializers.ListField(child=serializers.CharField(max_length=80), required=False)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)


class WebhookOut(serializers.ModelSerializer[WebhookEndpoint]):
    class Meta:
        model = WebhookEndpoint
        fields = [
            "id",
            "url",
            "kinds",
            "description",
            "created_at",
            "disabled_at",
            "disabled_because",
        ]


class NewWebhookOut(WebhookOut):
    """With what its messages are verified by: `secret` is in this answer only."""

    secret = serializers.CharField(allow_null=True)
    public_key = serializers.CharField()

    class Meta(WebhookOut.Meta):
        fields = [*WebhookOut.Meta.fields, "secret", "public_key"]


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = [
            "id",
            "endpoint",
            "event_id",
            "kind",
            "state",
            "attempts",
            "status",
            "error",
            "created_at",
            "due_at",
            "delivered_at",
        ]


def _with_secret(new: NewSecret) -> dict[str, Any]:
    shown = {"secret": new.secret, "public_key": new.public_key}
    return {**WebhookOut(new.endpoint).data, **shown}


def _endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    endpoint: WebhookEndpoint | None = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound("There is no such endpoint.")
    return endpoint


class Webhooks(RestView):
    """The tenant's endpoints."""

    area = "events"

    @extend_schema(operation_id="listWebhooks", responses=WebhookOut(many=True))
    def get(self, request: Request) -> Response:
        page = CursorPage()
        rows = page.paginate_queryset(WebhookEndpoint.objects.all(), request, view=self)
        return page.get_paginated_response(WebhookOut(rows, many=True).data)

    @extend_schema(operation_id="addWebhook", request=WebhookIn, responses={201: NewWebhookOut})
    def post(self, request: Request) -> Response:
        new = add_endpoint(actor=self.actor, **checked(WebhookIn, request.data))
        return Response(_with_secret(new), status=201)


class Webhook(RestView):
    """One endpoint."""

    area = "events"

    @extend_schema(operation_id="removeWebhook", responses={204: None})
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        remove_endpoint(actor=self.actor, endpoint=_endpoint(endpoint_id))
        return Response(status=204)


class RotateWebhook(RestView):
    """A new secret beside the old one."""

    area = "events"

    @extend_schema(operation_id="rotateWebhook", request=None, responses=NewWebhookOut)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return Response(
            _with_secret(rotate_secret(actor=self.actor, endpoint=_endpoint(endpoint_id)))
        )


class Deliveries(RestView):
    """What was sent, or is to be."""

    area = "events"

    @extend_schema(
        operation_id="listDeliveries",
        parameters=[OpenApiParameter("state", str, enum=["waiting", "delivered", "dead"])],
        responses=DeliveryOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = Delivery.objects.all()
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        page = CursorPage()
        items = page.paginate_queryset(rows, request, view=self)
        return page.get_paginated_response(DeliveryOut(items, many=True).data)


class ReplayDelivery(RestView):
    """Send one again."""

    area = "events"

    @extend_schema(operation_id="replayDelivery", request=None, responses={202: DeliveryOut})
    def post(self, request: Request, delivery_id: UUID) -> Response:
        delivery = replay_delivery(actor=self.actor, delivery_id=delivery_id)
        return Response(DeliveryOut(delivery).data, status=202)
