"""What access adds to the catalog's pages: the main button's true verb, the operation's key, and
keys in the palette."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from catalog.extensions import Action
from catalog.models import Api
from catalog.palette import PaletteGroup, PaletteItem
from keys.models import Grant, Key
from keys.queries import keys_for
from marketplace import clock
from marketplace.rest.authentication import actor_of
from marketplace.tenants.actor import Actor
from marketplace.ui.format import span_text

RANK = {Grant.State.ACTIVE: 1, Grant.State.PENDING: 0}
MOST_FOUND = 6


@dataclass(frozen=True, slots=True)
class Standing:
    """How an actor's teams stand with an API: the grant that says most, and since when."""

    state: str
    waited_seconds: float
    request_id: UUID | None


def main_actions(request: HttpRequest, apis: Sequence[Api]) -> Mapping[UUID, Action]:
    """The main button of each API: Get key, Pending (since when), Use key; one query."""
    actor = actor_of(request)
    standings = standings_of(actor, apis)
    return {api.id: _action(api, standings.get(api.id)) for api in apis}


def standings_of(actor: Actor, apis: Sequence[Api]) -> Mapping[UUID, Standing]:
    """The standing of the actor's teams with each API; those without any are missing."""
    if not actor.team_roles:
        return {}
    now = clock.now()
    rows = (
        Grant.across.filter(
            Q(state=Grant.State.PENDING) | Q(state=Grant.State.ACTIVE, expires_at__gt=now),
            api__in=[api.id for api in apis],
            application__team_id__in=list(actor.team_roles),
        )
        .order_by("created_at")
        .values_list("api_id", "state", "created_at", "access_request")
    )
    found: dict[UUID, Standing] = {}
    for api_id, state, created_at, request_id in rows:
        before = found.get(api_id)
        if before is None or RANK[Grant.State(state)] >= RANK[Grant.State(before.state)]:
            found[api_id] = Standing(state, (now - created_at).total_seconds(), request_id)
    return found


def _action(api: Api, standing: Standing | None) -> Action:
    another = reverse("get-key", args=[api.slug])
    if api.lifecycle == "retired":
        return Action("Retired", f"/apis/{api.slug}", icon="archive", primary=False, drawer=False)
    if standing is None:
        return Action("Get key", another)
    if standing.state == Grant.State.PENDING and standing.request_id is not None:
        return Action(
            f"Pending, {span_text(int(standing.waited_seconds))}",
            reverse("access-request", args=[standing.request_id]),
            icon="clock",
            primary=False,
            drawer=False,
            note="Your key answers from examples until an owner approves it.",
            note_tone="amber",
        )
    return Action(
        "Use key",
        f"{reverse('access')}?api={api.slug}",
        icon="key-round",
        primary=False,
        drawer=False,
        note="Your teams hold a key to this API.",
        note_tone="green",
    )


def find_keys(request: HttpRequest, words: str) -> PaletteGroup:
    """Keys whose public id, application or API has the words in it, for the palette."""
    actor = actor_of(request)
    if not actor.is_authenticated or actor.tenant_id is None:
        return PaletteGroup("Keys")
    rows = keys_for(actor).filter(
        Q(public_id__icontains=words)
        | Q(application__name__icontains=words)
        | Q(grant__api__name__icontains=words),
        state=Key.State.ACTIVE,
    )
    return PaletteGroup(
        "Keys",
        [
            PaletteItem(
                title=key.application.name,
                href=f"{reverse('access')}?api={key.grant.api.slug}",
                icon="key-round",
                detail=key.grant.api.name,
                meta=key.public_id,
            )
            for key in rows.order_by("-id")[:MOST_FOUND]
        ],
    )
