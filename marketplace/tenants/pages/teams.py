"""Teams: their names, cost centers, and who is in them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.errors import Invalid
from marketplace.tenants import queries
from marketplace.tenants.actor import Actor
from marketplace.tenants.guards import check_leads
from marketplace.tenants.models import Member, Team, TeamMember
from marketplace.tenants.pages import frame
from marketplace.tenants.pages.forms import PlaceForm, TeamChangeForm, TeamForm
from marketplace.tenants.teams import create_team, put_in_team, rename_team, take_out_of_team

MOST_CHOICES = 500


@frame.page
@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """The tenant's teams; owners see theirs, admins all and the form for a new one."""
    actor = frame.leader_of(request)
    tenant = queries.tenant_of(actor)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = frame.attempt(form, lambda: create_team(actor=actor, tenant=tenant, **given))
        if made is not None:
            messages.success(request, f"{made.name} stands.")
            return redirect("team", made.slug)
    rows = queries.teams_of(tenant.id).order_by("name")
    if not actor.is_admin:
        rows = rows.filter(id__in=actor.owned_teams)
    context = {**frame.paged(request, rows), "form": form, "tenant": tenant}
    return frame.show(request, "teams", context, form)


@frame.page
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, slug: str) -> HttpResponse:
    """One team: who is in it, and its name."""
    actor, row = _team(request, slug)
    start = {"name": row.name, "cost_center": row.cost_center}
    form = TeamChangeForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        changed = frame.attempt(form, lambda: rename_team(actor=actor, team=row, **given))
        if changed is not None:
            messages.success(request, "Saved.")
            return redirect("team", row.slug)
    places = list(
        TeamMember.across.filter(team=row)
        .select_related("member__user")
        .order_by("-role", "member__user__email")
    )
    inside = {place.member_id for place in places}
    others = [one for one in _members(row) if one.id not in inside]
    context = {
        "at_teams": True,
        "row": row,
        "places": places,
        "form": form,
        "place_form": PlaceForm(members=others) if others else None,
        "owns": actor.owns_team(row.id),
    }
    return frame.show(request, "team", context, form)


@frame.page
@require_POST
def put(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a member into the team, or change what he is there."""
    actor, row = _team(request, slug)

    def call() -> str:
        form = PlaceForm(request.POST, members=_members(row))
        if not form.is_valid():
            raise Invalid("Choose a member and a role.")
        member = queries.find_member(actor, UUID(form.cleaned_data["member"]))
        place = put_in_team(actor=actor, team=row, member=member, role=form.cleaned_data["role"])
        return f"{member.user} is {place.get_role_display().lower()} of {row.name}."

    return frame.press(request, reverse("team", args=[row.slug]), call)


@frame.page
@require_POST
def take(request: HttpRequest, slug: str, member_id: UUID) -> HttpResponse:
    """End a member's place in the team."""
    actor, row = _team(request, slug)
    member = queries.find_member(actor, member_id)

    def call() -> str:
        take_out_of_team(actor=actor, team=row, member=member)
        return f"{member.user} is no longer in {row.name}."

    return frame.press(request, reverse("team", args=[row.slug]), call)


def _team(request: HttpRequest, slug: str) -> tuple[Actor, Team]:
    actor = frame.leader_of(request)
    row = queries.find_team(actor, slug)
    check_leads(actor, row)
    return actor, row


def _members(row: Team) -> list[Member]:
    rows = Member.across.filter(tenant_id=row.tenant_id, left_at=None).select_related("user")
    return list(rows.order_by("user__email")[:MOST_CHOICES])
