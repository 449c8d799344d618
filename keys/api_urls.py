"""REST paths under /api/v1."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("marketplace.policy.api_urls"))]
