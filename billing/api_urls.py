"""REST paths under /api/v1."""

from django.urls import URLPattern, URLResolver, path

from billing.api.periods import ClosePeriod, Export, Periods, Statements
from billing.api.usage import UsageEvents

urlpatterns: list[URLPattern | URLResolver] = [
    path("usage/events", UsageEvents.as_view(), name="usage-events"),
    path("periods", Periods.as_view(), name="periods"),
    path("periods/<str:month>/close", ClosePeriod.as_view(), name="period-close"),
    path("periods/<str:month>/statements", Statements.as_view(), name="period-statements"),
    path("periods/<str:month>/export", Export.as_view(), name="period-export"),
]
