"""A reservation that is never settled is charged as it was reserved, once, and flagged."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client

from billing.close import close_period
from billing.limits.unsettled import charge_unsettled
from billing.models import (
    Alert,
    Budget,
    BudgetCounter,
    Charge,
    LedgerEntry,
    Reservation,
    StatementLine,
    UnsettledCall,
)
from billing.rating.charges import rate_dirty
from marketplace import clock
from tests.billing.conftest import NOW, Trade, roll_all_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(trade: Trade) -> Budget:
    trade.card(prices=[{"meter": "tokens_in", "amount_micros": 1_000}])
    return Budget.across.create(
        tenant=trade.company.tenant, subject_kind="application", currency="EUR", hard=True,
        subject_id=trade.consumer.application_id, amount_micros=10**9,
    )  # fmt: skip


def reserve(trade: Trade, budgets: list[Budget], decision: str, **more: Any) -> None:
    """What the edge writes for one call: a reservation in each of its budgets."""
    for budget in budgets:
        counter, _ = BudgetCounter.objects.get_or_create(
            budget=budget, window_start=datetime(2026, 10, 1, tzinfo=UTC)
        )
        counter.reserved_micros += 250_000
        counter.save()
        fields = {"created_at": NOW - timedelta(hours=1), "expires_at": NOW - timedelta(minutes=1)}
        Reservation.objects.create(
            decision_id=decision, counter=counter, amount_micros=250_000,
            key_public_id=trade.key, **(fields | more),
        )  # fmt: skip


def test_it_is_charged_once_however_often_it_is_looked_at(trade: Trade, budget: Budget) -> None:
    wide = Budget.across.create(
        tenant=trade.company.tenant, subject_kind="tenant", currency="EUR", hard=True,
        subject_id=trade.company.tenant.id, amount_micros=10**9,
    )  # fmt: skip
    reserve(trade, [budget, wide], "d-1")
    reserve(trade, [budget], "d-2")
    reserve(trade, [budget], "d-later", expires_at=NOW + timedelta(minutes=1))
    assert charge_unsettled() == 2
    assert charge_unsettled() == 0
    counter = BudgetCounter.objects.get(budget=budget)
    assert (counter.spent_micros, counter.reserved_micros) == (500_000, 250_000)
    assert Reservation.objects.get(decision_id="d-2").settled_micros == 250_000
    rate_dirty()
    rate_dirty()
    line = Charge.across.get(kind="reservation")
    assert (line.amount_micros, line.quantity) == (500_000, Decimal(2))
    assert line.rule == "2 calls never settled: charged as reserved"
    assert (line.api_id, line.cost_center) == (trade.api.id, "CC-100")
    assert Alert.across.get(kind="unsettled").detail["calls"] == 2


def test_a_call_whose_use_was_reported_is_priced_by_its_use(trade: Trade, budget: Budget) -> None:
    reserve(trade, [budget], "d-1")
    at = (NOW - timedelta(minutes=50)).isoformat()
    data = {"meter": "tokens_in", "decision_id": "d-1"}
    trade.send(trade.event(at, 70, data=data))
    assert charge_unsettled() == 0
    roll_all_up()
    rate_dirty()
    assert [line.kind for line in Charge.across.all()] == ["usage"]
    counter = BudgetCounter.objects.get(budget=budget)
    assert (counter.spent_micros, counter.reserved_micros) == (0, 0)
    assert not UnsettledCall.across.exists()


def test_the_charge_stays_when_its_budget_goes_and_stands_on_the_statement(
    trade: Trade, budget: Budget
) -> None:
    reserve(trade, [budget], "d-1")
    charge_unsettled()
    budget.delete()
    rate_dirty()
    with clock.frozen(datetime(2026, 11, 3, tzinfo=UTC)):
        actor = trade.company.actor(trade.company.finance)
        closing = close_period(actor=actor, month=date(2026, 10, 1))
    assert closing.outcome == "closed", closing
    line = StatementLine.across.get(kind="reservation")
    assert (line.amount_minor, line.rule) == (25, "1 call never settled: charged as reserved")
    assert LedgerEntry.across.aggregate(s=Sum("amount_micros"))["s"] == 250_000
    browser = Client()
    browser.force_login(trade.company.finance)
    page = browser.get("/costs/periods/2026-10/statement").content.decode()
    assert "Unsettled reservation" in page
    lines = browser.get("/costs/lines?month=2026-10").content.decode()
    assert "never settled" in lines
