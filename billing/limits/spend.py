"""What is spent, day by day, and what a month will come to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from billing.models import Budget, Charge
from billing.models.ledger import Kind
from billing.months import bounds, days_in, first_day, previous_month
from marketplace import clock

Key = tuple[str, str, str]  # subject kind, subject (id or cost center), currency
WEEKS = 4
# One row for each subject: what use cost on each day, and what is due whatever is used.
SPENT = """
SELECT month, subject_kind, subject, currency, day, sum(amount)::bigint,
  bool_and(kind = ANY(%(fixed)s)) FROM (
  SELECT c.month, c.currency, c.kind, d.day, d.amount, s.subject_kind, s.subject
  FROM billing_charge c
  CROSS JOIN LATERAL unnest(c.by_day) WITH ORDINALITY AS d(amount, day)
  CROSS JOIN LATERAL (VALUES ('tenant', c.tenant_id::text), ('team', c.team_id::text),
    ('application', c.application_id::text), ('cost_center', c.cost_center),
    ('api', c.api_id::text)) AS s(subject_kind, subject)
  WHERE c.tenant_id = %(tenant)s AND c.month = ANY(%(months)s) AND d.amount <> 0
    AND (%(all)s OR (s.subject_kind, s.subject) IN
      (SELECT * FROM unnest(%(kinds)s::text[], %(subjects)s::text[])))
) days WHERE subject IS NOT NULL AND subject <> ''
GROUP BY month, subject_kind, subject, currency, day, kind = ANY(%(fixed)s)
"""
FIXED = [Kind.FLAT.value, Kind.MINIMUM.value, Kind.SHARED.value]


@dataclass(slots=True)
class Spend:
    """A subject's spending in micro-units: by day of use, and what is fixed for each month."""

    by_day: dict[date, int]
    fixed: dict[date, int]

    def in_month(self, month: date) -> int:
        """All that the month costs so far, its fees included."""
        used = sum(amount for day, amount in self.by_day.items() if first_day(day) == month)
        return used + self.fixed.get(month, 0)

    def on_day(self, day: date) -> int:
        """What use cost on a day."""
        return self.by_day.get(day, 0)

    def expected(self, day: date, today: date) -> float:
        """What a day to come will cost: the mean of its weekdays in the last four weeks, or of
        the days there are."""
        past = {d: a for d, a in self.by_day.items() if today - timedelta(weeks=WEEKS) <= d < today}
        if not past:
            return float(self.by_day.get(today, 0))
        first = min(past)
        days = [first + timedelta(days=n) for n in range((today - first).days)]
        alike = [d for d in days if d.weekday() == day.weekday()] if len(days) >= 7 else days
        chosen = alike or days
        return sum(past.get(d, 0) for d in chosen) / len(chosen)

    def forecast(self, now: datetime) -> int:
        """What the running month will have cost at its end; it begins anew with each month."""
        month, today = first_day(now), now.date()
        so_far = self.in_month(month)
        _, end = bounds(month)
        passed = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)
        due = self.expected(today, today) * max(0.0, 1 - passed)
        day = today + timedelta(days=1)
        while day < end.date():
            due += self.expected(day, today)
            day += timedelta(days=1)
        return so_far + round(due)

    def runs_out(self, limit: int, now: datetime) -> date | None:
        """The day of the running month on which a limit will be reached, or None."""
        month, day = first_day(now), now.date()
        total = float(self.in_month(month))
        while first_day(day) == month:
            if total >= limit:
                return day
            day += timedelta(days=1)
            total += self.expected(day, now.date())
        return None


def spend_of(
    *, tenant_id: UUID, subjects: Sequence[tuple[str, str]] | None = None
) -> Mapping[Key, Spend]:
    """Spending of this month and the last, by kind and subject and currency; one query.

    `subjects` are pairs of kind and id (or cost center); without them, of all there are.
    """
    month = first_day(clock.now())
    kinds, names = zip(*subjects, strict=True) if subjects else ((), ())
    found: dict[Key, Spend] = defaultdict(lambda: Spend({}, {}))
    with connection.cursor() as cursor:
        cursor.execute(
            SPENT,
            {
                "tenant": tenant_id,
                "months": [previous_month(month), month],
                "fixed": FIXED,
                "all": subjects is None,
                "kinds": list(kinds),
                "subjects": list(names),
            },
        )
        rows = cursor.fetchall()
    for row_month, kind, subject, currency, day, amount, fixed in rows:
        spend = found[kind, subject, currency]
        if fixed:
            spend.fixed[row_month] = spend.fixed.get(row_month, 0) + amount
        elif day <= days_in(row_month):
            date_ = row_month.replace(day=day)
            spend.by_day[date_] = spend.by_day.get(date_, 0) + amount
    return found


def spend_from(charges: Iterable[Charge]) -> Spend:
    """The spending that some charges of one currency are."""
    spend = Spend({}, {})
    for charge in charges:
        if charge.kind in FIXED:
            month = charge.month
            spend.fixed[month] = spend.fixed.get(month, 0) + charge.amount_micros
            continue
        for place, amount in enumerate(charge.by_day):
            if amount:
                day = charge.month + timedelta(days=place)
                spend.by_day[day] = spend.by_day.get(day, 0) + amount
    return spend


def subject_of(budget: Budget) -> tuple[str, str]:
    """A budget's subject as spending is kept by."""
    if budget.subject_kind == Budget.Subject.COST_CENTER:
        return budget.subject_kind, budget.subject_name
    return budget.subject_kind, str(budget.subject_id)
