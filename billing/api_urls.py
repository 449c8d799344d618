"""REST paths under /api/v1."""

from django.urls import URLPattern, URLResolver, path

from billing.api.cards import PreviewRateCard, RateCards
from billing.api.invoices import Comparison, Invoices, SendAgain, StripeSetting
from billing.api.ledger import Correction, Entries, EntryEvents, OneEvent
from billing.api.limits import Budgets, OneBudget, OneQuota, Quotas
from billing.api.periods import ClosePeriod, Export, Periods, Statements
from billing.api.shared import EndSharedCost, PreviewSharedCost, SharedCosts
from billing.api.usage import Usage, UsageEvents

urlpatterns: list[URLPattern | URLResolver] = [
    path("usage", Usage.as_view(), name="usage"),
    path("usage/events", UsageEvents.as_view(), name="usage-events"),
    path("usage/events/<str:event_id>", OneEvent.as_view(), name="usage-event"),
    path("budgets", Budgets.as_view(), name="budgets"),
    path("budgets/<uuid:budget_id>", OneBudget.as_view(), name="budget"),
    path("quotas", Quotas.as_view(), name="quotas"),
    path("quotas/<uuid:quota_id>", OneQuota.as_view(), name="quota"),
    path("rate-cards", RateCards.as_view(), name="rate-cards"),
    path("rate-cards/preview", PreviewRateCard.as_view(), name="rate-card-preview"),
    path("shared-costs", SharedCosts.as_view(), name="shared-costs"),
    path("shared-costs/preview", PreviewSharedCost.as_view(), name="shared-cost-preview"),
    path("shared-costs/<uuid:cost_id>/end", EndSharedCost.as_view(), name="shared-cost-end"),
    path("periods", Periods.as_view(), name="periods"),
    path("periods/<str:month>/close", ClosePeriod.as_view(), name="period-close"),
    path("periods/<str:month>/statements", Statements.as_view(), name="period-statements"),
    path("periods/<str:month>/export", Export.as_view(), name="period-export"),
    path("ledger/entries", Entries.as_view(), name="ledger-entries"),
    path("ledger/entries/<uuid:entry_id>/events", EntryEvents.as_view(), name="entry-events"),
    path(
        "ledger/entries/<uuid:entry_id>/corrections", Correction.as_view(), name="entry-correction"
    ),
    path("stripe", StripeSetting.as_view(), name="stripe"),
    path("stripe/comparison", Comparison.as_view(), name="stripe-comparison"),
    path("invoices", Invoices.as_view(), name="invoices"),
    path("invoices/<uuid:invoice_id>/again", SendAgain.as_view(), name="invoice-again"),
]
