"""What must be true before a month is closed, as a list that says what is in the way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from billing.models import Charge, DirtyMonth, Period
from billing.models.ledger import Kind
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


@dataclass(frozen=True, slots=True)
class _Month:
    tenant_id: UUID
    month: date


CONTROL = """
SELECT (SELECT coalesce(sum(events), 0) FROM billing_usagecontrol c
    JOIN billing_usagebatch b ON b.id = c.batch_id AND b.rolled_up_at IS NOT NULL
    WHERE c.tenant_id = %(tenant)s AND c.month = %(month)s),
  (SELECT coalesce(sum(quantity), 0) FROM billing_usagecontrol c
    JOIN billing_usagebatch b ON b.id = c.batch_id AND b.rolled_up_at IS NOT NULL
    WHERE c.tenant_id = %(tenant)s AND c.month = %(month)s),
  coalesce(sum(count) FILTER (WHERE grain = 'h'), 0),
  coalesce(sum(sum) FILTER (WHERE grain = 'h'), 0),
  coalesce(sum(count) FILTER (WHERE grain = 'd'), 0),
  coalesce(sum(sum) FILTER (WHERE grain = 'd'), 0)
FROM billing_usagerollup
WHERE tenant_id = %(tenant)s AND start >= %(start)s AND start < %(end)s
"""
WAITING = """
SELECT (SELECT coalesce(sum(c.events), 0) FROM billing_usagecontrol c
    JOIN billing_usagebatch b ON b.id = c.batch_id AND b.rolled_up_at IS NULL
    WHERE c.tenant_id = %(tenant)s AND c.month = %(month)s)
  + (SELECT count(*) FROM billing_usage_intake
    WHERE tenant_id = %(tenant)s AND time >= %(start)s AND time < %(end)s)
"""
DRIFT = """
SELECT count(*), coalesce(sum(abs(charged - posted)), 0) FROM (
  SELECT line_key, sum(charged) AS charged, sum(posted) AS posted FROM (
    SELECT line_key, amount_micros AS charged, 0 AS posted FROM billing_charge
    WHERE tenant_id = %(tenant)s AND month = %(month)s
    UNION ALL
    SELECT line_key, 0, amount_micros FROM billing_ledgerentry
    WHERE tenant_id = %(tenant)s AND usage_month = %(month)s AND kind <> 'correction'
  ) both_sides GROUP BY line_key
) lines WHERE charged <> posted
"""
EARLIER = """
SELECT min(month) FROM (
  SELECT month FROM billing_charge WHERE tenant_id = %(tenant)s AND month < %(month)s
    AND (amount_micros <> 0 OR quantity <> 0)
  UNION ALL
  SELECT month FROM billing_period WHERE tenant_id = %(tenant)s AND month < %(month)s
) used
WHERE NOT EXISTS (SELECT FROM billing_period p
  WHERE p.tenant_id = %(tenant)s AND p.month = used.month AND p.state = 'closed')
"""


def check_period(*, tenant_id: UUID, month: date) -> list[Check]:
    """Every check of a tenant's month, in the order people read them."""
    of = _Month(tenant_id, month)
    return [check(of) for check in CHECKS]


def _over(of: _Month) -> Check:
    _, end = bounds(of.month)
    title = "The month is over"
    if clock.now() >= end:
        return Check("over", title, "ok", f"It ended on {end - timedelta(days=1):%-d %B %Y}.")
    return Check("over", title, "block", f"It ends on {end - timedelta(days=1):%-d %B %Y}.")


def _earlier(of: _Month) -> Check:
    (found,) = _row(EARLIER, of)
    title = "Earlier months are closed"
    if found is None:
        return Check("earlier", title, "ok")
    return Check("earlier", title, "block", f"{found:%B %Y} is still open; close it first.")


def _received(of: _Month) -> Check:
    (waiting,) = _row(WAITING, of)
    title = "All usage received is in the rollups"
    if not waiting:
        return Check("received", title, "ok")
    return Check("received", title, "block", f"{waiting:,} events wait to be rolled up.")


def _rollups(of: _Month) -> Check:
    events, quantity, hourly, hourly_sum, daily, daily_sum = _row(CONTROL, of)
    title = "Rollups add up to the events"
    if (events, quantity) == (hourly, hourly_sum) == (daily, daily_sum):
        return Check("rollups", title, "ok", f"{events:,} events.")
    return Check(
        "rollups",
        title,
        "block",
        f"Events: {events:,}; by hour {hourly:,}; by day {daily:,}. Rebuild the rollups.",
    )


def _current(of: _Month) -> Check:
    title = "Charges are made from the latest use and prices"
    if DirtyMonth.objects.filter(tenant_id=of.tenant_id, month=of.month).exists():
        return Check("current", title, "block", "They are being priced anew.")
    return Check("current", title, "ok")


def _ledger(of: _Month) -> Check:
    lines, micros = _row(DRIFT, of)
    title = "The ledger equals the charges"
    if not lines:
        return Check("ledger", title, "ok")
    detail = f"{lines:,} lines differ, by {micros / 1_000_000:,.6f} in all."
    return Check("ledger", title, "block", detail)


def _unpriced(of: _Month) -> Check:
    title = "All use has a price"
    lines = Charge.across.filter(
        tenant_id=of.tenant_id, month=of.month, kind=Kind.USAGE, card_id=None, quantity__gt=0
    )
    count = lines.count()
    if not count:
        return Check("unpriced", title, "ok")
    apis = lines.values("api_id").distinct().count()
    what = f"{count:,} line{'s' * (count > 1)} of {apis:,} API{'s' * (apis > 1)}"
    detail = f"{what} had no rate card in force and cost{'s' * (count == 1)} nothing."
    return Check("unpriced", title, "accept", detail)


def _state(of: _Month) -> Check:
    title = "It has not been closed before"
    period = Period.across.filter(tenant_id=of.tenant_id, month=of.month).first()
    if period is not None and period.state == Period.State.CLOSED:
        return Check("state", title, "block", f"Closed by {period.closed_by}.")
    return Check("state", title, "ok")


def _row(sql: str, of: _Month) -> tuple[int, ...]:
    start, end = bounds(of.month)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": of.tenant_id, "month": of.month, "start": start, "end": end})
        return cursor.fetchone() or ()


CHECKS: tuple[Callable[[_Month], Check], ...] = (
    _state,
    _over,
    _earlier,
    _received,
    _rollups,
    _current,
    _ledger,
    _unpriced,
)
