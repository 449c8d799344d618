"""REST paths under /api/v1."""

from django.urls import path

from marketplace.events import api

urlpatterns = [
    path("webhooks", api.Webhooks.as_view(), name="api-webhooks"),
    path("webhooks/<uuid:endpoint_id>", api.Webhook.as_view(), name="api-webhook"),
    path("webhooks/<uuid:endpoint_id>/rotate", api.RotateWebhook.as_view(), name="webhook-rotate"),
    path("deliveries", api.Deliveries.as_view(), name="api-deliveries"),
    path(
        "deliveries/<uuid:delivery_id>/replay",
        api.ReplayDelivery.as_view(),
        name="delivery-replay",
    ),
]
