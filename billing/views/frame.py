"""What the pages of money share: who may look, the tabs, the month at hand, errors at fields."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from billing.limits.subjects import tenant_of
from billing.months import first_day, next_month, parse_month, previous_month
from marketplace import clock
from marketplace.errors import Unauthenticated
from marketplace.rest.authentication import actor_of
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant

View = Callable[..., HttpResponse]
TABS = (
    ("overview", "Overview", "/costs", False),
    ("lines", "Lines", "/costs/lines", False),
    ("periods", "Periods", "/costs/periods", True),
    ("invoices", "Invoices", "/costs/invoices", True),
    ("budgets", "Budgets", "/costs/budgets", False),
    ("quotas", "Quotas", "/costs/quotas", False),
    ("prices", "Rate cards", "/costs/rate-cards", False),
    ("shared", "Shared costs", "/costs/shared", True),
)


def page(view: View) -> View:
    """A page for people in a tenant; money is not cached."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = actor_of(request)
        if not actor.is_authenticated or actor.tenant_id is None:
            raise Unauthenticated
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return run


def show(
    request: HttpRequest, template: str, tab: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page with the tabs of money."""
    actor = actor_of(request)
    tabs = [
        {"label": label, "href": href, "current": key == tab}
        for key, label, href, finance in TABS
        if actor.is_finance or not finance
    ]
    return render(request, f"billing/{template}.html", {**context, "tabs": tabs}, status=status)


def tenant_of_page(actor: Actor) -> Tenant:
    """The tenant whose money is shown."""
    return Tenant.objects.get(id=tenant_of(actor))


def month_of(request: HttpRequest) -> date:
    """`?month=yyyy-mm`, or the running one. Raises Invalid."""
    text = request.GET.get("month", "")
    return parse_month(text, "/month") if text else first_day(clock.now())


def month_links(month: date, address: str, *, keep: str = "") -> list[dict[str, Any]]:
    """Links to the months around one: the two before, itself, and the next unless it is to come."""
    months = [previous_month(previous_month(month)), previous_month(month), month]
    if next_month(month) <= first_day(clock.now()):
        months = [*months[1:], next_month(month)]
    return [
        {
            "label": f"{one:%B}" if one.year == month.year else f"{one:%b %Y}",
            "href": f"{address}?month={one:%Y-%m}{keep}",
            "current": one == month,
        }
        for one in months
    ]


def done(request: HttpRequest, where: str, text: str) -> HttpResponse:
    """Back to a page with a toast."""
    messages.success(request, text)
    return redirect(where)
