"""Who is a member of several tenants chooses the one to act in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from marketplace.errors import NotFound
from marketplace.rest.authentication import actor_of
from marketplace.tenants.middleware import CHOSEN
from marketplace.tenants.models import Member
from marketplace.tenants.pages import frame


@frame.page
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """My tenants; the chosen one is in force for the rest of the session."""
    actor = actor_of(request)
    mine = Member.across.filter(user__id=actor.id or UUID(int=0), left_at=None)
    rows = list(mine.filter(tenant__closed_at=None).select_related("tenant").order_by("id"))
    if request.method == "POST":
        chosen = next(
            (row for row in rows if str(row.tenant_id) == request.POST.get("tenant")), None
        )
        if chosen is None:
            raise NotFound("You are not a member of this tenant.")
        request.session[CHOSEN] = str(chosen.tenant_id)
        messages.success(request, f"You act in {chosen.tenant} now.")
        return redirect("/")
    return frame.show(request, "switch", {"rows": rows})
