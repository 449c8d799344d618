"""What the palette finds: APIs, their operations, places to go, and what other apps add."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.analysis.text import storable
from catalog.search.find import search_operations
from marketplace.rest.authentication import actor_of
from marketplace.ui.navigation import ACCESS, CATALOG, COSTS, PUBLISH

APIS_SHOWN = 6
OPERATIONS_SHOWN = 8
LONGEST_QUERY = 100


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One line: where it leads, and how it is drawn."""

    title: str
    href: str
    icon: str = ""
    method: str = ""
    detail: str = ""
    meta: str = ""


@dataclass(frozen=True, slots=True)
class PaletteGroup:
    """Lines of one kind."""

    label: str
    items: list[PaletteItem] = field(default_factory=list)


Finder = Callable[[HttpRequest, str], PaletteGroup]
_finders: list[Finder] = []


def finds(finder: Finder) -> Finder:
    """Register another source: it is given the request and the words, in lower case."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """The fragment under the palette's field: `GET /palette?q=`."""
    words = storable(request.GET.get("q", "")).strip()[:LONGEST_QUERY]
    groups = [_places(words.lower())]
    if words:
        groups = [*_found(request, words), *(f(request, words.lower()) for f in _finders), *groups]
    page = {"groups": [group for group in groups if group.items], "q": words}
    return render(request, "components/palette_results.html", page)


def _found(request: HttpRequest, words: str) -> list[PaletteGroup]:
    results = search_operations(actor=actor_of(request), q=words, limit=APIS_SHOWN)
    apis = PaletteGroup("APIs")
    operations = PaletteGroup("Operations")
    for hit in results.apis:
        api = hit.api
        apis.items.append(
            PaletteItem(api.name, f"/apis/{api.slug}", icon="box", detail=api.summary)
        )
        for operation in hit.operations:
            if len(operations.items) < OPERATIONS_SHOWN:
                operations.items.append(
                    PaletteItem(
                        operation.title,
                        f"/apis/{api.slug}/operations/{operation.slug}",
                        method=operation.method,
                        detail=operation.path,
                        meta=api.name,
                    )
                )
    return [apis, operations]


def _places(words: str) -> PaletteGroup:
    items = [
        PaletteItem(item.label, item.href, icon=item.icon, meta=f"g {item.go}")
        for item in (CATALOG, ACCESS, PUBLISH, COSTS)
    ]
    items.append(PaletteItem("Access tokens", "/settings/tokens", icon="key"))
    return PaletteGroup("Go to", [i for i in items if words in i.title.lower()])
