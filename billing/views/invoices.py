"""Invoices by Stripe: how they stand, what differs, the setting; and Stripe's webhooks."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms import StripeForm
from billing.invoicing import accounts
from billing.invoicing.client import is_connected
from billing.invoicing.compare import latest
from billing.invoicing.webhook import LARGEST, receive
from billing.models import StripeInvoice
from billing.months import first_day
from billing.queries.periods import finance_tenant
from billing.views import frame
from marketplace import clock
from marketplace.errors import Conflict, Invalid, Problem, TooLarge
from marketplace.rest.authentication import actor_of
from marketplace.ui.forms import add_errors

MOST = 200
PAGE = "/costs/invoices"


@frame.page
@require_http_methods(["GET", "POST"])
def invoices(request: HttpRequest) -> HttpResponse:
    """The tenant's invoices and what differs from Stripe's; the form that turns it on."""
    actor = actor_of(request)
    tenant_id = finance_tenant(actor)
    form = StripeForm(
        request.POST or None,
        initial={"email": actor.email, "since": f"{first_day(clock.now()):%Y-%m}"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            accounts.bill_by_stripe(actor=actor, **form.cleaned_data)
        except (Invalid, Conflict) as problem:
            add_errors(form, problem)
        else:
            return frame.done(request, PAGE, "Closed months are invoiced by Stripe.")
    context = {
        "connected": is_connected(),
        "hooked": bool(settings.STRIPE_WEBHOOK_SECRETS),
        "hook_url": f"{settings.PUBLIC_URL}/stripe/webhook",
        "account": accounts.account_of(tenant_id),
        "rows": StripeInvoice.across.filter(tenant_id=tenant_id)
        .select_related("period")
        .order_by("-period__month", "currency")[:MOST],
        "comparison": latest(tenant_id),
        "form": form,
    }
    return frame.show(request, "invoices", "invoices", context, status=422 if form.errors else 200)


@frame.page
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Invoice no month that is closed from now on."""
    accounts.stop_billing(actor=actor_of(request))
    return frame.done(request, PAGE, "Months closed from now on are not invoiced.")


@frame.page
@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    """Compare with Stripe now."""
    accounts.compare_soon(actor=actor_of(request))
    return frame.done(request, PAGE, "It is being compared; look again in a minute.")


@frame.page
@require_POST
def again(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Send an invoice again that waits for a person."""
    accounts.try_again(actor=actor_of(request), invoice_id=invoice_id)
    return frame.done(request, PAGE, "It is sent again.")


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Stripe tells what became of an invoice; its signature is the proof of who it is."""
    try:
        length = request.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > LARGEST:
            raise TooLarge(f"At most {LARGEST:,} bytes.")
        body = request.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise TooLarge(f"At most {LARGEST:,} bytes.")
        received = receive(body, request.headers.get("Stripe-Signature", ""))
    except Problem as problem:
        return JsonResponse(
            problem.as_dict(), status=problem.status, content_type="application/problem+json"
        )
    return JsonResponse({"outcome": received.outcome})
