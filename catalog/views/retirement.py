"""The Retire page of owners, and the word of those who call."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from catalog.listing import visible_to
from catalog.models import Api
from catalog.models.api import Lifecycle
from catalog.publish.comparison import compare_two
from catalog.queries.pages import ApiPage
from catalog.retirement import acknowledge_retirement, callers_of, keep_api, retire_api
from catalog.views.api import shown_change
from catalog.views.asking import actor_in, page
from catalog.views.frame import framed
from marketplace import clock
from marketplace.errors import Forbidden, Invalid, NotFound, Problem

USUAL = timedelta(days=90)
SHOWN_CHANGES = 60


class RetirementForm(forms.Form):
    """When it ends, and where callers go."""

    sunset_at = forms.DateField(
        label="Last day",
        help_text="Calls are answered until the end of this day, UTC.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    successor = forms.ChoiceField(label="Successor", required=False)

    def __init__(self, *args: Any, successors: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].choices = [("", "None"), *successors]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who calls it, the date, the message they get; announcing it, or taking it back."""
    actor = actor_in(request)
    found, context = framed(request, slug, tab="consumers")
    if not found.owned:
        raise Forbidden("Its owners decide when an API ends.")
    api = found.api
    successors = [
        (other.slug, other.name)
        for other in visible_to(actor)
        .filter(lifecycle=Lifecycle.ACTIVE)
        .exclude(id=api.id)
        .order_by("name")
        .only("slug", "name")
    ]
    if request.method == "POST" and request.POST.get("keep"):
        keep_api(actor=actor, slug=slug)
        messages.success(request, f"{api.name} stays.")
        return redirect(f"/apis/{slug}")
    initial = {
        "sunset_at": (api.sunset_at or clock.now() + USUAL).date(),
        "successor": api.successor.slug if api.successor else "",
    }
    sent = request.method == "POST"
    form = RetirementForm(request.POST if sent else None, initial=initial, successors=successors)
    if sent and form.is_valid():
        try:
            retire_api(
                actor=actor,
                slug=slug,
                sunset_at=datetime.combine(form.cleaned_data["sunset_at"], time.max, UTC),
                successor=form.cleaned_data["successor"] or None,
            )
        except Invalid as problem:
            form.add_error("sunset_at", problem.errors[0].detail)
        else:
            messages.success(request, f"{api.name} is going away, and its callers are told.")
            return redirect(f"/apis/{slug}/retire")
    context |= {
        "form": form,
        "callers": callers_of(api),
        "announced": api.lifecycle == Lifecycle.DEPRECATED,
        "ended": api.lifecycle == Lifecycle.RETIRED,
    }
    status = 422 if form.errors else 200
    return page(request, "catalog/api/retire.html", context, status=status)


@require_POST
def acknowledge(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A team says that it knows."""
    try:
        team_id = UUID(request.POST.get("team", ""))
        acknowledge_retirement(actor=actor_in(request), slug=slug, team_id=team_id)
    except (ValueError, Problem) as error:
        said = error.detail if isinstance(error, Problem) else "Choose a team."
        messages.error(request, said)
    else:
        messages.success(request, "Its owners see that your team knows.")
    return redirect(f"/apis/{slug}")


def migration(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What a caller changes on the way to the successor."""
    found, context = framed(request, slug, tab="changes")
    successor = _successor(found)
    compared = compare_two(
        actor=actor_in(request), version=successor.served_version, base=found.version
    )
    context |= {
        "successor": successor,
        "changes": [shown_change(line) for line in compared.changes[:SHOWN_CHANGES]],
        "total": len(compared.changes),
        "breaking": sum(line.level == "error" for line in compared.changes),
    }
    return page(request, "catalog/api/migration.html", context)


def _successor(found: ApiPage) -> Any:
    successor = found.api.successor
    if successor is None or found.version is None:
        raise NotFound(f"{found.api.name} names no successor.")
    whole = Api.across.select_related("served_version", "served_version__api").get(id=successor.id)
    if whole.served_version is None:
        raise NotFound(f"{whole.name} has no version yet.")
    return whole
