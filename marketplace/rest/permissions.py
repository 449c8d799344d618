"""What REST asks before a view runs; the finer questions belong to the capability."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from marketplace.errors import Forbidden, NoTenant
from marketplace.rest.authentication import actor_of


class SignedIn(BasePermission):
    """Somebody in a tenant; where his token names scopes, one that covers the view's `area`.

    A view with `needs_tenant = False` also answers a platform admin who is in none yet.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        actor = actor_of(request)
        if not actor.is_authenticated:
            return False
        if actor.kind == "user" and actor.tenant_id is None:
            foundling = actor.is_platform_admin and not getattr(view, "needs_tenant", True)
            if not foundling:
                raise NoTenant
        area = getattr(view, "area", None)
        verb = "read" if request.method in SAFE_METHODS else "write"
        if area and not actor.may(f"{area}:{verb}"):
            raise Forbidden(f"This token lacks the scope {area}:{verb}.", type="scope-missing")
        return True
