"""My access: keys of my applications in one table, what waits, rotating and revoking in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from keys.applications import as_id
from keys.approvals import REMIND_AFTER, deciders_of, deciders_of_all, withdraw
from keys.first_call import first_call
from keys.forms import RevokeForm, RotateForm
from keys.lifecycle import find_key, revoke_key, rotate_key
from keys.models import AccessRequest, Grant, Key
from keys.queries import find_request, keys_for, requests_for, shown_scopes
from keys.scopes import scopes_of
from keys.usage import KeyUse, Spend, operations_used, spend_this_month, use_of_keys
from keys.views.frame import done, page, show
from marketplace import clock
from marketplace.errors import Problem
from marketplace.rest.authentication import actor_of
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import User
from marketplace.tenants.scope import platform_scope

PAGE_SIZE = 50
NEAR_END_DAYS = 3
STATES = {"active": "Active", "ended": "Ended"}
MOST_WAITING = 20
FILTERS = {"api": "grant__api__slug", "application": "application__slug"}


@dataclass(frozen=True, slots=True)
class Row:
    """A key as the table shows it."""

    key: Key
    scopes: list[str]
    use: KeyUse
    spend: Spend | None
    state: str
    near_end: bool
    still_used: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits: who decides, since when, what comes next."""

    request: AccessRequest
    deciders: list[User]
    reminds_at: datetime | None


@page
@require_GET
def my_access(request: HttpRequest) -> HttpResponse:
    """The table, and above it what waits."""
    actor = actor_of(request)
    state = request.GET.get("state", "active")
    state = state if state in STATES else "active"
    rows = keys_for(actor).filter(Q(tenant_id=actor.tenant_id))
    rows = (
        rows.filter(state=Key.State.ACTIVE)
        if state == "active"
        else rows.exclude(state=Key.State.ACTIVE)
    )
    filters = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    for name, wanted in filters.items():
        rows = rows.filter(**{FILTERS[name]: wanted})
    if before := as_id(request.GET.get("before", "")):
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    table = as_rows(found[:PAGE_SIZE])
    context = {
        "rows": table,
        "state": state,
        "states": STATES,
        "waiting": waiting_of(actor) if state == "active" and not before and not filters else [],
        "filters": filters,
        "next": _next(request, found[PAGE_SIZE - 1].id) if more else "",
        "tab": "keys",
    }
    return render(request, "keys/my_access.html", context)


def as_rows(
    keys: Sequence[Key],
    *,
    uses: Mapping[str, KeyUse] | None = None,
    spends: Mapping[tuple[UUID, UUID], Spend] | None = None,
) -> list[Row]:
    """The keys with their use and spend: two queries for all, where these are not at hand."""
    if uses is None:
        uses = use_of_keys([key.public_id for key in keys])
    if spends is None:
        spends = spend_this_month({key.application_id for key in keys})
    now = clock.now()
    return [
        Row(
            key=key,
            scopes=shown_scopes(key),
            use=uses.get(key.public_id, KeyUse(last_at=key.last_used_at)),
            spend=spends.get((key.application_id, key.grant.api_id)),
            state=_state(key, now),
            near_end=key.is_live and (key.expires_at - now).days < NEAR_END_DAYS,
            still_used=_still_used(key),
        )
        for key in keys
    ]


def waiting_of(actor: Actor) -> list[Waiting]:
    """The actor's own teams' requests that wait."""
    rows = requests_for(actor, own=True).filter(state=AccessRequest.State.WAITING)
    found = list(rows.order_by("created_at")[:MOST_WAITING])
    with platform_scope():
        people = deciders_of_all(found) if found else {}
    return [
        Waiting(row, people[row.id], None if row.reminded_at else row.changed_at + REMIND_AFTER)
        for row in found
    ]


@page
@require_http_methods(["GET", "POST"])
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask how, then show the successor's secret once."""
    key = find_key(actor_of(request), public_id)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            turned = rotate_key(
                actor=actor_of(request),
                key=key,
                overlap=form.overlap_length(),
                scopes=form.cleaned_data["scopes"],
            )
        except Problem as problem:
            if problem.status not in (409, 422):
                raise
            form.add_error(None, problem.detail)
        else:
            with platform_scope():
                scopes = scopes_of(turned.new.key)
                api = turned.new.key.grant.api
            return show(
                request,
                "rotated",
                {
                    "turned": turned,
                    "key": turned.new.key,
                    "secret": turned.new.secret,
                    "call": first_call(api, scopes, secret=turned.new.secret),
                    "wait_url": reverse("key-call", args=[turned.new.key.public_id]),
                },
                title="The new key",
            )
    with platform_scope():
        used = operations_used(key)
        held = scopes_of(key)
    context = {
        "key": key,
        "form": form,
        "held": held,
        "used": sorted(used),
        "action": reverse("key-rotate", args=[key.public_id]),
    }
    return show(request, "rotate", context, title="Rotate key", status=422 if form.errors else 200)


@page
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask why, then end the key within two seconds everywhere."""
    key = find_key(actor_of(request), public_id)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["reason"] or "revoked by hand"
        ended = revoke_key(actor=actor_of(request), key=key, why=why)
        text = f"{key.public_id} is revoked." if ended else f"{key.public_id} had ended already."
        if len(ended) > 1:
            text = f"{key.public_id} and {len(ended) - 1} below it are revoked."
        return done(request, _back(request), text)
    with platform_scope():
        children = key.children.filter(state=Key.State.ACTIVE).count()
        recent = use_of_keys([key.public_id]).get(key.public_id)
    context = {
        "key": key,
        "form": form,
        "children": children,
        "use": recent,
        "action": reverse("key-revoke", args=[key.public_id]),
    }
    return show(request, "revoke", context, title="Revoke key")


@page
@require_http_methods(["GET", "POST"])
def one_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """A request of mine: who decides, since when, what next; taken back by POST."""
    actor = actor_of(request)
    row = find_request(actor, request_id)
    if request.method == "POST":
        withdraw(actor=actor, request_id=row.id)
        return done(request, "/access", "The request is withdrawn, and its key has ended.")
    with platform_scope():
        people = deciders_of(row)
    waits = row.state == AccessRequest.State.WAITING
    context: dict[str, Any] = {
        "row": row,
        "deciders": people,
        "reminds_at": None if row.reminded_at or not waits else row.changed_at + REMIND_AFTER,
        "waits": waits,
        "mine": row.tenant_id == actor.tenant_id and actor.in_team(row.application.team_id),
        "tab": "keys",
    }
    return render(request, "keys/request.html", context)


def _state(key: Key, now: datetime) -> str:
    if key.state == Key.State.ACTIVE and key.expires_at <= now:
        return Key.State.EXPIRED
    if key.state == Key.State.ACTIVE and key.mock and key.grant.state == Grant.State.PENDING:
        return "waiting"
    if key.state == Key.State.ACTIVE and key.replaced_by_id:
        return "rotating"
    return key.state


def _still_used(key: Key) -> datetime | None:
    """When a replaced key was last used since its successor was made."""
    successor = key.replaced_by
    if successor is None or key.last_used_at is None:
        return None
    return key.last_used_at if key.last_used_at > successor.created_at else None


def _back(request: HttpRequest) -> str:
    return "/access/inbox" if request.GET.get("from") == "inbox" else "/access"


def _next(request: HttpRequest, last: UUID) -> str:
    kept = {k: v for k, v in request.GET.items() if k != "before"}
    return f"?{urlencode({**kept, 'before': str(last)})}"
