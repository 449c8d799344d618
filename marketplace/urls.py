"""Where everything is: pages at the root, REST under /api/v1."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView

from catalog.palette import palette
from marketplace import console
from marketplace.rest.health import healthz, readyz

rest: list[URLPattern | URLResolver] = [
    path("openapi.json", SpectacularJSONAPIView.as_view(permission_classes=[]), name="openapi"),
    path("", include("marketplace.tenants.api_urls")),
    path("", include("marketplace.audit.api_urls")),
    path("", include("marketplace.events.api_urls")),
    path("", include("marketplace.policy.api_urls")),
    path("", include("catalog.api_urls")),
    path("", include("billing.api_urls")),
    path("", include("keys.api_urls")),
]

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("api/v1/", include(rest)),
    path("accounts/", include("allauth.urls")),
    path("", include("marketplace.ui.urls")),
    path("", include("marketplace.tenants.urls")),
    path("admin-console", console.overview, name="console"),
    path("admin-console/audit", console.audit, name="console-audit"),
    path("admin-console/events", console.events, name="console-events"),
    path(
        "admin-console/events/<uuid:event_id>/replay", console.replay_event, name="console-replay"
    ),
    path("admin-console/deliveries/<uuid:delivery_id>", console.resend, name="console-resend"),
    path("palette", palette, name="palette"),
    path("", include("catalog.urls")),
    path("", include("billing.urls")),
    path("", include("keys.urls")),
]
