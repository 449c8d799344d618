"""What changed in the APIs a person watches or calls."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from catalog.notices import mark_read, notices_for
from catalog.views.asking import actor_in, page

TONES = {"version.breaking": "red", "api.deprecated": "amber", "api.retired": "red"}


def notices(request: HttpRequest) -> HttpResponse:
    """The list, what is unread marked."""
    found = [(notice, TONES.get(notice.kind, "")) for notice in notices_for(actor_in(request))]
    context = {"notices": found, "unread": sum(notice.read_at is None for notice, _ in found)}
    return page(request, "catalog/notices.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponseBase:
    """Everything is read."""
    mark_read(actor=actor_in(request))
    return redirect("/notices")
