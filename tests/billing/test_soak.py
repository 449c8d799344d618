"""Intake, price changes, late events, closes and corrections in any order: after every step the
ledger is the priced usage to the micro-unit, and closed months stay as they were.

SOAK sets how many runs are tried; each is a dozen steps.
"""

import os
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing.close import close_period, verify_period
from billing.exports import export_period
from billing.models import DirtyMonth, LedgerEntry, LedgerLine, Period, StatementLine, UnpostedMonth
from billing.posting import correct, post_month
from billing.rating.charges import mark_dirty, rate_dirty
from marketplace import clock
from marketplace.errors import Conflict
from tests.billing.conftest import Trade, roll_all_up, trade_for
from tests.company import make_company

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
MONTHS = (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))
RUNS = int(os.environ.get("SOAK", "6"))
STEPS = 12


def oracle(events: list[tuple[datetime, int]], cards: list[tuple[datetime, int, int]]) -> int:
    """What a month's events cost, reckoned event by event in the plainest way: sorted into the
    cards of their own times, each card's units going on where the card before left off."""
    by_card: dict[datetime, int] = defaultdict(int)
    terms: dict[datetime, tuple[int, int]] = {}
    for time, quantity in events:
        begun = [card for card in cards if card[0] <= time]
        if begun:
            latest = max(card[0] for card in begun)
            by_card[latest] += quantity
            terms[latest] = [card for card in begun if card[0] == latest][-1][1:]
    due, position = 0, 0
    for since in sorted(by_card):
        amount, included = terms[since]
        end = position + by_card[since]
        billable = max(0, end - included) - max(0, position - included)
        due += round(Fraction(billable * amount, 7))
        position = end
    return due


class Books(RuleBasedStateMachine):
    """One consumer of one API; prices per seven units, some included, so that nothing is round."""

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.now = FIRST + timedelta(days=20)
        self.frozen = clock.frozen(self.now)
        self.frozen.__enter__()

    def teardown(self) -> None:
        self.frozen.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.trade: Trade = trade_for(make_company())
        self.finance = self.trade.company.actor(self.trade.company.finance)
        self.tenant = self.trade.company.tenant.id
        self.events: list[tuple[datetime, int]] = []
        self.sent: list[Any] = []
        self.cards: list[tuple[datetime, int, int]] = []
        self.corrections = 0
        self.sealed: dict[date, tuple[str, bytes]] = {}
        self.price(0, 1_000, 500)
        self.price(10 * 24 * 60 + 777, 2_345, 800)
        for hour in (9, 100, 300, 477):
            self.use(hour, 321 + hour)

    @rule(hour=st.integers(0, 20 * 24), quantity=st.integers(0, 5_000))
    def use(self, hour: int, quantity: int) -> None:
        """Something within the last twenty days."""
        self._send(self.now - timedelta(hours=hour), quantity)

    @rule(share=st.floats(0, 1), quantity=st.integers(1, 5_000))
    def use_reported_late(self, share: float, quantity: int) -> None:
        """Something at any time since the beginning, of closed months too."""
        self._send(FIRST + (self.now - FIRST) * share, quantity)

    def _send(self, time: datetime, quantity: int) -> None:
        time = max(FIRST, time).replace(microsecond=0)
        event = self.trade.event(time.isoformat(), quantity)
        assert self.trade.send(event)["accepted"] == 1
        self.events.append((time, quantity))
        self.sent.append(event)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """The same event, once more and with another time."""
        event = data.draw(st.sampled_from(self.sent))
        later = event | {"time": self.now.isoformat()}
        assert self.trade.send(event, later)["duplicates"] == 2

    @rule(
        minutes=st.integers(0, 60 * 24 * 60),
        amount=st.integers(0, 90_000),
        included=st.integers(0, 3_000),
    )
    def price(self, minutes: int, amount: int, included: int) -> None:
        """A price from any time on, back-dated or to come."""
        since = FIRST + timedelta(minutes=minutes)
        price = {"meter": "requests", "amount_micros": amount, "per": 7, "included": included}
        self.trade.card(since.isoformat(), prices=[price])
        self.cards.append((since, amount, included))
        mark_dirty(api_ids=[self.trade.api.id], since=since)

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        """Time passes, to the end of November at most."""
        self.frozen.__exit__(None, None, None)
        self.now = min(self.now + timedelta(days=days), datetime(2026, 11, 30, tzinfo=UTC))
        self.frozen = clock.frozen(self.now)
        self.frozen.__enter__()

    @rule(month=st.sampled_from(MONTHS[:2]))
    def close(self, month: date) -> None:
        """A month, if it can be."""
        try:
            closing = close_period(actor=self.finance, month=month, accept=["unpriced"])
        except Conflict:
            assert month in self.sealed
            return
        if closing.outcome == "closed":
            self.sealed[month] = self._export(closing.period)

    @precondition(lambda self: LedgerEntry.across.exists())
    @rule(amount=st.integers(-(10**6), 10**6).filter(bool), data=st.data())
    def correct(self, amount: int, data: st.DataObject) -> None:
        """Something was wrong, or is forgiven."""
        ids = list(LedgerEntry.across.order_by("sequence").values_list("id", flat=True))
        entry = data.draw(st.sampled_from(ids))
        correct(actor=self.finance, entry_id=entry, amount_micros=amount, reason="soak")
        self.corrections += amount

    @invariant()
    def ledger_is_priced_usage(self) -> None:
        """To the micro-unit, month by month; and it balances."""
        roll_all_up()
        rate_dirty()
        for month in UnpostedMonth.objects.values_list("month", flat=True):
            post_month(tenant_id=self.tenant, month=month)
        assert not DirtyMonth.objects.exists()
        posted = dict(
            LedgerEntry.across.exclude(kind="correction")
            .values_list("usage_month")
            .annotate(total=Sum("amount_micros"))
        )
        for month in MONTHS:
            events = [e for e in self.events if e[0].date().replace(day=1) == month]
            assert posted.get(month, 0) == oracle(events, self.cards), month
        corrected = LedgerEntry.across.filter(kind="correction").aggregate(s=Sum("amount_micros"))
        assert (corrected["s"] or 0) == self.corrections
        assert (LedgerLine.across.aggregate(s=Sum("amount_micros"))["s"] or 0) == 0

    @invariant()
    def closed_months_stay_as_they_were(self) -> None:
        """Their seal holds, their export is the same, their lines are the ledger of that month."""
        for month, (seal, content) in self.sealed.items():
            period = Period.across.get(month=month, tenant_id=self.tenant)
            assert verify_period(period) == []
            assert self._export(period) == (seal, content)
            entries = LedgerEntry.across.filter(period=period).aggregate(s=Sum("amount_micros"))
            lines = StatementLine.across.filter(period=period).aggregate(s=Sum("amount_micros"))
            assert (entries["s"] or 0) == (lines["s"] or 0)

    def _export(self, period: Period) -> tuple[str, bytes]:
        with export_period(period, "csv").file as file:
            return period.hash, file.read()


def test_the_books_hold_in_any_order_of_things(db: None) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
