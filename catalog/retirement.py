"""An API's end: announced with one date, reminded of, acknowledged by those who call it, and
carried out when the day comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from catalog.apis import api_to_change, update_api
from catalog.extensions import usage_of
from catalog.models import Acknowledgement, Api
from catalog.models.api import Lifecycle
from catalog.queries.consumers import ConsumerRow, consumers_in
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor

SHORTEST = timedelta(days=7)
LONGEST = timedelta(days=5 * 365)
REMINDERS = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Caller:
    """An application that calls what ends, and whether its team said that it knows."""

    use: ConsumerRow
    team_id: UUID
    acknowledged_at: datetime | None
    acknowledged_by: str


def retire_api(
    *,
    actor: Actor,
    slug: str,
    sunset_at: datetime,
    successor: str | None = None,
) -> Api:
    """Announce the end of an API: from now on it is deprecated, at `sunset_at` it is retired.

    The edge says so in `Deprecation` (RFC 9745) and `Sunset` (RFC 8594); who watches or calls it
    is told now, and reminded 30, 7 and 1 days before. Raises Invalid for a date nearer than a
    week or beyond five years, Forbidden, NotFound, Conflict where it has ended already.
    """
    now = clock.now()
    if not SHORTEST <= sunset_at - now <= LONGEST:
        raise Invalid.at("/sunset_at", "The end is at least a week and at most five years ahead.")
    with transaction.atomic():
        api = api_to_change(actor, slug)
        if api.lifecycle == Lifecycle.RETIRED:
            raise Conflict(f"{api.name} has ended already.", type="already-retired")
        return update_api(
            actor=actor,
            slug=slug,
            changes={
                "lifecycle": Lifecycle.DEPRECATED.value,
                "deprecation_at": api.deprecation_at or now,
                "sunset_at": sunset_at,
                "successor": successor,
            },
        )


@transaction.atomic
def keep_api(*, actor: Actor, slug: str) -> Api:
    """Take the announcement back. Raises Conflict where there is none, or the end has come."""
    api = api_to_change(actor, slug)
    if api.lifecycle != Lifecycle.DEPRECATED:
        raise Conflict(f"{api.name} is not going away.", type="not-retiring")
    Acknowledgement.across.filter(api=api, kind=Acknowledgement.Kind.RETIREMENT).delete()
    return update_api(
        actor=actor,
        slug=slug,
        changes={
            "lifecycle": Lifecycle.ACTIVE.value,
            "deprecation_at": None,
            "sunset_at": None,
            "successor": None,
        },
    )


@transaction.atomic
def acknowledge_retirement(
    *, actor: Actor, slug: str, team_id: UUID, note: str = ""
) -> Acknowledgement:
    """Say for a team that it knows of the end; twice is once.

    Raises NotFound, Forbidden for one outside the team, Conflict where nothing ends, Invalid for
    a note that is too long.
    """
    api = Api.across.filter(slug=slug).first()
    if api is None:
        raise NotFound(f"There is no API {slug!r}.")
    if not actor.in_team(team_id) or actor.tenant_id is None:
        raise Forbidden("Only the team's own people speak for it.")
    if api.lifecycle != Lifecycle.DEPRECATED:
        raise Conflict(f"{api.name} is not going away.", type="not-retiring")
    if len(note) > LONGEST_NOTE:
        raise Invalid.at("/note", f"At most {LONGEST_NOTE} characters.")
    row, made = Acknowledgement.across.get_or_create(
        api=api,
        team_id=team_id,
        kind=Acknowledgement.Kind.RETIREMENT,
        defaults={
            "tenant_id": actor.tenant_id,
            "api_tenant_id": api.tenant_id,
            "by_id": actor.id,
            "by_label": actor.label[:200],
            "note": note.strip(),
            "at": clock.now(),
        },
    )
    if made:
        record(
            actor=actor,
            action="retirement.acknowledged",
            target=f"api:{slug}",
            tenant_id=actor.tenant_id,
            details={"team": str(team_id), "note": note.strip()},
        )
    return row


def callers_of(api: Api) -> list[Caller]:
    """Who calls the API, the busiest first, and who of them knows."""
    use = usage_of(api)
    teams = {(line.team, line.application): line.team_id for line in use.lines}
    known = {
        row.team_id: row
        for row in Acknowledgement.across.filter(api=api, kind=Acknowledgement.Kind.RETIREMENT)
    }
    found = []
    for row in consumers_in(use.lines):
        team_id = teams[(row.team, row.application)]
        said = known.get(team_id)
        found.append(Caller(row, team_id, said.at if said else None, said.by_label if said else ""))
    return found


def retire_due() -> int:
    """End what was to end by now, and remind of what ends soon; how many APIs were touched.

    Runs in the worker. Each API is its own transaction; running twice does nothing more.
    """
    now = clock.now()
    touched = 0
    due = Api.across.filter(
        Q(sunset_at__lte=now + REMINDERS[0]), lifecycle=Lifecycle.DEPRECATED
    ).values_list("id", flat=True)
    for id in list(due):
        with transaction.atomic():
            api = Api.across.select_for_update(skip_locked=True).filter(id=id).first()
            if api is None or api.lifecycle != Lifecycle.DEPRECATED or api.sunset_at is None:
                continue
            touched += _end(api) if api.sunset_at <= now else _remind(api, now)
    return touched


def _end(api: Api) -> bool:
    api.lifecycle = Lifecycle.RETIRED
    api.revision += 1
    api.updated_at = clock.now()
    api.save(update_fields=["lifecycle", "revision", "updated_at"])
    record(
        actor=Actor.system("retirement"),
        action="api.retired",
        target=f"api:{api.slug}",
        tenant_id=api.tenant_id,
        details={"sunset_at": api.sunset_at},
    )
    _emit(api, "api.retired", {})
    return True


def _remind(api: Api, now: datetime) -> bool:
    """One event for the nearest reminder that is due, unless it was told."""
    assert api.sunset_at is not None
    left = api.sunset_at - now
    days = min(reminder.days for reminder in REMINDERS if left <= reminder)
    data = {"days": days, "sunset_at": api.sunset_at.isoformat()}
    told = OutboxEvent.objects.filter(
        kind="api.ending", subject=f"api:{api.slug}", data__contains=data
    )
    if told.exists():
        return False
    _emit(api, "api.ending", data)
    return True


def _emit(api: Api, kind: str, data: Mapping[str, Any]) -> None:
    emit(
        kind,
        tenant_id=api.tenant_id,
        subject=f"api:{api.slug}",
        data={"api": api.slug, "api_id": str(api.id), **data},
    )
