"""Every request acts for one tenant, in the ORM and in the database alike."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from marketplace.tenants.actor import Actor, actor_for_user
from marketplace.tenants.pages.foundling import lost_at, no_tenant
from marketplace.tenants.scope import NOBODY, Scope, enter, scoped

Handler = Callable[[HttpRequest], HttpResponse]
CHOSEN = "tenant"
OUTSIDE = ("/static/", "/healthz", "/readyz", "/metrics")


def scope_of(actor: Actor) -> Scope:
    """The scope an actor's requests run in.

    A platform admin's is his tenant too; he widens it page by page with `platform_scope()`.
    """
    return Scope(tenant_id=actor.tenant_id, user_id=actor.id)


def chosen_tenant(request: HttpRequest) -> UUID | None:
    """The tenant that a person chose to act in, for this session."""
    try:
        return UUID(request.session[CHOSEN])
    except (KeyError, ValueError):
        return None


class NobodyYet:
    """Bind the connection to the web role before anybody is known, so that even the look-up of
    the session runs under row-level security."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OUTSIDE):
            return self.get_response(request)
        with scoped(NOBODY):
            return self.get_response(request)


class CurrentTenant:
    """Set `request.actor` and the scope from the session. A bearer token, where REST finds one,
    replaces both (`marketplace.rest.authentication`)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = Actor.anonymous()  # type: ignore[attr-defined]
        if request.path.startswith(OUTSIDE) or not request.user.is_authenticated:
            return self.get_response(request)
        user = request.user
        enter(Scope(user_id=user.id))
        actor = actor_for_user(user, prefer=chosen_tenant(request))
        request.actor = actor  # type: ignore[attr-defined]
        enter(scope_of(actor))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Who is in no tenant learns so on every page, whatever it is."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        return no_tenant(request) if lost_at(actor, request.path) else None
