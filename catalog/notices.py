"""Telling people what happens to the APIs they watch or call: in the portal, and by mail.

Handlers of the outbox, so they may run twice: a notice stands once per person and event, and its
mail goes once it is marked as not sent yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from catalog.extensions import usage_of
from catalog.models import Api, Notice, Subscription
from marketplace import clock
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import handles
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import TeamMember

LONGEST_TITLE = 300
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who is told, in one of his tenants."""

    user_id: UUID
    tenant_id: UUID


@handles("version.published")
def tell_of_a_version(event: OutboxEvent) -> None:
    """Tell who watches the API."""
    api = _api(event)
    if api is None:
        return
    breaking = int(event.data.get("breaking") or 0)
    changes = int(event.data.get("changes") or 0)
    text = f"{changes} change{'s' * (changes != 1)}" if changes else "No change a caller notices"
    if breaking:
        text += f", {breaking} of them breaking"
    _tell(
        event,
        api,
        watchers_of(api, event.created_at),
        title=f"{api.name} {event.data['version']} is published",
        text=f"{text}.",
        url=f"/apis/{api.slug}/changes?version={event.data['version']}",
    )


@handles("version.breaking")
def tell_of_a_break(event: OutboxEvent) -> None:
    """Tell the teams whose calls break."""
    api = _api(event)
    if api is None:
        return
    _tell(
        event,
        api,
        members_of(UUID(team) for team in event.data["teams"]),
        title=f"{api.name} {event.data['version']} breaks calls of yours",
        text="It takes away or narrows what your keys have used. See which operations, and what"
        " to send instead.",
        url=event.data["url"],
    )


@handles("api.deprecated", "api.ending", "api.retired")
def tell_of_an_end(event: OutboxEvent) -> None:
    """Tell who watches the API and who really calls it."""
    api = _api(event)
    if api is None:
        return
    callers = members_of({line.team_id for line in usage_of(api).lines if line.calls})
    if event.kind == "api.ending":
        days = int(event.data["days"])
        title = f"{api.name} ends in {days} day{'s' * (days != 1)}"
        text = (
            f"It stops answering on {api.sunset_at:%d %b %Y}. You watch it, or your keys call it."
        )
    elif event.kind == "api.retired":
        title, text = f"{api.name} has ended", "Calls to it are answered no more."
    else:
        title = f"{api.name} is going away"
        text = (
            f"It stops answering on {api.sunset_at:%d %b %Y}."
            if api.sunset_at
            else "Its end has no date yet."
        )
    if api.successor is not None:
        text += f" Move to {api.successor.name}."
    readers = [*watchers_of(api, event.created_at), *callers]
    _tell(event, api, readers, title=title, text=text, url=f"/apis/{api.slug}")


def watchers_of(api: Api, at: datetime) -> list[Reader]:
    """Who watched an API at a moment."""
    rows = Subscription.across.filter(api=api, user__is_active=True, created_at__lte=at)
    return [Reader(*row) for row in rows.values_list("user_id", "tenant_id")]


def members_of(teams: Iterable[UUID]) -> list[Reader]:
    """The people in teams, as they are now."""
    rows = TeamMember.across.filter(
        team_id__in=list(teams), member__left_at=None, member__user__is_active=True
    )
    return [Reader(*row) for row in rows.values_list("member__user_id", "tenant_id").distinct()]


def _api(event: OutboxEvent) -> Api | None:
    return Api.across.select_related("successor").filter(id=event.data["api_id"]).first()


def _tell(
    event: OutboxEvent, api: Api, readers: Iterable[Reader], *, title: str, text: str, url: str
) -> None:
    """Write the notices that do not stand yet, and mail those that were not mailed."""
    now = clock.now()
    people = {reader.user_id: reader for reader in readers}
    Notice.across.bulk_create(
        [
            Notice(
                tenant_id=reader.tenant_id,
                user_id=reader.user_id,
                api=api,
                event_id=event.id,
                kind=event.kind,
                title=title[:LONGEST_TITLE],
                text=text,
                url=url[:LONGEST_TITLE],
                created_at=now,
            )
            for reader in people.values()
        ],
        ignore_conflicts=True,
    )
    # One line: what stands in a name must not become a header.
    subject = " ".join(f"{settings.BRAND}: {title}".split())
    body = f"{text}\n\n{settings.PUBLIC_URL}{url}\n"
    waiting = Notice.across.select_related("user").filter(event_id=event.id, mailed_at=None)
    for notice in waiting:
        send_mail(subject, body, None, [notice.user.email])
        notice.mailed_at = now
        notice.save(update_fields=["mailed_at"])


def notices_for(actor: Actor) -> list[Notice]:
    """What an actor was told lately, the newest first: one query."""
    if actor.kind != "user" or actor.id is None:
        return []
    rows = Notice.across.select_related("api").filter(user_id=actor.id)
    return list(rows.order_by("-created_at")[:SHOWN])


@transaction.atomic
def mark_read(*, actor: Actor) -> int:
    """Call everything read; how many notices that were."""
    if actor.id is None:
        return 0
    return Notice.across.filter(user_id=actor.id, read_at=None).update(read_at=clock.now())
