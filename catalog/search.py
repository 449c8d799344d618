"""Search over operations, nested under their APIs, with the reason of each match."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable, SearchRank
from django.db.models import F

from catalog.listing import Facet, Filters, Listed, facets_of, listed_for, narrowed
from catalog.models import Operation
from marketplace.tenants.actor import Actor

MOST_OPERATIONS = 200
PER_API = 5
MOST_TERMS = 12
CHARACTERS_A_TOKEN = 4
TERM = re.compile(r"[^\W_]+")
LONGEST_QUERY = 200
FILLERS = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "i",
        "in",
        "is",
        "it",
        "my",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
    ]
)
OPERATION_FIELDS = (
    "id",
    "api_id",
    "key",
    "slug",
    "method",
    "path",
    "title",
    "summary",
    "group",
    "tags",
    "deprecated",
    "fields",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text; `hit` where it is what was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class OperationHit:
    """An operation that matches, and why."""

    key: str
    slug: str
    method: str
    path: str
    title: str
    why: str
    score: float
    path_parts: tuple[Part, ...] = ()
    title_parts: tuple[Part, ...] = ()


@dataclass(slots=True)
class ApiHit:
    """An API with its matching operations, the best first; `more` were left out."""

    api: Listed
    why: str = ""
    score: float = 0.0
    operations: list[OperationHit] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of the list: `apis` of `total_apis`, from `offset`. `truncated` tells that a token
    budget cut it."""

    q: str
    apis: list[ApiHit]
    facets: list[Facet]
    total_apis: int
    total_operations: int
    offset: int
    all_apis: int
    all_operations: int
    truncated: bool = False

    @property
    def next_offset(self) -> int | None:
        end = self.offset + len(self.apis)
        return end if end < self.total_apis else None


def search_operations(
    *,
    actor: Actor,
    q: str = "",
    filters: Filters | None = None,
    limit: int = 25,
    offset: int = 0,
    max_tokens: int | None = None,
) -> SearchResults:
    """The APIs an actor may see, those with the best operations first; all by name without `q`.

    `max_tokens` cuts the answer to about so many tokens of JSON. Two queries.
    """
    filters = filters or Filters()
    q = " ".join(q.split())[:LONGEST_QUERY]
    everything = listed_for(actor)
    hits = _hits(everything, q) if q else {row.id: ApiHit(row) for row in everything}
    matching = [hit.api for hit in hits.values()]
    shown = [hits[row.id] for row in narrowed(matching, filters)]
    if q:
        shown.sort(key=lambda hit: (-hit.score, hit.api.name))
    page = shown[offset : offset + limit]
    truncated = False
    if max_tokens is not None:
        page, truncated = within_tokens(page, max_tokens)
    return SearchResults(
        q=q,
        apis=page,
        facets=facets_of(matching, filters),
        total_apis=len(shown),
        total_operations=sum(len(hit.operations) + hit.more for hit in shown),
        offset=offset,
        all_apis=len(everything),
        all_operations=sum(row.operations for row in everything),
        truncated=truncated,
    )


def _hits(rows: Iterable[Listed], q: str) -> dict[UUID, ApiHit]:
    by_id = {row.id: row for row in rows}
    terms = [term.lower() for term in TERM.findall(q)]
    terms = [term for term in terms if term not in FILLERS] or terms
    found: dict[UUID, ApiHit] = {}
    operations = _operations(terms) if terms else []
    grouped: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for operation in operations:
        grouped[operation["api_id"]].append(operation)
    for id, row in by_id.items():
        named = _named(row, terms)
        nested = grouped.get(id, [])
        if not named and not nested:
            continue
        best = max((operation["score"] for operation in nested), default=0.0)
        found[id] = ApiHit(
            api=row,
            why=named,
            score=best + (1.0 if named == "name" else 0.4 if named else 0.0),
            operations=[_hit(operation, terms) for operation in nested[:PER_API]],
            more=max(len(nested) - PER_API, 0),
        )
    return found


def _operations(terms: Sequence[str]) -> list[dict[str, Any]]:
    query = reduce(and_, (_asking_for(term) for term in terms[:MOST_TERMS]))
    return list(
        Operation.across.filter(served=True, search=query)
        .annotate(score=SearchRank(F("search"), query))
        .order_by("-score", "position")
        .values(*OPERATION_FIELDS, "score")[:MOST_OPERATIONS]
    )


def _asking_for(term: str) -> SearchQueryCombinable:
    """A word in any of its forms, or any word that begins with it."""
    prefix = SearchQuery(f"{term}:*", config="simple", search_type="raw")
    return SearchQuery(term, config="english") | prefix


def _named(row: Listed, terms: Sequence[str]) -> str:
    if not terms:
        return ""
    name = f"{row.name} {row.slug}".lower()
    if all(term in name for term in terms):
        return "name"
    whole = f"{name} {row.summary} {' '.join(row.capabilities)}".lower()
    return "summary" if all(term in whole for term in terms) else ""


def _hit(operation: dict[str, Any], terms: Sequence[str]) -> OperationHit:
    title, path = operation["title"], operation["path"]
    places = (
        ("name", f"{title} {operation['summary']}"),
        ("path", path),
        ("tag", " ".join(operation["tags"])),
        ("field", operation["fields"]),
    )
    why = [name for name, text in places if any(term in text.lower() for term in terms)]
    return OperationHit(
        key=operation["key"],
        slug=operation["slug"],
        method=operation["method"],
        path=path,
        title=title,
        why=", ".join(why[:2]) or "words",
        score=float(operation["score"]),
        path_parts=parts_of(path, terms),
        title_parts=parts_of(title, terms),
    )


def parts_of(text: str, terms: Sequence[str]) -> tuple[Part, ...]:
    """The text cut at the terms that stand in it, for a page to mark."""
    if not terms:
        return (Part(text, False),)
    pattern = re.compile("|".join(re.escape(t) for t in sorted(terms, key=len, reverse=True)), re.I)
    parts: list[Part] = []
    at = 0
    for match in pattern.finditer(text):
        if match.start() > at:
            parts.append(Part(text[at : match.start()], False))
        parts.append(Part(match.group(), True))
        at = match.end()
    if at < len(text):
        parts.append(Part(text[at:], False))
    return tuple(parts)


def as_dict(hit: ApiHit) -> dict[str, Any]:
    """A hit as REST answers it."""
    api = hit.api
    return {
        "api": api.slug,
        "name": api.name,
        "summary": api.summary,
        "kind": api.kind,
        "lifecycle": api.lifecycle,
        "stage": api.stage,
        "data_class": api.data_class,
        "risk": api.risk,
        "approval": api.approval,
        "team": api.team,
        "capabilities": list(api.capabilities),
        "url": f"/apis/{api.slug}",
        "why": hit.why or None,
        "operations": [
            {
                "key": operation.key,
                "method": operation.method,
                "path": operation.path,
                "title": operation.title,
                "why": operation.why,
                "scope": f"{api.slug}:{operation.key}",
                "url": f"/apis/{api.slug}/operations/{operation.slug}",
            }
            for operation in hit.operations
        ],
        "more": hit.more,
    }


def within_tokens(hits: Sequence[ApiHit], most: int) -> tuple[list[ApiHit], bool]:
    """As many hits as fit into a budget of tokens, the last with fewer operations if need be."""
    kept: list[ApiHit] = []
    left = most * CHARACTERS_A_TOKEN
    for hit in hits:
        cut = ApiHit(hit.api, hit.why, hit.score, [], hit.more + len(hit.operations))
        left -= len(json.dumps(as_dict(cut)))
        if left < 0:
            return kept, True
        kept.append(cut)
        for operation in hit.operations:
            cost = len(json.dumps(as_dict(ApiHit(hit.api, operations=[operation])))) - len(
                json.dumps(as_dict(ApiHit(hit.api)))
            )
            if cost > left:
                return kept, True
            left -= cost
            cut.operations.append(operation)
            cut.more -= 1
    return kept, False
