"""Search over operations, nested under their APIs, with the reason of each match."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from catalog.listing import Filters, facets_of, narrowed
from catalog.models import Operation
from catalog.search.marking import Marker, first_like, sought_for
from catalog.search.matching import Match, matches
from catalog.search.question import Question, understand
from catalog.search.ranking import DEEP, Ranked, RankedApi, Reason, ranked, reasons_of
from catalog.search.results import ApiHit, OperationHit, SearchResults, why_of
from marketplace.tenants.actor import Actor

PER_API = 5
SHOWN_FIELDS = ("id", "key", "slug", "method", "path", "title", "fields")


def search_operations(
    *,
    actor: Actor,
    q: str = "",
    filters: Filters | None = None,
    limit: int = 25,
    offset: int = 0,
) -> SearchResults:
    """The APIs an actor may see, those with the best operations first; all by name without `q`.

    At most three queries, one without `q`.
    """
    filters = filters or Filters()
    question = understand(q)
    found = matches(actor, question, filters)
    by_id = {match.api.id: match for match in found}
    listed = [match.api for match in found]
    useful = _useful(found, question)
    shown = [by_id[row.id] for row in narrowed(listed, filters)]
    page = (
        _page(ranked(shown, question)[offset : offset + limit], question)
        if question.text
        else [ApiHit(match.api) for match in shown[offset : offset + limit]]
    )
    return SearchResults(
        q=question.text,
        apis=page,
        facets=facets_of(listed, filters),
        total_apis=len(shown),
        total_operations=sum(
            match.count if question.text else match.api.operations for match in shown
        ),
        offset=offset,
        filtered=bool(filters.count),
        corrections={word: meant for word, meant in question.corrections.items() if word in useful},
        unknown=(
            *question.unknown,
            *(each.asked for each in question.concepts if each.asked not in useful),
        ),
    )


def _useful(found: Sequence[Match], question: Question) -> set[str]:
    """The words asked for that stand in what the asker may see. Of the others nothing is told, or
    the lexicon would give away what drafts hold."""
    levels = [match.levels for match in found]
    levels += [candidate.levels for match in found for candidate in match.candidates]
    return {
        concept.asked
        for at, concept in enumerate(question.concepts)
        if any(each[at] for each in levels if each)
    }


def _page(found: Sequence[RankedApi], question: Question) -> list[ApiHit]:
    ids = [each.candidate.operation_id for api in found for each in api.operations[:PER_API]]
    rows = {row["id"]: row for row in _rows(ids)}
    marker = Marker(question)
    hits = []
    for api in found:
        levels = api.match.levels
        operations = [
            _hit(each, levels, rows[each.candidate.operation_id], question, marker)
            for each in api.operations[:PER_API]
            if each.candidate.operation_id in rows
        ]
        hits.append(
            ApiHit(
                api=api.match.api,
                why=why_of(reasons_of(question.concepts, (), levels)),
                score=api.score,
                operations=operations,
                more=max(api.match.count - len(operations), 0),
            )
        )
    return hits


def _rows(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    return list(Operation.across.filter(id__in=ids).values(*SHOWN_FIELDS)) if ids else []


def _hit(
    found: Ranked,
    of_api: Sequence[int],
    row: dict[str, Any],
    question: Question,
    marker: Marker,
) -> OperationHit:
    reasons = reasons_of(question.concepts, found.candidate.levels, of_api)
    deep = {each.word for each in reasons if each.place == DEEP}
    names = {
        concept.asked: first_like(row["fields"], sought_for(concept))
        for concept in question.concepts
        if concept.asked in deep
    }
    return OperationHit(
        key=row["key"],
        slug=row["slug"],
        method=row["method"],
        path=row["path"],
        title=row["title"],
        score=found.score,
        reasons=tuple(
            Reason(each.word, "description") if each.word in deep and not names[each.word] else each
            for each in reasons
        ),
        field=next((name for name in names.values() if name), ""),
        path_parts=marker.parts_of(row["path"]),
        title_parts=marker.parts_of(row["title"]),
    )
