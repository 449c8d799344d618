"""Budgets: what may be spent, what is spent, what will be, and when it was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.limits.spend import Key, Spend, spend_of, subject_of
from billing.limits.subjects import find_subject, tenant_of
from billing.limits.windows import window_bounds
from billing.models import Budget, BudgetCounter
from billing.months import first_day
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Invalid, NotFound
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant

THRESHOLDS = (50, 80, 100)
MOST = 10**17
# Settled AI spend stands in the counter before its events are priced: never less than either.
REFRESH = """
INSERT INTO billing_budgetcounter AS c (id, budget_id, window_start, spent_micros)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::bigint[])
ON CONFLICT (budget_id, window_start) DO UPDATE
  SET spent_micros = excluded.spent_micros
  WHERE c.spent_micros < excluded.spent_micros
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget and how it stands in the window around now. Amounts are micro-units."""

    budget: Budget
    start: datetime
    end: datetime
    spent_micros: int
    reserved_micros: int
    forecast_micros: int
    runs_out: date | None

    @property
    def left_micros(self) -> int:
        return self.budget.amount_micros - self.spent_micros - self.reserved_micros

    @property
    def used_micros(self) -> int:
        """Spent and reserved."""
        return self.spent_micros + self.reserved_micros

    @property
    def more_micros(self) -> int:
        """What the forecast adds to that."""
        return max(0, self.forecast_micros - self.used_micros)

    @property
    def note(self) -> str:
        """A sentence on how it will end."""
        reset = f"resets {self.end:%-d %B}"
        if self.used_micros >= self.budget.amount_micros:
            return f"Spent; {reset}."
        if self.runs_out is not None:
            return f"At this pace it lasts until {self.runs_out:%-d %B}; {reset}."
        return f"Lasts; {reset}."

    @property
    def used_percent(self) -> float:
        return self.used_micros / self.budget.amount_micros * 100


def set_budget(
    *,
    actor: Actor,
    subject_kind: str,
    subject: str,
    amount_micros: int,
    window: str = "month",
    currency: str = "",
    thresholds: Sequence[int] = THRESHOLDS,
    hard: bool = False,
) -> Budget:
    """Set a subject's budget for a window, in place of the one before.

    A hard one stops calls at the edge when it is spent. Raises Invalid, Forbidden.
    """
    found = find_subject(actor=actor, kind=subject_kind, named=subject)
    if found.kind not in Budget.Subject.values:
        raise Invalid.at("/subject_kind", f"Choose one of {', '.join(Budget.Subject.values)}.")
    if window not in ("day", "month"):
        raise Invalid.at("/window", "Choose day or month.")
    if not 0 < amount_micros < MOST:
        raise Invalid.at("/amount", "A budget is above 0.")
    if len(thresholds) > 10 or not all(0 < percent <= 1000 for percent in thresholds):
        raise Invalid.at("/thresholds", "At most ten percents from 1 to 1000.")
    with transaction.atomic():
        tenant = Tenant.objects.get(id=tenant_of(actor))
        named = {"subject_name": found.name} if found.id is None else {"subject_id": found.id}
        budget, _ = Budget.across.update_or_create(
            tenant_id=tenant.id,
            subject_kind=found.kind,
            window=window,
            **named,
            defaults={
                "subject_name": found.name,
                "amount_micros": amount_micros,
                "currency": currency or tenant.currency,
                "thresholds": sorted(set(thresholds)),
                "hard": hard,
            },
        )
        _tell(actor, budget, "budget.changed")
    return budget


def remove_budget(*, actor: Actor, budget_id: UUID) -> None:
    """Take a budget away. Raises NotFound, Forbidden."""
    budget = Budget.across.filter(id=budget_id, tenant_id=tenant_of(actor)).first()
    if budget is None:
        raise NotFound("There is no such budget.")
    find_subject(actor=actor, kind=budget.subject_kind, named=subject_of(budget)[1])
    with transaction.atomic():
        _tell(actor, budget, "budget.removed")
        budget.delete()


def _tell(actor: Actor, budget: Budget, action: str) -> None:
    details = {
        "subject": f"{budget.subject_kind}:{budget.subject_id or budget.subject_name}",
        "amount_micros": budget.amount_micros,
        "currency": budget.currency,
        "window": budget.window,
        "hard": budget.hard,
    }
    target = f"budget:{budget.id}"
    record(actor=actor, action=action, target=target, tenant_id=budget.tenant_id, details=details)
    emit(
        "budget.changed",
        tenant_id=budget.tenant_id,
        subject=target,
        data={"budget_id": str(budget.id), "hard": budget.hard},
    )


def visible(actor: Actor) -> QuerySet[Budget]:
    """The budgets an actor may see: finance all of the tenant, others those of their teams and
    of the whole tenant. Raises Forbidden."""
    rows = counted(Budget.across.filter(tenant_id=tenant_of(actor)))
    rows = rows.order_by("subject_kind", "subject_name")
    if actor.is_finance:
        return rows
    return rows.filter(
        Q(subject_kind="tenant") | Q(subject_kind="team", subject_id__in=actor.team_roles.keys())
    )


def counted(rows: QuerySet[Budget]) -> QuerySet[Budget]:
    """The budgets with what the edge counts of them in the window around now."""
    now = Q(window="month", counters__window_start=window_bounds("month")[0]) | Q(
        window="day", counters__window_start=window_bounds("day")[0]
    )
    return rows.annotate(
        counter_spent=Coalesce(Sum("counters__spent_micros", filter=now), 0),
        counter_reserved=Coalesce(Sum("counters__reserved_micros", filter=now), 0),
    )


def standings(
    budgets: Sequence[Budget], spends: Mapping[Key, Spend] | None = None
) -> list[Standing]:
    """How budgets of one tenant, from `counted`, stand now; one query without `spends`."""
    if not budgets:
        return []
    if spends is None:
        spends = spend_of(
            tenant_id=budgets[0].tenant_id, subjects=[subject_of(budget) for budget in budgets]
        )
    empty = Spend({}, {})
    return [
        _standing(budget, spends.get((*subject_of(budget), budget.currency), empty))
        for budget in budgets
    ]


def _standing(budget: Budget, spend: Spend) -> Standing:
    settled: int = budget.counter_spent  # type: ignore[attr-defined]
    reserved: int = budget.counter_reserved  # type: ignore[attr-defined]
    now = clock.now()
    start, end = window_bounds(budget.window, now)
    monthly = budget.window == "month"
    spent = spend.in_month(first_day(now)) if monthly else spend.on_day(now.date())
    forecast = spend.forecast(now) if monthly else spent
    if settled > spent:
        forecast += settled - spent
        spent = settled
    return Standing(
        budget=budget,
        start=start,
        end=end,
        spent_micros=spent,
        reserved_micros=reserved,
        forecast_micros=max(forecast, spent),
        runs_out=spend.runs_out(budget.amount_micros, now) if monthly else None,
    )


def standing_of(budget: Budget) -> Standing:
    """How one budget stands now."""
    return standings(list(counted(Budget.across.filter(id=budget.id))))[0]


def refresh_counters(found: Sequence[Standing]) -> None:
    """Let the edge know what is spent of hard budgets, that it stops calls in time."""
    hard = [standing for standing in found if standing.budget.hard]
    if not hard:
        return
    rows = [
        BudgetCounter(budget=s.budget, window_start=s.start, spent_micros=max(0, s.spent_micros))
        for s in hard
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            REFRESH,
            [
                [row.id for row in rows],
                [row.budget_id for row in rows],
                [row.window_start for row in rows],
                [row.spent_micros for row in rows],
            ],
        )
