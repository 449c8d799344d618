"""REST of search: /search."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.apis import FACETS
from catalog.api.shapes import SearchOut
from catalog.listing import Facet, Filters, Option
from catalog.search.budget import cost_of, within_tokens
from catalog.search.find import search_operations
from catalog.search.results import SearchResults, as_dict
from marketplace.errors import Invalid
from marketplace.rest.views import RestView

MOST_APIS = 100
MOST_NUMBER = 1_000_000


class Search(RestView):
    """Operations ranked, nested under their APIs; with `max_tokens` cut to an agent's budget."""

    area = "catalog"

    @extend_schema(
        operation_id="searchOperations",
        parameters=[
            OpenApiParameter("q", str, description="Plain words, identifiers, beginnings of words"),
            *FACETS,
            OpenApiParameter(
                "max_tokens", int, description="The whole answer is at most so long; no facets then"
            ),
            OpenApiParameter("limit", int),
            OpenApiParameter("offset", int),
        ],
        responses=SearchOut,
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        limit = _number(asked, "limit", 25, most=MOST_APIS)
        offset = _number(asked, "offset", 0)
        most = _number(asked, "max_tokens", None)
        found = search_operations(
            actor=self.actor,
            q=asked.get("q", ""),
            filters=Filters.of(asked.getlist),
            limit=limit or 0,
            offset=offset or 0,
        )
        if most is not None:
            return Response(_within(found, asked, most))
        answer = _head(found) | {
            "items": [as_dict(hit, marks=True) for hit in found.apis],
            "next": _at(asked, found.next_offset),
            "corrections": found.corrections,
            "unknown": list(found.unknown),
            "facets": [_facet(facet) for facet in found.facets],
        }
        return Response(answer)


def _head(found: SearchResults) -> dict[str, Any]:
    return {
        "q": found.q,
        "items": [],
        "total_apis": found.total_apis,
        "total_operations": found.total_operations,
        "truncated": False,
        "next": None,
    }


def _within(found: SearchResults, asked: QueryDict, most: int) -> dict[str, Any]:
    """The answer in at most so many tokens, all of it counted. Where even an empty one is longer,
    Invalid says how many it takes."""
    answer = _head(found) | {"truncated": True}
    end = found.offset + len(found.apis)
    room = most - cost_of(answer | {"next": _at(asked, end)})
    if room < 0:
        raise Invalid.at("/max_tokens", f"The emptiest answer takes {most - room} tokens.")
    items, truncated = within_tokens([as_dict(hit) for hit in found.apis], room)
    end = found.offset + len(items)
    more = bool(items) and end < found.total_apis
    return answer | {
        "items": items,
        "truncated": truncated,
        "next": _at(asked, end) if more else None,
    }


def _at(asked: QueryDict, offset: int | None) -> str | None:
    if offset is None:
        return None
    following = asked.copy()
    following["offset"] = str(offset)
    return f"/api/v1/search?{following.urlencode()}"


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


def _number(asked: QueryDict, name: str, usual: int | None, most: int = MOST_NUMBER) -> int | None:
    text = asked.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
        raise Invalid.at(f"/{name}", f"A whole number up to {most:,}.")
    return int(text)
