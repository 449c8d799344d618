"""Somebody signed in who is in no tenant: what he sees wherever he goes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.tenants.actor import Actor
from marketplace.tenants.models import User

# Where he may go all the same: his account, programs' doors with answers of their own.
OPEN = ("/accounts/", "/api/", "/oauth/", "/.well-known/", "/ui/preferences", "/stripe/")
FOR_PLATFORM_ADMINS = ("/admin-console",)
SHOWN = 5


def lost_at(actor: Actor, path: str) -> bool:
    """Whether the page is in the way: a person without a tenant, at a page that needs one."""
    if actor.kind != "user" or actor.tenant_id is not None or path.startswith(OPEN):
        return False
    return not (actor.is_platform_admin and path.startswith(FOR_PLATFORM_ADMINS))


def no_tenant(request: HttpRequest) -> HttpResponse:
    """Say that he is in no tenant yet, and whom to ask. What he sends is refused."""
    admins = User.objects.filter(is_platform_admin=True, is_active=True).order_by("id")[:SHOWN]
    status = 200 if request.method in {"GET", "HEAD"} else 403
    response = render(request, "tenants/no_tenant.html", {"admins": list(admins)}, status=status)
    response["Cache-Control"] = "no-store"
    return response
