"""The log of what was done and decided, for those who may read it."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from keys.views.frame import page
from marketplace.audit.queries import entries_for
from marketplace.audit.record import verify_chain
from marketplace.policy.api import decisions_for
from marketplace.rest.authentication import actor_of

PAGE_SIZE = 50
KINDS = {
    "": "All",
    "access.": "Requests",
    "key.": "Keys",
    "consent.": "Consents",
    "break-glass.": "Emergency",
}


@page
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The tenant's hash chain: all of it for admins and finance, one's own part for others."""
    actor = actor_of(request)
    kind = request.GET.get("kind", "")
    target = request.GET.get("target", "")
    rows = entries_for(actor, action=kind if kind in KINDS else "", target=target)
    if (before := request.GET.get("before", "")).isdigit():
        rows = rows.filter(sequence__lt=int(before[:18]))
    found = list(rows.order_by("-sequence")[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    kept = {"kind": kind, "target": target}
    context = {
        "entries": found[:PAGE_SIZE],
        "kinds": KINDS,
        "kind": kind,
        "target": target,
        "next": f"?{urlencode({**kept, 'before': found[PAGE_SIZE - 1].sequence})}" if more else "",
        "check": verify_chain(actor.tenant_id) if request.GET.get("verify") else None,
        "tab": "audit",
    }
    return render(request, "keys/audit.html", context)


@page
@require_GET
def decisions(request: HttpRequest) -> HttpResponse:
    """What the policies decided, newest first."""
    rows = decisions_for(actor_of(request))
    outcome = request.GET.get("outcome", "")
    if outcome in ("allow", "wait", "deny"):
        rows = rows.filter(outcome=outcome)
    context = {
        "decisions": list(rows.order_by("-id")[:PAGE_SIZE]),
        "outcome": outcome,
        "tab": "audit",
    }
    return render(request, "keys/decisions.html", context)
