"""Applications: the consumers that teams own."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.text import slugify

from keys.models import Application
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Forbidden, Invalid, NotFound
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team

MOST_NAME = 120


@transaction.atomic
def create_application(
    *,
    actor: Actor,
    team: Team | None = None,
    name: str = "",
    slug: str = "",
    description: str = "",
    cost_center: str = "",
) -> Application:
    """Make an application of one of the actor's teams; without words it is named after the team.

    Raises Forbidden outside the actor's teams and Invalid where name or slug cannot be used.
    """
    team = team or first_team(actor)
    if team.tenant_id != actor.tenant_id or not (actor.in_team(team.id) or actor.is_admin):
        raise Forbidden("Only a member of the team makes its applications.")
    name = name.strip() or f"{team.name} application"
    if len(name) > MOST_NAME:
        raise Invalid.at("/name", f"A name has at most {MOST_NAME} characters.")
    application = Application.across.create(
        tenant_id=team.tenant_id,
        team=team,
        slug=_free_slug(team.tenant_id, slug, name),
        name=name,
        description=description.strip(),
        cost_center=cost_center.strip(),
        created_at=clock.now(),
        created_by=actor.id,
        created_by_label=actor.label[:200],
    )
    record(
        actor=actor,
        action="application.created",
        target=f"application:{application.id}",
        tenant_id=team.tenant_id,
        details={"slug": application.slug, "name": name, "team": team.slug},
    )
    tell_of(application)
    return application


def tell_of(application: Application) -> None:
    """Emit what others (billing) keep of an application, in the caller's transaction."""
    emit(
        "application.changed",
        tenant_id=application.tenant_id,
        subject=f"application:{application.id}",
        data={
            "application_id": str(application.id),
            "team_id": str(application.team_id),
            "name": application.name,
            "cost_center": application.cost_center or application.team.cost_center,
            "closed": application.closed_at is not None,
        },
    )


def first_team(actor: Actor) -> Team:
    """The team that an actor acts for where he names none: the first he is in.

    Raises Forbidden where he is in none.
    """
    team = Team.across.filter(id__in=list(actor.team_roles)).order_by("name").first()
    if team is None:
        raise Forbidden("Join a team first: applications, and their keys, belong to teams.")
    return team


def applications_of(actor: Actor) -> list[Application]:
    """The open applications that an actor may ask for: his teams' first, and of these the one he
    asked for last."""
    asked = Max("requests__created_at", filter=Q(requests__requested_by=actor.id))
    rows = Application.objects.select_related("team", "tenant").filter(closed_at=None)
    if not actor.is_admin:
        rows = rows.filter(team_id__in=list(actor.team_roles))
    found = list(rows.annotate(asked=asked).order_by(F("asked").desc(nulls_last=True), "name"))
    return sorted(found, key=lambda application: application.team_id not in actor.team_roles)


def find_application(actor: Actor, given: str) -> Application:
    """The open application with this slug or id in the actor's tenant. Raises NotFound."""
    rows = Application.objects.select_related("team").filter(
        tenant_id=actor.tenant_id, closed_at=None
    )
    wanted = as_id(given)
    found: Application | None = (
        rows.filter(pk=wanted).first() if wanted else rows.filter(slug=given).first()
    )
    if found is None:
        raise NotFound(f"There is no application {given[:80]!r} here.")
    return found


def as_id(given: str) -> UUID | None:
    """The text as an id, or None where it is none."""
    try:
        return UUID(given)
    except ValueError:
        return None


def _free_slug(tenant_id: UUID, slug: str, name: str) -> str:
    wanted = slug.strip() or slugify(name)[:50] or "application"
    if slugify(wanted) != wanted or len(wanted) > 60:
        raise Invalid.at("/slug", "Use up to 60 lower-case letters, digits and hyphens.")
    taken = set(
        Application.across.filter(tenant_id=tenant_id, slug__startswith=wanted).values_list(
            "slug", flat=True
        )
    )
    if wanted not in taken:
        return wanted
    if slug:
        raise Invalid.at("/slug", f"{wanted} is taken.")
    return next(text for n in range(2, len(taken) + 3) if (text := f"{wanted}-{n}") not in taken)
