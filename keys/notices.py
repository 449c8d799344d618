"""Mails about access: to owners when something waits, to teams when something happened to theirs.

Each handler finds its people when it runs, so nobody who left is written to. A handler may run
twice; the second mail is the price of never losing one.
"""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail

from keys.approvals import deciders_of
from keys.models import AccessRequest, BreakGlass, Key
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import handles
from marketplace.tenants.models import User

OWNERS_READ = {
    "access.waiting": "{application} asks for {api}",
    "access.reminder": "Still waiting: {application} asks for {api}",
    "access.delegated": "Yours to decide: {application} asks for {api}",
}
TEAMS_READ = {
    "access.approved": "Approved: {application} may call {api}",
    "access.denied": "Denied: {application} for {api}",
    "access.expired": "Nobody decided: {application} for {api}",
}


@handles(*OWNERS_READ)
def write_to_owners(event: OutboxEvent) -> None:
    """Tell those who can decide."""
    row = _request(event)
    if row is None or row.state != AccessRequest.State.WAITING:
        return
    text = (
        f"{row.requested_by_label} asks for {row.api.name} on behalf of {row.application.name}"
        f" ({row.application.team.name}).\n\n{row.because}\n{row.fix}\n\n"
        f"What for: {row.asked.get('purpose') or 'not stated'}\n\n"
        f"Decide: {settings.PUBLIC_URL}/access/inbox/{row.id}\n"
    )
    _send(deciders_of(row), _subject(OWNERS_READ[event.kind], row), text)


@handles(*TEAMS_READ)
def write_to_requesters(event: OutboxEvent) -> None:
    """Tell who asked what became of it."""
    row = _request(event)
    if row is None:
        return
    people = User.objects.filter(pk=row.requested_by) if row.requested_by else _team(row)
    note = f"\n\n{row.decided_by_label}: {row.note}" if row.note else ""
    text = (
        f"{_subject(TEAMS_READ[event.kind], row)}.{note}\n\n"
        f"{settings.PUBLIC_URL}/access/requests/{row.id}\n"
    )
    _send(people, _subject(TEAMS_READ[event.kind], row), text)


@handles("key.expiring")
def write_of_an_end(event: OutboxEvent) -> None:
    """Tell a team that a key of theirs ends soon and has no successor."""
    key = _key(event)
    if key is None or not key.is_live or key.replaced_by_id is not None:
        return
    text = (
        f"{key.public_id} of {key.application.name} for {key.grant.api.name} ends"
        f" {key.expires_at:%d %b %Y %H:%M} UTC. Rotate it, and the old one goes on meanwhile:\n\n"
        f"{settings.PUBLIC_URL}/access/keys/{key.public_id}/rotate\n"
    )
    subject = f"A key of {key.application.name} ends soon"
    _send(_members(key.application.team_id), subject, text)


@handles("leak.reported")
def write_of_a_leak(event: OutboxEvent) -> None:
    """Tell the team whose key leaked, and the owners of its API."""
    key = _key(event)
    if key is None:
        return
    ours = event.tenant_id == key.tenant_id
    people = _members(key.application.team_id) if ours else _owners(key.grant.api.team_id)
    where = event.data.get("url") or "a place the reporter did not name"
    text = (
        f"{key.public_id} of {key.application.name} for {key.grant.api.name} was found in the"
        f" open: {where}. It is {event.data['outcome']}.\n\n"
        f"Reported by {event.data['reporter']}. Ask for another: "
        f"{settings.PUBLIC_URL}/apis/{key.grant.api.slug}/get-key\n"
    )
    _send(people, f"A key of {key.application.name} leaked and is dead", text)


@handles("break-glass.opened", "break-glass.unreviewed")
def page_about_broken_glass(event: OutboxEvent) -> None:
    """Tell owners and the team that an emergency access was opened, or ended unreviewed."""
    glass = (
        BreakGlass.across.select_related("grant__api", "grant__application")
        .filter(pk=event.data["glass_id"])
        .first()
    )
    if glass is None:
        return
    grant = glass.grant
    ours = event.tenant_id == grant.tenant_id
    people = _members(grant.application.team_id) if ours else _owners(grant.api.team_id)
    what = "was opened" if event.kind == "break-glass.opened" else "ended unreviewed"
    text = (
        f"Emergency access of {grant.application.name} to {grant.api.name} {what}.\n"
        f"Reason: {glass.reason}\nAsked by {glass.asked_by_label}, confirmed by"
        f" {glass.confirmed_by_label}. Review it by {glass.review_by:%d %b %Y %H:%M} UTC.\n"
    )
    _send(people, f"Emergency access to {grant.api.name} {what}", text)


def _request(event: OutboxEvent) -> AccessRequest | None:
    return (
        AccessRequest.across.select_related("application__team", "api", "delegated_to")
        .filter(pk=event.data["request_id"])
        .first()
    )


def _key(event: OutboxEvent) -> Key | None:
    return (
        Key.across.select_related("application", "grant__api")
        .filter(public_id=event.data["key_public_id"])
        .first()
    )


def _subject(text: str, row: AccessRequest) -> str:
    return text.format(application=row.application.name, api=row.api.name)


def _team(row: AccessRequest) -> Iterable[User]:
    return _members(row.application.team_id)


def _members(team_id: UUID) -> Iterable[User]:
    return User.objects.filter(
        memberships__teams__team_id=team_id, memberships__left_at=None, is_active=True
    ).distinct()


def _owners(team_id: UUID) -> Iterable[User]:
    return User.objects.filter(
        memberships__teams__team_id=team_id,
        memberships__teams__role="owner",
        memberships__left_at=None,
        is_active=True,
    ).distinct()


def _send(people: Iterable[User], subject: str, text: str) -> None:
    # One line: what stands in a name must not become a header.
    line = " ".join(f"{settings.BRAND}: {subject}".split())
    for person in people:
        send_mail(line, text, None, [person.email])
