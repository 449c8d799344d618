"""What every page asks of its request: somebody signed in, and what he wants it as."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from marketplace.errors import Unauthenticated
from marketplace.rest.renderers import plain
from marketplace.tenants.actor import Actor

View = Callable[..., HttpResponseBase]


def actor_in(request: HttpRequest) -> Actor:
    """Who asks. Raises Unauthenticated, which leads to the sign-in and back."""
    actor: Actor = getattr(request, "actor", None) or Actor.anonymous()
    if not actor.is_authenticated or actor.tenant_id is None:
        raise Unauthenticated
    return actor


def signed_in(view: View) -> View:
    """A page for somebody who is signed in."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor_in(request)
        return view(request, *args, **kwargs)

    return run


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return bool(getattr(request, "htmx", False)) and not request.htmx.boosted  # type: ignore[attr-defined]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """The template, or only its `fragment` where htmx asks."""
    name = fragment if fragment and is_fragment(request) else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def as_json(value: Any) -> HttpResponse:
    """A page's content as JSON."""
    return HttpResponse(
        orjson.dumps(value, default=plain, option=orjson.OPT_INDENT_2),
        content_type="application/json",
    )


def as_markdown(text: str) -> HttpResponse:
    """A page's content as Markdown, for agents and terminals."""
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def coded(text: str) -> list[tuple[str, bool]]:
    """A sentence cut at its backticks: the pieces, and whether each is code."""
    return [(piece, at % 2 == 1) for at, piece in enumerate(text.split("`")) if piece]
