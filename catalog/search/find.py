"""Search over operations, nested under their APIs, with the reason of each match."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from catalog.listing import Filters, facets_of, narrowed
from catalog.models import Operation
from catalog.search.marking import first_like, parts_of, sought, sought_for
from catalog.search.matching import matches
from catalog.search.question import Question, understand
from catalog.search.ranking import DEEP, Ranked, RankedApi, Reason, ranked
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
    by_id = {match.api.id: match for match in found.apis}
    listed = [match.api for match in found.apis]
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
        all_apis=found.all_apis,
        all_operations=found.all_operations,
        corrections=question.corrections,
        unknown=question.unknown,
    )


def _page(found: Sequence[RankedApi], question: Question) -> list[ApiHit]:
    ids = [each.operation_id for api in found for each in api.operations[:PER_API]]
    rows = {row["id"]: row for row in _rows(ids)}
    hits = []
    for api in found:
        operations = [
            _hit(each, rows[each.operation_id], question)
            for each in api.operations[:PER_API]
            if each.operation_id in rows
        ]
        hits.append(
            ApiHit(
                api=api.match.api,
                why=why_of(api.reasons),
                score=api.score,
                operations=operations,
                more=max(api.match.count - len(operations), 0),
            )
        )
    return hits


def _rows(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    return list(Operation.across.filter(id__in=ids).values(*SHOWN_FIELDS)) if ids else []


def _hit(found: Ranked, row: dict[str, Any], question: Question) -> OperationHit:
    words = sought(question)
    deep = {each.word for each in found.reasons if each.place == DEEP}
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
            for each in found.reasons
        ),
        field=next((name for name in names.values() if name), ""),
        path_parts=parts_of(row["path"], words),
        title_parts=parts_of(row["title"], words),
    )
