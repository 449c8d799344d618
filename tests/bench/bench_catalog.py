"""Publishing and reading the catalog, on a Postgres of its own, in a process of its own.

Publishing's floor is a bare load of the same bytes with the fastest loader at hand: orjson for
JSON, libyaml's safe loader for YAML. Pages are timed inside the process, through the whole of
Django. The shelf of real documents stands beside the checkout (or at MARKETPLACE_SPECS); without
it the demo's largest stands in.
"""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.own_database import ROOT, lines_of, measure

SPECS = Path(os.environ.get("MARKETPLACE_SPECS", ROOT.parent / "shared" / "specs"))
DEMO = ROOT / "marketplace" / "demo" / "documents"
ROUNDS = 5
IN_A_ROW = 200
PAGE_ROUNDS = 30


def run() -> list[str]:
    """The lines of a child that has Django and a database to itself."""
    return lines_of("tests.bench.bench_catalog")


def _figures() -> None:
    import orjson  # noqa: PLC0415
    import psutil  # noqa: PLC0415
    import yaml  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from catalog.publish import publish_version  # noqa: PLC0415
    from tests.company import make_company  # noqa: PLC0415

    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    call_command("migrate", verbosity=0)
    company = make_company()
    actor = company.actor(company.owner)
    count = 0

    def publish(data: bytes, slug: str = "") -> None:
        nonlocal count
        count += 1
        publish_version(actor=actor, data=data, slug=slug or f"bench-{count}", version="1")

    loaders: dict[str, Callable[[bytes], object]] = {
        ".json": orjson.loads,
        ".yaml": lambda data: yaml.load(data, yaml.CSafeLoader),
    }
    for ending, load in loaders.items():
        file = _largest(ending)
        data = file.read_bytes()
        publish(data)
        spent = _median(lambda data=data: publish(data), ROUNDS)  # type: ignore[misc]
        floor = _median(lambda data=data, load=load: load(data), ROUNDS)  # type: ignore[misc]
        print(
            f"publish {file.name} ({len(data) / 1e6:.1f} MB)  {spent * 1000:.0f} ms"
            f"  bare load {floor * 1000:.0f} ms  {spent / floor:.1f}×"
        )
    small = sorted(DEMO.glob("*/*.yaml"), key=lambda path: path.stat().st_size)[:10]
    documents = [path.read_bytes() for path in small]
    process = psutil.Process()
    for data in documents:
        publish(data)
    before = process.memory_info().rss
    for number in range(IN_A_ROW):
        publish(documents[number % len(documents)])
    grown = (process.memory_info().rss - before) / 1e6
    print(f"{IN_A_ROW} publishes in a row  {grown:+.1f} MB resident  floor 0 MB")
    wide = b"openapi: 3.1.0\ninfo: {title: Wide, version: '1'}\npaths:\n" + b"".join(
        b"  /r%d:\n    get: {summary: Read r%d, tags: [T%d], responses: {'200': "
        b"{description: ok}}}\n" % (n, n, n % 40)
        for n in range(3000)
    )
    publish(wide, "wide")
    client = Client()
    client.force_login(company.developer)
    for name, address, budget in (
        ("catalog", "/", 80),
        ("search", "/?q=refund+a+payment", 60),
        ("API page", "/apis/wide", 80),
        ("reference, 3,000 operations", "/apis/wide/reference", 80),
        ("operation, 3,000 operations", "/apis/wide/operations/get-r1500", 80),
    ):
        client.get(address)
        times = sorted(_seconds(lambda a=address: client.get(a)) for _ in range(PAGE_ROUNDS))  # type: ignore[misc]
        p95 = times[int(len(times) * 0.95)] * 1000
        print(f"page {name}, p95  {p95:.0f} ms  budget {budget} ms  {p95 / budget:.2f}×")


def _largest(ending: str) -> Path:
    shelf = SPECS / "valid"
    files = list(shelf.glob(f"*{ending}")) or list(DEMO.glob(f"*/*{ending}"))
    return max(files, key=lambda path: path.stat().st_size)


def _median(work: Callable[[], object], rounds: int) -> float:
    return statistics.median(_seconds(work) for _ in range(rounds))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    measure(_figures)
