"""Budgets and quotas: how they stand, and the forms that set them in place."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms import SUBJECT_KINDS, BudgetForm, QuotaForm
from billing.limits import budgets, quotas
from billing.meters import built_in
from billing.money import to_micros
from billing.queries.choices import subjects
from billing.views import frame
from marketplace.errors import Invalid
from marketplace.rest.authentication import actor_of
from marketplace.ui.forms import add_errors

MOST = 200


@frame.page
@require_http_methods(["GET", "POST"])
def budget_page(request: HttpRequest) -> HttpResponse:
    """All budgets that the person may see; who may set one finds the form beneath."""
    actor = actor_of(request)
    choices = subjects(actor, SUBJECT_KINDS["budget"])
    form = BudgetForm(request.POST or None, subjects=choices)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        kind, _, subject = given["subject"].partition(":")
        try:
            budget = budgets.set_budget(
                actor=actor,
                subject_kind=kind,
                subject=subject,
                amount_micros=to_micros(given["amount"]),
                window=given["window"],
                thresholds=given["thresholds"],
                hard=given["hard"],
            )
        except Invalid as problem:
            add_errors(form, problem)
        else:
            return frame.done(request, "/costs/budgets", f"Set for {budget.subject_name}.")
    rows = budgets.standings(list(budgets.visible(actor)[:MOST]))
    context = {"rows": rows, "form": form, "may_set": bool(choices)}
    status = 422 if form.errors else 200
    return frame.show(request, "budgets", "budgets", context, status=status)


@frame.page
@require_POST
def remove_budget(request: HttpRequest, budget_id: UUID) -> HttpResponse:
    """Take a budget away."""
    budgets.remove_budget(actor=actor_of(request), budget_id=budget_id)
    return frame.done(request, "/costs/budgets", "The budget is gone.")


@frame.page
@require_http_methods(["GET", "POST"])
def quota_page(request: HttpRequest) -> HttpResponse:
    """All quotas that the person may see; who may set one finds the form beneath."""
    actor = actor_of(request)
    choices = subjects(actor, SUBJECT_KINDS["quota"])
    meters = [(meter.slug, meter.name) for meter in built_in().values()]
    meters.sort(key=lambda one: one[0] != "requests")
    form = QuotaForm(request.POST or None, subjects=choices, meters=meters)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        kind, _, subject = given.pop("subject").partition(":")
        try:
            quota = quotas.set_quota(actor=actor, subject_kind=kind, subject=subject, **given)
        except Invalid as problem:
            add_errors(form, problem)
        else:
            return frame.done(request, "/costs/quotas", f"Set for {quota.subject_name}.")
    rows = quotas.quota_standings(list(quotas.visible(actor)[:MOST]))
    context = {"rows": rows, "form": form, "may_set": bool(choices), "meters": dict(meters)}
    status = 422 if form.errors else 200
    return frame.show(request, "quotas", "quotas", context, status=status)


@frame.page
@require_POST
def remove_quota(request: HttpRequest, quota_id: UUID) -> HttpResponse:
    """Take a quota away."""
    quotas.remove_quota(actor=actor_of(request), quota_id=quota_id)
    return frame.done(request, "/costs/quotas", "The quota is gone.")
