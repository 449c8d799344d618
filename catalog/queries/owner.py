"""Reads for owners: their teams, their APIs and how these do."""

from django.db.models import Count, Q, QuerySet

from catalog.apis import may_publish
from catalog.models import Api
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team


def own_teams(actor: Actor) -> list[Team]:
    """The teams an actor publishes for, by name: one query."""
    ids = [id for id in actor.team_roles if may_publish(actor, id)]
    return list(Team.across.filter(id__in=ids).order_by("name"))


def teams_of(actor: Actor) -> list[tuple[str, str]]:
    """The ids and names of the teams an actor is in: one query."""
    rows = Team.across.filter(id__in=list(actor.team_roles)).order_by("name")
    return [(str(id), name) for id, name in rows.values_list("id", "name")]


def own_apis(actor: Actor) -> QuerySet[Api]:
    """The APIs of the teams an actor is in, with what their list shows: one query."""
    return (
        Api.across.filter(team_id__in=list(actor.team_roles))
        .select_related("team", "served_version")
        .defer("description_html", "served_version__outline")
        .annotate(
            findings=Count(
                "served_version__findings",
                filter=Q(served_version__findings__severity="error"),
            ),
        )
        .order_by("name")
    )
