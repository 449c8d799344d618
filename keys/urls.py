"""Pages."""

from django.urls import URLPattern, URLResolver, path

from keys.views import get_key

urlpatterns: list[URLPattern | URLResolver] = [
    path("apis/<slug:slug>/get-key", get_key.get_key, name="get-key"),
    path("apis/<slug:slug>/get-key/preview", get_key.preview, name="get-key-preview"),
    path("access/keys/<str:public_id>/call", get_key.call_made, name="key-call"),
]
