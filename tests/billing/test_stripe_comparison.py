"""Ours against Stripe's, every difference; and what was used, told once."""

from datetime import timedelta
from typing import Any

import pytest

from billing.invoicing.accounts import compare_soon
from billing.invoicing.compare import compare_due, latest
from billing.invoicing.meters import queue_meter_events, send_meter_events
from billing.models import StripeMeterEvent
from marketplace import clock
from tests.billing.conftest import roll_all_up
from tests.billing.stripe_world import World, fake, sent, world

__all__ = ["fake", "sent", "world"]
pytestmark = pytest.mark.django_db


def kinds(world: World) -> list[tuple[str, str, str]]:
    """What a comparison made now finds."""
    company = world.trade.company
    compare_soon(actor=company.actor(company.finance))
    assert compare_due() == 1
    found = latest(company.tenant.id)
    assert found is not None
    assert found.failure == ""
    return [(one["kind"], one["ours"], one["stripe"]) for one in found.differences]


def test_nothing_differs_when_all_was_sent(sent: World) -> None:
    assert kinds(sent) == []


def test_every_difference_is_shown(sent: World) -> None:
    there = sent.theirs
    there["total"] += 5
    assert kinds(sent) == [("amount", "1234 eur", "1239 after tax and discounts")]
    there["total"] -= 5
    first = next(iter(sent.fake.items.values()))
    first["amount"] += 1
    there["subtotal"] = there["total"] = 1235
    assert kinds(sent) == [("amount", "1234 eur", "1235 eur"), ("line", "line 1: 1200", "1201")]
    first["amount"] -= 1
    there["subtotal"] = there["total"] = 1234
    extra = there | {"id": "in_extra", "metadata": {}, "created": 1_800_000_000}
    sent.fake.invoices["in_extra"] = extra
    sent.fake.invoices["in_twice"] = there | {"id": "in_twice"}
    assert sorted(kind for kind, *_ in kinds(sent)) == ["extra", "twice"]
    for name in ("in_extra", "in_twice", there["id"]):
        del sent.fake.invoices[name]
    assert [kind for kind, *_ in kinds(sent)] == ["missing"]


def test_a_payment_that_no_webhook_told_is_named_and_taken_over(sent: World) -> None:
    sent.theirs["status"] = "paid"
    assert kinds(sent) == [("status", "Open", "paid, taken over")]
    assert sent.invoice.state == "paid"
    assert kinds(sent) == []
    sent.theirs["status"] = "open"
    assert kinds(sent) == [("status", "Paid", "open")]


def test_a_failed_comparison_says_why_and_is_made_again(sent: World) -> None:
    sent.fake.faults = ["500"]
    company = sent.trade.company
    compare_soon(actor=company.actor(company.finance))
    assert compare_due() == 1
    found = latest(company.tenant.id)
    assert found is not None
    assert "500" in found.failure
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert compare_due() == 1


def test_use_is_told_by_day_and_late_use_as_the_rest(world: World) -> None:
    world.turn_on()
    world.trade.card()
    world.trade.send(world.trade.event("2026-10-05T10:00:00Z", 7))
    roll_all_up()
    assert queue_meter_events() == 1
    assert queue_meter_events() == 0
    assert send_meter_events() == 1
    world.trade.send(world.trade.event("2026-10-05T11:00:00Z", 5))
    roll_all_up()
    assert queue_meter_events() == 1
    assert send_meter_events() == 1
    values = [event["payload"]["value"] for event in world.fake.meter_events.values()]
    assert values == ["7", "5"]
    assert kinds(world) == []
    world.trade.send(world.trade.event("2026-10-06T11:00:00Z", 3))
    roll_all_up()
    queue_meter_events()
    assert kinds(world) == [("meter", "15 used, waiting: 3", "12")]


@pytest.mark.parametrize("fault", ["drop", "lost", "429", "500", "500 after", "409"])
@pytest.mark.parametrize("at", range(4))
def test_a_meter_event_is_counted_once_whatever_fails(world: World, fault: str, at: int) -> None:
    told(world)
    world.fake.faults = [*[None] * at, fault]
    for turn in range(6):
        with clock.frozen(clock.now() + timedelta(hours=turn)):
            send_meter_events()
    [event] = world.fake.meter_events.values()
    assert (event["payload"]["value"], event["times"]) == ("7", 1)
    assert StripeMeterEvent.across.get().state == "sent"


def test_what_may_have_arrived_a_day_ago_is_left_to_a_person(world: World) -> None:
    told(world)
    world.fake.faults = [None, None, None, None, "lost"]
    send_meter_events()
    world.fake.forget_keys()
    with clock.frozen(clock.now() + timedelta(days=1)):
        send_meter_events()
    assert StripeMeterEvent.across.get().state == "unsure"
    assert [event["times"] for event in world.fake.meter_events.values()] == [1]


def told(world: World) -> Any:
    world.turn_on()
    world.trade.card()
    world.trade.send(world.trade.event("2026-10-05T10:00:00Z", 7))
    roll_all_up()
    assert queue_meter_events() == 1
