"""People: who is in the tenant, as what, and in which teams."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.errors import Invalid
from marketplace.tenants import queries
from marketplace.tenants.members import Joined, add_member, change_role, remove_member
from marketplace.tenants.models import Member, Team
from marketplace.tenants.pages import frame
from marketplace.tenants.pages.forms import MemberForm, PlaceForm, RoleForm
from marketplace.tenants.shapes import state_of
from marketplace.tenants.teams import put_in_team, take_out_of_team


@frame.page
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """All members, searched by name and address; the form beneath lets somebody join."""
    actor = frame.admin_of(request)
    tenant = queries.tenant_of(actor)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        joined = frame.attempt(form, lambda: add_member(actor=actor, tenant=tenant, **given))
        if joined is not None:
            messages.success(request, told(joined))
            return redirect("member", joined.member.id)
    asked = request.GET.get("q", "").strip()[:120]
    rows = queries.members_of(tenant.id)
    if asked:
        rows = rows.filter(Q(user__email__icontains=asked) | Q(user__name__icontains=asked))
    page = frame.paged(request, rows)
    page["people"] = [(member, state_of(member)) for member in page["rows"]]
    context = {**page, "form": form, "q": asked, "tenant": tenant}
    return frame.show(request, "people", context, form)


@frame.page
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """One member: his role, his teams, his end."""
    actor = frame.admin_of(request)
    row = queries.find_member(actor, member_id)
    form = RoleForm(request.POST or None, initial={"role": row.role})
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        changed = frame.attempt(form, lambda: change_role(actor=actor, member=row, role=role))
        if changed is not None:
            messages.success(request, f"{row.user} is now {Member.Role(role).label.lower()}.")
            return redirect("member", row.id)
    places = list(row.teams.all())
    inside = {place.team_id for place in places}
    teams = [team for team in _teams(row.tenant_id) if team.id not in inside]
    context = {
        "at_people": True,
        "row": row,
        "state": state_of(row),
        "places": places,
        "form": form,
        "place_form": PlaceForm(teams=teams) if teams else None,
        "himself": row.user_id == actor.id,
    }
    return frame.show(request, "member", context, form)


@frame.page
@require_POST
def join_team(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Let a member into a team."""
    actor = frame.admin_of(request)
    row = queries.find_member(actor, member_id)

    def put() -> str:
        form = PlaceForm(request.POST, teams=_teams(row.tenant_id))
        if not form.is_valid():
            raise Invalid("Choose a team and a role.")
        team = queries.find_team(actor, form.cleaned_data["team"])
        put_in_team(actor=actor, team=team, member=row, role=form.cleaned_data["role"])
        return f"{row.user} is in {team.name}."

    return frame.press(request, reverse("member", args=[row.id]), put)


@frame.page
@require_POST
def leave_team(request: HttpRequest, member_id: UUID, slug: str) -> HttpResponse:
    """End a member's place in a team."""
    actor = frame.admin_of(request)
    row = queries.find_member(actor, member_id)
    team = queries.find_team(actor, slug)

    def take() -> str:
        take_out_of_team(actor=actor, team=team, member=row)
        return f"{row.user} is no longer in {team.name}."

    return frame.press(request, reverse("member", args=[row.id]), take)


@frame.page
@require_POST
def remove(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """End a membership with all its access."""
    actor = frame.admin_of(request)
    row = queries.find_member(actor, member_id)

    def end() -> str:
        left = remove_member(actor=actor, user=row.user, tenant_id=row.tenant_id)
        count = len(left.ended)
        keys = f"{count} key{'' if count == 1 else 's'} ended" if count else "no keys to end"
        return f"{row.user} is out of the tenant; {keys}."

    return frame.press(request, reverse("people"), end)


def told(joined: Joined) -> str:
    """What a page says of somebody who joined."""
    if joined.invited:
        return f"{joined.member.user} is in; a link to set a password is on its way."
    return f"{joined.member.user} is in, and signs in as before."


def _teams(tenant_id: UUID) -> list[Team]:
    return list(Team.across.filter(tenant_id=tenant_id).order_by("name"))
