"""Periods: the list, one month with its checks and the button that closes it, statements."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from billing.close import close_period
from billing.exports import formats
from billing.models import StatementLine
from billing.months import parse_month
from billing.queries import period_pages as pages
from billing.queries.period_pages import MonthPage
from billing.queries.periods import closed_period
from billing.statement import statement_pdf
from billing.views import frame
from marketplace.errors import Conflict
from marketplace.rest.authentication import actor_of

PAGE = 100


@frame.page
@require_GET
def periods(request: HttpRequest) -> HttpResponse:
    """The tenant's months with their state and totals."""
    found = pages.months(actor_of(request))
    return frame.show(request, "periods", "periods", {"rows": found})


@frame.page
@require_GET
def period(request: HttpRequest, month: str) -> HttpResponse:
    """One month: state, checks, matrix, exports, hash, adjustments."""
    actor = actor_of(request)
    found = pages.month(actor, parse_month(month, "/month"))
    return frame.show(
        request,
        "period",
        "periods",
        {
            "found": found,
            "title": f"{found.month:%B %Y}",
            "sub": _sub(found),
            "checks_aside": _count(found),
            "closed_when": f"{found.period.closed_at:%-d %B %Y}" if found.period.closed_at else "",
            "period": found.period,
            "formats": formats().values(),
            "months": frame.month_links(found.month, "/costs/periods/at"),
        },
    )


def _sub(found: MonthPage) -> str:
    if found.period.is_closed:
        return "Closed and sealed"
    return "Still runs; figures are provisional" if found.running else "Over, and not closed yet"


def _count(found: MonthPage) -> str:
    good = sum(check.state == "ok" for check in found.checks)
    return f"{good} of {len(found.checks)}"


@frame.page
@require_GET
def at(request: HttpRequest) -> HttpResponse:
    """From a month picked to its page."""
    return redirect("billing:period", month=f"{frame.month_of(request):%Y-%m}")


@frame.page
@require_POST
def close(request: HttpRequest, month: str) -> HttpResponse:
    """Close the month and say what came of it."""
    where = f"/costs/periods/{month}"
    try:
        closing = close_period(
            actor=actor_of(request),
            month=parse_month(month, "/month"),
            accept=request.POST.getlist("accept"),
        )
    except Conflict as conflict:
        return frame.done(request, where, conflict.detail)
    if closing.outcome == "closed":
        total = ", ".join(f"{t['amount']} {t['currency']}" for t in closing.period.shown_totals)
        return frame.done(
            request, where, f"{closing.period.name} is closed: {total or 'nothing due'}."
        )
    return frame.done(request, where, closing.because)


@frame.page
@require_GET
def progress(request: HttpRequest, month: str) -> HttpResponse:
    """The running close as a job."""
    found = pages.job(actor_of(request), parse_month(month, "/month"))
    if found is None:
        response = HttpResponse(status=200)
        response["HX-Redirect"] = f"/costs/periods/{month}"
        return response
    return frame.show(request, "job", "periods", {"job": found})


@frame.page
@require_GET
def statement(request: HttpRequest, month: str) -> HttpResponse:
    """The statement of a closed month, every line of it."""
    actor = actor_of(request)
    period = closed_period(actor, parse_month(month, "/month"))
    offset = int(request.GET["at"]) if request.GET.get("at", "").isdigit() else 0
    lines = list(
        StatementLine.across.filter(period=period).order_by("number")[offset : offset + PAGE + 1]
    )
    here = f"/costs/periods/{month}/statement"
    return frame.show(
        request,
        "statement",
        "periods",
        {
            "period": period,
            "lines": lines[:PAGE],
            "title": f"Statement for {period.month:%B %Y}",
            "sub": f"{period.frozen['name']} · closed by {period.closed_by}",
            "month_title": f"{period.month:%B %Y}",
            "month_url": f"/costs/periods/{period.name}",
            "groups": pages.by_cost_center(period),
            "next": f"{here}?at={offset + PAGE}" if len(lines) > PAGE else "",
            "previous": f"{here}?at={max(0, offset - PAGE)}" if offset else "",
            "shown": f"{offset + 1}–{offset + len(lines[:PAGE])}" if lines else "",
        },
    )


@frame.page
@require_GET
def statement_file(request: HttpRequest, month: str) -> HttpResponse:
    """The statement as a PDF."""
    period = closed_period(actor_of(request), parse_month(month, "/month"))
    response = HttpResponse(statement_pdf(period), content_type="application/pdf")
    name = f"{period.frozen['slug']}-{period.name}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
