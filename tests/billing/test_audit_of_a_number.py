"""From any line of money down to its events, and from an event back up."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Charge, LedgerEntry
from billing.posting import post_due, post_month
from billing.rating.charges import rate_dirty
from marketplace import clock
from tests.billing.conftest import Trade, roll_all_up

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def post(trade: Trade) -> list[LedgerEntry]:
    roll_all_up()
    rate_dirty()
    post_month(tenant_id=trade.company.tenant.id, month=OCTOBER)
    return list(LedgerEntry.across.order_by("amount_micros"))


def events(trade: Trade, entry: LedgerEntry, by: str = "finance", limit: int = 2) -> list[Any]:
    client = trade.company.client(getattr(trade.company, by))
    found, url = [], f"/api/v1/ledger/entries/{entry.id}/events?limit={limit}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        found += answer.json()["items"]
        url = answer.json()["next"]
    return found


def total(rows: list[Any]) -> Decimal:
    return sum((Decimal(row["quantity"]) for row in rows), Decimal(0))


def test_the_events_beneath_an_entry_add_up_to_it(trade: Trade, make_trade: Any) -> None:
    trade.card()
    trade.card("2026-10-05T10:30:00Z", prices=[{"meter": "requests", "amount_micros": 9_000}])
    other = make_trade("refunds")
    other.card()
    for minute in range(0, 60, 10):
        trade.send(trade.event(f"2026-10-05T10:{minute:02}:00Z", minute + 1))
    other.send(other.event("2026-10-05T10:00:00Z", 999))
    entries = post(trade)
    assert len(entries) == 3
    for entry in entries:
        rows = events(trade, entry)
        assert total(rows) == entry.quantity
        times = [row["time"] for row in rows]
        assert times == sorted(times, reverse=True)
    names = [row["event_id"] for entry in entries for row in events(trade, entry)]
    assert len(names) == len(set(names)) == 7


def test_an_event_leads_back_to_its_entry(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=5, data={"note": "x"}))
    [entry] = post(trade)
    [row] = events(trade, entry)
    client = trade.company.client(trade.company.finance)
    event = client.get(f"/api/v1/usage/events/{row['id']}").json()
    assert event["data"] == {"note": "x"}
    [line] = event["lines"]
    assert line["entries"] == [str(entry.id)]
    assert line["amount"] == "0.020000"
    for wrong in ("0-0", "x", "1-99999"):
        assert client.get(f"/api/v1/usage/events/{wrong}").status_code == 404
    outsider = trade.company.client(trade.company.outsider)
    assert outsider.get(f"/api/v1/usage/events/{row['id']}").status_code == 404


def test_a_fee_shows_the_use_that_brought_it(trade: Trade) -> None:
    trade.card(prices=[{"meter": "", "model": "flat", "amount_micros": 45_000_000}])
    trade.send(trade.event(quantity=5), trade.event(quantity=6))
    [entry] = post(trade)
    assert entry.kind == "flat"
    assert total(events(trade, entry)) == 11


def test_members_of_the_team_and_the_provider_may_look_and_others_not(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event())
    [entry] = post(trade)
    assert len(events(trade, entry, by="developer")) == 1
    client = trade.company.client(trade.company.outsider)
    assert client.get(f"/api/v1/ledger/entries/{entry.id}/events").status_code == 404
    client = trade.company.client(trade.company.owner)
    assert client.get(f"/api/v1/ledger/entries/{entry.id}/events").status_code == 404
    client = trade.company.client(trade.company.finance)
    assert client.get(f"/api/v1/ledger/entries/{entry.id}/events?cursor=x").status_code == 422


def test_the_ledger_lists_entries_with_both_sides(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=250))
    post(trade)
    client = trade.company.client(trade.company.finance)
    [entry] = client.get("/api/v1/ledger/entries?period=2026-10").json()["items"]
    assert (entry["amount"], entry["quantity"]) == ("1.000000", "250.000000")
    assert [(side["account"], side["amount"], side["cost_center"]) for side in entry["lines"]] == [
        ("usage-expense", "1.000000", "CC-100"),
        ("usage-recovery", "-1.000000", "CC-payments"),
    ]
    assert client.get("/api/v1/ledger/entries?period=2026-09").json()["items"] == []


def test_posting_again_adds_only_what_changed(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=100))
    post(trade)
    post(trade)
    assert LedgerEntry.across.count() == 1
    trade.send(trade.event(quantity=50))
    entries = post(trade)
    assert [entry.amount_micros for entry in entries] == [200_000, 400_000]
    assert sum(e.amount_micros for e in entries) == Charge.across.get().amount_micros


def test_charges_are_posted_by_the_worker_when_they_have_settled(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=100))
    roll_all_up()
    rate_dirty()
    an_hour = datetime(2026, 10, 20, 13, 0, 1, tzinfo=UTC)
    wait = an_hour - datetime(2026, 10, 20, 12, tzinfo=UTC)
    assert post_due(wait=wait) == []
    with clock.frozen(an_hour):
        assert [posted.entries for posted in post_due(wait=wait)] == [1]
        assert post_due(wait=wait) == []


def test_a_charge_that_falls_away_is_taken_back(trade: Trade) -> None:
    trade.card(minimum_micros=1_000_000)
    trade.send(trade.event(quantity=100))
    post(trade)
    trade.send(trade.event(quantity=900))
    entries = post(trade)
    assert [(e.kind, e.amount_micros) for e in entries] == [
        ("minimum", -600_000),
        ("usage", 400_000),
        ("minimum", 600_000),
        ("usage", 3_600_000),
    ]


def test_finance_corrects_an_entry_by_rest(trade: Trade) -> None:
    trade.card()
    trade.send(trade.event(quantity=100))
    [entry] = post(trade)
    url = f"/api/v1/ledger/entries/{entry.id}/corrections"
    client = trade.company.client(trade.company.finance)
    answer = client.post(url, {"amount": "-0.10", "reason": "Outage"}, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["corrects_id"] == str(entry.id)
    assert answer.json()["amount"] == "-0.100000"
    for wrong in ({"amount": "0", "reason": "x"}, {"amount": "1", "reason": ""}):
        assert client.post(url, wrong, format="json").status_code == 422
    developer = trade.company.client(trade.company.developer)
    body = {"amount": "1", "reason": "x"}
    assert developer.post(url, body, format="json").status_code == 403
    assert LedgerEntry.across.count() == 2
