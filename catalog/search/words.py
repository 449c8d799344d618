"""Text as words: identifiers split, accents and case folded, near spellings told apart."""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

RUN = re.compile(r"[^\W_]+")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
ACCENT = re.compile(r"[\u0300-\u036f]")
PLAIN = re.compile(r"[a-z]+")
LONGEST_WORD = 40
SHORTEST_CORRECTED = 4  # nearly every word of three letters is one letter from another
TWO_ERRORS_FROM = 7  # letters that bear two errors


@lru_cache(maxsize=50_000)
def split(run: str) -> tuple[str, ...]:
    """One run of letters and digits: as it stands, then its parts where it has several.

    trackingNumber → trackingnumber, tracking, number; v2 → v2, v, 2; Größe → grosse.
    """
    whole = fold(run)[:LONGEST_WORD]
    if PLAIN.fullmatch(run):
        return (whole,)
    parts = PART.findall(run)
    if len(parts) < 2 or sum(map(len, parts)) != len(run):
        return (whole,) if whole else ()
    return (whole, *(part.lower()[:LONGEST_WORD] for part in parts))


def fold(text: str) -> str:
    """Without case and accents."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize(
        "NFC", ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))
    )


def words_in(text: str) -> Iterator[str]:
    """All words of a text, in order, for the index."""
    for run in RUN.findall(text):
        yield from split(run)


def asked_in(text: str) -> Iterator[str]:
    """The words of a query: the parts of an identifier, not the identifier beside them."""
    for run in RUN.findall(text):
        words = split(run)
        yield from words[1:] or words


def errors_allowed(word: str) -> int:
    """How many letters may be wrong, missing, too many or swapped."""
    if len(word) < SHORTEST_CORRECTED or not word.isalpha():
        return 0
    return 2 if len(word) >= TWO_ERRORS_FROM else 1


def neighbours(word: str) -> list[int]:
    """Hashes of the word with as many letters left out as may be wrong. Two words within that
    many errors of each other share one (symmetric deletion)."""
    allowed = errors_allowed(word)
    if not allowed:
        return []
    found = {word}
    layer = {word}
    for _ in range(allowed):
        layer = {each[:at] + each[at + 1 :] for each in layer for at in range(len(each))}
        found |= layer
    return sorted(map(_hash, found))


def _hash(text: str) -> int:
    value = zlib.crc32(text.encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def distance(one: str, other: str, most: int) -> int:
    """Letters to insert, delete, replace or swap (optimal string alignment); `most` + 1 where it
    is more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        above, row, older = row, [at], before
        for to, against in enumerate(other, 1):
            cost = min(above[to] + 1, row[-1] + 1, above[to - 1] + (letter != against))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == against:
                cost = min(cost, older[to - 2] + 1)
            row.append(cost)
        before = above
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def nearest(word: str, others: Iterable[tuple[str, int]]) -> list[str]:
    """Of (word, uses), the ones with the fewest errors against `word`, the most used first; the
    first letter is seldom wrong, so one that differs there counts as an error more."""
    allowed = errors_allowed(word)
    ranked = []
    for other, uses in others:
        errors = distance(word, other, allowed)
        if errors <= allowed:
            ranked.append((errors + (other[0] != word[0]), -uses, other))
    ranked.sort()
    return [other for errors, _, other in ranked if errors == ranked[0][0]]
