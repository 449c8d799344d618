"""A closed month becomes one invoice at Stripe, to the cent, whatever happens on the way."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from billing.invoicing.accounts import queue_invoices, stop_billing, try_again
from billing.invoicing.items import items_of
from billing.invoicing.send import send_due
from billing.models import StatementLine, StripeInvoice
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Conflict, Forbidden, Invalid
from marketplace.events.models import OutboxEvent
from tests.billing.conftest import Trade
from tests.billing.stripe_fake import KEY
from tests.billing.stripe_world import World, closed_with, fake, world

__all__ = ["fake", "world"]
pytestmark = pytest.mark.django_db


def test_a_month_that_is_closed_becomes_an_invoice_with_the_statements_lines(world: World) -> None:
    world.turn_on()
    period = world.close_september()
    world.queue_closed()
    assert send_due() == 1
    lines = StatementLine.across.filter(period=period).order_by("number")
    items = sorted(world.fake.items.values(), key=lambda i: int(i["metadata"]["marketplace_line"]))
    assert [i["amount"] for i in items] == [line.amount_minor for line in lines]
    assert len(items) == 3
    assert items[0]["description"].startswith("Payments · ")
    assert world.theirs["total"] == period.totals["EUR"]["minor"] == world.invoice.amount
    assert world.theirs["status"] == "open"
    assert world.theirs["metadata"]["marketplace_statement_sha256"] == period.hash
    invoice = world.invoice
    assert (invoice.state, invoice.stripe_id) == ("open", world.theirs["id"])
    assert invoice.url.startswith("https://")
    [customer] = world.fake.customers.values()
    assert customer["email"] == "bills@retail.example"
    assert AuditEntry.objects.filter(action="invoice.open").count() == 1
    assert OutboxEvent.objects.filter(kind="invoice.open").count() == 1


def test_sending_again_sends_nothing(world: World) -> None:
    world.turn_on()
    world.close_september()
    world.queue_closed()
    world.send_all()
    before = len(world.fake.requests)
    world.queue_closed()
    queue_invoices(world.trade.company.tenant.id)
    world.send_all()
    assert len(world.fake.requests) == before
    assert StripeInvoice.across.count() == 1


def test_months_closed_before_it_was_turned_on_are_invoiced_from_the_month_given(
    world: World,
) -> None:
    world.close_september()
    world.turn_on()
    world.send_all()
    assert world.theirs["status"] == "open"


@pytest.mark.parametrize(
    ("currency", "minors", "amount", "rounding_micros"),
    [
        ("EUR", [1999, 1, -500], 1500, 0),
        ("JPY", [120, 3], 123, 0),
        ("KWD", [5124, 7], 5130, 1_000),
        ("KWD", [5120, 10], 5130, 0),
        ("ISK", [40, 2], 4200, 0),
        ("UGX", [700, 1], 70100, 0),
        ("MGA", [1050, 50], 11, 0),
    ],
)
def test_amounts_are_in_stripes_units_of_the_currency(
    world: World, currency: str, minors: list[int], amount: int, rounding_micros: int
) -> None:
    closed_with(world.trade, {currency: minors})
    world.turn_on()
    world.send_all()
    invoice = world.invoice
    assert (invoice.state, invoice.amount) == ("open", amount)
    assert invoice.rounding_micros == rounding_micros
    assert world.theirs["total"] == amount == sum(i["amount"] for i in world.fake.items.values())


def test_each_currency_has_its_own_invoice_and_nothing_due_has_none(world: World) -> None:
    closed_with(world.trade, {"EUR": [5, 6], "USD": [7], "CHF": [0, 0]})
    world.turn_on()
    world.send_all()
    found = {i["currency"]: i["total"] for i in world.fake.invoices.values()}
    assert found == {"eur": 11, "usd": 7}


@pytest.mark.parametrize("count", [249, 250, 251, 1000])
def test_a_long_statement_fits_an_invoice_and_keeps_its_sum(
    world: World, trade: Trade, count: int
) -> None:
    period = closed_with(trade, {"EUR": [n % 97 - 10 for n in range(count)]})
    found = items_of(period, "EUR")
    assert len(found.items) == (count if count <= 250 else 40)
    assert len({item.line for item in found.items}) == len(found.items)
    assert found.amount == sum(item.amount for item in found.items)
    assert found.amount == period.totals["EUR"]["minor"]


def test_a_month_with_a_credit_is_paid_at_once(world: World) -> None:
    closed_with(world.trade, {"EUR": [-500, 20]})
    world.turn_on()
    world.send_all()
    assert (world.theirs["total"], world.invoice.state) == (-480, "paid")


FAULTS = ["drop", "lost", "429", "500", "500 after", "409"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", range(10))
def test_a_failure_at_any_request_leads_to_one_invoice(world: World, fault: str, at: int) -> None:
    closed_with(world.trade, {"EUR": [1200, 34]})
    world.turn_on()
    world.fake.faults = [*[None] * at, fault]
    world.send_all()
    assert (world.theirs["total"], world.theirs["status"]) == (1234, "open")
    assert len(world.fake.items) == 2
    assert len(world.fake.customers) == 1
    assert world.invoice.state == "open"
    assert world.invoice.error == ""


def test_a_failure_waits_longer_each_time_with_jitter_and_as_long_as_stripe_asks(
    world: World,
) -> None:
    closed_with(world.trade, {"EUR": [1]})
    world.turn_on()
    waits = []
    now = clock.now()
    for _ in range(6):
        world.fake.faults = ["429"]
        with clock.frozen(now):
            assert send_due() == 1
            assert send_due() == 0
            waits.append((world.invoice.due_at - now).total_seconds())
        now = world.invoice.due_at
    assert waits[0] >= 7
    for turn, wait in enumerate(waits):
        assert max(7, 5 * 2 ** (turn + 1) * 0.5) <= wait <= max(7, 5 * 2 ** (turn + 1) * 1.5)
    assert "slower" in world.invoice.error


def test_a_wrong_key_is_told_and_waits_without_losing_anything(world: World, settings: Any) -> None:
    closed_with(world.trade, {"EUR": [1]})
    world.turn_on()
    settings.STRIPE_API_KEY = "sk_test_another"
    send_due()
    invoice = world.invoice
    assert "STRIPE_API_KEY" in invoice.error
    assert not invoice.blocked
    settings.STRIPE_API_KEY = KEY
    with clock.frozen(clock.now() + timedelta(hours=1)):
        send_due()
    assert world.invoice.state == "open"


def test_what_stripe_refuses_waits_for_a_person_who_sends_it_again(world: World) -> None:
    closed_with(world.trade, {"EUR": [1]})
    world.turn_on(customer_id="cus_nobody")
    world.send_all()
    invoice = world.invoice
    assert invoice.blocked
    assert "resource_missing" in invoice.error
    assert send_due() == 0
    world.fake.customers["cus_nobody"] = {"id": "cus_nobody", "object": "customer"}
    finance = world.trade.company.actor(world.trade.company.finance)
    try_again(actor=finance, invoice_id=invoice.id)
    world.send_all()
    assert world.invoice.state == "open"
    with pytest.raises(Conflict):
        try_again(actor=finance, invoice_id=invoice.id)


def test_a_declined_card_waits_for_a_person(world: World) -> None:
    closed_with(world.trade, {"EUR": [1]})
    world.turn_on(collection="charge_automatically")
    world.fake.faults = ["402"]
    send_due()
    assert world.invoice.blocked
    assert "card_declined" in world.invoice.error


def test_a_draft_that_somebody_changed_at_stripe_is_not_finalized(world: World) -> None:
    closed_with(world.trade, {"EUR": [1200, 34]})
    world.turn_on()
    world.fake.faults = [None, None, None, None, None, "drop"]
    send_due()
    item = {"id": "ii_strange", "invoice": world.theirs["id"], "amount": 7, "metadata": {}}
    world.fake.items["ii_strange"] = item
    world.send_all()
    assert world.theirs["status"] == "draft"
    assert world.invoice.blocked
    assert "did not send" in world.invoice.error
    del world.fake.items["ii_strange"]
    try_again(
        actor=world.trade.company.actor(world.trade.company.finance), invoice_id=world.invoice.id
    )
    world.send_all()
    assert (world.theirs["total"], world.invoice.state) == (1234, "open")


def test_without_a_key_nothing_is_sent_and_it_cannot_be_turned_on(
    world: World, settings: Any
) -> None:
    world.turn_on()
    world.close_september()
    world.queue_closed()
    settings.STRIPE_API_KEY = ""
    assert send_due() == 0
    with pytest.raises(Conflict, match="STRIPE_API_KEY"):
        world.turn_on()
    assert world.fake.requests == []


def test_stopping_sends_what_is_queued_and_queues_nothing_more(world: World) -> None:
    world.turn_on()
    stop_billing(actor=world.trade.company.actor(world.trade.company.finance))
    world.close_september()
    world.queue_closed()
    assert not StripeInvoice.across.exists()


def test_only_finance_turns_it_on_and_a_customer_is_one_tenants(world: World) -> None:
    company = world.trade.company
    company_developer = company.actor(company.developer)
    with pytest.raises(Forbidden):
        stop_billing(actor=company_developer)
    with pytest.raises(Invalid):
        world.turn_on(customer_id="not one")
    with pytest.raises(Invalid):
        world.turn_on(days_until_due=0)
    world.turn_on(customer_id="cus_1")
    with pytest.raises(Invalid):
        world.turn_on(customer_id="cus_2")


def test_the_key_is_in_no_log(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    closed_with(world.trade, {"EUR": [1]})
    world.turn_on()
    with caplog.at_level(logging.DEBUG):
        world.fake.faults = ["401", "500"]
        world.send_all()
    printed = capsys.readouterr()
    assert KEY not in caplog.text + printed.out + printed.err + world.invoice.error
