"""REST paths under /api/v1."""

from django.urls import path

from marketplace.policy.api import Decisions

urlpatterns = [path("decisions", Decisions.as_view(), name="decisions")]
