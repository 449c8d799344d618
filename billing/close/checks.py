"""What must be true before a month is closed, as a list that says what is in the way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from billing.months import bounds
from marketplace import clock


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. `state` is ok, block (nothing helps but mending it), accept
    (closing is possible when somebody accepts it) or note."""

    name: str
    title: str
    state: str
    detail: str = ""

    @property
    def blocks(self) -> bool:
        return self.state == "block"


# All that the checks ask of the database, in one look, so that their answers are of one moment.
LOOK = """
WITH control AS (
  SELECT coalesce(sum(c.events) FILTER (WHERE b.rolled_up_at IS NOT NULL), 0) AS events,
    coalesce(sum(c.quantity) FILTER (WHERE b.rolled_up_at IS NOT NULL), 0) AS quantity,
    coalesce(sum(c.events) FILTER (WHERE b.rolled_up_at IS NULL), 0) AS waiting
  FROM billing_usagecontrol c JOIN billing_usagebatch b ON b.id = c.batch_id
  WHERE c.tenant_id = %(tenant)s AND c.month = %(month)s
), rolled AS (
  SELECT coalesce(sum(count) FILTER (WHERE grain = 'h'), 0) AS hourly,
    coalesce(sum(sum) FILTER (WHERE grain = 'h'), 0) AS hourly_sum,
    coalesce(sum(count) FILTER (WHERE grain = 'd'), 0) AS daily,
    coalesce(sum(sum) FILTER (WHERE grain = 'd'), 0) AS daily_sum
  FROM billing_usagerollup
  WHERE tenant_id = %(tenant)s AND start >= %(start)s AND start < %(end)s
), drift AS (
  SELECT count(*) AS drifting, coalesce(sum(abs(charged - posted)), 0) AS drift_micros FROM (
    SELECT line_key, sum(charged) AS charged, sum(posted) AS posted FROM (
      SELECT line_key, amount_micros AS charged, 0 AS posted FROM billing_charge
      WHERE tenant_id = %(tenant)s AND month = %(month)s
      UNION ALL
      SELECT line_key, 0, amount_micros FROM billing_ledgerentry
      WHERE tenant_id = %(tenant)s AND usage_month = %(month)s AND kind <> 'correction'
    ) both_sides GROUP BY line_key
  ) lines WHERE charged <> posted
), unpriced AS (
  SELECT count(*) AS unpriced, count(DISTINCT api_id) AS unpriced_apis FROM billing_charge
  WHERE tenant_id = %(tenant)s AND month = %(month)s AND kind = 'usage' AND card_id IS NULL
    AND quantity > 0
), earlier AS (
  SELECT min(month) AS earlier FROM (
    SELECT month FROM billing_charge WHERE tenant_id = %(tenant)s AND month < %(month)s
      AND (amount_micros <> 0 OR quantity <> 0)
    UNION ALL
    SELECT month FROM billing_period WHERE tenant_id = %(tenant)s AND month < %(month)s
  ) used
  WHERE NOT EXISTS (SELECT FROM billing_period p
    WHERE p.tenant_id = %(tenant)s AND p.month = used.month AND p.state = 'closed')
)
SELECT events, quantity, hourly, hourly_sum, daily, daily_sum,
  waiting + (SELECT count(*) FROM billing_usage_intake
    WHERE tenant_id = %(tenant)s AND time >= %(start)s AND time < %(end)s) AS waiting,
  drifting, drift_micros, unpriced, unpriced_apis, earlier,
  EXISTS (SELECT FROM billing_dirtymonth
    WHERE tenant_id = %(tenant)s AND month = %(month)s) AS dirty,
  (SELECT closed_by FROM billing_period WHERE tenant_id = %(tenant)s AND month = %(month)s
    AND state = 'closed') AS closed_by
FROM control, rolled, drift, unpriced, earlier
"""


class _Found(NamedTuple):
    """What one look at a tenant's month found."""

    month: date
    events: int
    quantity: Decimal
    hourly: int
    hourly_sum: Decimal
    daily: int
    daily_sum: Decimal
    waiting: int
    drifting: int
    drift_micros: int
    unpriced: int
    unpriced_apis: int
    earlier: date | None
    dirty: bool
    closed_by: str | None


def check_period(*, tenant_id: UUID, month: date) -> list[Check]:
    """Every check of a tenant's month, in the order people read them. One query."""
    start, end = bounds(month)
    with connection.cursor() as cursor:
        cursor.execute(LOOK, {"tenant": tenant_id, "month": month, "start": start, "end": end})
        row = cursor.fetchone() or ()
    found = _Found(month, *row)
    return [check(found) for check in CHECKS]


def _over(found: _Found) -> Check:
    _, end = bounds(found.month)
    title = "The month is over"
    if clock.now() >= end:
        return Check("over", title, "ok", f"It ended on {end - timedelta(days=1):%-d %B %Y}.")
    return Check("over", title, "block", f"It ends on {end - timedelta(days=1):%-d %B %Y}.")


def _earlier(found: _Found) -> Check:
    title = "Earlier months are closed"
    if found.earlier is None:
        return Check("earlier", title, "ok")
    detail = f"{found.earlier:%B %Y} is still open; close it first."
    return Check("earlier", title, "block", detail)


def _received(found: _Found) -> Check:
    title = "All usage received is in the rollups"
    if not found.waiting:
        return Check("received", title, "ok")
    return Check("received", title, "block", f"{found.waiting:,} events wait to be rolled up.")


def _rollups(found: _Found) -> Check:
    title = "Rollups add up to the events"
    events = (found.events, found.quantity)
    if events == (found.hourly, found.hourly_sum) == (found.daily, found.daily_sum):
        return Check("rollups", title, "ok", f"{found.events:,} events.")
    return Check(
        "rollups",
        title,
        "block",
        f"Events: {found.events:,}; by hour {found.hourly:,}; by day {found.daily:,}."
        " Rebuild the rollups.",
    )


def _current(found: _Found) -> Check:
    title = "Charges are made from the latest use and prices"
    if found.dirty:
        return Check("current", title, "block", "They are being priced anew.")
    return Check("current", title, "ok")


def _ledger(found: _Found) -> Check:
    title = "The ledger equals the charges"
    if not found.drifting:
        return Check("ledger", title, "ok")
    difference = found.drift_micros / 1_000_000
    detail = f"{found.drifting:,} lines differ, by {difference:,.6f} in all."
    return Check("ledger", title, "block", detail)


def _unpriced(found: _Found) -> Check:
    title = "All use has a price"
    count, apis = found.unpriced, found.unpriced_apis
    if not count:
        return Check("unpriced", title, "ok")
    what = f"{count:,} line{'s' * (count > 1)} of {apis:,} API{'s' * (apis > 1)}"
    detail = f"{what} had no rate card in force and cost{'s' * (count == 1)} nothing."
    return Check("unpriced", title, "accept", detail)


def _state(found: _Found) -> Check:
    title = "It has not been closed before"
    if found.closed_by is not None:
        return Check("state", title, "block", f"Closed by {found.closed_by}.")
    return Check("state", title, "ok")


CHECKS: tuple[Callable[[_Found], Check], ...] = (
    _state,
    _over,
    _earlier,
    _received,
    _rollups,
    _current,
    _ledger,
    _unpriced,
)
