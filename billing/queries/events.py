"""The usage events beneath a line of money, and the line above an event."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from billing.models import Charge, LedgerEntry, StatementLine, UsageSeries
from billing.models.ledger import Kind
from billing.months import bounds, first_day
from billing.rating.charges import load_month
from marketplace.errors import Invalid, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

Line = Charge | LedgerEntry | StatementLine
PAGE = 50
# Each series gives its latest by its index; the page is merged of those.
EVENTS = """
SELECT e.batch_id, e.position, e.time, e.quantity, e.source, e.event_id, e.data,
  s.meter, s.key_public_id, s.operation_key, b.received_at, b.sender
FROM unnest(%(lows)s::timestamptz[], %(highs)s::timestamptz[]) AS span(low, high)
CROSS JOIN billing_usageseries s
CROSS JOIN LATERAL (
  SELECT * FROM billing_usageevent x
  WHERE x.series_id = s.id AND x.time >= span.low AND x.time < span.high
    AND x.tenant_id = %(tenant)s
    AND (%(after)s::timestamptz IS NULL OR (x.time <= %(after)s
      AND (x.time, x.batch_id, x.position) < (%(after)s, %(batch)s, %(position)s)))
  ORDER BY x.time DESC, x.batch_id DESC, x.position DESC LIMIT %(limit)s
) e
JOIN billing_usagebatch b ON b.id = e.batch_id
WHERE s.id = ANY(%(series)s)
ORDER BY e.time DESC, e.batch_id DESC, e.position DESC LIMIT %(limit)s
"""
ONE = """
SELECT e.batch_id, e.position, e.time, e.quantity, e.source, e.event_id, e.data,
  s.meter, s.key_public_id, s.operation_key, b.received_at, b.sender, s.id
FROM billing_usageevent e JOIN billing_usageseries s ON s.id = e.series_id
JOIN billing_usagebatch b ON b.id = e.batch_id
WHERE e.batch_id = %s AND e.position = %s AND e.tenant_id = %s
"""


@dataclass(frozen=True, slots=True)
class Event:
    """A usage event with its receipt. `id` is its place here, `event_id` its sender's name."""

    batch_id: int
    position: int
    time: datetime
    quantity: Decimal
    source: str
    event_id: str
    data: dict[str, Any] | None
    meter: str
    key: str
    operation: str
    received_at: datetime
    sender: str

    @property
    def id(self) -> str:
        return f"{self.batch_id}-{self.position}"

    @property
    def cursor(self) -> str:
        """Where the next page begins."""
        return f"{self.time.isoformat()}~{self.batch_id}~{self.position}"


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events of a line, the latest first; `next` is the cursor of the page after."""

    events: list[Event]
    next: str


def line_for(actor: Actor, entry_id: UUID) -> LedgerEntry:
    """An entry that an actor may look beneath: finance its tenant's, a team's own to its members,
    an API's to its provider's finance. Raises NotFound."""
    entry = LedgerEntry.across.select_related("period", "corrects").filter(id=entry_id).first()
    if entry is None or not may_see(actor, entry):
        raise NotFound("There is no such entry.")
    return entry


def may_see(actor: Actor, line: Line) -> bool:
    """Whether an actor may see a line of money and what is beneath it."""
    if actor.is_finance and actor.tenant_id in (line.tenant_id, line.provider_id):
        return True
    in_tenant = actor.tenant_id == line.tenant_id
    return in_tenant and line.team_id is not None and actor.in_team(line.team_id)


def events_of(line: Line, *, cursor: str = "", limit: int = PAGE) -> EventPage:
    """The events that a line was made of.

    Those of a fee or a minimum are all of its application and API in the month, those of a shared
    cost all of its team.
    """
    month = month_of(line)
    series = series_of(line)
    spans = _spans(line, month)
    after: tuple[datetime | None, int, int] = (None, 0, 0)
    if cursor:
        after = _after(cursor)
    with connection.cursor() as database:
        database.execute(
            EVENTS,
            {
                "lows": [low for low, _ in spans],
                "highs": [high for _, high in spans],
                "series": series,
                "tenant": line.tenant_id,
                "after": after[0],
                "batch": after[1],
                "position": after[2],
                "limit": limit + 1,
            },
        )
        events = [_event(row) for row in database.fetchall()]
    more = events[limit - 1].cursor if len(events) > limit else ""
    return EventPage(events[:limit], more)


def event_at(actor: Actor, event_id: str) -> tuple[Event, list[Charge]]:
    """One event by its id here, with the charges it is part of. Raises NotFound."""
    try:
        batch, position = (int(part) for part in event_id.split("-"))
    except ValueError:
        raise NotFound("There is no such event.") from None
    with connection.cursor() as database:
        database.execute(ONE, [batch, position, actor.tenant_id])
        row = database.fetchone()
    if row is None:
        raise NotFound("There is no such event.")
    event, series = _event(row[:-1]), UsageSeries.objects.get(id=row[-1])
    if not (actor.is_finance or (series.team_id and actor.in_team(series.team_id))):
        raise NotFound("There is no such event.")
    charges = Charge.across.filter(
        tenant_id=series.tenant_id,
        month=first_day(event.time),
        application_id=series.application_id,
        api_id=series.api_id,
        team_id=series.team_id,
        cost_center=series.cost_center,
    )
    return event, [charge for charge in charges if _covers(charge, series, event.time)]


def _event(row: tuple[Any, ...]) -> Event:
    data = None if row[6] is None else json.loads(row[6])
    return Event(*[*row[:6], data, *row[7:]])


def month_of(line: Line) -> date:
    """The month whose use a line is about."""
    return line.month if isinstance(line, Charge) else line.usage_month


def series_of(line: Line) -> list[int]:
    """The series whose events are beneath a line."""
    if line.kind == Kind.SHARED:
        borne = UsageSeries.objects.filter(tenant_id=line.tenant_id, team_id=line.team_id)
        if line.api_id:
            borne = borne.filter(api_id=line.api_id)
        return list(borne.values_list("id", flat=True))
    rows = UsageSeries.objects.filter(
        tenant_id=line.tenant_id, application_id=line.application_id, api_id=line.api_id
    )
    if line.kind in (Kind.USAGE, Kind.CORRECTION) and line.meter:
        rows = rows.filter(meter=line.meter, team_id=line.team_id, cost_center=line.cost_center)
        if line.operation_key:
            rows = rows.filter(operation_key=line.operation_key)
    return list(rows.values_list("id", flat=True))


def _covers(charge: Charge, series: UsageSeries, time: datetime) -> bool:
    if charge.kind != Kind.USAGE:
        return True
    if charge.meter != series.meter or charge.operation_key not in ("", series.operation_key):
        return False
    return any(low <= time < high for low, high in _spans(charge, charge.month))


def _spans(line: Line, month: date) -> Sequence[tuple[datetime, datetime]]:
    """When in the month the line's card was in force for it, piece by piece."""
    start, end = bounds(month)
    if line.kind != Kind.USAGE or line.api_id is None:
        return [(start, end)]
    with platform_scope():
        found = load_month(tenant_id=line.tenant_id, month=month, terms_only=True)
    edges = [start, *found.cuts, end]
    spans = []
    for low, high in pairwise(edges):
        plan_id = found.plan_at(line.application_id, line.api_id, low)
        card = found.book.card_at(line.api_id, plan_id, line.tenant_id, low)
        if (card.id if card else None) == line.card_id and plan_id == line.plan_id:
            spans.append((low, high))
    return spans


def _after(cursor: str) -> tuple[datetime, int, int]:
    try:
        time, batch, position = cursor.split("~")
        return datetime.fromisoformat(time), int(batch), int(position)
    except ValueError:
        raise Invalid.at("/cursor", "This cursor is not one of ours.") from None
