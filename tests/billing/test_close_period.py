"""The month ends: closed, sealed, exported to the cent, and never changed again."""

import base64
import csv
import hashlib
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from billing.close import close_period, verify_period
from billing.close.seal import period_digest
from billing.models import BillingSettings, LedgerEntry, Period, StatementLine, UsageRollup
from billing.posting import correct
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Conflict, Forbidden
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Member
from tests.billing.conftest import Trade

pytestmark = pytest.mark.django_db
SEPTEMBER = date(2026, 9, 1)
NOVEMBER = datetime(2026, 11, 3, 12, tzinfo=UTC)


def close(trade: Trade, month: date = SEPTEMBER, **fields: Any) -> Any:
    return close_period(actor=fields.pop("actor", finance(trade)), month=month, **fields)


def finance(trade: Trade) -> Actor:
    return trade.company.actor(trade.company.finance)


def export(trade: Trade, month: str = "2026-09", **query: str) -> Any:
    client = trade.company.client(trade.company.finance)
    return client.get(f"/api/v1/periods/{month}/export", query)


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def sell(trade: Trade, calls: int = 1234, time: str = "2026-09-10T10:00:00Z") -> None:
    trade.send(trade.event(time, calls))


def test_finance_closes_a_month_and_its_csv_equals_the_ledger_to_the_cent(
    trade: Trade, make_trade: Any
) -> None:
    trades = [trade, make_trade("refunds"), make_trade("orders")]
    for calls, one in zip((1_111, 2_222, 3_333), trades, strict=True):
        one.card(prices=[{"meter": "requests", "amount_micros": 1_337, "per": 10}])
        sell(one, calls)
    client = trade.company.client(trade.company.finance)
    answer = client.post("/api/v1/periods/2026-09/close")
    assert answer.status_code == 200, answer.content
    assert answer.json()["outcome"] == "closed"
    assert all(check["state"] == "ok" for check in answer.json()["checks"])
    lines = rows_of(export(trade))
    ledger = sum(LedgerEntry.across.values_list("amount_micros", flat=True))
    assert ledger == sum(round(Decimal(n) * Decimal("133.7")) for n in (1_111, 2_222, 3_333))
    total = sum(Decimal(line["amount"]) for line in lines)
    assert total == round(Decimal(ledger) / 1_000_000, 2)
    assert sum(Decimal(line["amount_exact"]) for line in lines) == Decimal(ledger) / 1_000_000
    assert answer.json()["period"]["totals"] == [{"currency": "EUR", "amount": str(total)}]
    statement = client.get("/api/v1/periods/2026-09/statements").json()["items"][0]
    assert statement["totals"][0]["amount"] == str(total)
    assert sum(Decimal(row["amount"]) for row in statement["by_api"]) == total
    assert sum(Decimal(row["amount"]) for row in statement["by_team"]) == total


def test_h61_an_export_of_a_closed_period_is_byte_identical_for_ever(trade: Trade) -> None:
    trade.card()
    sell(trade)
    close(trade)
    first = export(trade)
    body = b"".join(first.streaming_content)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert first["Digest"] == f"SHA-256={digest}"
    assert int(first["Content-Length"]) == len(body)
    trade.api.name = "Renamed"
    trade.api.save()
    trade.company.tenant.slug = "renamed"
    trade.company.tenant.save()
    trade.consumer.name = "Renamed"
    trade.consumer.save()
    trade.company.builders.name = "Renamed"
    trade.company.builders.save()
    again = export(trade)
    assert b"".join(again.streaming_content) == body
    assert again["Digest"] == first["Digest"]


def test_h61_a_late_event_becomes_an_adjustment_of_the_open_period(trade: Trade) -> None:
    trade.card()
    sell(trade, 100)
    close(trade)
    before = b"".join(export(trade).streaming_content)
    sell(trade, 50)
    sell(trade, 10, "2026-10-04T10:00:00Z")
    with clock.frozen(NOVEMBER):
        assert close(trade, date(2026, 10, 1)).outcome == "closed"
    assert b"".join(export(trade).streaming_content) == before
    own, adjustment = rows_of(export(trade, "2026-10"))
    assert (own["amount"], own["adjustment"], own["usage_month"]) == ("0.04", "no", "2026-10")
    assert (adjustment["amount"], adjustment["adjustment"]) == ("0.20", "yes")
    assert adjustment["usage_month"] == "2026-09"
    assert adjustment["corrects"] == "2026-09 line 1"
    assert adjustment["quantity"] == "50"
    entry = LedgerEntry.across.get(id=adjustment["entry"])
    assert entry.corrects is not None
    assert entry.corrects.period.month == SEPTEMBER


def test_h63_a_back_dated_price_leaves_a_closed_month_and_adjusts_in_the_open_one(
    trade: Trade,
) -> None:
    trade.card()
    sell(trade, 100)
    close(trade)
    before = b"".join(export(trade).streaming_content)
    trade.card("2026-09-05T00:00:00Z", prices=[{"meter": "requests", "amount_micros": 3_000}])
    sell(trade, 1, "2026-10-04T10:00:00Z")
    sell(trade, 1)
    with clock.frozen(NOVEMBER):
        close(trade, date(2026, 10, 1))
    assert b"".join(export(trade).streaming_content) == before
    lines = rows_of(export(trade, "2026-10"))
    assert sorted(Decimal(line["amount_exact"]) for line in lines) == [
        Decimal("-0.4"),
        Decimal("0.003"),
        Decimal("0.303"),
    ]
    assert sorted(line["corrects"] for line in lines) == ["", "2026-09", "2026-09 line 1"]


def test_closing_again_is_refused_and_reopening_does_not_exist(trade: Trade) -> None:
    trade.card()
    sell(trade)
    close(trade)
    with pytest.raises(Conflict, match="closed already"):
        close(trade)
    client = trade.company.client(trade.company.finance)
    assert client.post("/api/v1/periods/2026-09/close").status_code == 409
    assert client.post("/api/v1/periods/2026-09/reopen").status_code == 404
    for model in (StatementLine, LedgerEntry):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.across.update(amount_micros=0)


def test_the_seal_holds_and_shows_a_change(trade: Trade) -> None:
    trade.card()
    sell(trade)
    period = close(trade).period
    assert verify_period(period) == []
    line = StatementLine.across.get()
    assert period_digest(period, [line]) == period.hash
    line.amount_minor += 1
    assert period_digest(period, [line]) != period.hash
    period.signature = base64.b64encode(bytes(64)).decode()
    assert verify_period(period) == ["The signature is not of this hash."]


def test_each_month_is_chained_to_the_one_before(trade: Trade) -> None:
    trade.card()
    sell(trade)
    first = close(trade).period
    sell(trade, 5, "2026-10-04T10:00:00Z")
    with clock.frozen(NOVEMBER):
        assert close(trade, date(2026, 10, 1)).period.previous_hash == first.hash


def test_a_month_that_still_runs_is_not_closed(trade: Trade) -> None:
    closing = close(trade, date(2026, 10, 1))
    assert closing.outcome == "blocked"
    assert closing.because == "It ends on 31 October 2026."
    assert Period.across.get().state == "open"


def test_earlier_months_come_first(trade: Trade) -> None:
    trade.card("2026-01-01T00:00:00Z")
    sell(trade, 5, "2026-08-10T10:00:00Z")
    sell(trade, 5)
    assert close(trade).because == "August 2026 is still open; close it first."
    assert close(trade, date(2026, 8, 1)).outcome == "closed"
    assert close(trade).outcome == "closed"


def test_use_without_a_price_must_be_accepted_by_somebody(trade: Trade) -> None:
    sell(trade)
    closing = close(trade)
    assert closing.outcome == "blocked"
    assert [check.name for check in closing.checks if check.state != "ok"] == ["unpriced"]
    assert close(trade, accept=["unpriced"]).outcome == "closed"
    entry = AuditEntry.objects.get(action="period.closed")
    assert entry.details["accepted"] == ["unpriced"]
    [line] = rows_of(export(trade))
    assert (line["amount"], line["quantity"], line["price"]) == (
        "0.00",
        "1234",
        "no price in force",
    )


def test_rollups_that_differ_from_the_events_block(trade: Trade) -> None:
    trade.card()
    sell(trade)
    close(trade, date(2026, 8, 1))
    UsageRollup.objects.filter(grain="d").update(sum=5)
    closing = close(trade)
    assert closing.outcome == "blocked"
    assert "Rebuild the rollups" in closing.because


def test_two_people_close_where_the_tenant_wants_it(trade: Trade) -> None:
    BillingSettings.across.create(tenant=trade.company.tenant, two_person_close=True)
    trade.card()
    sell(trade)
    client = trade.company.client(trade.company.finance)
    answer = client.post("/api/v1/periods/2026-09/close")
    assert answer.status_code == 202
    assert answer.json()["because"] == "Fina asked; somebody else in finance closes it."
    assert client.post("/api/v1/periods/2026-09/close").status_code == 202
    assert Period.across.get().state == "open"
    other = trade.company.client(trade.company.admin)
    assert other.post("/api/v1/periods/2026-09/close").status_code == 200
    period = Period.across.get()
    assert (period.asked_by, period.closed_by) == ("Fina", "Ada")


@pytest.mark.parametrize("person", ["developer", "owner", "outsider"])
def test_only_finance_sees_and_closes(trade: Trade, person: str) -> None:
    client = trade.company.client(getattr(trade.company, person))
    assert client.get("/api/v1/periods").status_code == 403
    assert client.post("/api/v1/periods/2026-09/close").status_code == 403
    assert client.get("/api/v1/periods/2026-09/export").status_code == 403
    with pytest.raises(Forbidden):
        close(trade, actor=trade.company.actor(getattr(trade.company, person)))


def test_a_killed_close_is_taken_up_by_the_next(trade: Trade, monkeypatch: Any) -> None:
    trade.card()
    sell(trade)

    def killed(*_: Any) -> None:
        raise SystemExit("killed")

    monkeypatch.setattr("billing.close.job.freeze", killed)
    with pytest.raises(SystemExit):
        close(trade)
    period = Period.across.get()
    assert period.state == "closing"
    assert [step["state"] for step in period.steps] == ["done"] * 4 + ["running"]
    monkeypatch.undo()
    assert close(trade).outcome == "closed"
    assert LedgerEntry.across.count() == 1
    assert StatementLine.across.count() == 1


def test_a_correction_points_at_what_it_corrects(trade: Trade) -> None:
    trade.card()
    sell(trade, 100)
    close(trade)
    entry = LedgerEntry.across.get()
    client = trade.company.client(trade.company.finance)
    correction = correct(
        actor=finance(trade), entry_id=entry.id, amount_micros=-250_000, reason="Outage credit"
    )
    assert correction.corrects == entry
    assert correction.period.month == date(2026, 10, 1)
    sell(trade, 1, "2026-10-04T10:00:00Z")
    with clock.frozen(NOVEMBER):
        assert close(trade, date(2026, 10, 1)).outcome == "closed"
    lines = rows_of(export(trade, "2026-10"))
    assert [line["amount"] for line in lines] == ["0.00", "-0.25"]
    assert (lines[1]["kind"], lines[1]["reason"]) == ("correction", "Outage credit")
    assert lines[1]["corrects"] == "2026-09 line 1"
    assert client.get("/api/v1/periods").json()["items"][0]["totals"] == [
        {"currency": "EUR", "amount": "-0.25"}
    ]


def test_h49_formulas_are_made_harmless_and_numbers_stay(trade: Trade) -> None:
    trade.card()
    for name in ("=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "＝1"):
        trade.consumer.cost_center = name
        trade.consumer.save()
        sell(trade, 100)
    trade.consumer.name = '=HYPERLINK("http://evil","a,b")'
    trade.consumer.save()
    close(trade)
    entry = LedgerEntry.across.order_by("sequence").first()
    assert entry is not None
    correct(actor=finance(trade), entry_id=entry.id, amount_micros=-1_000_000, reason="=1")
    lines = rows_of(export(trade))
    assert {line["cost_center"] for line in lines} == {
        "'=1+1", "'+cmd", "'-2", "'@SUM(A1)", "'\tx", "'＝1",
    }  # fmt: skip
    assert {line["application"] for line in lines} == {'\'=HYPERLINK("http://evil","a,b")'}
    with clock.frozen(NOVEMBER):
        close(trade, date(2026, 10, 1))
    [correction] = rows_of(export(trade, "2026-10"))
    assert correction["amount"] == "-1.00"
    assert correction["reason"] == "'=1"


def test_the_commands_close_and_export(trade: Trade, tmp_path: Any) -> None:
    trade.card()
    sell(trade)
    out = io.StringIO()
    call_command("close_period", "2026-09", stdout=out)
    assert "retail: closed, 1 lines, 4.94 EUR" in out.getvalue()
    assert "logistics: closed, 0 lines" in out.getvalue()
    single, both = tmp_path / "single.csv", tmp_path / "both.csv"
    call_command("export", "2026-09", "--out", str(single), "--tenant", "retail", stdout=out)
    call_command("export", "2026-09", "--out", str(both), stdout=out)
    assert single.read_bytes() == b"".join(export(trade).streaming_content)
    assert single.read_bytes() == both.read_bytes()
    call_command("close_period", "2026-09", stdout=out)
    assert "closed already" in out.getvalue()
    with pytest.raises(CommandError, match="no closed period"):
        call_command("export", "2026-10", "--out", str(single), stdout=out)
    with pytest.raises(CommandError, match="not closed"):
        call_command("close_period", "2026-10", stdout=out)
    with pytest.raises(CommandError, match="yyyy-mm"):
        call_command("close_period", "October", stdout=out)


def test_an_export_of_an_open_period_or_in_an_unknown_format_is_refused(trade: Trade) -> None:
    trade.card()
    sell(trade)
    assert export(trade).status_code == 404
    Period.across.create(tenant=trade.company.tenant, month=SEPTEMBER)
    assert export(trade).status_code == 409
    close(trade)
    assert export(trade, format="abacus").status_code == 422
    assert export(trade, "never").status_code == 422


def test_another_tenant_does_not_see_the_period(trade: Trade) -> None:
    trade.card()
    sell(trade)
    close(trade)
    Member.across.filter(user=trade.company.outsider).update(role="finance")
    client = trade.company.client(trade.company.outsider)
    assert client.get("/api/v1/periods").json()["items"] == []
    assert client.get("/api/v1/periods/2026-09/export").status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing_statementline")
        assert cursor.fetchone() == (1,)
