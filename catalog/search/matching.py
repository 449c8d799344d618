"""The one statement that finds: APIs by their own words and purposes, operations by theirs, the
facets' rows of all that match and the best candidates to rank."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db import connection

from catalog.analysis.text import storable
from catalog.listing import Filters, Listed, widened
from catalog.search.question import Concept, Question
from marketplace.tenants.actor import Actor

FEW = 5  # matches of all words, below which some of the words will do
MOST_RANKED = 300
MOST_HEIRS = 2000
MOST_NAMED = 40
MOST_WEIGHED = 3000  # above, candidates are taken by their API and the shortness of their names
ENOUGH = 0.55  # of the words' weight, where not all of them stand together
NAME, PATH, SUMMARY, TAG, FIELD = 1, 2, 3, 4, 5
LOOSELY = 10  # added to a level that a term of the same meaning reached
WORTH = {NAME: 1.0, PATH: 0.8, SUMMARY: 0.65, TAG: 0.5, FIELD: 0.3}
LOOSE = 0.55  # a term of the same meaning, against the word itself
API_NAME, API_SUMMARY, API_CAPABILITY, API_OTHER = 1, 2, 3, 4
SHOWN_LIFECYCLE = "CASE a.lifecycle WHEN 'active' THEN a.stage ELSE a.lifecycle END"
COLUMN_OF = {
    "protocol": "a.kind",
    "lifecycle": SHOWN_LIFECYCLE,
    "approval": "a.approval",
    "data_class": "a.data_class",
    "risk": "a.risk",
    "team": "t.slug",
}
LISTED = """a.id, a.slug, a.name, a.summary, a.kind, a.lifecycle, a.stage, a.approval, a.data_class,
  a.risk, t.slug, t.name, coalesce(v.operation_count, 0),
  coalesce((SELECT array_agg(k.capability ORDER BY k.capability)
            FROM catalog_apicapability k WHERE k.api_id = a.id), '{}')"""
SOURCES = """catalog_api a JOIN tenants_team t ON t.id = a.team_id
  LEFT JOIN catalog_version v ON v.id = a.served_version_id"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operation that may be shown: by concept, the best place where a word of it stands."""

    operation_id: UUID
    length: int
    depth: int
    levels: Sequence[int]


@dataclass(frozen=True, slots=True)
class Match:
    """An API that matches: by itself (levels by concept), or with `count` of its operations."""

    api: Listed
    count: int
    levels: Sequence[int]
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Matches:
    """All that match, whatever the filters say; candidates only where they let through."""

    apis: list[Match]
    all_apis: int
    all_operations: int


def worth_of(level: int) -> float:
    """What a word at a place is worth, between 0 and 1."""
    return WORTH[level - LOOSELY] * LOOSE if level > LOOSELY else WORTH.get(level, 0.0)


class Statement:
    """SQL put together of constant pieces; values travel as named parameters."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def value(self, value: Any) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    def asking(self, text: str) -> str:
        """A tsquery of words that are letters and digits alone, stemmed by the database."""
        return f"to_tsquery('english', {self.value(text)})"


def matches(actor: Actor, question: Question, filters: Filters) -> Matches:
    """What an actor may see that matches; all he may see for a question without text: one query."""
    statement = Statement()
    seen = seen_by(actor, statement)
    if question.text:
        if not question.concepts:
            return Matches([], *_totals(seen, statement))
        sql = _searching(statement, seen, question, filters)
    else:
        sql = f"""SELECT count(*) OVER (), sum(coalesce(v.operation_count, 0)) OVER (),
          0, NULL, NULL, {LISTED} FROM {SOURCES} WHERE {seen} ORDER BY a.name"""  # noqa: S608 - constant
    with connection.cursor() as cursor:
        cursor.execute(sql, statement.values)
        rows = cursor.fetchall()
    found = [
        Match(
            api=Listed(*row[5:]),
            count=row[2],
            levels=row[3] or (),
            candidates=[Candidate(UUID(id), *more) for id, *more in row[4] or ()],
        )
        for row in rows
        if row[5] is not None
    ]
    all_apis, all_operations = rows[0][:2] if rows else (0, 0)
    return Matches(found, all_apis, int(all_operations or 0))


def seen_by(actor: Actor, statement: Statement) -> str:
    """The condition on an API (a) that `catalog.listing.listed_for` states with the ORM."""
    teams = f"a.team_id = ANY ({statement.value(list(actor.team_roles))}::uuid[])"
    served = f"(a.served_version_id IS NOT NULL OR {teams})"
    if actor.kind == "system" or actor.is_platform_admin:
        return served
    return f"{served} AND (a.lifecycle <> 'draft' OR {teams})"


def _totals(seen: str, statement: Statement) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(v.operation_count), 0) FROM {SOURCES} WHERE {seen}",  # noqa: S608
            statement.values,
        )
        apis, operations = cursor.fetchone()
    return int(apis), int(operations)


def _searching(statement: Statement, seen: str, question: Question, filters: Filters) -> str:
    concepts = question.concepts
    each = [_either(concept) for concept in concepts]
    any_word = statement.asking(" | ".join(f"({one})" for one in each))
    all_words = statement.asking(" & ".join(f"({one})" for one in each))
    own = [statement.asking(one) for one in each]
    weights = [statement.value(concept.weight) for concept in concepts]
    whole = statement.value(question.weight * 0.999)
    entry = "e.id, e.api_id, e.operation_id, e.length"
    inherited = " + ".join(
        f"CASE WHEN n.levels[{at}] > 0 OR e.search @@ {query} THEN {weight} ELSE 0 END"
        for at, (query, weight) in enumerate(zip(own, weights, strict=True), 1)
    )
    weighed = " + ".join(
        f"CASE WHEN e.search @@ {query} THEN {weight} ELSE 0 END"
        for query, weight in zip(own, weights, strict=True)
    )
    named = " + ".join(
        f"CASE WHEN levels[{at}] > 0 THEN {weight} ELSE 0 END"
        for at, weight in enumerate(weights, 1)
    )
    tiers = [
        f"""tier0 AS MATERIALIZED (
          SELECT {entry} FROM catalog_searchentry e WHERE e.search @@ {all_words}
          UNION ALL SELECT id, api_id, operation_id, length FROM heirs
          WHERE mass >= {whole} AND NOT complete)"""  # noqa: S608 - constant
    ]
    if len(concepts) > 1:
        part = ENOUGH * question.weight
        tiers += [
            _tier(1, statement.asking(enough(concepts, each, part)), statement.value(part)),
            _tier(2, any_word, statement.value(0.0)),
        ]
    united = " UNION ALL ".join(
        f"SELECT *, {at} AS tier FROM tier{at}"  # noqa: S608 - constant
        for at in range(len(tiers))
    )
    chosen = _chosen(filters, statement)
    return f"""
    WITH seen AS MATERIALIZED (
      SELECT a.id, coalesce(v.operation_count, 0) AS operations, ({chosen}) AS chosen
      FROM {SOURCES} WHERE {seen}
    ), levelled AS MATERIALIZED (
      SELECT a.id, ARRAY[{", ".join(_api_level(c, statement) for c in concepts)}] AS levels
      FROM catalog_api a WHERE a.search @@ {any_word} OR a.id IN (
        SELECT k.api_id FROM catalog_apicapability k WHERE k.capability = ANY (
          {statement.value(sorted({id for c in concepts for id in c.capabilities}))}::text[]))
    ), named AS MATERIALIZED (
      SELECT l.id, l.levels, ({named}) AS mass FROM levelled l JOIN seen USING (id)
    ), heirs AS MATERIALIZED (
      SELECT {entry}, ({inherited}) AS mass, e.search @@ {all_words} AS complete
      FROM (SELECT * FROM named ORDER BY mass DESC LIMIT {MOST_NAMED}) n
      JOIN catalog_searchentry e ON e.api_id = n.id
      WHERE e.search @@ {any_word} LIMIT {MOST_HEIRS}
    ), {", ".join(tiers)},
    matched AS MATERIALIZED (
      SELECT u.*, s.chosen FROM ({united}) u JOIN seen s ON s.id = u.api_id
    ), counted AS (
      SELECT api_id, count(*) AS count FROM matched GROUP BY api_id
    ), picked AS MATERIALIZED (
      SELECT m.id, m.api_id, m.operation_id, m.length FROM matched m
      LEFT JOIN named n ON n.id = m.api_id
      LEFT JOIN catalog_searchentry e
        ON e.id = m.id AND (SELECT count(*) FROM matched) BETWEEN {MOST_RANKED} AND {MOST_WEIGHED}
      WHERE m.chosen
      ORDER BY m.tier, ({weighed}) + coalesce(n.mass, 0) / 2 DESC, m.length, m.id
      LIMIT {MOST_RANKED}
    ), packed AS (
      SELECT p.api_id, json_agg(json_build_array(p.operation_id, e.length, e.depth,
        ARRAY[{", ".join(_level(c, statement) for c in concepts)}])) AS candidates
      FROM picked p JOIN catalog_searchentry e USING (id) GROUP BY p.api_id
    ), totals AS (SELECT count(*) AS apis, sum(operations) AS operations FROM seen)
    SELECT o.apis, o.operations, f.* FROM totals o LEFT JOIN (
      SELECT coalesce(c.count, 0), n.levels, p.candidates, {LISTED}
      FROM seen s JOIN {SOURCES} ON a.id = s.id
      LEFT JOIN counted c ON c.api_id = s.id
      LEFT JOIN named n ON n.id = s.id
      LEFT JOIN packed p ON p.api_id = s.id
      WHERE c.count > 0 OR n.mass >= {whole}
    ) f ON true"""  # noqa: S608 - constant pieces; words and values travel as parameters


def _tier(number: int, query: str, mass: str) -> str:
    """What matches less, looked for only where the tiers before have few."""
    before = [f"tier{at}" for at in range(number)]
    counts = [f"(SELECT count(*) FROM {name})" for name in before]  # noqa: S608 - constant
    few = f"{' + '.join(counts)} < {FEW}"
    known = " UNION ALL ".join(f"SELECT id FROM {name}" for name in before)  # noqa: S608 - constant
    return f"""tier{number} AS MATERIALIZED (
      SELECT e.id, e.api_id, e.operation_id, e.length FROM catalog_searchentry e
      WHERE {few} AND e.search @@ {query} AND e.id NOT IN ({known})
      UNION ALL SELECT h.id, h.api_id, h.operation_id, h.length FROM heirs h
      JOIN catalog_searchentry e USING (id)
      WHERE {few} AND h.mass >= {mass} AND NOT e.search @@ {query} AND h.id NOT IN ({known}))"""  # noqa: S608 - constant


def _quoted(terms: Iterable[str], label: str = "") -> str:
    """Terms as alternatives; all words of a term together."""
    return " | ".join(
        "(" + " & ".join(f"'{word}'{label}" for word in term.split()) + ")" for term in terms
    )


def _either(concept: Concept) -> str:
    return _quoted((*concept.words, *concept.others))


def enough(concepts: Sequence[Concept], each: Sequence[str], part: float) -> str:
    """The query for any words that together weigh `part`: the smallest sets of them."""
    sets: list[frozenset[int]] = []
    for size in range(1, len(concepts) + 1):
        for chosen in combinations(range(len(concepts)), size):
            held = frozenset(chosen)
            if sum(concepts[at].weight for at in chosen) >= part and not any(
                smaller <= held for smaller in sets
            ):
                sets.append(held)
    return " | ".join(
        "(" + " & ".join(f"({each[at]})" for at in sorted(held)) + ")" for held in sets
    )


def _level(concept: Concept, statement: Statement) -> str:
    """The best place where a concept stands in an entry (e); 0 for nowhere."""
    cases: dict[int, str] = {}
    for terms, extra in ((concept.words, 0), (concept.others, LOOSELY)):
        if not terms:
            continue
        cases |= {
            level + extra: f"e.head @@ {statement.asking(_quoted(terms, f':{label}'))}"
            for label, level in (("A", NAME), ("B", PATH), ("C", SUMMARY), ("D", TAG))
        }
        cases[FIELD + extra] = f"e.search @@ {statement.asking(_quoted(terms))}"
    best_first = sorted(cases, key=worth_of, reverse=True)
    return f"CASE {' '.join(f'WHEN {cases[at]} THEN {at}' for at in best_first)} ELSE 0 END"


def _api_level(concept: Concept, statement: Statement) -> str:
    cases = []
    if concept.words:
        name = statement.asking(_quoted(concept.words, ":A"))
        cases += [
            f"WHEN a.search @@ {name} THEN {API_NAME}",
            f"WHEN a.search @@ {statement.asking(_quoted(concept.words))} THEN {API_SUMMARY}",
        ]
    if concept.capabilities:
        ids = statement.value(list(concept.capabilities))
        cases.append(
            f"WHEN EXISTS (SELECT 1 FROM catalog_apicapability k WHERE k.api_id = a.id"  # noqa: S608
            f" AND k.capability = ANY ({ids}::text[])) THEN {API_CAPABILITY}"
        )
    if concept.others:
        other = statement.asking(_quoted(concept.others))
        cases.append(f"WHEN a.search @@ {other} THEN {API_OTHER}")
    return f"CASE {' '.join(cases)} ELSE 0 END"


def _chosen(filters: Filters, statement: Statement) -> str:
    """The condition that the filters in force make on an API."""
    conditions = []
    for facet in fields(filters):
        values = getattr(filters, facet.name)
        if not values:
            continue
        # A database cannot hold NUL or half a character, so no API has them.
        known = [v for v in sorted(widened(facet.name, values)) if storable(v) == v]
        wanted = f"ANY ({statement.value(known)}::text[])"
        if facet.name == "capability":
            conditions.append(
                f"EXISTS (SELECT 1 FROM catalog_apicapability k"  # noqa: S608
                f" WHERE k.api_id = a.id AND k.capability = {wanted})"
            )
        else:
            conditions.append(f"{COLUMN_OF[facet.name]} = {wanted}")
    return " AND ".join(conditions) or "true"
