"""The order of what was found, and why it was: which word stands where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.search.matching import (
    API_CAPABILITY,
    API_NAME,
    API_OTHER,
    API_SUMMARY,
    FIELD,
    LOOSELY,
    NAME,
    PATH,
    SUMMARY,
    TAG,
    Candidate,
    Match,
    worth_of,
)
from catalog.search.question import Concept, Question

API_WORTH = {API_NAME: 0.45, API_CAPABILITY: 0.4, API_SUMMARY: 0.25, API_OTHER: 0.2}
TOGETHER = 0.3  # of the lesser where both the operation and its API have the word
FOCUS = 0.25  # for a name that is nothing but the words asked for
SHORT = 0.15  # for a path of one word; less the more it has
COVERS = 2  # a place worth half a name covers a word wholly, a lesser one in part
ALONE = 0.3  # what stays of a score where next to none of the words are covered
NEAR_THE_BEST = 0.6  # what an operation needs of its API's best score to be shown beside it
PLACES = {NAME: "name", PATH: "path", SUMMARY: "summary", TAG: "tag", FIELD: "field"}
DEEP = PLACES[FIELD]  # a schema field, or the description: told apart where it is shown
API_PLACES = {
    API_NAME: "API name",
    API_SUMMARY: "API summary",
    API_CAPABILITY: "capability",
    API_OTHER: "API",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One word of the query and the place where it, or what it stands for, was found."""

    word: str
    place: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score, between 0 and about 1.5, and its reasons."""

    operation_id: UUID
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RankedApi:
    """An API's match with its operations, the best first, weak ones left out."""

    match: Match
    score: float
    reasons: tuple[Reason, ...]
    operations: tuple[Ranked, ...]


def ranked(matches: Sequence[Match], question: Question) -> list[RankedApi]:
    """The matches, those with the best operation first."""
    found = [_api(match, question) for match in matches]
    found.sort(key=lambda each: (-each.score, each.match.api.name))
    return found


def _api(match: Match, question: Question) -> RankedApi:
    of_api = [API_WORTH.get(level, 0.0) for level in match.levels] or [0.0] * len(question.concepts)
    operations = sorted(
        (_operation(each, match, of_api, question) for each in match.candidates),
        key=lambda each: -each.score,
    )
    whole = question.weight or 1.0
    own = sum(c.weight * worth for c, worth in zip(question.concepts, of_api, strict=True)) / whole
    best = operations[0].score if operations else 0.0
    return RankedApi(
        match=match,
        score=best + own / 10 if operations else own,
        reasons=tuple(_reasons(question.concepts, (), match.levels)),
        operations=tuple(each for each in operations if each.score >= best * NEAR_THE_BEST),
    )


def _operation(
    candidate: Candidate, match: Match, of_api: Sequence[float], question: Question
) -> Ranked:
    whole = question.weight or 1.0
    found = matched = named = 0.0
    for concept, level, api in zip(question.concepts, candidate.levels, of_api, strict=True):
        own = worth_of(level)
        value = max(own, api) + TOGETHER * min(own, api)
        found += concept.weight * value
        matched += concept.weight * min(1.0, value * COVERS)
        named += 1.0 if level == NAME else 0.5 if level == NAME + LOOSELY else 0.0
    focus = 1 + FOCUS * min(named / max(candidate.length, 1), 1.0) + SHORT / max(candidate.depth, 1)
    return Ranked(
        operation_id=candidate.operation_id,
        score=found / whole * (ALONE + (1 - ALONE) * matched / whole) * focus,
        reasons=tuple(_reasons(question.concepts, candidate.levels, match.levels)),
    )


def _reasons(
    concepts: Sequence[Concept], levels: Sequence[int], of_api: Sequence[int]
) -> Iterator[Reason]:
    """The reasons in the order of the places' weights."""
    found = []
    for at, concept in enumerate(concepts):
        level = levels[at] if levels else 0
        api = of_api[at] if of_api else 0
        place = PLACES.get(level % LOOSELY) or API_PLACES.get(api)
        if place:
            found.append((-max(worth_of(level), API_WORTH.get(api, 0.0)), at, concept.asked, place))
    for _, _, word, place in sorted(found):
        yield Reason(word, place)
