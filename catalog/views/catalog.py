"""The catalog itself: facets, search, rows with the operations that match, a peek beside them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict

from catalog.extensions import Action, Health, actions_for, health_of, prices_of
from catalog.listing import Facet, Filters, listed_for
from catalog.markdown import catalog_markdown
from catalog.models.api import Approval
from catalog.queries.pages import RowApi, rows_of
from catalog.reference.first_call import first_call_samples
from catalog.search.find import search_operations
from catalog.search.results import ApiHit, SearchResults, as_dict
from catalog.views.asking import actor_in, as_json, as_markdown, page
from marketplace.errors import NotFound
from marketplace.ui.code import Sample

PER_PAGE = 25
FACETS = ("capability", "protocol", "lifecycle", "approval", "data_class", "risk", "team")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the catalog."""

    hit: ApiHit
    shown: RowApi
    price: str
    health: Health | None
    action: Action | None
    current: bool

    @property
    def approval(self) -> str:
        return str(Approval(self.hit.api.approval).label)

    @property
    def samples(self) -> list[Sample]:
        """The first call, for the peek."""
        base = f"{settings.GATEWAY_URL}/{self.hit.api.slug}"
        return first_call_samples(self.shown.first_call, base)

    @property
    def sample_title(self) -> str:
        return str(self.shown.first_call["title"]) if self.shown.first_call else ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force and the address without it."""

    label: str
    without: str


def catalog(request: HttpRequest) -> HttpResponse:
    """The list; htmx gets it without the page around it and takes what changed."""
    found = _found(request)
    rows = _rows(request, found.apis)
    asked = request.GET.copy()
    asked.pop("offset", None)
    context = {
        "found": found,
        "whole": not found.q and not found.filtered,
        "rows": rows,
        "peek": _peeked(request, rows),
        "chips": _chips(found.facets, asked),
        "chosen": sum(len(facet.chosen) for facet in found.facets),
        "hidden": [(name, value) for name in FACETS for value in asked.getlist(name)],
        "next": _at(request.GET, found.next_offset),
        "previous": _at(request.GET, max(found.offset - PER_PAGE, 0)) if found.offset else "",
        "shown": _shown(found),
    }
    return page(request, "catalog/catalog.html", context, fragment="catalog/shell.html")


def catalog_json(request: HttpRequest) -> HttpResponse:
    """The same as JSON."""
    found = _found(request)
    return as_json({"total": found.total_apis, "items": [as_dict(hit) for hit in found.apis]})


def catalog_md(request: HttpRequest) -> HttpResponse:
    """The same as Markdown."""
    return as_markdown(catalog_markdown(_found(request)))


def peek(request: HttpRequest, slug: str) -> HttpResponse:
    """One API beside the list."""
    hits = [ApiHit(row) for row in listed_for(actor_in(request)) if row.slug == slug]
    if not hits:
        raise NotFound(f"There is no API {slug!r}.")
    return page(request, "catalog/peek.html", {"row": _rows(request, hits)[0]})


def _found(request: HttpRequest) -> SearchResults:
    asked = request.GET
    offset = asked.get("offset", "")
    return search_operations(
        actor=actor_in(request),
        q=asked.get("q", "").replace("\0", ""),
        filters=Filters.of(asked.getlist),
        limit=PER_PAGE,
        offset=int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 8 else 0,
    )


def _rows(request: HttpRequest, hits: list[ApiHit]) -> list[Row]:
    details = rows_of([hit.api.id for hit in hits])
    apis = [detail.api for detail in details.values()]
    prices, health, actions = prices_of(apis), health_of(apis), actions_for(request, apis)
    selected = request.GET.get("peek") or (hits[0].api.slug if hits else "")
    return [
        Row(
            hit=hit,
            shown=details[hit.api.id],
            price=prices.get(hit.api.id) or details[hit.api.id].price,
            health=health.get(hit.api.id),
            action=actions.get(hit.api.id),
            current=hit.api.slug == selected,
        )
        for hit in hits
        if hit.api.id in details
    ]


def _peeked(request: HttpRequest, rows: list[Row]) -> Row | None:
    return next((row for row in rows if row.current), rows[0] if rows else None)


def _chips(facets: list[Facet], asked: QueryDict) -> list[Chip]:
    chips = []
    for facet in facets:
        for option in facet.chosen:
            left = [
                (name, value)
                for name in asked
                for value in asked.getlist(name)
                if (name, value) != (facet.name, option.value)
            ]
            chips.append(Chip(option.label, f"/?{urlencode(left)}"))
    return chips


def _at(asked: QueryDict, offset: int | None) -> str:
    if offset is None:
        return ""
    following: Any = asked.copy()
    following["offset"] = str(offset)
    return f"/?{following.urlencode()}"


def _shown(found: SearchResults) -> str:
    first, last = found.offset + 1, found.offset + len(found.apis)
    return f"{first}–{last} of {found.total_apis} APIs" if found.apis else ""
