"""Prices in words, estimates beside a request, rate cards set and tried, use for the catalog."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.estimates import estimate
from billing.models import Budget, Charge, Consumer, RateCard
from billing.prices import plan_labels, price_label, price_labels
from billing.rating.charges import rate_dirty
from billing.usage import health_of, series, usage_of
from catalog import extensions
from marketplace.ids import new_id
from tests.billing.conftest import Trade, roll_all_up

pytestmark = pytest.mark.django_db
TOKENS = [
    {"meter": "tokens_in", "amount_micros": 3_000_000, "per": 1_000_000},
    {"meter": "tokens_out", "amount_micros": 12_000_000, "per": 1_000_000},
]


@pytest.mark.parametrize(
    ("prices", "label"),
    [
        ([{"meter": "requests", "amount_micros": 4_000}], "€0.004 / call"),
        ([{"meter": "requests", "amount_micros": 2_500_000, "per": 1000}], "€2.50 / 1k calls"),
        (TOKENS, "€3.00 / 1M tokens"),
        ([{"meter": "bytes", "amount_micros": 110_000, "per": 10**9}], "€0.11 / GB"),
        ([{"meter": "", "model": "flat", "amount_micros": 45_000_000}], "€45.00 / month"),
        ([], "Free"),
        (
            [
                {
                    "meter": "requests",
                    "model": "graduated",
                    "tiers": [
                        {"up_to": 100, "amount_micros": 9_000},
                        {"up_to": None, "amount_micros": 5_000},
                    ],
                }
            ],
            "from €0.005 / call",
        ),
    ],
)
def test_a_price_reads_in_a_few_words(trade: Trade, prices: list[Any], label: str) -> None:
    assert price_label(trade.api) == ""
    trade.card(prices=prices, plan=trade.plan)
    assert price_label(trade.api, trade.plan) == label
    assert price_label(trade.api) == label


def test_prices_of_many_apis_take_few_queries(trade: Trade, make_trade: Any) -> None:
    trades = [trade, *(make_trade(f"api-{n}") for n in range(5))]
    for one in trades[:-1]:
        one.card()
    with CaptureQueriesContext(connection) as queries:
        found = extensions.prices_of([one.api for one in trades])
    assert len(queries) <= 5
    assert set(found.values()) == {"€0.004 / call"}
    assert len(found) == 5
    assert price_labels([]) == {}


def test_a_plan_lists_all_its_prices(trade: Trade) -> None:
    fee = {"meter": "", "model": "flat", "amount_micros": 45_000_000}
    trade.card(plan=trade.plan, prices=[*TOKENS, fee])
    assert plan_labels(trade.api, [trade.plan])[trade.plan.id] == [
        "€45.00 / month",
        "€3.00 / 1M tokens",
        "€12.00 / 1M tokens",
    ]


def ask(trade: Trade, **more: Any) -> Any:
    given = {
        "api_id": trade.api.id,
        "plan_id": trade.plan.id,
        "tenant_id": trade.company.tenant.id,
        "team_id": trade.company.owners.id,
    }
    return estimate(**given | more)


def use(trade: Trade, *quantities: int) -> None:
    for place, quantity in enumerate(quantities):
        other = {
            "key": None,
            "application": str(consumer(trade, place)),
            "api": trade.api.slug,
        }
        trade.send(trade.event("2026-09-21T10:00:00Z", quantity, data=other))
    roll_all_up()


def consumer(trade: Trade, place: int) -> Any:
    return Consumer.across.create(
        tenant=trade.company.tenant,
        application_id=new_id(),
        team_id=trade.company.builders.id,
        name=f"Peer {place}",
    ).application_id


def test_an_estimate_is_the_peers_median_priced_by_the_card_in_force(trade: Trade) -> None:
    trade.card()
    assert ask(trade).monthly_micros is None
    use(trade, 1000, 3000, 500_000)
    found = ask(trade)
    # 29.5 days were looked at; a month is reckoned with 30
    assert found.monthly_micros == found.peers_median_micros
    assert found.monthly_micros == pytest.approx(3000 * 4000 * 30 / 29.5, rel=0.01)
    assert (found.currency, found.budget_left_micros) == ("EUR", None)


def test_a_teams_own_use_goes_before_its_peers(trade: Trade) -> None:
    trade.card()
    use(trade, 1000, 3000, 500_000)
    trade.consumer.team_id = trade.company.owners.id
    trade.consumer.save()
    trade.send(trade.event("2026-09-21T10:00:00Z", 10))
    roll_all_up()
    found = ask(trade)
    assert found.monthly_micros == pytest.approx(10 * 4000, rel=0.02)
    assert found.peers_median_micros > 1_000_000


def test_one_peers_bill_is_not_told(trade: Trade) -> None:
    trade.card()
    use(trade, 1000)
    assert ask(trade).peers_median_micros is None


def test_a_free_or_flat_plan_is_known_before_any_use(trade: Trade) -> None:
    trade.card(prices=[])
    assert ask(trade).monthly_micros == 0
    trade.card(plan=trade.plan, prices=[{"meter": "m", "model": "flat", "amount_micros": 5}])
    assert ask(trade).monthly_micros == 5


def test_the_tightest_budget_that_would_pay_is_shown(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=1000))
    roll_all_up()
    rate_dirty()
    tenant = trade.company.tenant
    for kind, subject, amount in (
        ("tenant", tenant.id, 100_000_000),
        ("team", trade.company.builders.id, 5_000_000),
        ("team", trade.company.owners.id, 7_000_000),
    ):
        Budget.across.create(
            tenant=tenant,
            subject_kind=kind,
            subject_id=subject,
            amount_micros=amount,
            currency="EUR",
        )
    assert ask(trade, team_id=trade.company.builders.id).budget_left_micros == 1_000_000
    assert ask(trade).budget_left_micros == 7_000_000


def card_body(**more: Any) -> dict[str, Any]:
    return {
        "api": "payments",
        "prices": [{"meter": "requests", "amount": "0.01", "included": "100"}],
    } | more


def test_an_owner_sets_prices_and_use_is_priced_anew(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=1100))
    roll_all_up()
    rate_dirty()
    client = trade.company.client(trade.company.owner)
    answer = client.post(
        "/api/v1/rate-cards", card_body(effective_from="2026-10-01T00:00:00Z"), format="json"
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["closed_months"] == []
    rate_dirty()
    assert Charge.across.get().amount_micros == 10_000_000
    listed = client.get("/api/v1/rate-cards?api=payments").json()["items"]
    assert [row["prices"][0]["amount"] for row in listed] == ["0.010000", "0.004000"]
    assert client.get("/api/v1/rate-cards?api=nothing").status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"api": "nothing"}, "/api"),
        ({"plan": "gold"}, "/plan"),
        ({"consumer": "nobody"}, "/consumer"),
        ({"currency": "eur"}, "/currency"),
        ({"effective_from": "1999-01-01T00:00:00Z"}, "/effective_from"),
        ({"risk_multipliers": {"extreme": "2"}}, "/risk_multipliers/extreme"),
        ({"prices": [{"meter": "luck", "amount": "1"}]}, "/prices/0/meter"),
        ({"prices": [{"meter": "requests", "amount": "-1"}]}, "/prices/0/amount"),
        ({"prices": [{"meter": "requests", "amount": "0.0000001"}]}, "/prices/0/amount"),
        ({"prices": [{"meter": "requests", "per": 0}]}, "/prices/0/per"),
        ({"prices": [{"meter": "requests"}, {"meter": "requests"}]}, "/prices/1/meter"),
        ({"prices": [{"meter": "requests", "model": "tiered"}]}, "/prices/0/tiers"),
        (
            {
                "prices": [
                    {
                        "meter": "requests",
                        "model": "graduated",
                        "tiers": [{"up_to": "10"}, {"up_to": "5"}, {"up_to": None}],
                    }
                ]
            },
            "/prices/0/tiers/1/up_to",
        ),
        (
            {"prices": [{"meter": "requests", "model": "graduated", "tiers": [{"up_to": "10"}]}]},
            "/prices/0/tiers/0/up_to",
        ),
    ],
)
def test_a_card_that_is_none_is_refused_at_its_field(
    trade: Trade, change: dict[str, Any], pointer: str
) -> None:
    client = trade.company.client(trade.company.owner)
    answer = client.post("/api/v1/rate-cards", card_body(**change), format="json")
    assert answer.status_code == 422, answer.content
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert not RateCard.across.exists()


@pytest.mark.parametrize("person", ["developer", "outsider"])
def test_only_owners_and_finance_set_prices(trade: Trade, person: str) -> None:
    client = trade.company.client(getattr(trade.company, person))
    assert client.post("/api/v1/rate-cards", card_body(), format="json").status_code == 403


def test_a_card_is_tried_on_past_months(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event("2026-09-10T10:00:00Z", 1000), trade.event(quantity=1100))
    roll_all_up()
    rate_dirty()
    client = trade.company.client(trade.company.owner)
    answer = client.post(
        "/api/v1/rate-cards/preview",
        card_body(months=["2026-09", "2026-10"]),
        format="json",
    )
    assert [(row["was"], row["would_be"]) for row in answer.json()["items"]] == [
        ("4.000000", "9.000000"),
        ("4.400000", "10.000000"),
    ]
    assert RateCard.across.count() == 1


def test_a_card_for_one_tenant_is_seen_by_it_and_by_the_provider_alone(trade: Trade) -> None:
    trade.card(consumer=trade.company.tenant)
    trade.card(prices=[])
    outsider = trade.company.client(trade.company.outsider)
    developer = trade.company.client(trade.company.developer)
    assert len(outsider.get("/api/v1/rate-cards").json()["items"]) == 1
    assert len(developer.get("/api/v1/rate-cards").json()["items"]) == 2


def test_the_catalog_learns_who_uses_an_api_and_how_much(trade: Trade, make_trade: Any) -> None:
    unused = make_trade("refunds")
    trade.send(
        trade.event("2026-10-19T10:00:00Z", 5, data={"operation": "get /orders"}),
        trade.event("2026-10-20T10:00:00Z", 7, data={"operation": "get /orders"}),
        trade.event("2026-10-20T11:00:00Z", 1, data={"operation": "post /orders"}),
    )
    roll_all_up()
    found = usage_of(trade.api, ["get /orders"])
    [line] = found.lines
    assert (found.observed, line.calls, line.team) == (True, 12, "Checkout")
    assert line.keys == (trade.key,)
    assert line.last_call_at == datetime(2026, 10, 20, 10, tzinfo=UTC)
    assert len(usage_of(trade.api).lines) == 2
    assert usage_of(unused.api).observed is False
    with CaptureQueriesContext(connection) as queries:
        counts = series([trade.api.id, unused.api.id])
    assert len([q for q in queries if "set_config" not in q["sql"]]) == 1
    assert counts == {trade.api.id: (*[0] * 22, 5, 8)}
    health = health_of([trade.api, unused.api])[trade.api.id]
    assert (health.teams, health.calls[-1], health.days[-1]) == (1, 8, "2026-10-20")


def test_usage_is_summed_by_what_is_asked_for(trade: Trade) -> None:
    trade.send(
        trade.event("2026-10-19T10:00:00Z", 5, data={"operation": "get /orders"}),
        trade.event("2026-10-20T10:00:00Z", 7),
        trade.event("2026-10-20T10:00:00Z", 0.5, data={"meter": "seconds"}),
    )
    roll_all_up()
    client = trade.company.client(trade.company.developer)
    rows = client.get("/api/v1/usage?group_by=day,api&from=2026-10-01").json()["items"]
    assert [(r["day"], r["api"], r["meter"], r["quantity"]) for r in rows] == [
        ("2026-10-19", "payments", "requests", "5"),
        ("2026-10-20", "payments", "requests", "7"),
        ("2026-10-20", "payments", "seconds", "0.5"),
    ]
    query = "/api/v1/usage?group_by=hour&from=2026-10-20T10:00:00Z&to=2026-10-20T11:00:00Z"
    hourly = client.get(f"{query}&meter=requests").json()["items"]
    assert [(row["hour"], row["quantity"]) for row in hourly] == [("2026-10-20T10:00Z", "7")]
    assert client.get("/api/v1/usage?group_by=mood").status_code == 422
    assert client.get("/api/v1/usage?from=2020-01-01").status_code == 422
    assert client.get("/api/v1/usage?from=gestern").status_code == 422
    outsider = trade.company.client(trade.company.outsider)
    assert outsider.get("/api/v1/usage").json()["items"] == []
    provider = "/api/v1/usage?view=provider&api=payments&group_by=team"
    assert outsider.get(provider).status_code == 403
    owner = trade.company.client(trade.company.owner)
    assert owner.get("/api/v1/usage").json()["items"] == []
    assert len(owner.get(provider).json()["items"]) == 2
