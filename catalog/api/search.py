"""REST of search: /search."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.apis import FACETS
from catalog.api.shapes import SearchOut
from catalog.listing import Facet, Filters, Option
from catalog.search import as_dict, search_operations
from marketplace.errors import Invalid
from marketplace.rest.views import RestView

MOST_APIS = 100


class Search(RestView):
    """Operations ranked, nested under their APIs; with `max_tokens` cut to an agent's budget."""

    area = "catalog"

    @extend_schema(
        operation_id="searchOperations",
        parameters=[
            OpenApiParameter("q", str),
            *FACETS,
            OpenApiParameter("max_tokens", int),
            OpenApiParameter("limit", int),
            OpenApiParameter("offset", int),
        ],
        responses=SearchOut,
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        limit = _number(asked, "limit", 25, most=MOST_APIS)
        offset = _number(asked, "offset", 0, most=1_000_000)
        most = _number(asked, "max_tokens", 0, most=1_000_000)
        found = search_operations(
            actor=self.actor,
            q=asked.get("q", ""),
            filters=Filters.of(asked.getlist),
            limit=limit,
            offset=offset,
            max_tokens=most or None,
        )
        following = asked.copy()
        following["offset"] = str(found.next_offset)
        answer: dict[str, Any] = {
            "q": found.q,
            "items": [as_dict(hit) for hit in found.apis],
            "total_apis": found.total_apis,
            "total_operations": found.total_operations,
            "truncated": found.truncated,
            "next": f"/api/v1/search?{following.urlencode()}"
            if found.next_offset and not found.truncated
            else None,
        }
        if not most:
            answer["facets"] = [_facet(facet) for facet in found.facets]
        return Response(answer)


def _facet(facet: Facet) -> dict[str, Any]:
    return {
        "name": facet.name,
        "label": facet.label,
        "options": [_option(option) for option in facet.options],
    }


def _option(option: Option) -> dict[str, Any]:
    shown: dict[str, Any] = {"value": option.value, "label": option.label, "count": option.count}
    if option.within:
        shown["within"] = [_option(inner) for inner in option.within]
    return shown


def _number(asked: Any, name: str, usual: int, *, most: int) -> int:
    text = asked.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise Invalid.at(f"/{name}", f"A whole number up to {most:,}.")
    return int(text)
