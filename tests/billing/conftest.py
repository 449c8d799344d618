"""A consumer with a key and an API with prices: what most tests of money need."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from rest_framework.test import APIClient

from billing.close import close_period
from billing.intake import drain
from billing.models import (
    Consumer,
    ConsumerKey,
    ConsumerPlan,
    LedgerEntry,
    Period,
    Price,
    RateCard,
)
from billing.posting import correct
from billing.rollup import roll_up
from catalog.models import Api, Plan
from marketplace import clock
from marketplace.ids import new_id
from tests.company import Company

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
MEDIA = "application/cloudevents-batch+json"


@dataclass
class Trade:
    """In the company's first tenant, the builders' application has a key for the owners' API."""

    company: Company
    api: Api
    plan: Plan
    consumer: Consumer
    key: str
    sent: int = 0
    people: dict[str, APIClient] = field(default_factory=dict)

    def event(self, time: str = "2026-10-05T10:00:00Z", quantity: Any = 1, **more: Any) -> Any:
        """A CloudEvent of the key; `meter` and what else belongs to data by name."""
        self.sent += 1
        data = {"meter": "requests", "quantity": quantity, "key": self.key, **more.pop("data", {})}
        return {
            "specversion": "1.0",
            "id": f"{self.api.slug}-{self.sent}",
            "source": "/gateways/eu-1",
            "type": "usage",
            "time": time,
            "data": data,
        } | more

    def send(self, *events: Any, by: str = "owner") -> Any:
        """Post events as a person and return the answer's body."""
        client = self.people.setdefault(by, self.company.client(getattr(self.company, by)))
        answer = client.post("/api/v1/usage/events", list(events), content_type=MEDIA)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def card(self, since: str = "2026-09-01T00:00:00Z", /, **fields: Any) -> RateCard:
        """A rate card with one price a call of 4,000 micro-units, or the `prices` given."""
        prices = fields.pop("prices", [{"meter": "requests", "amount_micros": 4_000}])
        card = RateCard.across.create(
            tenant=self.api.tenant,
            api=self.api,
            currency="EUR",
            effective_from=datetime.fromisoformat(since),
            created_by="test",
            **fields,
        )
        for price in prices:
            Price.across.create(tenant=card.tenant, card=card, **price)
        return card


def roll_all_up() -> None:
    """All that has been received, into the rollups."""
    while drain():
        pass
    while roll_up():
        pass


@pytest.fixture(autouse=True)
def _october() -> Any:
    with clock.frozen(NOW):
        yield


def trade_for(company: Company, slug: str = "payments") -> Trade:
    """An API of the owners, and a key for it of an application of the builders."""
    api = Api.across.create(
        tenant=company.tenant, team=company.owners, slug=slug, name=slug.title()
    )
    plan = Plan.across.create(
        tenant=company.tenant, api=api, slug="standard", name="Standard", is_default=True
    )
    consumer = Consumer.across.create(
        tenant=company.tenant,
        application_id=new_id(),
        team_id=company.builders.id,
        name=f"Shop for {slug}",
        cost_center="CC-100",
    )
    key = ConsumerKey.across.create(
        tenant=company.tenant,
        key_public_id=f"mk_l_{new_id().hex[-12:]}",
        application_id=consumer.application_id,
        api_id=api.id,
        grant_id=new_id(),
    )
    ConsumerPlan.across.create(
        tenant=company.tenant,
        application_id=consumer.application_id,
        api_id=api.id,
        plan_id=plan.id,
        since=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Trade(company, api, plan, consumer, key.key_public_id)


@pytest.fixture
def make_trade(company: Company) -> Callable[..., Trade]:
    return partial(trade_for, company)


@pytest.fixture
def trade(make_trade: Callable[..., Trade]) -> Trade:
    return make_trade()


def micros(text: str) -> int:
    """An amount of money as micro-units."""
    return int(Decimal(text) * 1_000_000)


def two_closed_months(trade: Trade, free: Trade) -> list[Period]:
    """September and October 2026, closed by the product: use, late use, a correction."""
    trade.send(
        trade.event("2026-09-10T10:00:00Z", 1_234),
        trade.event("2026-09-11T10:00:00Z", 77, data={"meter": "tokens_in"}),
    )
    free.send(free.event("2026-09-10T10:00:00Z", 55))
    actor = trade.company.actor(trade.company.finance)
    found = [close_period(actor=actor, month=date(2026, 9, 1)).period]
    trade.send(trade.event("2026-09-12T10:00:00Z", 5), trade.event("2026-10-01T10:00:00Z", 9))
    entry = LedgerEntry.across.filter(kind="usage").order_by("sequence").first()
    assert entry is not None
    correct(actor=actor, entry_id=entry.id, amount_micros=-250_000, reason="-Outage")
    with clock.frozen(datetime(2026, 11, 3, tzinfo=UTC)):
        found.append(close_period(actor=actor, month=date(2026, 10, 1)).period)
    return found
