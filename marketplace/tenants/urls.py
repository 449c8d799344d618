"""Settings pages."""

from django.urls import path

from marketplace.tenants import views

urlpatterns = [
    path("settings/tokens", views.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke", views.revoke, name="token-revoke"),
]
