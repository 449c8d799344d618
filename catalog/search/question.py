"""What a query asks for: its words, each with the words that would do as well."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any

import orjson
from django.db import connection

from catalog.capabilities import CAPABILITIES, within
from catalog.search.words import asked_in, errors_allowed, nearest, neighbours, words_in

LONGEST_QUERY = 200
MOST_CONCEPTS = 8
MOST_BEGINNINGS = 8
SHORTEST_BEGINNING = 3  # two letters begin too many words to mean one
CORRECTED = 0.75  # what a word counts that was not typed like this
# What people say around what they want; English stop words are dropped by the dictionary.
FILLERS = frozenset([
    "api", "apis", "could", "endpoint", "get", "give", "how", "let", "like", "many", "may",
    "me", "much", "need", "operation", "please", "shall", "some", "something", "tell",
    "thing", "things", "us", "use", "want", "way", "would",
])  # fmt: skip
LEXICON = """
WITH asked AS (
  SELECT r.*, (ts_lexize('english_stem', r.word))[1] AS lexeme
  FROM json_to_recordset(%s::json) r (word text, begins boolean, near int[])
), known AS (
  SELECT a.word, a.lexeme, a.begins, a.near, coalesce((
    SELECT s.operations FROM catalog_searchstem s
    WHERE s.lexeme = a.lexeme AND (s.operations > 0 OR s.of_api)
  ), (
    -- An API that got its name after its last version.
    SELECT 0 FROM catalog_api i WHERE i.search @@ quote_literal(a.lexeme)::tsquery LIMIT 1
  )) AS operations
  FROM asked a WHERE a.lexeme IS NOT NULL
)
SELECT 'asked', word, '', operations FROM known
UNION ALL
SELECT 'begins', k.word, b.word, b.operations FROM known k, LATERAL (
  SELECT w.word, s.operations FROM catalog_searchword w JOIN catalog_searchstem s USING (lexeme)
  WHERE w.word ~>=~ k.word AND w.word ~<~ (k.word || U&'\\+10FFFF') AND w.lexeme <> k.lexeme
    AND (s.operations > 0 OR s.of_api)
  ORDER BY s.operations DESC, w.word LIMIT 8
) b WHERE k.begins OR (k.operations IS NULL AND length(k.word) >= 3)
UNION ALL
SELECT 'near', k.word, w.word, s.operations
FROM known k JOIN catalog_searchword w ON w.near && k.near JOIN catalog_searchstem s
  ON s.lexeme = w.lexeme AND (s.operations > 0 OR s.of_api)
WHERE k.operations IS NULL
"""


@dataclass(frozen=True, slots=True)
class Concept:
    """One word asked for. `words` are it, or the ones it must be meant for; `others` are terms of
    the vocabulary that mean the same, or words that begin with it; `capabilities` are what an API
    may be for. `weight` is how much a match says: rare words say more; `operations` is
    how many have it."""

    asked: str
    words: tuple[str, ...]
    others: tuple[str, ...]
    capabilities: tuple[str, ...]
    weight: float
    operations: int

    @property
    def corrected(self) -> bool:
        """Whether the word itself stands nowhere and others were taken for it."""
        return self.asked not in self.words


@dataclass(frozen=True, slots=True)
class Question:
    """A query understood; `unknown` are its words that nothing in the catalog resembles."""

    text: str
    concepts: tuple[Concept, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def weight(self) -> float:
        return sum(concept.weight for concept in self.concepts)

    @property
    def corrections(self) -> dict[str, str]:
        """Words that were taken for another, by the word asked."""
        return {
            concept.asked: concept.words[0]
            for concept in self.concepts
            if concept.words
            and concept.corrected
            and not concept.words[0].startswith(concept.asked)
        }


@dataclass(slots=True)
class _Found:
    """What the lexicon knows of one word."""

    operations: int | None = None
    begins: list[tuple[str, int]] | None = None
    near: list[tuple[str, int]] | None = None


def understand(text: str) -> Question:
    """A query's words, corrected and widened: one query, none for a text without words."""
    text = text[: 4 * LONGEST_QUERY].encode("utf-8", "replace").decode()
    text = " ".join(text.replace("\0", " ").split())[:LONGEST_QUERY]
    words = list(dict.fromkeys(asked_in(text)))[: 2 * MOST_CONCEPTS]
    if not words:
        return Question(text)
    lexicon = _look_up(words, begins=words[-1] if text[-1:].isalnum() else "")
    meant = {word: _meant(word, lexicon[word]) for word in words if word in lexicon}
    plain = [meant[word][0] if meant.get(word) else word for word in words]
    purposes = _purposes(plain)
    content = [word for word in words if word in lexicon and word not in FILLERS]
    concepts, unknown = [], []
    for word in content or [word for word in words if word in lexicon]:
        found = lexicon[word]
        wanted = purposes.get(words.index(word), ())
        others = _others(wanted)
        if found.operations is not None:
            others += tuple(each for each, _ in found.begins or ())
        if not meant[word] and not wanted:
            unknown.append(word)
            continue
        uses = found.operations
        if uses is None:
            near = dict([*(found.near or ()), *(found.begins or ())])
            uses = max((near.get(each, 0) for each in meant[word]), default=0)
        concepts.append(
            Concept(
                asked=word,
                words=meant[word],
                others=tuple(dict.fromkeys(each for each in others if each not in meant[word])),
                capabilities=wanted,
                weight=(1.0 if found.operations is not None else CORRECTED)
                / (1 + 0.35 * log1p(uses)),
                operations=uses,
            )
        )
    concepts.sort(key=lambda concept: -concept.weight)
    return Question(text, tuple(concepts[:MOST_CONCEPTS]), tuple(unknown))


def _look_up(words: Sequence[str], *, begins: str) -> dict[str, _Found]:
    asked: list[dict[str, Any]] = [
        {
            "word": word,
            "begins": word == begins and len(word) >= SHORTEST_BEGINNING,
            "near": neighbours(word),
        }
        for word in words
    ]
    with connection.cursor() as cursor:
        cursor.execute(LEXICON, [orjson.dumps(asked).decode()])
        rows = cursor.fetchall()
    found: dict[str, _Found] = {}
    for kind, word, other, operations in rows:
        of = found.setdefault(word, _Found())
        if kind == "asked":
            of.operations = operations
        elif kind == "begins":
            of.begins = [*(of.begins or ()), (other, operations)]
        else:
            of.near = [*(of.near or ()), (other, operations)]
    return found


def _meant(word: str, found: _Found) -> tuple[str, ...]:
    """The words to look for: itself where it stands anywhere or the vocabulary has it, else those
    that begin with it, else those nearest to it. Nothing where nothing is like it."""
    if found.operations is not None:
        return (word,)
    if found.begins:
        return tuple(each for each, _ in found.begins)
    if _key(word) in VOCABULARY:
        return ()
    like = [each for each in VOCABULARY if errors_allowed(word) and each[0] == word[0]]
    near = [*(found.near or ()), *((each, 0) for each in like)]
    return tuple(nearest(word, near)[:MOST_BEGINNINGS])


def _key(word: str) -> str:
    """A word as the vocabulary has it: without a plural's s."""
    return word.removesuffix("s") if len(word) > 3 else word


def _keys(text: str) -> tuple[str, ...]:
    return tuple(_key(word) for word in asked_in(text))


def _terms() -> dict[tuple[str, ...], list[str]]:
    terms: dict[tuple[str, ...], list[str]] = {}
    for capability in CAPABILITIES:
        for term in (capability.label, *capability.synonyms):
            terms.setdefault(_keys(term), []).append(capability.id)
    return terms


TERMS = _terms()
LONGEST_TERM = max(map(len, TERMS))
VOCABULARY = frozenset(term[0] for term in TERMS if len(term) == 1)
SAME = {
    capability.id: tuple(
        dict.fromkeys(" ".join(words_in(term)) for term in (capability.label, *capability.synonyms))
    )
    for capability in CAPABILITIES
}


def _purposes(words: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """By place of a word, the capabilities that it means, alone or with its neighbours; the
    longest phrase at a place decides."""
    keys = [_key(word) for word in words]
    found: dict[int, tuple[str, ...]] = {}
    at = 0
    while at < len(keys):
        for length in range(min(LONGEST_TERM, len(keys) - at), 0, -1):
            ids = TERMS.get(tuple(keys[at : at + length]))
            if ids:
                wide = tuple(sorted({each for id in ids for each in within(id)}))
                found.update(dict.fromkeys(range(at, at + length), wide))
                at += length
                break
        else:
            at += 1
    return found


def _others(capabilities: Iterable[str]) -> tuple[str, ...]:
    """All terms of capabilities, but of the general ones' parts none."""
    ids = list(capabilities)
    tops = [id for id in ids if not any(id.startswith(f"{other}.") for other in ids)]
    return tuple(term for id in tops for term in SAME[id])
