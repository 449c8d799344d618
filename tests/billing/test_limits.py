"""Budgets and quotas: set by those who may, read with what is used, told of once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rest_framework.serializers import ChoiceField

from billing.api.limits import QuotaIn
from billing.limits.alerts import unusual, watch
from billing.limits.budgets import counted, standings
from billing.limits.quotas import quota_standings
from billing.limits.spend import Spend
from billing.limits.windows import window_bounds
from billing.models import Alert, Budget, BudgetCounter, Quota, QuotaCounter
from billing.rating.charges import rate_dirty
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.events.models import OutboxEvent
from marketplace.ids import new_id
from tests.billing.conftest import Trade, micros, roll_all_up

pytestmark = pytest.mark.django_db


def put(trade: Trade, what: str, by: str = "finance", **body: Any) -> Any:
    client = trade.company.client(getattr(trade.company, by))
    return client.put(f"/api/v1/{what}", body, format="json")


def spend(trade: Trade, calls: int, time: str = "2026-10-10T10:00:00Z") -> None:
    trade.send(trade.event(time, calls))
    roll_all_up()
    rate_dirty()


def test_finance_sets_a_budget_and_sees_how_it_stands(trade: Trade) -> None:
    trade.card()
    spend(trade, 1000)
    answer = put(
        trade, "budgets", subject_kind="team", subject="checkout", amount="10", thresholds=[80]
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["subject"], body["spent"], body["left"]) == ("Checkout", "4.000000", "6.000000")
    again = put(trade, "budgets", subject_kind="team", subject="checkout", amount="20")
    assert again.json()["id"] == body["id"]
    assert Budget.across.get().amount_micros == micros("20")
    assert AuditEntry.objects.filter(action="budget.changed").count() == 2
    assert OutboxEvent.objects.filter(kind="budget.changed").count() == 2


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("tenant", ""),
        ("tenant", "retail"),
        ("team", "checkout"),
        ("application", "Shop for payments"),
        ("cost_center", "CC-100"),
    ],
)
def test_budgets_are_for_tenant_team_application_and_cost_center(
    trade: Trade, kind: str, subject: str
) -> None:
    trade.card()
    spend(trade, 1000)
    answer = put(trade, "budgets", subject_kind=kind, subject=subject, amount="10")
    assert answer.json()["spent"] == "4.000000"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"subject_kind": "team", "subject": "fleet", "amount": "1"}, "/subject"),
        ({"subject_kind": "tenant", "subject": "logistics", "amount": "1"}, "/subject"),
        ({"subject_kind": "planet", "amount": "1"}, "/subject_kind"),
        ({"subject_kind": "tenant", "amount": "0"}, "/amount"),
        ({"subject_kind": "tenant", "amount": "-5"}, "/amount"),
        ({"subject_kind": "tenant", "amount": "1", "window": "minute"}, "/window"),
        ({"subject_kind": "tenant", "amount": "1", "thresholds": [0]}, "/thresholds/0"),
        ({"subject_kind": "tenant", "amount": "1", "currency": "eur"}, "/currency"),
    ],
)
def test_a_budget_that_is_none_is_refused_at_its_field(
    trade: Trade, body: dict[str, Any], pointer: str
) -> None:
    answer = put(trade, "budgets", **body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_h20_unknown_fields_are_refused(trade: Trade) -> None:
    answer = put(trade, "budgets", subject_kind="tenant", amount="1", tenant_id="x")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/tenant_id"


def test_a_teams_owner_limits_that_team_alone(trade: Trade) -> None:
    own = {"subject_kind": "team", "subject": "payments", "amount": "1"}
    assert put(trade, "budgets", by="owner", **own).status_code == 200
    assert put(trade, "budgets", by="owner", **own | {"subject": "checkout"}).status_code == 403
    assert put(trade, "budgets", by="developer", **own).status_code == 403
    assert put(trade, "budgets", by="outsider", **own).status_code == 422


def test_members_see_the_limits_of_their_teams(trade: Trade) -> None:
    for subject in ("checkout", "payments"):
        put(trade, "budgets", subject_kind="team", subject=subject, amount="1")
    put(trade, "budgets", subject_kind="tenant", amount="1")
    client = trade.company.client(trade.company.developer)
    seen = {row["subject"] for row in client.get("/api/v1/budgets").json()["items"]}
    assert seen == {"Checkout", "Retail"}
    other = trade.company.client(trade.company.outsider)
    assert other.get("/api/v1/budgets").json()["items"] == []


def test_lists_go_on_at_their_cursor(trade: Trade) -> None:
    for n in range(5):
        put(trade, "budgets", subject_kind="cost_center", subject=f"CC-{n}", amount="1")
    client = trade.company.client(trade.company.finance)
    seen, url = [], "/api/v1/budgets?limit=2"
    while url:
        body = client.get(url).json()
        seen += [row["subject"] for row in body["items"]]
        url = body["next"]
    assert seen == [f"CC-{n}" for n in range(5)]
    assert client.get("/api/v1/budgets?limit=0").status_code == 422
    assert client.get("/api/v1/budgets?cursor=nonsense").status_code == 422


def test_a_budget_is_taken_away(trade: Trade) -> None:
    budget = put(trade, "budgets", subject_kind="tenant", amount="1").json()["id"]
    client = trade.company.client(trade.company.developer)
    assert client.delete(f"/api/v1/budgets/{budget}").status_code == 403
    client = trade.company.client(trade.company.finance)
    assert client.delete(f"/api/v1/budgets/{budget}").status_code == 204
    assert client.delete(f"/api/v1/budgets/{budget}").status_code == 404


def test_a_threshold_alerts_once_and_of_several_the_highest_is_said(trade: Trade) -> None:
    trade.card()
    put(trade, "budgets", subject_kind="tenant", amount="10", thresholds=[50, 80, 100])
    tenant = trade.company.tenant.id
    spend(trade, 1000)
    assert watch(tenant) == 0 + forecasts(trade)
    spend(trade, 1100)
    watch(tenant)
    said = Alert.across.filter(kind="threshold").values_list("detail__percent", flat=True)
    assert list(said) == [80]
    watch(tenant)
    spend(trade, 1000)
    watch(tenant)
    watch(tenant)
    assert sorted(said.all()) == [80, 100]
    assert OutboxEvent.objects.filter(kind="alert.threshold").count() == 2


def forecasts(trade: Trade) -> int:
    return Alert.across.filter(kind="forecast").count()


def test_the_window_begins_anew_and_so_do_its_alerts(trade: Trade) -> None:
    trade.card()
    put(trade, "budgets", subject_kind="tenant", amount="1", thresholds=[100])
    spend(trade, 1000)
    watch(trade.company.tenant.id)
    with clock.frozen(datetime(2026, 11, 1, 0, 0, 1, tzinfo=UTC)):
        [standing] = standings(list(counted(Budget.across.all())))
        assert standing.spent_micros == 0
        assert standing.start == datetime(2026, 11, 1, tzinfo=UTC)
        watch(trade.company.tenant.id)
    assert Alert.across.filter(kind="threshold").count() == 1


def test_a_hard_budget_tells_the_edge_what_is_spent_and_never_less(trade: Trade) -> None:
    trade.card()
    put(trade, "budgets", subject_kind="tenant", amount="10", hard=True)
    spend(trade, 1000)
    watch(trade.company.tenant.id)
    counter = BudgetCounter.objects.get()
    assert counter.spent_micros == 4_000_000
    counter.spent_micros = 9_000_000
    counter.save()
    watch(trade.company.tenant.id)
    counter.refresh_from_db()
    assert counter.spent_micros == 9_000_000
    assert standings(list(counted(Budget.across.all())))[0].spent_micros == 9_000_000


def test_the_forecast_knows_the_weekday_and_the_reset() -> None:
    now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    days = [date(2026, 9, 22) + timedelta(days=n) for n in range(28)]
    spent = {day: 100 if day.weekday() < 5 else 10 for day in days} | {now.date(): 50}
    steady = Spend(spent, {date(2026, 10, 1): 1000})
    so_far = sum(amount for day, amount in spent.items() if day.month == 10)
    assert steady.in_month(date(2026, 10, 1)) == so_far + 1000
    rest = [now.date() + timedelta(days=n) for n in range(1, 12)]
    expected = sum(100 if day.weekday() < 5 else 10 for day in rest) + 50
    assert steady.forecast(now) == so_far + 1000 + expected
    assert steady.runs_out(so_far + 1000, now) == now.date()
    assert steady.runs_out(so_far + 1000 + 150, now) == date(2026, 10, 22)
    assert steady.runs_out(10**9, now) is None
    assert Spend({}, {}).forecast(now) == 0


def test_a_forecast_above_the_budget_is_told_once(trade: Trade) -> None:
    trade.card()
    put(trade, "budgets", subject_kind="tenant", amount="20", thresholds=[100])
    for day in range(1, 20):
        trade.send(trade.event(f"2026-10-{day:02}T10:00:00Z", 200))
    roll_all_up()
    rate_dirty()
    watch(trade.company.tenant.id)
    watch(trade.company.tenant.id)
    [alert] = Alert.across.filter(kind="forecast")
    assert "heading for" in alert.title


def test_quotas_are_set_and_counted(trade: Trade) -> None:
    body = {"subject_kind": "api", "subject": "payments", "limit": 5000, "window": "month"}
    answer = put(trade, "quotas", by="owner", hard=False, **body)
    assert answer.status_code == 200, answer.content
    spend(trade, 1234)
    [standing] = quota_standings(list(Quota.across.all()))
    assert (standing.used, standing.left) == (1234, 3766)
    client = trade.company.client(trade.company.finance)
    assert client.get("/api/v1/quotas").json()["items"][0]["used"] == 1234


def test_a_hard_quota_is_counted_by_the_edge(trade: Trade) -> None:
    put(trade, "quotas", subject_kind="tenant", limit=100, window="day")
    quota = Quota.across.get()
    start, _ = window_bounds("day")
    QuotaCounter.objects.create(quota=quota, window_start=start, used=70, leased=20)
    QuotaCounter.objects.create(quota=quota, window_start=start - timedelta(days=1), used=100)
    [standing] = quota_standings([quota])
    assert (standing.used, standing.left) == (90, 10)
    watch(trade.company.tenant.id)
    watch(trade.company.tenant.id)
    assert [alert.kind for alert in Alert.across.all()] == ["quota"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"meter": "luck"}, "/meter"),
        ({"meter": "bytes"}, "/hard"),
        ({"limit": -1}, "/limit"),
        ({"window": "year"}, "/window"),
        ({"subject_kind": "cost_center"}, "/subject_kind"),
        ({"subject_kind": "key", "subject": "mk_l_nobody"}, "/subject"),
    ],
)
def test_a_quota_that_is_none_is_refused_at_its_field(
    trade: Trade, body: dict[str, Any], pointer: str
) -> None:
    given: dict[str, Any] = {"subject_kind": "tenant", "limit": 5, "window": "day"}
    answer = put(trade, "quotas", **given | body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("value", "past", "usual"),
    [
        (1000, [1000, 1010, 990, 1005], None),
        (5000, [1000, 1010, 990, 1005], 1002.5),
        (0, [1000, 1010, 990, 1005], 1002.5),
        (3000, [1000, 5000, 200, 2500], None),
        (150, [10, 10, 10], None),
        (99999, [1, 2], None),
    ],
)
def test_a_day_far_from_its_season_is_unusual(
    value: int, past: list[int], usual: float | None
) -> None:
    assert unusual(value, past) == usual


def test_an_unusual_day_alerts_once(trade: Trade) -> None:
    for weeks in range(1, 6):
        day = date(2026, 10, 19) - timedelta(weeks=weeks)
        trade.send(trade.event(f"{day}T10:00:00Z", 1000 + weeks))
    trade.send(trade.event("2026-10-19T10:00:00Z", 9000))
    roll_all_up()
    assert watch(trade.company.tenant.id) == 1
    assert watch(trade.company.tenant.id) == 0
    assert "9,000 times on 19 October; 1,003 is usual on a Monday" in Alert.across.get().title


def test_an_access_gets_its_quota_by_its_plan_alone(trade: Trade) -> None:
    answer = put(
        trade, "quotas", subject_kind="grant", subject=str(new_id()), limit=10, window="month"
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/subject_kind"]
    offered = QuotaIn().fields["subject_kind"]
    assert isinstance(offered, ChoiceField)
    assert "grant" not in offered.choices
