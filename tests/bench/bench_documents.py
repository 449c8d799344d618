"""Reading documents, each beside a bare load of the same bytes by the fastest loader at hand.

Each step stands with all before it, so that what a stage adds is the difference: reading (parse,
validate, operations, findings), then lint and the catalog's rows (analysed), then the same across
the sandbox's border. Comparing and storing are timed with the catalog's publishes.

With the shared corpus its largest JSON and YAML documents are read, and the first of them
repeated to the size that must still be read; without the corpus only made ones. Times are CPU
times, so that other work on the machine shows less, except that of the sandbox, by the clock.
"""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import orjson
import psutil
import yaml

from catalog.analysis.analyse import read_and_analyse
from catalog.documents import sandbox
from catalog.documents.operations import operations
from catalog.documents.parse import parse
from catalog.documents.reading import reading
from catalog.documents.validate import validate

Answer = TypeVar("Answer")
ROOT = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("MARKETPLACE_SPECS", ROOT.parent / "shared" / "specs"))
ROUNDS = 5
LARGE = 40_000_000


def run() -> list[str]:
    """Lines of name, value, floor and ratio."""
    lines = [f"{'name':44}{'value':>12}{'floor':>12}{'ratio':>9}"]
    for name, data in documents():
        lines += measured(name, data)
    lines += repeated(documents()[0][1])
    return lines


def documents() -> list[tuple[str, bytes]]:
    index = SPECS / "index.json"
    if not index.exists():
        return [("made, 300 operations", made(300)), ("made, 40 MB", made(60_000))]
    entries = sorted(json.loads(index.read_text())["valid"], key=lambda entry: -entry["bytes"])
    largest = [SPECS / entry["file"] for entry in entries]
    first = next(path for path in largest if path.suffix == ".json").read_bytes()
    second = next(path for path in largest if path.suffix != ".json").read_bytes()
    return [
        ("largest JSON", first),
        ("largest YAML", second),
        ("largest JSON, repeated", enlarged(orjson.loads(first))),
    ]


def made(count: int) -> bytes:
    schema = {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(8)}}
    answer = {"description": "ok", "content": {"application/json": {"schema": schema}}}
    paths = {
        f"/things{n}": {"get": {"operationId": f"get{n}", "responses": {"200": answer}}}
        for n in range(count)
    }
    info = {"title": "Made", "version": "1"}
    return orjson.dumps({"openapi": "3.0.3", "info": info, "paths": paths})


def enlarged(tree: dict[str, Any]) -> bytes:
    """The same paths under many prefixes, up to about 40 MB."""
    paths = dict(tree["paths"])
    one = len(json.dumps(paths, indent=2))
    for number in range(LARGE // one):
        paths |= {f"/copy{number}{path}": item for path, item in tree["paths"].items()}
    return json.dumps({**tree, "paths": paths}, indent=2).encode()


def measured(name: str, data: bytes) -> list[str]:
    is_json = data.lstrip()[:1] == b"{"
    rounds = ROUNDS if len(data) < 10_000_000 else 1
    floor = best(lambda: load(data, is_json), rounds)
    wall = best(lambda: load(data, is_json), rounds, time.perf_counter)
    steps = {
        "parse": lambda: parse(data),
        "parse, validate": lambda: validate(parse(data)),
        "parse, validate, operations": lambda: listed(data),
        "parse, validate, operations, findings": lambda: reading(data),
        "all of that, linted and analysed": lambda: read_and_analyse(data, True, {}),
    }
    title = f"{name} ({len(data) / 1e6:.1f} MB)"
    lines = [title]
    for step, work in steps.items():
        lines.append(line(f"  {step}", best(work, rounds) * 1000, floor * 1000, "ms"))
    inside = best(lambda: in_sandbox(read_and_analyse, data, True, {}), rounds, time.perf_counter)
    lines.append(line("  the same in the sandbox", inside * 1000, wall * 1000, "ms"))
    peak = in_sandbox(peak_of, data)
    lines.append(line("  memory at its peak", peak / 1e6, len(data) / 1e6, "MB"))
    return lines


def in_sandbox(work: Callable[..., Answer], data: bytes, *args: Any) -> Answer:
    """What the work gives, done as publishing does it."""
    seconds = 2 * sandbox.seconds_for(len(data))
    return sandbox.run(work, data, *args, seconds=seconds, memory=2 * sandbox.memory_for(len(data)))


def load(data: bytes, is_json: bool) -> Any:
    return orjson.loads(data) if is_json else yaml.load(data, yaml.CSafeLoader)


def listed(data: bytes) -> Any:
    document = parse(data)
    validate(document)
    return operations(document)


def best(
    work: Callable[[], Any], rounds: int, clock: Callable[[], float] = time.process_time
) -> float:
    times = []
    for _ in range(rounds):
        gc.collect()
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


def peak_of(data: bytes) -> int:
    """Bytes that reading and analysing a document adds to a process, at the most."""
    before = memory("VmRSS")
    read_and_analyse(data, True, {})
    return memory("VmHWM") - before


def memory(word: str) -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(word))
    return int(line.split()[1]) * 1024


def repeated(data: bytes) -> list[str]:
    """Whether two hundred readings in a row make the processes grow."""
    in_sandbox(read_and_analyse, data, True, {})
    nursery = psutil.Process(sandbox.NURSERY.process.pid) if sandbox.NURSERY.process else None
    processes = [process for process in (psutil.Process(), nursery) if process]
    before = sum(process.memory_info().rss for process in processes)
    for _ in range(200):
        in_sandbox(read_and_analyse, data, True, {})
    after = sum(process.memory_info().rss for process in processes)
    return [line("200 readings in a row, memory after", after / 1e6, before / 1e6, "MB")]


def line(name: str, value: float, floor: float, unit: str) -> str:
    return f"{name:44}{value:>9.1f} {unit}{floor:>9.1f} {unit}{value / floor:>8.2f}×"
