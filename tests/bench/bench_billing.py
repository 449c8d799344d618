"""Money at volume, each figure beside its floor in the same run, on a Postgres of its own.

Intake goes through HTTP and the real server; its floor is a bare COPY of the same rows into a
table with the same columns, partitioned by month, with the events' identity as a unique index.
Export's floor is a bare `COPY … TO`. Sizes: BENCH_EVENTS (through HTTP), BENCH_CLOSE_EVENTS (in
the month that is closed), BENCH_LINES (of the export).
"""

import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from marketplace.processes import postgres

ROOT = Path(__file__).resolve().parents[2]
EVENTS = int(os.environ.get("BENCH_EVENTS", "100000"))
CLOSE_EVENTS = int(os.environ.get("BENCH_CLOSE_EVENTS", "10000000"))
LINES = int(os.environ.get("BENCH_LINES", "1000000"))
BATCH = 5_000
SENDERS = 2
KEYS = 200
SEPTEMBER = date(2026, 9, 1)
FLOOR_TABLE = """
CREATE TABLE bench_floor (LIKE billing_usageevent INCLUDING ALL) PARTITION BY RANGE (time);
CREATE TABLE bench_floor_now PARTITION OF bench_floor
  FOR VALUES FROM ('2020-01-01') TO ('2100-01-01');
CREATE UNIQUE INDEX ON bench_floor (source, event_id, time);
"""
EMPTY = """
ALTER TABLE billing_usageevent DISABLE TRIGGER USER;
DELETE FROM billing_usageevent;
ALTER TABLE billing_usageevent ENABLE TRIGGER USER
"""
FILL_MONTH = """
INSERT INTO billing_usageseries
  (tenant_id, team_id, application_id, key_public_id, api_id, operation_key, meter, cost_center)
SELECT %(tenant)s, %(team)s, %(application)s, 'mk_l_bench' || n, %(api)s, 'op ' || n %% 20,
  'requests', 'CC' FROM generate_series(1, %(keys)s) n;
INSERT INTO billing_usagebatch
  (id, sender, accepted, duplicates, rejected, first_time, last_time)
VALUES (1000000, 'bench', %(events)s, 0, 0, '2026-09-01Z', '2026-09-30T23:59:59Z');
INSERT INTO billing_usageevent
  (batch_id, position, time, tenant_id, series_id, quantity, source, event_id)
SELECT 1000000, n, timestamptz '2026-09-01Z' + (n::bigint * 2591999 / %(events)s) * interval '1 s',
  %(tenant)s, (SELECT min(id) FROM billing_usageseries WHERE key_public_id LIKE 'mk_l_bench%%')
  + n %% %(keys)s, 1 + n %% 7, 'bench', n::text FROM generate_series(1, %(events)s) n;
INSERT INTO billing_usagecontrol (batch_id, tenant_id, month, events, quantity)
SELECT 1000000, %(tenant)s, '2026-09-01', count(*), sum(quantity) FROM billing_usageevent
WHERE batch_id = 1000000;
"""
FILL_LINES = """
INSERT INTO billing_statementline (id, tenant_id, period_id, number, usage_month, line_key, kind,
  application_id, team_id, cost_center, api_id, provider_id, operation_key, meter, quantity,
  amount_micros, currency, rule, adjustment, corrects, application, team, api, api_slug, provider,
  plan, meter_name, unit, amount_minor, credit_cost_center, reason)
SELECT gen_random_uuid(), %(tenant)s, %(period)s, n, '2026-09-01', gen_random_uuid(), 'usage',
  %(application)s, %(team)s, 'CC-' || n %% 90, %(api)s, %(tenant)s, '', 'requests', n * 1.5,
  n::bigint * 10000, 'EUR',
  '€0.004 / call', false, '', 'Application ' || n %% 500, 'Team ' || n %% 50,
  'API ' || n %% 40, 'api-' || n %% 40, 'Retail', 'Standard', 'Requests', 'call', n, 'CC-1', ''
FROM generate_series(1, %(lines)s) n
"""


def run() -> list[str]:
    """Lines of name, value, floor and ratio."""
    with tempfile.TemporaryDirectory(prefix="bench-billing-") as folder:
        home = Path(folder)
        url = postgres.start(home, durable=True)
        try:
            found = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "tests.bench.bench_billing"],
                env=os.environ
                | {
                    "DATABASE_URL": url,
                    "MARKETPLACE_HOME": folder,
                    "DJANGO_SETTINGS_MODULE": "marketplace.settings",
                    "LOG_LEVEL": "ERROR",
                    "DEMO": "0",
                },
                cwd=ROOT,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
        finally:
            postgres.stop(home)
    return found.stdout.splitlines()


def line(name: str, value: str, floor: str = "", ratio: float | None = None) -> None:
    """Print one figure."""
    shown = f"{ratio:.2f}" if ratio is not None else ""
    print(f"{name:44}{value:>14}{floor:>14}{shown:>8}", flush=True)


def timed(work: Callable[[], Any]) -> float:
    """Seconds of the clock that some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure() -> None:
    """All figures, in a process that has Django set up."""
    import django  # noqa: PLC0415 - this process only, after its environment is set

    django.setup()
    from tests.bench import billing_world as world  # noqa: PLC0415 - needs Django

    print(f"{'name':44}{'value':>14}{'floor':>14}{'ratio':>8}")
    world.prepare()
    intake(world)
    close(world)
    export(world)


def intake(world: Any) -> None:
    """Events a second from HTTP to durable and deduplicated, and how far rollups fall behind."""
    bodies = [world.events_body(BATCH) for _ in range(max(SENDERS, EVENTS // BATCH))]
    rows = [world.copy_rows(BATCH) for _ in range(len(bodies))]
    count = BATCH * len(bodies)
    world.execute(FLOOR_TABLE)
    floor = count / timed(lambda: [world.copy("bench_floor", part) for part in rows])
    same = count / timed(lambda: [world.copy("billing_usageevent", part) for part in rows])
    world.execute(EMPTY)
    token, lags, done = world.token(), [], threading.Event()

    def roll() -> None:
        while not done.is_set():
            world.roll_up()
            lags.append(world.lag_seconds())
            done.wait(1.0)
        world.forget_connection()

    with server() as port:
        warm = world.events_body(10)
        send(port, token, [warm])
        roller = threading.Thread(target=roll)
        roller.start()
        parts = [bodies[n::SENDERS] for n in range(SENDERS)]
        threads = [threading.Thread(target=send, args=(port, token, part)) for part in parts]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started
        done.set()
        roller.join()
    rate = count / seconds
    line("events/s, HTTP to deduplicated", f"{rate:,.0f}", f"{floor:,.0f}", rate / floor)
    line("  beside a COPY without the identity's index", "", f"{same:,.0f}", rate / same)
    line("rollup lag at that rate, s (at most 5)", f"{max(lags):.1f}")


def send(port: int, token: str, bodies: list[bytes]) -> None:
    """Post batches one after the other; each must be accepted whole."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    for body in bodies:
        connection.request("POST", "/api/v1/usage/events", body, headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert answer.status == 200, content
        assert content["accepted"] == body.count(b'"specversion"'), content


@contextmanager
def server() -> Iterator[int]:
    """The portal's own server with two workers."""
    port = 18_431
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--no-ws", "--log-level", "warning", "--interface",
            "wsgi", "--workers", "2", "--host", "127.0.0.1", "--port", str(port),
            "marketplace.wsgi:application",
        ],
        cwd=ROOT,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                probe.request("GET", "/healthz")
                if probe.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def close(world: Any) -> None:
    """Closing a month whose rollups are current."""
    world.fill_month(FILL_MONTH, events=CLOSE_EVENTS, keys=KEYS)
    rolled = timed(world.roll_up_all)
    line(f"rolling up {CLOSE_EVENTS:,} events, events/s", f"{CLOSE_EVENTS / rolled:,.0f}")
    before = peak()
    seconds = timed(lambda: world.close(SEPTEMBER))
    line(f"closing {CLOSE_EVENTS:,} events, s (at most 5)", f"{seconds:.2f}")
    line("  memory it added, MB", f"{peak() - before:,.0f}")


def export(world: Any) -> None:
    """The CSV of many lines beside a bare COPY of their table."""
    period = world.fill_lines(FILL_LINES, lines=LINES)
    bare = timed(lambda: world.copy_out(period))
    before = peak()
    for name in world.export_names():
        seconds = timed(lambda name=name: world.export(period, name))  # type: ignore[misc]
        line(
            f"export {name}, lines/s", f"{LINES / seconds:,.0f}", f"{LINES / bare:,.0f}",
            bare / seconds,
        )  # fmt: skip
    line("  memory they added, MB", f"{peak() - before:,.0f}")


def peak() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    measure()
