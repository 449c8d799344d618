"""The index kept: an entry for each served operation, and the lexicon of all words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from catalog.models import Api, Operation
from catalog.search.words import RUN, asked_in, neighbours, split
from marketplace.ids import new_id
from marketplace.rest.renderers import plain

AT_ONCE = 500  # operations in one statement
MOST_NEW_WORDS = 20_000  # of one API: a flood of random names must not fill the lexicon
SHORTEST_WORD = 2
MOST_DEPTH = 32_000
# Characters of each text, together well within what a tsvector holds (1 MB).
MOST_TEXT = {"name": 4_000, "path": 8_000, "summary": 8_000, "tags": 8_000, "rest": 60_000}
LONGEST_DESCRIPTION = 8_000
TAG = re.compile(r"<[^>]*>")
COLUMNS = (
    "id",
    "tenant_id",
    "api_id",
    "title",
    "operation_id",
    "path",
    "summary",
    "tags",
    "fields",
    "description_html",
)
INSERT = """
INSERT INTO catalog_searchentry (id, tenant_id, api_id, operation_id, length, depth, head, search)
SELECT r.id, r.tenant_id, r.api_id, r.operation_id,
  length(to_tsvector('english', r.title)), r.depth, h.head,
  strip(h.head || to_tsvector('english', r.rest))
FROM json_to_recordset(%s::json) r (
  id uuid, tenant_id uuid, api_id uuid, operation_id uuid, title text, depth int,
  name text, path text, summary text, tags text, rest text
), LATERAL (SELECT
  setweight(to_tsvector('english', r.name), 'A') ||
  setweight(to_tsvector('english', r.path), 'B') ||
  setweight(to_tsvector('english', r.summary), 'C') ||
  setweight(to_tsvector('english', r.tags), 'D') AS head) h
"""
HELD = """
SELECT lexeme, count(*) FROM catalog_searchentry, unnest(search)
WHERE api_id = %s AND length(lexeme) <= 40 GROUP BY lexeme
"""
LEARN = """
INSERT INTO catalog_searchword (word, lexeme, near)
SELECT r.word, s.lexeme, r.near FROM json_to_recordset(%s::json) r (word text, near int[]),
  LATERAL (SELECT (ts_lexize('english_stem', r.word))[1] AS lexeme) s
WHERE s.lexeme IS NOT NULL ORDER BY r.word
ON CONFLICT DO NOTHING
"""
# In the order of the stems, so that two that publish at once cannot wait for each other.
COUNT = """
INSERT INTO catalog_searchstem AS s (lexeme, operations, of_api)
SELECT lexeme, more, false FROM unnest(%s::text[], %s::int[]) change (lexeme, more)
ORDER BY lexeme
ON CONFLICT (lexeme) DO UPDATE SET operations = greatest(s.operations + excluded.operations, 0)
"""
RECOUNT = """
INSERT INTO catalog_searchstem (lexeme, operations, of_api)
SELECT lexeme, count(*), false FROM catalog_searchentry, unnest(search)
WHERE length(lexeme) <= 40 GROUP BY lexeme
"""
NAMED = """
INSERT INTO catalog_searchstem (lexeme, operations, of_api)
SELECT DISTINCT lexeme, 0, true FROM catalog_searchword WHERE word = ANY (%s) ORDER BY lexeme
ON CONFLICT (lexeme) DO UPDATE SET of_api = true WHERE NOT catalog_searchstem.of_api
"""


def index_api(api: Api) -> None:
    """Make the entries of what an API serves now, and bring the lexicon up to date. The last step
    of a publication: from here to the commit, others that publish wait for shared words."""
    with transaction.atomic():
        before = _held(api.id)
        _run("DELETE FROM catalog_searchentry WHERE api_id = %s", [api.id])
        served = Operation.across.filter(api=api, served=True).values_list(*COLUMNS)
        words = _enter(served.iterator(chunk_size=AT_ONCE))
        named = set(asked_in(f"{api.name} {api.slug} {api.summary}"))
        _learn(words | named)
        after = _held(api.id)
        _count({each: after.get(each, 0) - before.get(each, 0) for each in {*before, *after}})
        _run(NAMED, [sorted(named)])


def reindex() -> int:
    """Make all of it anew from the operations; returns how many are served."""
    with transaction.atomic():
        for table in ("searchentry", "searchstem", "searchword"):
            _run(f"DELETE FROM catalog_{table}")  # noqa: S608 - constant
        served = Operation.across.filter(served=True).values_list(*COLUMNS)
        words = _enter(served.iterator(chunk_size=AT_ONCE))
        named: set[str] = set()
        for texts in Api.across.values_list("name", "slug", "summary"):
            named.update(asked_in(" ".join(texts)))
        _learn(words | named, most=None)
        _run(RECOUNT)
        _run(NAMED, [sorted(named)])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM catalog_searchentry")
            return int(cursor.fetchone()[0])


def _enter(operations: Iterable[tuple[Any, ...]]) -> set[str]:
    """Insert the entries of operations (of `COLUMNS`); gives all their words."""
    known: set[str] = set()
    rows = iter(operations)
    while batch := list(islice(rows, AT_ONCE)):
        entries = [_entry(row, known) for row in batch]
        _run(INSERT, [orjson.dumps(entries, default=plain).decode()])
    return known


def _entry(row: tuple[Any, ...], known: set[str]) -> dict[str, Any]:
    id, tenant_id, api_id, title, operation_id, path, summary, tags, fields, html = row
    title_words = _words(title, known)
    texts = {
        "name": [*title_words, *_words(operation_id, known)],
        "path": _words(path, known),
        "summary": _words(summary, known),
        "tags": _words(" ".join(tags), known),
        "rest": [*_words(fields, known), *_words(_text_of(html), known)],
    }
    return {
        "id": new_id(),
        "tenant_id": tenant_id,
        "api_id": api_id,
        "operation_id": id,
        "title": " ".join(title_words)[: MOST_TEXT["name"]],
        "depth": min(len(RUN.findall(path)), MOST_DEPTH),
        **{name: " ".join(words)[: MOST_TEXT[name]] for name, words in texts.items()},
    }


def _words(text: str, known: set[str]) -> list[str]:
    """All words; `known` gets the parts of identifiers, which people write, not the wholes."""
    found: list[str] = []
    for run in RUN.findall(text):
        words = split(run)
        found += words
        known.update(words[1:] or words)
    return found


def _text_of(html: str) -> str:
    return unescape(TAG.sub(" ", html[:LONGEST_DESCRIPTION]))


def _learn(words: Iterable[str], *, most: int | None = MOST_NEW_WORDS) -> None:
    """Add words that the lexicon lacks."""
    wanted = sorted(word for word in words if len(word) >= SHORTEST_WORD and not word.isdigit())
    with connection.cursor() as cursor:
        cursor.execute("SELECT word FROM catalog_searchword WHERE word = ANY (%s)", [wanted])
        known = {word for (word,) in cursor.fetchall()}
    for rows in _batches([word for word in wanted if word not in known][:most]):
        _run(LEARN, [orjson.dumps(rows).decode()])


def _batches(words: list[str]) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(words), AT_ONCE):
        yield [{"word": word, "near": neighbours(word)} for word in words[at : at + AT_ONCE]]


def _held(api_id: UUID) -> dict[str, int]:
    """How many of an API's operations hold each stem."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [api_id])
        return dict(cursor.fetchall())


def _count(changes: Mapping[str, int]) -> None:
    changed = {lexeme: more for lexeme, more in changes.items() if more}
    if changed:
        _run(COUNT, [list(changed), list(changed.values())])


def _run(sql: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
