"""Making events durable: staged by COPY, deduplicated for ever, moved into their months.

An event is known by sender, source and id; the digest of the three stands in billing_usageseen,
whatever its time. All of a call is one transaction: what was answered as accepted is stored.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from billing.intake.consumers import Series

MOST_KNOWN = 200_000
STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS billing_staged (
  key uuid NOT NULL, position integer NOT NULL, time timestamptz NOT NULL,
  tenant_id uuid NOT NULL, series_id bigint NOT NULL, quantity numeric(20, 6) NOT NULL,
  source text NOT NULL, event_id text NOT NULL, data jsonb
) ON COMMIT DELETE ROWS
"""
COPY = "COPY pg_temp.billing_staged FROM STDIN"
ENSURE_MONTHS = "SELECT billing_ensure_month(day) FROM unnest(%s::date[]) day"
NEXT_BATCH = "SELECT nextval(pg_get_serial_sequence('billing_usagebatch', 'id'))"
# In order of the key, so that two senders of the same events wait for each other, not both.
MOVE = """
WITH fresh AS (
  INSERT INTO billing_usageseen (key)
  SELECT DISTINCT key FROM pg_temp.billing_staged ORDER BY key
  ON CONFLICT DO NOTHING RETURNING key
), moved AS (
  INSERT INTO billing_usageevent
    (batch_id, position, time, tenant_id, series_id, quantity, source, event_id, data)
  SELECT %(batch)s, position, time, tenant_id, series_id, quantity, source, event_id, data
  FROM pg_temp.billing_staged JOIN fresh USING (key)
  RETURNING tenant_id, time, quantity
), control AS (
  INSERT INTO billing_usagecontrol (batch_id, tenant_id, month, events, quantity)
  SELECT %(batch)s, tenant_id, date_trunc('month', time AT TIME ZONE 'UTC')::date, count(*),
    sum(quantity)
  FROM moved GROUP BY 2, 3
)
SELECT (SELECT count(*) FROM fresh), count(*), min(time), max(time) FROM moved
"""
RECEIPT = """
INSERT INTO billing_usagebatch
  (id, sender_id, sender, received_at, accepted, duplicates, rejected, first_time, last_time,
   rolled_up_at)
VALUES (%s, %s, %s, now(), %s, %s, %s, %s, %s, CASE WHEN %s = 0 THEN now() END)
"""
SERIES_COLUMNS = ", ".join(Series._fields)
SERIES_GIVEN = """
unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[],
  %s::text[]) WITH ORDINALITY AS g
"""
FIND_SERIES = f"""
SELECT g.place, s.id FROM {SERIES_GIVEN}({SERIES_COLUMNS}, place)
JOIN billing_usageseries s ON s.tenant_id = g.tenant_id AND s.key_public_id = g.key_public_id
  AND s.operation_key = g.operation_key AND s.meter = g.meter AND s.cost_center = g.cost_center
  AND s.application_id IS NOT DISTINCT FROM g.application_id
  AND s.api_id IS NOT DISTINCT FROM g.api_id AND s.team_id IS NOT DISTINCT FROM g.team_id
"""  # noqa: S608 - column names of our own
MAKE_SERIES = f"""
INSERT INTO billing_usageseries ({SERIES_COLUMNS}) SELECT {SERIES_COLUMNS}
FROM {SERIES_GIVEN}({SERIES_COLUMNS}, place) ORDER BY {SERIES_COLUMNS} ON CONFLICT DO NOTHING
"""  # noqa: S608 - column names of our own


class NewEvent(NamedTuple):
    """An event on its way in, with what it counts under. `data` is JSON text or None."""

    source: str
    event_id: str
    time: datetime
    amounts: Sequence[tuple[Series, str]]
    data: str | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch, in events."""

    batch_id: int
    accepted: int
    duplicates: int


def store(
    events: Iterable[NewEvent], *, sender_id: UUID | None, sender: str, rejected: int = 0
) -> Stored:
    """Store what is new among `events` and leave a receipt, in the caller's transaction.

    Run it within `platform_scope()` or outside any scope: the events may be of several tenants.
    """
    prefix = str(sender_id or "")
    found: dict[tuple[str, str], NewEvent] = {}
    given = 0
    for event in events:
        given += 1
        found.setdefault(event[:2], event)
    # Events share few series objects: by identity they are found without hashing their parts.
    shared = {id(series): series for event in found.values() for series, _ in event.amounts}
    ids = series_ids(set(shared.values()))
    places = {identity: f"{series.tenant_id}\t{ids[series]}" for identity, series in shared.items()}
    with connection.cursor() as cursor:
        months = {(event.time.year, event.time.month) for event in found.values()}
        cursor.execute(STAGE)
        # A transaction that goes on (a test's, a kept answer's) may have staged before.
        cursor.execute("DELETE FROM pg_temp.billing_staged")
        cursor.execute(ENSURE_MONTHS, [[date(year, month, 1) for year, month in months]])
        with cursor.copy(COPY) as copy:
            copy.write(_lines(found.values(), prefix, places))
    return move_staged(sender_id=sender_id, sender=sender, given=given, rejected=rejected)


def move_staged(*, sender_id: UUID | None, sender: str, given: int, rejected: int = 0) -> Stored:
    """Move what is staged and new into its months, and write the batch's receipt."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_BATCH)
        (batch_id,) = cursor.fetchone() or (0,)
        cursor.execute(MOVE, {"batch": batch_id})
        accepted, rows, first, last = cursor.fetchone() or (0, 0, None, None)
        duplicates = given - accepted
        cursor.execute(
            RECEIPT,
            [batch_id, sender_id, sender, accepted, duplicates, rejected, first, last, rows],
        )
    return Stored(batch_id, accepted, duplicates)


def event_key(sender: str, source: str, event_id: str) -> str:
    """The digest an event is known by, in hex; the same as the SQL function billing_event_key."""
    named = f"{sender}{len(source)}:{source}{event_id}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def series_ids(wanted: Collection[Series]) -> Mapping[Series, int]:
    """The ids of series, made where they are new.

    Committed ones are remembered by the process: they are never changed or deleted.
    """
    found = {series: _known[series] for series in wanted if series in _known}
    missing = [series for series in wanted if series not in found]
    if missing:
        new = _look_up(missing)
        if len(new) < len(missing):
            with connection.cursor() as cursor:
                rest = [series for series in missing if series not in new]
                cursor.execute(MAKE_SERIES, _columns(rest))
            new |= _look_up(rest)
        transaction.on_commit(partial(_remember, new))
        found |= new
    return found


_known: dict[Series, int] = {}


def _remember(series: Mapping[Series, int]) -> None:
    if len(_known) > MOST_KNOWN:
        _known.clear()
    _known.update(series)


def _look_up(series: Sequence[Series]) -> dict[Series, int]:
    with connection.cursor() as cursor:
        cursor.execute(FIND_SERIES, _columns(series))
        return {series[place - 1]: id for place, id in cursor.fetchall()}


def _columns(series: Sequence[Series]) -> list[list[Any]]:
    return [list(column) for column in zip(*series, strict=True)]


def _lines(events: Iterable[NewEvent], prefix: str, places: Mapping[int, str]) -> str:
    lines = []
    position = 0
    for source, event_id, time, amounts, data in events:
        key = event_key(prefix, source, event_id)
        head = f"{time.isoformat()}\t"
        tail = f"{_escaped(source)}\t{_escaped(event_id)}\t"
        tail += "\\N\n" if data is None else f"{_escaped(data)}\n"
        for series, quantity in amounts:
            lines.append(f"{key}\t{position}\t{head}{places[id(series)]}\t{quantity}\t{tail}")
            position += 1
    return "".join(lines)


def _escaped(text: str) -> str:
    """The text as a field of COPY's text format."""
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        return (
            text.replace("\\", "\\\\")
            .replace("\t", "\\t")
            .replace("\n", "\\n")
            .replace("\r", "\\r")
        )
    return text
