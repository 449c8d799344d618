"""Inbox: what waits for an owner's word, decided by a click or a key."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Operation
from keys.applications import as_id
from keys.approvals import approve, delegate, deny
from keys.forms import DelegateForm, NoteForm
from keys.models import AccessRequest
from keys.queries import find_request, inbox_of
from keys.views.frame import done, is_fragment, page
from marketplace.errors import Conflict, Invalid
from marketplace.rest.authentication import actor_of
from marketplace.tenants.models import User
from marketplace.tenants.scope import platform_scope
from marketplace.ui.navigation import counts

MOST_SHOWN = 50
MOST_SCOPES = 12


@dataclass(frozen=True, slots=True)
class Item:
    """A request as its decider reads it."""

    row: AccessRequest
    scopes: list[str]
    more_scopes: int

    @property
    def decision(self) -> dict[str, str]:
        return {
            "outcome": "wait",
            "rule": self.row.rule,
            "because": self.row.because,
            "fix": self.row.fix,
        }


def as_items(rows: list[AccessRequest]) -> list[Item]:
    """The requests with their scopes in words: one query for all."""
    keys = {scope for row in rows for scope in row.asked["scopes"]}
    titles = dict(
        Operation.across.filter(
            api__in=[row.api_id for row in rows], served=True, key__in=keys
        ).values_list("key", "title")
    )
    items = []
    for row in rows:
        scopes = [
            "All operations" if scope == "*" else titles.get(scope, scope)
            for scope in row.asked["scopes"]
        ]
        items.append(Item(row, scopes[:MOST_SCOPES], max(len(scopes) - MOST_SCOPES, 0)))
    return items


@page
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """All that waits for me, the oldest first."""
    with platform_scope():
        rows = list(inbox_of(actor_of(request))[:MOST_SHOWN])
    return render(request, "keys/inbox.html", {"items": as_items(rows), "tab": "inbox"})


@page
@require_GET
def item(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One of them, where a link from a mail lands."""
    actor = actor_of(request)
    row = find_request(actor, request_id)
    with platform_scope():
        mine = inbox_of(actor).filter(pk=row.pk).exists()
        people = User.objects.filter(
            memberships__tenant_id=row.owner_tenant_id, memberships__left_at=None
        ).exclude(pk__in=[actor.id, row.requested_by])
        form = DelegateForm(people=list(people.distinct()[:200]))
    context = {
        "item": as_items([row])[0],
        "mine": mine,
        "form": form,
        "tab": "inbox",
        "owns": actor.owns_team(row.api.team_id),
    }
    return render(request, "keys/inbox_item.html", context)


@page
@require_POST
def decide(
    request: HttpRequest, request_id: UUID, word: Literal["approve", "deny"]
) -> HttpResponse:
    """Approve or deny what was read."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise Invalid("; ".join(str(error) for errors in form.errors.values() for error in errors))
    act = approve if word == "approve" else deny
    try:
        row = act(
            actor=actor_of(request),
            request_id=request_id,
            revision=form.cleaned_data["revision"],
            note=form.cleaned_data["note"],
        )
    except Conflict as conflict:
        if conflict.type != "request-changed":
            raise
        raise Conflict(
            "The request changed since you read it. Open the inbox again.", title="It changed"
        ) from None
    text = "Approved: the key is live." if word == "approve" else "Denied: the key has ended."
    if is_fragment(request):
        response = HttpResponse("")
        response["HX-Trigger"] = f'{{"toast": {{"text": "{text}", "tone": "green"}}}}'
        return response
    return done(request, "/access/inbox", f"{row.application.name}: {text}")


@page
@require_POST
def hand_over(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Let another member decide."""
    wanted = as_id(request.POST.get("to", ""))
    to = User.objects.filter(pk=wanted).first() if wanted else None
    if to is None:
        raise Invalid.at("/to", "Choose who decides instead.")
    delegate(actor=actor_of(request), request_id=request_id, to=to)
    return done(request, "/access/inbox", f"{to} decides about it now.")


@counts("access")
def waiting_for_me(request: HttpRequest) -> int:
    """How many requests wait for this person's word."""
    actor = actor_of(request)
    if not actor.is_authenticated or actor.tenant_id is None:
        return 0
    return inbox_of(actor).count()
