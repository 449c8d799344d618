"""Search over 100,000 operations of 2,500 APIs, on a Postgres of its own, in a process of its own.

The words are spread as words are (Zipf): a few that stand nearly everywhere, thousands that stand
in one API. Rows go in by COPY; then search's own index is made of them. The floor is the bare
statement that any search would need at least: the operations that hold all words of the same
query, from the same index.
"""

import gc
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.own_database import lines_of, measure

OPERATIONS = int(os.environ.get("BENCH_OPERATIONS", "100000"))
PER_API = 40
WORDS = 20_000
FLATTENED = 100  # so that the commonest words stand in about every eighth operation, not in all
QUERIES = 200  # of each kind
TARGET_MS = 20
VERBS = ("Create", "List", "Read", "Update", "Delete", "Cancel", "Search", "Approve", "Export")
METHODS = ("POST", "GET", "GET", "PATCH", "DELETE", "POST", "POST", "POST", "GET")
COMMON = """
order customer payment invoice product account address price stock shipment status message report
user item event document refund return contract supplier employee token vehicle balance currency
country region channel catalogue warehouse parcel batch policy
"""
SYLLABLES = "ba ce di fo gu la me ni po ra se ti vo tra pre sti clo dor men tal ver ing est"
STATE = {"lifecycle": ("active", "active", "deprecated"), "risk": ("low", "medium", "high")}
CLASSES = ("public", "internal", "confidential", "restricted")


def run() -> list[str]:
    """The lines of a child that has Django and a database to itself."""
    return lines_of("tests.bench.bench_search")


def _figures() -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from catalog.search.index import reindex  # noqa: PLC0415
    from tests.company import make_company  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    company = make_company()
    chance = random.Random(7)
    titles = _fill(company, chance)
    started = time.perf_counter()
    count = reindex()
    spent = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT max(operations) FROM catalog_searchstem WHERE length(lexeme) > 2")
        most = cursor.fetchone()[0]
    print(f"the commonest word  in {most / count:.0%} of operations")
    print(f"index {count:,} operations  {spent:.0f} s  {spent / count * 1e6:.0f} µs each")
    _measured(company.actor(company.developer), titles, chance)


def _measured(actor: Any, titles: list[str], chance: random.Random) -> None:
    from catalog.search.find import search_operations  # noqa: PLC0415
    from marketplace.tenants.middleware import scope_of  # noqa: PLC0415
    from marketplace.tenants.scope import scoped  # noqa: PLC0415

    everything: list[float] = []
    busy: list[float] = []
    gc.collect()
    gc.freeze()  # what the filling left is no part of a server's memory
    with scoped(scope_of(actor)):
        for kind, make in _kinds().items():
            asked = [make(chance, chance.choice(titles)) for _ in range(QUERIES)]
            times, cpu, floors, nothing = [], [], [], 0
            for words, filters in asked[:20]:
                search_operations(actor=actor, q=words, filters=filters)
            for words, filters in asked:
                floors.append(_seconds(lambda w=words: _bare(w)))  # type: ignore[misc]
                before, began = _cpu(), time.perf_counter()
                found = search_operations(actor=actor, q=words, filters=filters)
                times.append(time.perf_counter() - began)
                cpu.append(_cpu() - before)
                nothing += not found.apis
            everything += times
            busy += cpu
            told = f"CPU p50 {_p(cpu, 0.5):.1f} p95 {_p(cpu, 0.95):.1f} ms  {nothing} found nothing"
            print(f"{_line(f'search, {kind}', times, floors)}  {told}")
        times = [_seconds(lambda: search_operations(actor=actor)) for _ in range(20)]
        print(f"browse all, p50  {_p(times, 0.5):.1f} ms")
    p95 = _p(everything, 0.95)
    print(
        f"search, all kinds, p50 {_p(everything, 0.5):.1f} ms p95 {p95:.1f} ms"
        f"  target p95 {TARGET_MS} ms  {p95 / TARGET_MS:.2f}×"
        f"  CPU p50 {_p(busy, 0.5):.1f} p95 {_p(busy, 0.95):.1f} ms"
    )


def _cpu() -> float:
    """Seconds on a processor, of this process and its connection's: what waiting for others' work
    on the same machine does not lengthen."""
    from django.db import connection  # noqa: PLC0415

    pid = connection.connection.info.backend_pid
    try:
        backend = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:  # not Linux
        backend = 0.0
    return time.process_time() + backend


def _kinds() -> dict[str, Callable[[random.Random, str], tuple[str, Any]]]:
    from catalog.listing import Filters  # noqa: PLC0415

    def plain(chance: random.Random, title: str) -> tuple[str, Any]:
        return f"{title.lower()} for a {chance.choice(COMMON.split())}", Filters()

    def common(chance: random.Random, title: str) -> tuple[str, Any]:
        return " ".join(chance.sample(COMMON.split(), chance.choice((1, 2)))), Filters()

    def prefix(chance: random.Random, title: str) -> tuple[str, Any]:
        *head, last = title.lower().split()
        return " ".join([*head, last[: max(3, len(last) - chance.choice((1, 2, 3)))]]), Filters()

    def typo(chance: random.Random, title: str) -> tuple[str, Any]:
        words = title.lower().split()
        at = chance.randrange(len(words))
        word = words[at]
        spot = chance.randrange(len(word) - 1)
        words[at] = chance.choice(
            (
                word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :],
                word[:spot] + word[spot + 1 :],
                word[:spot] + word[spot] + word[spot:],
            )
        )
        return " ".join(words), Filters()

    def facet(chance: random.Random, title: str) -> tuple[str, Any]:
        filters = Filters(
            risk=(chance.choice(STATE["risk"]),), data_class=tuple(chance.sample(CLASSES, 2))
        )
        return title.lower(), filters

    return {"plain": plain, "common words": common, "prefix": prefix, "typo": typo, "facets": facet}


def _bare(words: str) -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operation_id FROM catalog_searchentry"
            " WHERE search @@ plainto_tsquery('english', %s)",
            [words],
        )
        cursor.fetchall()


def _fill(company: Any, chance: random.Random) -> list[str]:
    """Insert everything by COPY; gives the operations' titles."""
    from django.db import connection  # noqa: PLC0415

    from catalog.capabilities import CAPABILITIES  # noqa: PLC0415
    from catalog.models import Api, ApiCapability, Operation, Version  # noqa: PLC0415
    from marketplace import clock  # noqa: PLC0415
    from marketplace.ids import new_id  # noqa: PLC0415

    words = list(dict.fromkeys([*COMMON.split(), *(_made_up(chance) for _ in range(WORDS))]))
    weights = [1 / (rank + FLATTENED) for rank in range(len(words))]
    titles: list[str] = []
    now, known = clock.now(), CAPABILITIES
    apis, purposes, versions, operations = [], [], [], []
    for number in range(OPERATIONS // PER_API):
        subject = chance.choices(words, weights, k=12)
        api, version = new_id(), new_id()
        team = company.owners if number % 2 else company.others
        tenant = team.tenant
        apis.append(
            Api(
                id=api, tenant=tenant, team=team, slug=f"{subject[0]}-{number}",
                name=f"{subject[0].title()} {subject[1]}", summary=" ".join(subject[:8]),
                lifecycle=chance.choice(("active", "active", "active", "draft")),
                risk=chance.choice(STATE["risk"]), data_class=chance.choice(CLASSES),
                served_version_id=version, created_at=now, updated_at=now,
            )
        )  # fmt: skip
        purposes.append(
            ApiCapability(
                id=new_id(), tenant=tenant, api_id=api, capability=chance.choice(known).id
            )
        )  # fmt: skip
        versions.append(
            Version(id=version, tenant=tenant, api_id=api, version="1", rank="1", format="openapi",
                    digest=f"{number:064d}", size=1, title="x", operation_count=PER_API)
        )  # fmt: skip
        fields = chance.choices(words, weights, k=60)
        for position in range(PER_API):
            verb = chance.randrange(len(VERBS))
            nouns = [*chance.sample(subject, 2), *chance.choices(words, weights, k=1)]
            nouns = list(dict.fromkeys(nouns))[: chance.choice((1, 2, 3))]
            title = f"{VERBS[verb]} {' '.join(nouns)}"
            titles.append(title)
            pairs = zip(chance.sample(fields, 25), fields[:25], strict=True)
            path = f"/{nouns[0]}s/{{{nouns[0]}_id}}/{nouns[-1]}/{position}"
            operations.append(
                Operation(
                    id=new_id(), tenant=tenant, api_id=api, version_id=version,
                    key=f"{METHODS[verb]} {path}", slug=f"op-{position}", position=position,
                    kind="http", method=METHODS[verb], path=path,
                    operation_id=VERBS[verb].lower() + "".join(n.title() for n in nouns),
                    title=title, summary="", tags=[subject[0].title()], pointer="#/x", served=True,
                    description_html=f"<p>{' '.join(chance.choices(words, weights, k=12))}</p>",
                    fields=" ".join(f"{a}_{b}" for a, b in pairs),
                )
            )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica"
        )  # versions and APIs name each other
        for rows in (apis, purposes, versions, operations):
            _copy(cursor, rows)
        cursor.execute("SET session_replication_role = origin")
    return titles


def _copy(cursor: Any, rows: list[Any]) -> None:
    fields = [field for field in rows[0]._meta.concrete_fields if not field.generated]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with cursor.copy(f'COPY "{rows[0]._meta.db_table}" ({columns}) FROM STDIN') as to:
        for values in _values(rows, fields):
            to.write_row(values)


def _values(rows: list[Any], fields: list[Any]) -> Iterator[list[Any]]:
    for row in rows:
        values = [getattr(row, field.attname) for field in fields]
        yield [
            json.dumps(value) if field.get_internal_type() == "JSONField" else value
            for field, value in zip(fields, values, strict=True)
        ]


def _made_up(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES.split(), k=chance.choice((2, 3, 3, 4))))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _p(times: list[float], share: float) -> float:
    """A percentile, in milliseconds."""
    return sorted(times)[int(len(times) * share)] * 1000


def _line(name: str, times: list[float], floors: list[float]) -> str:
    middle, least = statistics.median(times) * 1000, statistics.median(floors) * 1000
    return (
        f"{name}, p50 {middle:.1f} ms p95 {_p(times, 0.95):.1f} ms"
        f"  bare match p50 {least:.1f} ms p95 {_p(floors, 0.95):.1f} ms  {middle / least:.1f}×"
    )


if __name__ == "__main__":
    measure(_figures)
