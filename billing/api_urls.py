"""REST paths under /api/v1."""

from django.urls import URLPattern, URLResolver, path

from billing.api.usage import UsageEvents

urlpatterns: list[URLPattern | URLResolver] = [
    path("usage/events", UsageEvents.as_view(), name="usage-events"),
]
