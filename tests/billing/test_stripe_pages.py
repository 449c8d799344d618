"""The page and REST of invoices: for finance, with and without a key for Stripe."""

from typing import Any

import pytest

from billing.models import StripeAccount
from tests.billing.stripe_world import World, closed_with, fake, world

__all__ = ["fake", "world"]
pytestmark = pytest.mark.django_db
SETTING = {"email": "bills@retail.example", "since": "2026-09"}


def test_without_a_key_the_page_says_how_to_turn_it_on_and_has_no_buttons(
    world: World, settings: Any
) -> None:
    settings.STRIPE_API_KEY = ""
    page = world.trade.company.client(world.trade.company.finance).get("/costs/invoices")
    text = page.content.decode()
    assert page.status_code == 200
    assert "STRIPE_API_KEY" in text
    assert 'action="/costs/invoices' not in text


def test_finance_turns_it_on_sees_the_invoices_and_stops(world: World) -> None:
    client = world.trade.company.client(world.trade.company.finance)
    closed_with(world.trade, {"EUR": [1200, 34]})
    wrong = client.post("/costs/invoices", {"email": "no", "since": "2026-13"})
    assert wrong.status_code == 422
    form = SETTING | {"collection": "send_invoice", "days_until_due": "30"}
    assert client.post("/costs/invoices", form).status_code == 302
    world.send_all()
    assert client.post("/costs/invoices/compare").status_code == 302
    text = client.get("/costs/invoices").content.decode()
    assert "N-0001" in text
    assert "September 2026" in text
    assert client.post("/costs/invoices/stop").status_code == 302
    assert not StripeAccount.across.get().active


def test_others_see_no_invoices(world: World) -> None:
    client = world.trade.company.client(world.trade.company.developer)
    assert client.get("/costs/invoices").status_code == 403
    for path in ("stripe", "invoices", "stripe/comparison"):
        assert client.get(f"/api/v1/{path}").status_code == 403


def test_rest_turns_it_on_lists_compares_and_stops(world: World) -> None:
    client = world.trade.company.client(world.trade.company.finance)
    closed_with(world.trade, {"EUR": [1200, 34]})
    assert client.get("/api/v1/stripe").status_code == 404
    assert client.put("/api/v1/stripe", SETTING | {"since": "x"}, format="json").status_code == 422
    set_ = client.put("/api/v1/stripe", SETTING, format="json")
    assert (set_.status_code, set_.json()["since"]) == (200, "2026-09")
    world.send_all()
    [invoice] = client.get("/api/v1/invoices").json()["items"]
    assert (invoice["state"], float(invoice["amount"])) == ("open", 12.34)
    assert client.post(f"/api/v1/invoices/{invoice['id']}/again").status_code == 409
    assert client.get("/api/v1/stripe/comparison").status_code == 404
    assert client.post("/api/v1/stripe/comparison").status_code == 202
    assert client.delete("/api/v1/stripe").json()["active"] is False


def test_an_invoice_of_another_tenant_does_not_exist(world: World) -> None:
    closed_with(world.trade, {"EUR": [1]})
    world.turn_on(customer_id="cus_nobody")
    world.send_all()
    company = world.trade.company
    other = company.client(company.outsider)
    assert other.post(f"/api/v1/invoices/{world.invoice.id}/again").status_code in {403, 404}
