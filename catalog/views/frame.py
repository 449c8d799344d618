"""The frame around every tab of an API's page."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from catalog.extensions import Action, actions_for
from catalog.models.api import Lifecycle
from catalog.queries.pages import EVENT_KINDS, ApiPage, page_of
from catalog.views.asking import actor_in


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the page."""

    label: str
    href: str
    current: bool
    count: int | None = None


def framed(request: HttpRequest, slug: str, *, tab: str) -> tuple[ApiPage, dict[str, Any]]:
    """The API's page and the context that its frame is drawn with."""
    actor = actor_in(request)
    found = page_of(actor, slug, request.GET.get("version", ""))
    return found, {
        "page": found,
        "api": found.api,
        "version": found.version,
        "tabs": tabs_of(found, tab),
        "action": action_for(request, found),
        "base_url": base_url(found),
        "retiring": found.api.lifecycle in (Lifecycle.DEPRECATED, Lifecycle.RETIRED),
    }


def base_url(page: ApiPage) -> str:
    """The address of calls, before an operation's path."""
    return f"{settings.GATEWAY_URL}/{page.api.slug}"


def action_for(request: HttpRequest, page: ApiPage) -> Action | None:
    """The page's main button; none while there is nothing to ask a key for."""
    if page.version is None or page.api.lifecycle == Lifecycle.RETIRED:
        return None
    return actions_for(request, [page.api]).get(page.api.id)


def tabs_of(page: ApiPage, current: str) -> list[Tab]:
    """The tabs that have something on them for this person."""
    api, version = page.api, page.version
    start = f"/apis/{api.slug}"
    events = version is not None and version.format == "asyncapi"
    rows: list[tuple[str, str, str, int | None, bool]] = [
        ("overview", "Overview", start, None, True),
        (
            "reference",
            "Events" if events else "Reference",
            f"{start}/reference",
            version.operation_count if version else None,
            version is not None,
        ),
        (
            "events",
            "Events",
            f"{start}/events",
            _events_in(page),
            not events and _events_in(page) > 0,
        ),
        ("changes", "Changes", f"{start}/changes", None, version is not None),
        ("plans", "Plans", f"{start}/plans", len(page.plans), True),
        ("consumers", "Consumers", f"{start}/consumers", None, page.owned),
        ("health", "Health", f"{start}/health", None, True),
    ]
    return [
        Tab(label, f"{href}{page.query}", key == current, count)
        for key, label, href, count, shown in rows
        if shown
    ]


def _events_in(page: ApiPage) -> int:
    """How many webhooks and callbacks there are, by the groups that hold them."""
    counts: dict[str, int] = page.outline.get("kinds", {})
    return sum(counts.get(kind, 0) for kind in EVENT_KINDS)
