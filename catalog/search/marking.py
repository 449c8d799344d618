"""Text cut at the words that were found in it, for a page to mark."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.search.question import Concept, Question

INFLECTIONS = ("ing", "ies", "ed", "es", "s", "e", "y")
ENDINGS = ["ations", "ation", "ments", "ment", "ions", "able", "ing", "ies", "ied", "ion", "ers"]
ENDINGS += ["er", "es", "ed", "al", "s", "e", "d", "y"]
ENDING = f"(?:{'|'.join(ENDINGS)})?"
SHORTEST_STEM = 3
# Where a word may begin: after no letter, or at a capital within an identifier.
START = r"(?:(?<![^\W\d_])|(?<=[a-z])(?=[A-Z]))"
END = r"(?![a-z])"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text; `hit` where it is what was searched for."""

    text: str
    hit: bool


def stem_of(word: str) -> str:
    """A word without what inflects it, where enough is left."""
    for ending in INFLECTIONS:
        left = len(word) - len(ending)
        if left >= SHORTEST_STEM and 2 * left > len(word) and word.endswith(ending):
            return word[:left]
    return word


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """What matches forms of the words (payments for payment, refunded for refund) whole, and what
    begins with one of them as far as it is that."""
    stems = {stem_of(word) for word in words}
    begun = [word for word in words if len(word) >= SHORTEST_STEM]
    forms = [f"{_either(stems)}{ENDING}{END}", *([_either(begun)] if begun else [])]
    return re.compile(f"{START}(?i:{'|'.join(forms)})")


def _either(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"


def sought_for(concept: Concept) -> tuple[str, ...]:
    """Single words that stand for a concept."""
    terms = (concept.asked, *concept.words, *concept.others)
    return tuple(dict.fromkeys(term for term in terms if " " not in term))


def sought(question: Question) -> tuple[str, ...]:
    """Single words that a mark may stand on: the ones asked for and those of the same meaning."""
    found = (word for concept in question.concepts for word in sought_for(concept))
    return tuple(dict.fromkeys(found))


class Marker:
    """Marks the words of a question in texts."""

    def __init__(self, question: Question) -> None:
        words = sought(question)
        self.pattern = _pattern(words) if words else None

    def parts_of(self, text: str) -> tuple[Part, ...]:
        """The text in pieces, those marked that are forms of a word sought, or begin with one."""
        parts: list[Part] = []
        at = 0
        for match in self.pattern.finditer(text) if self.pattern else ():
            if match.start() > at:
                parts.append(Part(text[at : match.start()], False))
            parts.append(Part(match.group(), True))
            at = match.end()
        if at < len(text):
            parts.append(Part(text[at:], False))
        return tuple(parts)


def first_like(names: str, words: Iterable[str]) -> str:
    """The first of the names (lower case, parted by blanks) with a part that begins like a form of
    one of the words."""
    for word in words:
        stem = stem_of(word)
        at = names.find(stem)
        while at >= 0:
            end = at + len(stem)
            rest = names[end : end + len(ENDINGS[0]) + 1].partition(" ")[0].partition("_")[0]
            if (not at or not names[at - 1].isalpha()) and (not rest or rest in ENDINGS):
                start = names.rfind(" ", 0, at) + 1
                return names[start:].split(" ", 1)[0]
            at = names.find(stem, end)
    return ""
