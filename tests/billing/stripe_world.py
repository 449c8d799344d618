"""A tenant billed by Stripe, and a Stripe to bill it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import stripe
from django.test import Client

from billing.close import close_period
from billing.invoicing.accounts import bill_by_stripe
from billing.invoicing.send import send_due
from billing.models import Period, StatementLine, StripeAccount, StripeInvoice
from billing.money import minor_unit
from marketplace import clock
from marketplace.ids import new_id
from tests.billing.conftest import Trade
from tests.billing.stripe_fake import KEY, StripeFake

SECRET = "whsec_of_the_tests"
SEPTEMBER = date(2026, 9, 1)


@dataclass
class World:
    """The trade's tenant, billed by Stripe since September."""

    trade: Trade
    fake: StripeFake

    @property
    def invoice(self) -> StripeInvoice:
        return StripeInvoice.across.select_related("period").get()

    @property
    def theirs(self) -> dict[str, Any]:
        [found] = self.fake.invoices.values()
        return found

    def turn_on(self, **fields: Any) -> StripeAccount:
        return bill_by_stripe(
            actor=self.trade.company.actor(self.trade.company.finance),
            email="bills@retail.example", since=SEPTEMBER, **fields,
        )  # fmt: skip

    def close_september(self) -> Period:
        """Use, a fee and a free API, closed by the product."""
        self.trade.card(
            prices=[
                {"meter": "requests", "amount_micros": 1_337, "per": 10},
                {"meter": "", "model": "flat", "amount_micros": 45_000_000},
                {"meter": "tokens_in", "amount_micros": 3_000, "per": 1},
            ]
        )
        self.trade.send(
            self.trade.event("2026-09-10T10:00:00Z", 1_234),
            self.trade.event("2026-09-21T10:00:00Z", 77, data={"meter": "tokens_in"}),
        )
        actor = self.trade.company.actor(self.trade.company.finance)
        return close_period(actor=actor, month=SEPTEMBER).period

    def queue_closed(self) -> None:
        """What the worker does when a month was closed."""
        from marketplace.events.outbox import deliver_due  # noqa: PLC0415 - needs the handlers

        deliver_due()

    def send_all(self, turns: int = 12) -> None:
        """Send until nothing is due, however long the waits."""
        for turn in range(turns):
            with clock.frozen(clock.now() + timedelta(hours=2 * turn)):
                send_due()

    def hook(self, event: dict[str, Any], **more: Any) -> Any:
        """Deliver a webhook as Stripe does."""
        body = json.dumps(event)
        at = int(more.get("at", clock.now().timestamp()))
        header = stripe.WebhookSignature.generate_signature_header(
            body, more.get("secret", SECRET), at
        )
        return Client().post(
            "/stripe/webhook", body, content_type="application/json",
            headers={"Stripe-Signature": header},
        )  # fmt: skip


def closed_with(trade: Trade, amounts: dict[str, list[int]]) -> Period:
    """A closed September whose lines have these amounts, in cents of their currencies."""
    tenant = trade.company.tenant
    period = Period.across.create(tenant=tenant, month=SEPTEMBER)
    lines: list[StatementLine] = []
    totals: dict[str, dict[str, int]] = {}
    for currency, minors in amounts.items():
        unit = minor_unit(currency)
        for minor in minors:
            lines.append(
                StatementLine(
                    tenant=tenant, period=period, number=len(lines) + 1, line_key=new_id(),
                    usage_month=SEPTEMBER, currency=currency, amount_micros=minor * unit,
                    amount_minor=minor, api=f"API {len(lines) % 40}", meter="requests",
                    meter_name="Requests", quantity=1,
                )
            )  # fmt: skip
        totals[currency] = {"micros": sum(minors) * unit, "minor": sum(minors)}
    StatementLine.across.bulk_create(lines)
    period.state, period.closed_at, period.totals = "closed", clock.now(), totals
    period.hash = period.signature = "sealed"
    period.save()
    return period


@pytest.fixture
def fake() -> Iterator[StripeFake]:
    server = StripeFake()
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def world(trade: Trade, fake: StripeFake, settings: Any) -> World:
    settings.STRIPE_API_KEY = KEY
    settings.STRIPE_API_BASE = fake.url
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    return World(trade, fake)


@pytest.fixture
def sent(world: World) -> World:
    """With an invoice of one closed month, of two lines, that Stripe has."""
    closed_with(world.trade, {"EUR": [1200, 34]})
    world.turn_on()
    world.send_all()
    return world
