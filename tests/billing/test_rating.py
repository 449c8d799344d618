"""Use becomes charges: each event by the price of its own time (HOSTILE 63)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from billing.models import Charge, ConsumerPlan, OwnMeter
from billing.rating.charges import mark_dirty, rate_dirty, rate_month
from catalog.models import Plan
from marketplace import clock
from marketplace.tenants.models import Team
from tests.billing.conftest import Trade, roll_all_up

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def rate(trade: Trade) -> list[Charge]:
    roll_all_up()
    rate_month(tenant_id=trade.company.tenant.id, month=OCTOBER)
    return list(Charge.across.filter(month=OCTOBER).order_by("kind", "meter", "amount_micros"))


def due(charges: list[Charge]) -> list[tuple[str, int, int]]:
    return [(c.kind, int(c.quantity), c.amount_micros) for c in charges]


def test_use_is_priced_by_the_card_of_its_api_and_plan(trade: Trade) -> None:
    trade.card(plan=trade.plan)
    trade.send(trade.event(quantity=250))
    [charge] = rate(trade)
    assert charge.quantity == 250
    assert (charge.amount_micros, charge.currency) == (1_000_000, "EUR")
    assert charge.application_id == trade.consumer.application_id
    assert charge.provider_id == trade.company.tenant.id
    assert (charge.plan_id, charge.cost_center) == (trade.plan.id, "CC-100")
    assert charge.rule == "€0.004 / call"
    assert charge.by_day[4] == 1_000_000
    assert sum(charge.by_day) == 1_000_000
    assert len(charge.by_day) == 31


def test_h63_a_price_changed_in_mid_month_leaves_earlier_use_at_the_earlier_price(
    trade: Trade,
) -> None:
    trade.card()
    trade.card("2026-10-05T10:00:00.5Z", prices=[{"meter": "requests", "amount_micros": 9_000}])
    trade.send(
        trade.event("2026-10-04T10:00:00Z", 100),
        trade.event("2026-10-05T09:00:00Z", 100),
        trade.event("2026-10-05T10:00:00.499999Z", 100),
        trade.event("2026-10-05T10:00:00.5Z", 1000),
        trade.event("2026-10-05T11:00:00Z", 1000),
        trade.event("2026-10-06T00:00:00Z", 1000),
    )
    assert due(rate(trade)) == [("usage", 300, 1_200_000), ("usage", 3000, 27_000_000)]


def test_h63_a_back_dated_price_prices_the_open_month_anew(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event("2026-10-04T10:00:00Z", 100), trade.event("2026-10-08T10:00:00Z", 100))
    assert due(rate(trade)) == [("usage", 200, 800_000)]
    trade.card("2026-10-06T00:00:00Z", prices=[{"meter": "requests", "amount_micros": 1_000}])
    mark_dirty(api_ids=[trade.api.id], since=datetime(2026, 10, 6, tzinfo=UTC))
    assert rate_dirty() == [(trade.company.tenant.id, OCTOBER)]
    assert due(rate(trade)) == [("usage", 100, 100_000), ("usage", 100, 400_000)]


def test_tiers_go_on_counting_over_a_price_change(trade: Trade) -> None:
    tiers = [
        {"up_to": 100, "amount_micros": 10},
        {"up_to": None, "amount_micros": 1},
    ]
    trade.card(prices=[{"meter": "requests", "model": "graduated", "tiers": tiers}])
    trade.card(
        "2026-10-05T00:00:00Z",
        prices=[{"meter": "requests", "model": "graduated", "tiers": tiers}],
    )
    trade.send(trade.event("2026-10-04T10:00:00Z", 80), trade.event("2026-10-05T10:00:00Z", 80))
    assert sorted(c.amount_micros for c in rate(trade)) == [20 * 10 + 60, 800]


def test_a_card_for_the_tenant_goes_before_one_for_the_plan_before_one_for_all(
    trade: Trade,
) -> None:
    def price(micros: int) -> list[dict[str, Any]]:
        return [{"meter": "requests", "amount_micros": micros}]

    trade.send(trade.event(quantity=1))
    trade.card(prices=price(1))
    assert due(rate(trade)) == [("usage", 1, 1)]
    trade.card("2026-08-01T00:00:00Z", prices=price(2), plan=trade.plan)
    assert due(rate(trade)) == [("usage", 1, 2)]
    trade.card("2026-07-01T00:00:00Z", prices=price(3), consumer=trade.company.tenant)
    trade.card("2026-09-01T00:00:00Z", prices=price(4), consumer=trade.company.other)
    assert due(rate(trade)) == [("usage", 1, 3)]


def test_use_without_a_card_is_a_line_without_a_price(trade: Trade) -> None:
    trade.card("2026-10-06T00:00:00Z")
    trade.send(trade.event("2026-10-05T00:00:00Z", 5), trade.event("2026-10-06T00:00:00Z", 5))
    free, priced = rate(trade)
    assert (free.card_id, free.amount_micros, free.rule) == (None, 0, "no price in force")
    assert priced.amount_micros == 20_000


def test_a_meter_that_the_card_does_not_name_is_free(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(data={"meter": "bytes", "quantity": 10**9}))
    [charge] = rate(trade)
    assert charge.card_id is not None
    assert (charge.amount_micros, charge.rule) == (0, "free of charge on this card")


def test_an_operation_may_have_its_own_price(trade: Trade) -> None:
    trade.card(
        prices=[
            {"meter": "requests", "amount_micros": 1},
            {"meter": "requests", "amount_micros": 50, "operation_key": "post /orders"},
        ]
    )
    trade.send(
        trade.event(quantity=10, data={"operation": "get /orders"}),
        trade.event(quantity=2, data={"operation": "post /orders"}),
    )
    charges = rate(trade)
    assert due(charges) == [("usage", 10, 10), ("usage", 2, 100)]
    assert [c.operation_key for c in charges] == ["", "post /orders"]


def test_a_monthly_fee_is_due_once_where_the_api_was_used(trade: Trade, make_trade: Any) -> None:
    unused = make_trade("refunds")
    prices = [
        {"meter": "", "model": "flat", "amount_micros": 45_000_000},
        {"meter": "requests", "amount_micros": 1},
    ]
    trade.card(prices=prices)
    unused.card(prices=prices)
    trade.send(trade.event(quantity=10), trade.event(quantity=10))
    charges = rate(trade)
    assert due(charges) == [("flat", 1, 45_000_000), ("usage", 20, 20)]
    assert charges[0].rule == "€45.00 a month"


def test_a_minimum_tops_up_what_use_did_not_reach(trade: Trade) -> None:
    trade.card(minimum_micros=1_000_000)
    trade.send(trade.event(quantity=100))
    assert due(rate(trade)) == [("minimum", 0, 600_000), ("usage", 100, 400_000)]
    trade.send(trade.event(quantity=200))
    assert due(rate(trade)) == [("usage", 300, 1_200_000)]


def test_pooled_tiers_count_over_all_applications_and_each_pays_its_part(
    trade: Trade, make_trade: Any
) -> None:
    other = make_trade("refunds")
    prices = [{"meter": "requests", "amount_micros": 10, "included": 100}]
    trade.card(prices=prices, pooled=True, minimum_micros=5_000)
    trade.send(
        trade.event(quantity=100),
        trade.event(
            quantity=50,
            data={
                "key": None,
                "application": str(other.consumer.application_id),
                "api": "payments",
            },
        ),
    )
    charges = rate(trade)
    assert sum(c.amount_micros for c in charges if c.kind == "usage") == 500
    assert sorted(c.amount_micros for c in charges if c.kind == "usage") == [167, 333]
    assert sum(c.amount_micros for c in charges) == 5_000


def test_the_risk_class_of_its_time_multiplies_the_price(trade: Trade) -> None:
    trade.card(risk_multipliers={"high": "1.5"})
    with clock.frozen(datetime(2026, 10, 6, tzinfo=UTC)):
        trade.send(trade.event("2026-10-05T10:00:00Z", 100))
        assert due(rate(trade)) == [("usage", 100, 400_000)]
        trade.api.risk = "high"
        trade.api.save()
        rate(trade)
    trade.send(trade.event("2026-10-07T10:00:00Z", 100))
    assert due(rate(trade)) == [("usage", 200, 1_000_000)]
    assert "1.5" in Charge.across.get().rule


def test_a_plan_changed_in_mid_month_prices_what_follows(trade: Trade) -> None:
    volume = Plan.across.create(
        tenant=trade.api.tenant, api=trade.api, slug="volume", name="Volume"
    )
    trade.card(plan=trade.plan)
    trade.card(plan=volume, prices=[{"meter": "requests", "amount_micros": 1_000}])
    ConsumerPlan.across.create(
        tenant=trade.company.tenant,
        application_id=trade.consumer.application_id,
        api_id=trade.api.id,
        plan_id=volume.id,
        since=datetime(2026, 10, 6, tzinfo=UTC),
    )
    trade.send(trade.event("2026-10-05T10:00:00Z", 100), trade.event("2026-10-06T10:00:00Z", 100))
    assert due(rate(trade)) == [("usage", 100, 100_000), ("usage", 100, 400_000)]


def test_a_move_to_another_team_leaves_the_past_where_it_was(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event("2026-10-05T10:00:00Z", 100))
    team = Team.across.create(tenant=trade.company.tenant, slug="new", name="New")
    trade.consumer.team_id, trade.consumer.cost_center = team.id, "CC-200"
    trade.consumer.save()
    trade.send(trade.event("2026-10-06T10:00:00Z", 50))
    charges = rate(trade)
    assert [(c.team_id, c.cost_center, c.amount_micros) for c in charges] == [
        (team.id, "CC-200", 200_000),
        (trade.company.builders.id, "CC-100", 400_000),
    ]


def test_a_highest_meter_charges_the_peak_once(trade: Trade) -> None:
    trade.card(prices=[{"meter": "vectors_stored", "amount_micros": 10, "per": 1000}])
    trade.card(
        "2026-10-06T00:00:00Z",
        prices=[{"meter": "vectors_stored", "amount_micros": 20, "per": 1000}],
    )
    stored = {"meter": "vectors_stored"}
    trade.send(
        trade.event("2026-10-04T10:00:00Z", 5_000, data=stored),
        trade.event("2026-10-05T10:00:00Z", 3_000, data=stored),
        trade.event("2026-10-07T10:00:00Z", 9_000, data=stored),
    )
    assert due(rate(trade)) == [("usage", 5000, 50), ("usage", 4000, 80)]


def test_unique_and_counted_meters_are_priced_by_what_they_count(trade: Trade) -> None:
    for slug, aggregate, of in (("people", "unique", "person"), ("jobs", "count", "")):
        OwnMeter.across.create(
            tenant=trade.company.tenant,
            slug=slug,
            name=slug,
            unit="thing",
            aggregate=aggregate,
            unique_of=of,
        )
    trade.card(
        prices=[{"meter": "people", "amount_micros": 10}, {"meter": "jobs", "amount_micros": 7}]
    )
    for person in ("ann", "bob", "ann"):
        trade.send(
            trade.event(data={"meter": "people", "person": person}),
            trade.event(data={"meter": "jobs"}, quantity=40),
        )
    assert [(c.meter, int(c.quantity), c.amount_micros) for c in rate(trade)] == [
        ("jobs", 3, 21),
        ("people", 2, 20),
    ]


def test_rating_again_changes_nothing(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=3))
    rate(trade)
    assert rate_month(tenant_id=trade.company.tenant.id, month=OCTOBER) == 0
