"""Whatever the order of sending, dying, trying again and hearing: one invoice, to the cent."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.invoicing.accounts import queue_invoices
from billing.invoicing.send import send_due
from billing.models import StripeInvoice
from marketplace import clock
from tests.billing.stripe_fake import StripeFake
from tests.billing.stripe_world import World, closed_with, fake, world

__all__ = ["fake", "world"]
pytestmark = pytest.mark.django_db
FAULTS = st.sampled_from([None, None, None, "drop", "lost", "429", "500", "500 after", "409"])
STEPS = st.one_of(
    st.tuples(st.just("send"), st.lists(FAULTS, max_size=9)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("queue"), st.none()),
    st.tuples(st.just("a day"), st.none()),
    st.tuples(st.just("pay"), st.none()),
    st.tuples(st.just("fail"), st.none()),
    st.tuples(st.just("hear"), st.integers(0, 20)),
    st.tuples(st.just("forget"), st.none()),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(STEPS, max_size=14),
    minors=st.lists(st.integers(1, 9999), min_size=1, max_size=4),
)
def test_any_interleaving_gives_one_invoice_that_equals_the_statement(
    world: World, fake: StripeFake, steps: list[tuple[str, Any]], minors: list[int]
) -> None:
    empty(fake)
    with transaction.atomic():
        period = closed_with(world.trade, {"EUR": minors})
        world.turn_on()
        now = clock.now()
        for step, value in steps:
            with clock.frozen(now):
                act(world, step, value)
            now += timedelta(minutes=value if step == "wait" else 1)
        fake.faults = []
        for _ in range(30):
            now += timedelta(hours=3)
            with clock.frozen(now):
                send_due()
        with clock.frozen(now):
            for event in [*fake.events, *reversed(fake.events)]:
                assert world.hook(event).status_code == 200
        total = period.totals["EUR"]["minor"]
        assert [i["total"] for i in fake.invoices.values()] == [total]
        assert world.theirs["status"] in {"open", "paid"}
        assert sorted(i["amount"] for i in fake.items.values()) == sorted(minors)
        heard = {event["type"] for event in fake.events}
        expected = (
            "paid" if "invoice.paid" in heard
            else "failed" if "invoice.payment_failed" in heard else "open"
        )  # fmt: skip
        assert (world.invoice.state, world.invoice.amount) == (expected, total)
        assert len(fake.customers) == 1
        transaction.set_rollback(True)


def empty(fake: StripeFake) -> None:
    """A Stripe in which nothing happened yet."""
    for held in (fake.customers, fake.invoices, fake.items, fake.kept):
        held.clear()
    fake.events.clear()
    fake.faults = []


def act(world: World, step: str, value: Any) -> None:
    """One step; "forget" is a process that died before it wrote down what Stripe answered."""
    fake = world.fake
    finalized = [i for i in fake.invoices.values() if i["status"] == "open"]
    match step:
        case "send":
            fake.faults = list(value)
            send_due()
            fake.faults = []
        case "queue":
            queue_invoices(world.trade.company.tenant.id)
        case "a day":
            fake.forget_keys()
        case "pay" if finalized:
            fake.becomes(finalized[0]["id"], "paid", "invoice.paid")
        case "fail" if finalized:
            fake.becomes(finalized[0]["id"], "open", "invoice.payment_failed")
        case "hear" if fake.events:
            world.hook(fake.events[value % len(fake.events)])
        case "forget":
            StripeInvoice.across.filter(state__in=["waiting", "draft"]).update(
                stripe_id="", state="waiting", due_at=clock.now()
            )
