"""What the pages of access share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from keys.refusals import write_refusal
from marketplace.errors import Problem, Unauthenticated
from marketplace.rest.authentication import actor_of

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """A page for people signed in: never cached, and a refusal leaves its note in the log."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = actor_of(request)
        if not actor.is_authenticated or actor.tenant_id is None:
            raise Unauthenticated
        try:
            response = view(request, *args, **kwargs)
        except Problem as problem:
            write_refusal(problem)
            raise
        response["Cache-Control"] = "no-store"
        return response

    return run


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def show(
    request: HttpRequest, name: str, context: dict[str, Any], *, title: str, status: int = 200
) -> HttpResponse:
    """The template `keys/<name>.html`: in the drawer for htmx, else as a page of its own."""
    frame = "keys/drawer.html" if is_fragment(request) else "keys/page.html"
    return render(
        request,
        frame,
        {**context, "inner": f"keys/{name}.html", "title": title, "drawn": is_fragment(request)},
        status=status,
    )


def done(request: HttpRequest, where: str, text: str) -> HttpResponse:
    """Back to a page with a toast."""
    messages.success(request, text)
    if is_fragment(request):
        response = HttpResponse(status=200)
        response["HX-Redirect"] = where
        return response
    return redirect(where)
