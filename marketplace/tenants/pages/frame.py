"""What the pages of the organisation share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from marketplace.errors import Conflict, Forbidden, Invalid, Unauthenticated
from marketplace.rest.authentication import actor_of
from marketplace.tenants.actor import Actor
from marketplace.ui.forms import add_errors

PAGE = 50
View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """A page for people signed in, never cached."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not actor_of(request).is_authenticated:
            raise Unauthenticated
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return run


def admin_of(request: HttpRequest) -> Actor:
    """Who administers the tenant in force. Raises Forbidden for everybody else."""
    actor = actor_of(request)
    if not actor.is_admin:
        raise Forbidden("People are the business of your tenant's admins.")
    return actor


def leader_of(request: HttpRequest) -> Actor:
    """An admin, or the owner of any team. Raises Forbidden for everybody else."""
    actor = actor_of(request)
    if not actor.owns_any_team:
        raise Forbidden("Teams are the business of their owners and of your tenant's admins.")
    return actor


def attempt(form: forms.Form, call: Callable[[], Any]) -> Any:
    """What the call gives; None where it was refused, which the form then tells."""
    try:
        return call()
    except (Invalid, Conflict, Forbidden) as problem:
        add_errors(form, problem)
        return None


def press(request: HttpRequest, where: str, call: Callable[[], str]) -> HttpResponse:
    """Run what a button asks for and go back with its word, or with the reason of a refusal."""
    try:
        messages.success(request, call())
    except (Invalid, Conflict, Forbidden) as problem:
        messages.error(request, problem.detail or problem.title)
    return redirect(where)


def show(
    request: HttpRequest, name: str, context: dict[str, Any], *form: forms.Form
) -> HttpResponse:
    """The template `tenants/<name>.html`; 422 where a form came back with errors."""
    status = 422 if any(one.errors for one in form) else 200
    return render(request, f"tenants/{name}.html", {**context, f"at_{name}": True}, status=status)


def paged(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    """One page of rows, with the addresses of its neighbours."""
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()

    def at(number: int) -> str:
        kept["page"] = str(number)
        return f"?{kept.urlencode()}"

    return {
        "rows": found,
        "next": at(found.next_page_number()) if found.has_next() else "",
        "previous": at(found.previous_page_number()) if found.has_previous() else "",
        "shown": f"{found.start_index()}–{found.end_index()} of {found.paginator.count}",
    }
