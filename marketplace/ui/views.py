"""Small pages of the frame itself."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from marketplace.errors import Invalid
from marketplace.ui.navigation import THEMES

YEAR = 365 * 86_400
CHOICES = {"theme": THEMES, "shortcuts": ("on", "off")}


@require_POST
def preferences(request: HttpRequest) -> HttpResponseBase:
    """Remember the theme or the shortcuts and go back. Without script this is the whole way;
    with it the page changes at once and this is only told.

    Raises Invalid for a choice that does not exist.
    """
    target = request.META.get("HTTP_REFERER", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    quiet = request.headers.get("HX-Request") == "true"
    response: HttpResponse = HttpResponse(status=204) if quiet else redirect(target)
    for name, allowed in CHOICES.items():
        value = request.POST.get(name)
        if value is None:
            continue
        if value not in allowed:
            raise Invalid.at(f"/{name}", f"Choose one of {', '.join(allowed)}.")
        response.set_cookie(
            name, value, max_age=YEAR, secure=request.is_secure(), samesite="Lax", httponly=False
        )
    return response
