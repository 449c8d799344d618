"""The order of what was found, and why it was: which word stands where."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

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
    """A candidate with its score, between 0 and about 1.5."""

    candidate: Candidate
    score: float


@dataclass(frozen=True, slots=True)
class RankedApi:
    """An API's match with its operations, the best first, weak ones left out."""

    match: Match
    score: float
    operations: tuple[Ranked, ...]


def ranked(matches: Sequence[Match], question: Question) -> list[RankedApi]:
    """The matches, those with the best operation first."""
    weights = [concept.weight / (question.weight or 1.0) for concept in question.concepts]
    found = [_api(match, weights) for match in matches]
    found.sort(key=lambda each: (-each.score, each.match.api.name))
    return found


def _api(match: Match, weights: Sequence[float]) -> RankedApi:
    """`weights` are the concepts' shares of the whole question."""
    if not match.levels and not match.candidates:
        return RankedApi(match, 0.0, ())
    of_api = [API_WORTH.get(level, 0.0) for level in match.levels] or [0.0] * len(weights)
    own = sum(map(mul, weights, of_api))
    if not match.candidates:
        return RankedApi(match, own, ())
    operations = [Ranked(each, _score(each, of_api, weights)) for each in match.candidates]
    operations.sort(key=lambda each: -each.score)
    best = operations[0].score
    return RankedApi(
        match=match,
        score=best + own / 10,
        operations=tuple(each for each in operations if each.score >= best * NEAR_THE_BEST),
    )


def _score(candidate: Candidate, of_api: Sequence[float], weights: Sequence[float]) -> float:
    found = covered = named = 0.0
    for weight, level, api in zip(weights, candidate.levels, of_api, strict=True):
        own = worth_of(level)
        value = max(own, api) + TOGETHER * min(own, api)
        found += weight * value
        covered += weight * min(1.0, value * COVERS)
        named += 1.0 if level == NAME else 0.5 if level == NAME + LOOSELY else 0.0
    focus = 1 + FOCUS * min(named / max(candidate.length, 1), 1.0) + SHORT / max(candidate.depth, 1)
    return found * (ALONE + (1 - ALONE) * covered) * focus


def reasons_of(
    concepts: Sequence[Concept], levels: Sequence[int], of_api: Sequence[int]
) -> tuple[Reason, ...]:
    """Where each word was found, in the order of the places' weights: levels of an operation (none
    for an API itself) and of its API, by concept."""
    found = []
    for at, concept in enumerate(concepts):
        level = levels[at] if levels else 0
        api = of_api[at] if of_api else 0
        place = PLACES.get(level % LOOSELY) or API_PLACES.get(api)
        if place:
            found.append((-max(worth_of(level), API_WORTH.get(api, 0.0)), at, concept.asked, place))
    return tuple(Reason(word, place) for _, _, word, place in sorted(found))
