"""The tabs of an API's page that are not its reference."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from catalog.extensions import api_panels, health_of, prices_of, usage_of
from catalog.models import Acknowledgement, Change, Version
from catalog.publish.comparison import compare_two
from catalog.publish.report import ChangeLine
from catalog.publish.stored import change_line, changes_of
from catalog.queries.consumers import consumers_in
from catalog.queries.owner import teams_of
from catalog.queries.pages import ApiPage
from catalog.reference.first_call import first_call_samples
from catalog.views.asking import actor_in, as_json, coded, page
from catalog.views.frame import base_url, framed
from catalog.watch import unwatch_api, watch_api
from marketplace.errors import Forbidden, NotFound

SHOWN_CHANGES = 4
MOST_FLAT = 30  # changes listed one by one; more are folded by operation
GROUPS_SHOWN = 20
MOST_IN_GROUP = 40
LEVELS = ("error", "unknown", "warning", "info")
WORDS = {
    "error": ("Breaking", "red"),
    "unknown": ("Unknown", "amber"),
    "warning": ("Risky", "amber"),
    "info": ("Safe", "green"),
}


def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, how to begin, who to ask."""
    found, context = framed(request, slug, tab="overview")
    apis = [found.api]
    recent = (
        Change.across.filter(version=found.version).order_by("position")[:MOST_IN_GROUP]
        if found.version
        else []
    )
    lines = sorted((change_line(row, []) for row in recent), key=_weight)[:SHOWN_CHANGES]
    context |= {
        "samples": first_call_samples(found.outline.get("first_call"), base_url(found)),
        "first_call": found.outline.get("first_call"),
        "changes": [shown_change(line) for line in lines],
        "health": health_of(apis).get(found.api.id),
        "price": prices_of(apis).get(found.api.id)
        or (found.default_plan.price_text if found.default_plan else ""),
        "panels": api_panels(request, found.api),
        "snippet": ci_snippet(found),
        "teams": teams_of(actor_in(request)) if context["retiring"] else [],
    }
    template = "catalog/api/overview.html" if found.version else "catalog/api/nothing.html"
    return page(request, template, context)


def overview_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The API as JSON."""
    found, _ = framed(request, slug, tab="overview")
    api, version = found.api, found.version
    return as_json(
        {
            "slug": api.slug,
            "name": api.name,
            "summary": api.summary,
            "team": api.team.slug,
            "kind": api.kind,
            "lifecycle": api.lifecycle,
            "stage": api.stage,
            "data_class": api.data_class,
            "risk": api.risk,
            "approval": api.approval,
            "capabilities": [each.id for each in found.capabilities],
            "version": version.version if version else None,
            "operations": version.operation_count if version else 0,
            "grade": version.grade if version else None,
            "versions": [each.version for each in found.versions],
            "sunset_at": api.sunset_at,
        }
    )


def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """A version against the one before, or against `?base=`: breaking, unknown, safe; and whom
    each change hits."""
    found, context = framed(request, slug, tab="changes")
    if found.version is None:
        return page(request, "catalog/api/nothing.html", context)
    wanted = request.GET.get("base", "")
    found.version.api = found.api
    if wanted:
        base = Version.across.filter(api=found.api, version=wanted).first()
        if base is None:
            raise NotFound(f"There is no version {wanted!r} of {found.api.name}.")
        compared = compare_two(actor=actor_in(request), version=found.version, base=base)
        lines: Sequence[ChangeLine] = compared.changes
    else:
        lines = changes_of(found.version)
        labels = [each.version for each in found.versions]
        at = labels.index(found.version.version) if found.version.version in labels else -1
        wanted = labels[at + 1] if 0 <= at < len(labels) - 1 else ""
    level = request.GET.get("level", "")
    counts = Counter(line.level for line in lines)
    chosen = [line for line in lines if not level or line.level == level]
    groups = _grouped(chosen)
    start = _offset(request)
    context |= {
        "base": wanted,
        "asked": urlencode(
            ({} if found.is_served else {"version": found.version.version}) | {"base": wanted}
        ),
        "levels": [
            (name, WORDS[name][0], WORDS[name][1], counts[name], name == level)
            for name in LEVELS
            if counts[name]
        ],
        "level": level,
        "groups": groups[start : start + GROUPS_SHOWN],
        "next": start + GROUPS_SHOWN if len(groups) > start + GROUPS_SHOWN else None,
        "previous": max(start - GROUPS_SHOWN, 0) if start else None,
        "shown": f"{start + 1}–{min(start + GROUPS_SHOWN, len(groups))} of {len(groups)}",
        "flat": len(chosen) <= MOST_FLAT,
        "changes": [shown_change(line) for line in chosen] if len(chosen) <= MOST_FLAT else [],
        "total": len(lines),
        "acknowledgements": Acknowledgement.across.filter(version=found.version)[:5],
    }
    return page(request, "catalog/api/changes.html", context)


def _weight(line: ChangeLine) -> tuple[int, bool]:
    """What to read first: the gravest, and of those what an operation does."""
    return LEVELS.index(line.level), not line.operation


def _grouped(lines: Sequence[ChangeLine]) -> list[dict[str, object]]:
    """The changes by operation, the gravest operation first."""
    groups: dict[str, list[ChangeLine]] = {}
    for line in lines:
        groups.setdefault(line.operation, []).append(line)
    ordered = sorted(
        groups.items(), key=lambda item: (min(LEVELS.index(c.level) for c in item[1]), item[0])
    )
    return [
        {
            "operation": operation or "The document",
            "changes": [shown_change(line) for line in found[:MOST_IN_GROUP]],
            "count": len(found),
            "worst": shown_change(min(found, key=lambda line: LEVELS.index(line.level))),
        }
        for operation, found in ordered
    ]


def _offset(request: HttpRequest) -> int:
    offset = request.GET.get("offset", "")
    return int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 8 else 0


def shown_change(line: ChangeLine) -> dict[str, object]:
    """A change with its word and tone."""
    word, tone = WORDS[line.level]
    return {
        "word": word,
        "tone": tone,
        "parts": coded(line.text),
        "where": line.operation or line.path,
        "rule": line.rule,
        "consumers": line.consumers,
        # Of what is safe only the use that was seen is worth a word.
        "shown_impact": line.level != "info" or line.consumers.observed == "used",
    }


def plans(request: HttpRequest, slug: str) -> HttpResponse:
    """Limits and prices."""
    found, context = framed(request, slug, tab="plans")
    context["price"] = prices_of([found.api]).get(found.api.id, "")
    return page(request, "catalog/api/plans.html", context)


def consumers(request: HttpRequest, slug: str) -> HttpResponse:
    """For owners: who calls what, as measured."""
    found, context = framed(request, slug, tab="consumers")
    if not found.owned:
        raise Forbidden("Who uses an API is shown to the owners of its team.")
    use = usage_of(found.api)
    context |= {
        "use": use,
        "rows": consumers_in(use.lines),
        "total": sum(line.calls for line in use.lines),
    }
    return page(request, "catalog/api/consumers.html", context)


def health(request: HttpRequest, slug: str) -> HttpResponse:
    """How it does, as callers feel it."""
    found, context = framed(request, slug, tab="health")
    measured = health_of([found.api]).get(found.api.id)
    context["health"] = measured
    context["calls"] = measured.series if measured else []
    return page(request, "catalog/api/health.html", context)


@require_POST
def watch(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Begin or end to watch; back to the page, or the button anew where htmx asks."""
    actor = actor_in(request)
    change = unwatch_api if request.POST.get("watching") == "off" else watch_api
    change(actor=actor, slug=slug)
    if getattr(request, "htmx", False):
        _, context = framed(request, slug, tab="overview")
        return page(request, "catalog/api/watch.html", context)
    return redirect(f"/apis/{slug}")


def ci_snippet(page: ApiPage) -> str:
    """What a pipeline runs to publish the next version."""
    return publishing_call(page.api.slug)


def publishing_call(slug: str) -> str:
    """One call of a pipeline."""
    return (
        f'curl -fsS -X PUT "$MARKETPLACE/api/v1/apis/{slug}/versions/$VERSION" \\\n'
        '  -H "Authorization: Bearer $MARKETPLACE_TOKEN" \\\n'
        "  --data-binary @openapi.yaml"
    )
