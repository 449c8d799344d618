"""The gallery and the frame's own small addresses."""

from django.urls import path

from marketplace.ui.gallery import gallery, page, still_waiting
from marketplace.ui.views import preferences

app_name = "ui"
urlpatterns = [
    path("ui", gallery, name="gallery"),
    path("ui/preferences", preferences, name="preferences"),
    path("ui/waiting", still_waiting, name="waiting"),
    path("ui/<slug:name>", page, name="page"),
]
