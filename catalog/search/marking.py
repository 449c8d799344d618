"""Text cut at the words that were found in it, for a page to mark."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.search.question import Concept, Question
from catalog.search.words import PART, RUN, fold

ENDINGS = frozenset(
    ["", "s", "es", "e", "ed", "d", "ing", "er", "ers", "y", "ies", "ied", "ion", "ions"]
) | frozenset(["ation", "ations", "ment", "ments", "al", "able"])
SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text; `hit` where it is what was searched for."""

    text: str
    hit: bool


def alike(one: str, other: str) -> bool:
    """Whether two words are forms of one: payment and payments, refunded and refund."""
    if one == other:
        return True
    stem = _shared(one, other)
    if stem < SHORTEST_STEM or 2 * stem <= max(len(one), len(other)):
        return False
    return one[stem:] in ENDINGS and other[stem:] in ENDINGS


def _shared(one: str, other: str) -> int:
    """How many letters two words have in common at their start."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def sought_for(concept: Concept) -> tuple[str, ...]:
    """Single words that stand for a concept."""
    terms = (concept.asked, *concept.words, *concept.others)
    return tuple(dict.fromkeys(term for term in terms if " " not in term))


def sought(question: Question) -> tuple[str, ...]:
    """Single words that a mark may stand on: the ones asked for and those of the same meaning."""
    found = (word for concept in question.concepts for word in sought_for(concept))
    return tuple(dict.fromkeys(found))


def parts_of(text: str, words: Iterable[str]) -> tuple[Part, ...]:
    """The text in pieces, those marked that are a form of one of the words, or begin with it."""
    wanted = list(words)
    parts: list[Part] = []
    at = 0
    for start, end in _spans(text):
        word = fold(text[start:end])
        if any(alike(word, each) for each in wanted):
            if start > at:
                parts.append(Part(text[at:start], False))
            parts.append(Part(text[start:end], True))
            at = end
        else:
            begun = max((len(w) for w in wanted if len(w) > 2 and word.startswith(w)), default=0)
            if begun:
                if start > at:
                    parts.append(Part(text[at:start], False))
                parts.append(Part(text[start : start + begun], True))
                at = start + begun
    if at < len(text):
        parts.append(Part(text[at:], False))
    return tuple(parts)


def first_like(names: str, words: Iterable[str]) -> str:
    """The first of the names, parted by blanks, with a part that is a form of one of the words."""
    wanted = list(words)
    for name in names.split():
        parts = [fold(name[start:end]) for start, end in _spans(name)]
        if any(alike(part, word) or part.startswith(word) for part in parts for word in wanted):
            return name
    return ""


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand, the parts of an identifier one by one."""
    for run in RUN.finditer(text):
        inner = list(PART.finditer(run.group()))
        if len(inner) > 1 and sum(len(part.group()) for part in inner) == len(run.group()):
            for part in inner:
                yield run.start() + part.start(), run.start() + part.end()
        else:
            yield run.span()
