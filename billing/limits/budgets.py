"""Budgets: what may be spent, what is spent, what will be, and when it was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from billing.limits.spend import Spend, spend_of, subject_of
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
    def used_percent(self) -> float:
        return (self.spent_micros + self.reserved_micros) / self.budget.amount_micros * 100


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
    rows = Budget.across.filter(tenant_id=tenant_of(actor)).order_by("subject_kind", "subject_name")
    if actor.is_finance:
        return rows
    return rows.filter(
        Q(subject_kind="tenant") | Q(subject_kind="team", subject_id__in=actor.team_roles.keys())
    )


def standings(budgets: Sequence[Budget]) -> list[Standing]:
    """How budgets of one tenant stand now. Two queries."""
    if not budgets:
        return []
    spends = spend_of(
        tenant_id=budgets[0].tenant_id, subjects=[subject_of(budget) for budget in budgets]
    )
    starts = {window: window_bounds(window)[0] for window in {b.window for b in budgets}}
    counters = {
        (counter.budget_id, counter.window_start): counter
        for counter in BudgetCounter.objects.filter(
            budget__in=budgets, window_start__in=starts.values()
        )
    }
    found = []
    for budget in budgets:
        spend = spends.get((*subject_of(budget), budget.currency), Spend({}, {}))
        counter = counters.get((budget.id, starts[budget.window]))
        found.append(_standing(budget, spend, counter))
    return found


def _standing(budget: Budget, spend: Spend, counter: BudgetCounter | None) -> Standing:
    now = clock.now()
    start, end = window_bounds(budget.window, now)
    monthly = budget.window == "month"
    spent = spend.in_month(first_day(now)) if monthly else spend.on_day(now.date())
    forecast = spend.forecast(now) if monthly else spent
    if counter is not None and counter.spent_micros > spent:
        forecast += counter.spent_micros - spent
        spent = counter.spent_micros
    return Standing(
        budget=budget,
        start=start,
        end=end,
        spent_micros=spent,
        reserved_micros=counter.reserved_micros if counter else 0,
        forecast_micros=max(forecast, spent),
        runs_out=spend.runs_out(budget.amount_micros, now) if monthly else None,
    )


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
