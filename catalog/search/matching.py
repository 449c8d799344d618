"""The one statement that finds: APIs by their own words and purposes, operations by theirs, the
facets' rows of all that match and the best candidates to rank.

Its SQL is put together of constant pieces; words and values travel as parameters.
"""
# ruff: noqa: S608

from collections.abc import Iterable, Iterator, Sequence
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
MOST_RANKED = 200
MOST_HEIRS = 1000
MOST_NAMED = 12
MOST_APIS = 100  # that are looked into where more operations match than MOST_WEIGHED
MOST_WEIGHED = 3000
MOST_ALONE = 3000  # operations that a word may have to be looked for alone
LEAST = 0.01  # of the words' weight, where any of them will do
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
  a.risk, t.slug AS team, t.name AS team_name, coalesce(v.operation_count, 0) AS operations,
  coalesce((SELECT array_agg(k.capability ORDER BY k.capability)
            FROM catalog_apicapability k WHERE k.api_id = a.id), '{}') AS purposes"""
LISTED_COLUMNS = 14
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


def matches(actor: Actor, question: Question, filters: Filters) -> list[Match]:
    """What an actor may see that matches; all he may see for a question without text. One query,
    none for words that nothing resembles."""
    statement = Statement()
    seen = seen_by(actor, statement)
    if question.concepts:
        sql = _searching(statement, seen, question, filters)
    elif question.text:
        return []
    else:
        sql = f"SELECT 0, NULL, NULL, {LISTED} FROM {SOURCES} WHERE {seen} ORDER BY a.name"
    with connection.cursor() as cursor:
        cursor.execute(sql, statement.values)
        rows = cursor.fetchall()
    return [
        Match(
            api=Listed(*row[3 : 3 + LISTED_COLUMNS]),
            count=row[0],
            levels=row[1] or (),
            candidates=[Candidate(UUID(id), *more) for id, *more in row[2] or ()],
        )
        for row in rows
    ]


def seen_by(actor: Actor, statement: Statement) -> str:
    """The condition on an API (a) that `catalog.listing.listed_for` states with the ORM."""
    teams = f"a.team_id = ANY ({statement.value(list(actor.team_roles))}::uuid[])"
    served = f"(a.served_version_id IS NOT NULL OR {teams})"
    if actor.kind == "system" or actor.is_platform_admin:
        return served
    return f"{served} AND (a.lifecycle <> 'draft' OR {teams})"


def _searching(statement: Statement, seen: str, question: Question, filters: Filters) -> str:
    concepts = question.concepts
    each = [_either(concept) for concept in concepts]
    any_word = statement.asking(" | ".join(f"({one})" for one in each))
    all_words = statement.asking(" & ".join(f"({one})" for one in each))
    weights = [statement.value(concept.weight) for concept in concepts]
    whole = statement.value(question.weight * 0.999)
    purposes = statement.value(sorted({id for c in concepts for id in c.capabilities}))
    named = " + ".join(
        f"CASE WHEN levels[{at}] > 0 THEN {weight} ELSE 0 END"
        for at, weight in enumerate(weights, 1)
    )
    open_to_asker = "e.api_id NOT IN (SELECT id FROM hidden)"
    tiers = [
        f"""tier0 AS MATERIALIZED (
          SELECT e.id, e.api_id, e.length, e.depth, {whole}::float AS mass
          FROM catalog_searchentry e WHERE e.search @@ {all_words} AND {open_to_asker})"""
    ]
    parts = ["SELECT * FROM tier0"]
    if len(concepts) > 1:
        own = [statement.asking(one) for one in each]
        tiers += [_heirs(own, weights, any_word, all_words), _found(0, f"mass >= {whole}")]
        known, entered = all_words, f"CASE WHEN (SELECT count FROM found0) >= {FEW} THEN {whole}"
        for tier, (query, mass) in enumerate(_lesser(question, each), 1):
            asked, least = statement.asking(query), statement.value(mass)
            few = FEW if mass else 1
            tiers += [
                f"""tier{tier} AS MATERIALIZED (
                  SELECT e.id, e.api_id, e.length, e.depth, ({_mass(own, weights)})::float AS mass
                  FROM catalog_searchentry e WHERE (SELECT count FROM found{tier - 1}) < {few}
                    AND e.search @@ {asked} AND NOT e.search @@ {known} AND {open_to_asker}
                    AND e.id NOT IN (SELECT id FROM heirs))""",
                _found(tier, f"mass >= {least}"),
            ]
            entered += f" WHEN (SELECT count FROM found{tier}) >= {few} THEN {least}"
            parts.append(f"SELECT * FROM tier{tier}")
            known = asked
        parts.append(f"SELECT * FROM heirs WHERE mass >= {entered} ELSE 0 END")
    own_words = " UNION ".join(
        f"SELECT id FROM catalog_api WHERE search @@ {statement.asking(one)}" for one in each
    )
    # Of very many, those of the APIs that are likeliest meant; of the rest, only the count.
    many = f"(SELECT count(*) FROM tier0) > {MOST_WEIGHED}"
    return f"""
    WITH hidden AS MATERIALIZED (
      SELECT a.id FROM catalog_api a WHERE NOT ({seen})
    ), levelled AS MATERIALIZED (
      SELECT a.id, ARRAY[{", ".join(_api_level(c, statement) for c in concepts)}] AS levels
      FROM catalog_api a WHERE {seen} AND a.id IN (
        {own_words} UNION
        SELECT api_id FROM catalog_apicapability WHERE capability = ANY ({purposes}::text[]))
    ), named AS MATERIALIZED (SELECT id, levels, ({named}) AS mass FROM levelled),
    {", ".join(tiers)},
    matched AS ({" UNION ALL ".join(parts)}),
    counted AS MATERIALIZED (
      SELECT api_id, count(*) AS count, max(mass) AS best FROM matched GROUP BY 1
    ), listed AS MATERIALIZED (
      SELECT {LISTED}, c.count, c.best, n.levels, coalesce(n.mass, 0) AS mass,
        ({_chosen(filters, statement)}) AS chosen
      FROM (SELECT api_id FROM counted UNION SELECT id FROM named WHERE mass >= {whole}) i
      JOIN {SOURCES} ON a.id = i.api_id
      LEFT JOIN counted c ON c.api_id = i.api_id LEFT JOIN named n ON n.id = i.api_id
    ), likely AS MATERIALIZED (
      SELECT id, mass FROM listed WHERE chosen AND count > 0
      ORDER BY best DESC, mass DESC, count DESC, id
      LIMIT CASE WHEN {many} THEN {MOST_APIS} END
    ), picked AS MATERIALIZED (
      SELECT m.id FROM matched m JOIN likely l ON l.id = m.api_id
      ORDER BY m.mass + l.mass / 2 DESC, m.length, m.depth, m.id LIMIT {MOST_RANKED}
    ), packed AS (
      SELECT e.api_id, json_agg(json_build_array(e.operation_id, e.length, e.depth,
        ARRAY[{", ".join(_level(c, statement) for c in concepts)}])) AS candidates
      FROM picked p JOIN catalog_searchentry e USING (id) GROUP BY e.api_id
    )
    SELECT coalesce(l.count, 0), l.levels, p.candidates, l.*
    FROM listed l LEFT JOIN packed p ON p.api_id = l.id"""


def _heirs(own: Sequence[str], weights: Sequence[str], any_word: str, all_words: str) -> str:
    """Operations that have what their API's own words and purposes leave open."""
    mass = " + ".join(
        f"CASE WHEN n.levels[{at}] > 0 OR e.search @@ {query} THEN {weight} ELSE 0 END"
        for at, (query, weight) in enumerate(zip(own, weights, strict=True), 1)
    )
    return f"""heirs AS MATERIALIZED (
      SELECT e.id, e.api_id, e.length, e.depth, ({mass})::float AS mass
      FROM (SELECT * FROM named ORDER BY mass DESC, id LIMIT {MOST_NAMED}) n
      JOIN catalog_searchentry e ON e.api_id = n.id
      WHERE e.search @@ {any_word} AND NOT e.search @@ {all_words} LIMIT {MOST_HEIRS})"""


def _found(tier: int, condition: str) -> str:
    """How much was found down to a tier, heirs included."""
    counts = [f"(SELECT count(*) FROM tier{at})" for at in range(tier + 1)]
    counts.append(f"(SELECT count(*) FROM heirs WHERE {condition})")
    return f"found{tier} AS MATERIALIZED (SELECT {' + '.join(counts)} AS count)"


def _lesser(question: Question, each: Sequence[str]) -> Iterator[tuple[str, float]]:
    """What is looked for where too little has all the words, with the weight that it has at least:
    most of the words, any word that is not everywhere, and if nothing at all was found any."""
    part = ENOUGH * question.weight
    most = enough(question.concepts, each, part)
    rare = [
        f"({one})"
        for one, concept in zip(each, question.concepts, strict=True)
        if concept.operations <= MOST_ALONE
    ]
    yield most, part
    yield " | ".join([most, *rare]), LEAST * question.weight
    yield " | ".join(f"({one})" for one in each), 0.0


def _mass(own: Sequence[str], weights: Sequence[str]) -> str:
    return " + ".join(
        f"CASE WHEN e.search @@ {query} THEN {weight} ELSE 0 END"
        for query, weight in zip(own, weights, strict=True)
    )


def _quoted(terms: Iterable[str], label: str = "") -> str:
    """Terms as alternatives; all words of a term together."""
    return " | ".join(
        "(" + " & ".join(f"'{word}'{label}" for word in term.split()) + ")" for term in terms
    )


def _either(concept: Concept) -> str:
    return _quoted((*concept.words, *concept.others))


def enough(concepts: Sequence[Concept], each: Sequence[str], part: float) -> str:
    """The query for any words that together weigh `part`: the smallest sets of them; sets of words
    that are everywhere only where there are no others."""
    sets: list[frozenset[int]] = []
    for size in range(1, len(concepts) + 1):
        for chosen in combinations(range(len(concepts)), size):
            held = frozenset(chosen)
            if sum(concepts[at].weight for at in chosen) >= part and not any(
                smaller <= held for smaller in sets
            ):
                sets.append(held)
    rare = {at for at, concept in enumerate(concepts) if concept.operations <= MOST_ALONE}
    telling = [held for held in sets if held & rare] or sets
    return " | ".join(
        "(" + " & ".join(f"({each[at]})" for at in sorted(held)) + ")" for held in telling
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
            f"WHEN EXISTS (SELECT 1 FROM catalog_apicapability k WHERE k.api_id = a.id"
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
                f"EXISTS (SELECT 1 FROM catalog_apicapability k"
                f" WHERE k.api_id = a.id AND k.capability = {wanted})"
            )
        else:
            conditions.append(f"{COLUMN_OF[facet.name]} = {wanted}")
    return " AND ".join(conditions) or "true"
