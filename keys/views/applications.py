"""Applications: the consumers of my teams, their keys and what they call."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keys.applications import as_id, create_application
from keys.forms import ApplicationForm
from keys.models import Application, Key
from keys.offboarding import application_moves, close_application
from keys.queries import applications_for, keys_for
from keys.usage import Spend, added_up, calls_by_day, spend_this_month
from keys.views.access import as_rows
from keys.views.frame import done, page
from marketplace import clock
from marketplace.errors import Invalid, NotFound
from marketplace.rest.authentication import actor_of
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team

DAYS = 30
MOST_KEYS = 100


@page
@require_http_methods(["GET", "POST"])
def applications(request: HttpRequest) -> HttpResponse:
    """All of my teams' applications; a new one by POST."""
    actor = actor_of(request)
    teams = {str(team.id): team for team in _teams(actor)}
    form = ApplicationForm(
        request.POST or None, teams=[(key, team.name) for key, team in teams.items()]
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = create_application(
                actor=actor,
                team=teams.get(form.cleaned_data.get("team", "")),
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
            )
        except Invalid as invalid:
            for error in invalid.errors:
                form.add_error(None, error.detail)
        else:
            return redirect("access-application", slug=made.slug)
    rows = list(applications_for(actor).filter(closed_at=None).order_by("name"))
    counts = _live_keys(rows)
    context = {
        "rows": [(row, counts.get(row.id, 0)) for row in rows],
        "form": form,
        "may_make": bool(teams),
        "tab": "applications",
    }
    return render(request, "keys/applications.html", context, status=422 if form.errors else 200)


@page
@require_GET
def application(request: HttpRequest, slug: str) -> HttpResponse:
    """One application: calls by day, its keys, what it spends."""
    actor = actor_of(request)
    row = _find(actor, slug)
    keys = list(keys_for(actor).filter(application=row).order_by("-id")[:MOST_KEYS])
    called = calls_by_day([key.public_id for key in keys], DAYS)
    calls: Counter[date] = Counter()
    for each in called:
        calls[each.day.date()] += each.calls
    today = clock.now().date()
    days = [today - timedelta(days=DAYS - 1 - place) for place in range(DAYS)]
    spent = spend_this_month([row.id])
    spends: Counter[str] = Counter()
    for spend in spent.values():
        spends[spend.currency] += spend.micros
    live = [key for key in keys if key.state == Key.State.ACTIVE]
    may_move = actor.is_admin or actor.owns_team(row.team_id)
    context = {
        "row": row,
        "rows": as_rows(live, uses=added_up(called), spends=spent),
        "ended": len(keys) - len(live),
        "points": [(f"{day.day} {day:%b}", calls[day]) for day in days],
        "calls": sum(calls.values()),
        "spends": [Spend(micros, currency) for currency, micros in sorted(spends.items())],
        "teams": [team for team in _teams(actor, every=actor.is_admin) if team.id != row.team_id]
        if may_move
        else [],
        "may_move": may_move,
        "may_close": actor.is_admin or actor.in_team(row.team_id),
        "tab": "applications",
    }
    return render(request, "keys/application.html", context)


@page
@require_POST
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand it to another team."""
    actor = actor_of(request)
    row = _find(actor, slug)
    wanted = as_id(request.POST.get("team", ""))
    to = Team.objects.filter(pk=wanted).first() if wanted else None
    if to is None:
        raise Invalid.at("/team", "Choose a team.")
    application_moves(actor=actor, application=row, to=to)
    return done(request, "/access/applications", f"{row.name} belongs to {to.name} now.")


@page
@require_POST
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Close it, with its keys."""
    row = _find(actor_of(request), slug)
    ended = close_application(actor=actor_of(request), application=row)
    return done(
        request, "/access/applications", f"{row.name} is closed; {len(ended)} keys have ended."
    )


def _find(actor: Actor, slug: str) -> Application:
    row = applications_for(actor).filter(slug=slug).first()
    if row is None:
        raise NotFound()
    return row


def _teams(actor: Actor, *, every: bool = False) -> list[Team]:
    rows = Team.objects.all() if every else Team.objects.filter(id__in=list(actor.team_roles))
    return list(rows.order_by("name"))


def _live_keys(rows: list[Application]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for application_id in Key.across.filter(
        application__in=rows, state=Key.State.ACTIVE, expires_at__gt=clock.now()
    ).values_list("application_id", flat=True):
        found[application_id] = found.get(application_id, 0) + 1
    return found
