"""Shared costs: split to the cent by a rule, which stands on the line wherever it is shown."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Sum
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.close import close_period, verify_period
from billing.exports import export_period
from billing.models import Charge, Consumer, LedgerEntry, LedgerLine, SharedCost, StatementLine
from billing.models.ledger import Kind
from billing.money import minor_unit
from billing.posting import post_month
from billing.rating.charges import rate_dirty, rate_month
from billing.rating.lines import About, Due
from billing.rating.shared import shared_dues
from marketplace import clock
from tests.billing.conftest import Trade, roll_all_up
from tests.company import Company

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
FEE = {
    "name": "Gateway platform fee",
    "amount": "100.00",
    "rule": "proportional",
    "team": "payments",
    "first_month": "2026-09",
}


@pytest.fixture
def used(trade: Trade, make_trade: Any) -> Trade:
    """Checkout uses an API for 3, payments another for 6, in September."""
    trade.card(prices=[{"meter": "requests", "amount_micros": 1_000_000}])
    other = make_trade("refunds")
    other.card(prices=[{"meter": "requests", "amount_micros": 1_000_000}])
    Consumer.across.filter(id=other.consumer.id).update(
        team_id=trade.company.owners.id, cost_center="CC-payments"
    )
    trade.send(trade.event("2026-09-10T10:00:00Z", 3))
    other.send(other.event("2026-09-10T10:00:00Z", 6))
    roll_all_up()
    rate_dirty()
    return trade


def split(trade: Trade, **more: Any) -> Any:
    answer = trade.company.client(trade.company.finance).post(
        "/api/v1/shared-costs", FEE | more, format="json"
    )
    assert answer.status_code == 201, answer.content
    rate_dirty()
    return answer.json()


def parts(month: date = SEPTEMBER) -> dict[str, int]:
    rows = Charge.across.filter(kind="shared", month=month)
    return {row.cost_center: row.amount_micros for row in rows}


def test_a_cost_is_split_in_proportion_to_use_and_says_so(used: Trade) -> None:
    made = split(used)
    assert made["shared_cost"]["first_month"] == "2026-09"
    assert parts() == {"CC-checkout": 33_330_000, "CC-payments": 66_670_000}
    rules = set(Charge.across.filter(kind="shared").values_list("rule", flat=True))
    start = "Gateway platform fee, €100.00 a month, in proportion to the cost of use of any API: "
    assert start + "33.33%" in rules


def test_evenly_and_by_fixed_shares_and_by_a_meter(used: Trade) -> None:
    split(used, rule="even")
    assert parts() == {"CC-checkout": 50_000_000, "CC-payments": 50_000_000}
    split(used, rule="fixed", shares={"checkout": "1", "payments": "2"})
    assert parts() == {"CC-checkout": 33_330_000, "CC-payments": 66_670_000}
    split(used, api="payments")
    assert parts() == {"CC-checkout": 100_000_000}
    split(used, meter="bytes")
    assert parts() == {"CC-payments": 100_000_000}  # nobody used any: the team that has the cost
    assert SharedCost.across.count() == 1


def test_another_amount_begins_with_its_month_and_an_end_is_an_end(used: Trade) -> None:
    split(used)
    split(used, amount="50.00", first_month="2026-10")
    rate_month(tenant_id=used.company.tenant.id, month=OCTOBER)
    assert sum(parts().values()) == 100_000_000
    assert sum(parts(OCTOBER).values()) == 50_000_000
    finance = used.company.client(used.company.finance)
    running = finance.get("/api/v1/shared-costs").json()["items"][0]
    ended = finance.post(f"/api/v1/shared-costs/{running['id']}/end")
    assert ended.json()["last_month"] == "2026-10"


def test_the_ledger_the_statement_and_focus_show_the_rule(used: Trade) -> None:
    split(used)
    actor = used.company.actor(used.company.finance)
    period = close_period(actor=actor, month=SEPTEMBER).period
    assert verify_period(period) == []
    assert period.totals["EUR"]["minor"] == 10_900
    entries = LedgerEntry.across.filter(kind="shared")
    assert entries.aggregate(s=Sum("amount_micros"))["s"] == 100_000_000
    sides = LedgerLine.across.filter(entry__kind="shared")
    assert sides.aggregate(s=Sum("amount_micros"))["s"] == 0
    credits = sides.filter(account="usage-recovery").values_list("cost_center", flat=True)
    assert set(credits) == {"CC-payments"}
    lines = StatementLine.across.filter(period=period, kind="shared")
    assert {line.credit_cost_center for line in lines} == {"CC-payments"}
    with export_period(period, "focus").file as file:
        rows = list(csv.DictReader(io.StringIO(file.read().decode())))
    shared = [row for row in rows if row["ServiceName"] == "Shared costs"]
    assert {row["ChargeCategory"] for row in shared} == {"Purchase"}
    assert {row["ChargeFrequency"] for row in shared} == {"Recurring"}
    assert all("in proportion to the cost of use" in row["ChargeDescription"] for row in shared)
    assert {row["BilledCost"] for row in shared} == {"33.33", "66.67"}
    page = used.company.client(used.company.finance).get("/costs/periods/2026-09/statement")
    assert "in proportion to the cost of use" in page.content.decode()


def test_a_rule_set_later_adjusts_a_closed_month_and_leaves_it_as_it_was(used: Trade) -> None:
    actor = used.company.actor(used.company.finance)
    period = close_period(actor=actor, month=SEPTEMBER).period
    assert split(used)["closed_months"] == ["2026-09"]
    post_month(tenant_id=used.company.tenant.id, month=SEPTEMBER)
    later = LedgerEntry.across.filter(kind="shared", adjustment=True)
    assert {entry.period.name for entry in later} == {"2026-10"}
    assert later.aggregate(s=Sum("amount_micros"))["s"] == 100_000_000
    period.refresh_from_db()
    assert verify_period(period) == []


def test_beneath_a_shared_line_are_the_events_of_its_team(used: Trade) -> None:
    split(used)
    browser = Client()
    browser.force_login(used.company.finance)
    line = Charge.across.get(kind="shared", cost_center="CC-checkout")
    page = browser.get(f"/costs/charges/{line.id}").content.decode()
    assert "payments-1" in page
    assert "refunds-1" not in page
    assert "Shared cost" in page


def test_finance_tries_a_split_before_setting_it(used: Trade) -> None:
    browser = Client()
    browser.force_login(used.company.finance)
    form = FEE | {"api": "", "shares": ""}
    with clock.frozen(datetime(2026, 9, 20, tzinfo=UTC)):
        page = browser.post("/costs/shared", form | {"do": "try"}).content.decode()
    assert "€66.67" in page
    assert not SharedCost.across.exists()
    assert browser.post("/costs/shared", form | {"do": "set"}).status_code == 302
    assert "Gateway platform fee" in browser.get("/costs/shared").content.decode()
    wrong = browser.post("/costs/shared", form | {"rule": "fixed", "shares": "nobody 1"})
    assert wrong.status_code == 422
    assert "There is no such team." in wrong.content.decode()


def test_what_is_wrong_is_said_at_its_field_and_only_finance_may(used: Trade) -> None:
    finance = used.company.client(used.company.finance)
    wrong: dict[str, dict[str, Any]] = {
        "team": {"team": "fleet"}, "amount": {"amount": "0"}, "api": {"api": "nothing"},
        "meter": {"meter": "nothing"}, "shares": {"shares": {"payments": "1"}},
        "last_month": {"last_month": "2026-08"}, "first_month": {"first_month": "1999-01"},
        "currency": {"currency": "eur"},
    }  # fmt: skip
    for field, change in wrong.items():
        answer = finance.post("/api/v1/shared-costs", FEE | change, format="json")
        assert answer.status_code == 422, field
        assert field in answer.json()["errors"][0]["pointer"]
    owner = used.company.client(used.company.owner)
    assert owner.post("/api/v1/shared-costs", FEE, format="json").status_code == 403
    assert owner.get("/api/v1/shared-costs").status_code == 403
    assert owner.get("/costs/shared").status_code == 403


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amount=st.integers(1, 10**12),
    rule=st.sampled_from(["even", "proportional", "fixed"]),
    use=st.lists(st.integers(0, 10**9), min_size=2, max_size=2),
    currency=st.sampled_from(["EUR", "JPY", "BHD"]),
)
def test_parts_sum_to_the_cost_and_are_whole_cents_where_it_is(
    company: Company, amount: int, rule: str, use: list[int], currency: str
) -> None:
    teams = [company.owners, company.builders]
    cost = SharedCost(
        tenant=company.tenant, name="x", team=teams[0], amount_micros=amount, currency=currency,
        rule=rule, shares={str(t.id): u for t, u in zip(teams, use, strict=True)},
    )  # fmt: skip
    dues = [
        Due(About(Kind.USAGE, None, t.id, t.cost_center, currency=currency), Decimal(u), u)
        for t, u in zip(teams, use, strict=True)
    ]
    found = shared_dues([cost], dues)
    assert sum(due.amount_micros for due in found) == amount
    assert len({due.about.team_id for due in found}) == len(found)
    unit = minor_unit(currency)
    if amount % unit == 0:
        assert all(due.amount_micros % unit == 0 for due in found)
    assert all(isinstance(due.about.price_id, UUID) for due in found)
