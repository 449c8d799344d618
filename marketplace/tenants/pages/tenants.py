"""Tenants, for platform admins."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from marketplace.errors import Forbidden
from marketplace.rest.authentication import actor_of
from marketplace.tenants import queries
from marketplace.tenants.actor import Actor
from marketplace.tenants.founding import create_tenant
from marketplace.tenants.members import add_member
from marketplace.tenants.models import Member, Team, Tenant
from marketplace.tenants.pages import frame
from marketplace.tenants.pages.forms import MemberForm, TenantForm
from marketplace.tenants.pages.people import told
from marketplace.tenants.scope import platform_scope


@frame.page
@require_http_methods(["GET", "POST"])
def tenants(request: HttpRequest) -> HttpResponse:
    """All tenants, and the form for a new one."""
    actor = _platform_admin(request)
    form = TenantForm(request.POST or None, initial={"join_as_admin": actor.tenant_id is None})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = frame.attempt(form, lambda: create_tenant(actor=actor, **given))
        if made is not None:
            messages.success(request, f"{made.name} stands.")
            at_home = given["join_as_admin"] and actor.tenant_id is None
            return redirect("teams") if at_home else redirect("tenant", made.slug)
    page = frame.paged(request, Tenant.objects.order_by("name"))
    ids = [tenant.id for tenant in page["rows"]]
    with platform_scope():
        people = {
            row["tenant_id"]: row
            for row in Member.across.filter(tenant_id__in=ids, left_at=None)
            .values("tenant_id")
            .annotate(people=Count("id"), admins=Count("id", filter=Q(role=Member.Role.ADMIN)))
        }
    teams = dict(
        Team.across.filter(tenant_id__in=ids).values_list("tenant_id").annotate(Count("id"))
    )
    page["tenants"] = [
        (tenant, people.get(tenant.id), teams.get(tenant.id, 0)) for tenant in page["rows"]
    ]
    return frame.show(request, "tenants", {**page, "form": form}, form)


@frame.page
@require_http_methods(["GET", "POST"])
def tenant(request: HttpRequest, slug: str) -> HttpResponse:
    """One tenant: its admins, and the form that lets somebody join it."""
    actor = _platform_admin(request)
    row = queries.find_tenant(slug)
    form = MemberForm(request.POST or None, initial={"role": Member.Role.ADMIN})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        joined = frame.attempt(form, lambda: add_member(actor=actor, tenant=row, **given))
        if joined is not None:
            messages.success(request, told(joined))
            return redirect("tenant", row.slug)
    with platform_scope():
        members = Member.across.filter(tenant=row, left_at=None)
        context = {
            "at_tenants": True,
            "row": row,
            "form": form,
            "admins": list(members.filter(role=Member.Role.ADMIN).select_related("user")[:50]),
            "people": members.count(),
            "teams": list(Team.across.filter(tenant=row).order_by("name")[:200]),
        }
    return frame.show(request, "tenant", context, form)


def _platform_admin(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_platform_admin:
        raise Forbidden("Tenants are the business of the platform's admins.")
    return actor
