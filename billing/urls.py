"""Pages."""

from django.urls import URLPattern, URLResolver, path

from billing.views import cards, costs, invoices, limits, periods, shared

app_name = "billing"
urlpatterns: list[URLPattern | URLResolver] = [
    path("costs", costs.overview, name="costs"),
    path("costs/lines", costs.lines, name="lines"),
    path("costs/charges/<uuid:line_id>", costs.events, {"kind": "charges"}, name="charge-events"),
    path("costs/entries/<uuid:line_id>", costs.events, {"kind": "entries"}, name="entry-events"),
    path("costs/statement-lines/<uuid:line_id>", costs.events, {"kind": "lines"}, name="events"),
    path("costs/periods", periods.periods, name="periods"),
    path("costs/periods/at", periods.at, name="period-at"),
    path("costs/periods/<str:month>", periods.period, name="period"),
    path("costs/periods/<str:month>/close", periods.close, name="close"),
    path("costs/periods/<str:month>/progress", periods.progress, name="progress"),
    path("costs/periods/<str:month>/statement", periods.statement, name="statement"),
    path("costs/periods/<str:month>/statement.pdf", periods.statement_file, name="statement-pdf"),
    path("costs/budgets", limits.budget_page, name="budgets"),
    path("costs/budgets/<uuid:budget_id>/remove", limits.remove_budget, name="remove-budget"),
    path("costs/quotas", limits.quota_page, name="quotas"),
    path("costs/quotas/<uuid:quota_id>/remove", limits.remove_quota, name="remove-quota"),
    path("costs/rate-cards", cards.rate_cards, name="rate-cards"),
    path("costs/shared", shared.shared_costs, name="shared-costs"),
    path("costs/shared/<uuid:cost_id>/end", shared.end, name="end-shared-cost"),
    path("costs/invoices", invoices.invoices, name="invoices"),
    path("costs/invoices/stop", invoices.stop, name="stop-stripe"),
    path("costs/invoices/compare", invoices.compare, name="compare-stripe"),
    path("costs/invoices/<uuid:invoice_id>/again", invoices.again, name="invoice-again"),
    path("stripe/webhook", invoices.webhook, name="stripe-webhook"),
]
