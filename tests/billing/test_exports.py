"""Every export of one closed month says the same, to the cent, and says it again byte for byte."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pyarrow.parquet as pq
import pytest

from billing.exports import export_period, formats
from billing.models import BillingSettings, KeptExport, Period
from marketplace import clock
from tests.billing.conftest import Trade, two_closed_months

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
TOKENS = {"meter": "tokens_in", "amount_micros": 3_000_000, "per": 1_000_000}


@pytest.fixture
def periods(trade: Trade, make_trade: Any) -> list[Period]:
    """September and October, closed: use, a fee, tokens, a free API, an adjustment, a correction,
    names that a spreadsheet would execute."""
    trade.consumer.name = "=HYPERLINK(1)"
    trade.consumer.save()
    trade.card(
        prices=[
            {"meter": "requests", "amount_micros": 1_337, "per": 10},
            {"meter": "", "model": "flat", "amount_micros": 45_000_000},
            TOKENS,
        ]
    )
    free = make_trade("open-data")
    free.card(prices=[])
    return two_closed_months(trade, free)


def content(period: Period, format_slug: str) -> bytes:
    with export_period(period, format_slug).file as file:
        return file.read()


def table(period: Period, format_slug: str = "csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(period, format_slug).decode())))


def total(period: Period) -> Decimal:
    return Decimal(period.totals["EUR"]["minor"]) / 100


def test_every_format_is_listed_with_what_it_is() -> None:
    assert set(formats()) == {"csv", "xlsx", "parquet", "focus", "journal"}
    for format_ in formats().values():
        assert format_.about
        assert format_.extension.startswith((".", "-"))


def test_every_format_gives_the_same_bytes_again(periods: list[Period]) -> None:
    for period in periods:
        for slug in formats():
            first = content(period, slug)
            with clock.frozen(datetime(2030, 1, 1, tzinfo=UTC)):
                assert content(period, slug) == first, slug
            kept = KeptExport.across.get(period=period, format=slug)
            assert kept.size == len(first)


def test_the_workbook_holds_the_lines_with_numbers_as_numbers(periods: list[Period]) -> None:
    for period in periods:
        book = openpyxl.load_workbook(io.BytesIO(content(period, "xlsx")))
        head, *rows = list(book.active.iter_rows(values_only=True))
        lines = [dict(zip(head, row, strict=True)) for row in rows]
        assert [line["line"] for line in lines] == [int(r["line"]) for r in table(period)]
        cents = sum(round(Decimal(str(line["amount"])) * 100) for line in lines)
        assert Decimal(cents) / 100 == total(period)
        assert lines[0]["application"].startswith("'=") or lines[0]["application"].startswith("S")
        for row in book.active.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_parquet_holds_the_lines_with_types(periods: list[Period]) -> None:
    for period in periods:
        found = pq.read_table(io.BytesIO(content(period, "parquet")))
        assert found.num_rows == period.line_count
        assert sum(found.column("amount").to_pylist()) == total(period)
        exact = sum(found.column("amount_exact").to_pylist())
        assert exact == Decimal(period.totals["EUR"]["micros"]) / 1_000_000


def test_the_journal_balances_and_books_to_cost_centers(periods: list[Period]) -> None:
    for period in periods:
        rows = table(period, "journal")
        debit = sum(Decimal(row["debit"] or 0) for row in rows)
        credit = sum(Decimal(row["credit"] or 0) for row in rows)
        assert debit == credit
        expense = [row for row in rows if row["account"] == "usage-expense"]
        net = sum(Decimal(r["debit"] or 0) - Decimal(r["credit"] or 0) for r in expense)
        assert net == total(period)
        assert {row["cost_center"] for row in expense} == {"CC-100"}
        assert {row["cost_center"] for row in rows if row not in expense} == {"CC-payments"}
        assert all(not row["debit"].startswith("-") for row in rows)
        assert rows[0]["reference"].startswith(f"retail-{period.name}-")


def test_the_journals_columns_and_accounts_are_configured(periods: list[Period]) -> None:
    BillingSettings.across.create(
        tenant=periods[0].tenant,
        journal={"columns": {"account": "GL"}, "accounts": {"usage-expense": "660100"}},
    )
    assert {row["GL"] for row in table(periods[0], "journal")} == {"660100", "usage-recovery"}


def test_focus_ties_to_the_statement_and_marks_corrections(periods: list[Period]) -> None:
    september, october = (table(period, "focus") for period in periods)
    for period, rows in zip(periods, (september, october), strict=True):
        assert sum(Decimal(row["BilledCost"]) for row in rows) == total(period)
    assert {row["ChargeClass"] for row in september} == {""}
    late = [row for row in october if row["ChargeClass"] == "Correction"]
    assert {row["ChargeCategory"] for row in late} == {"Usage", "Adjustment"}
    assert {row["ChargePeriodStart"] for row in late} == {"2026-09-01T00:00:00Z"}
    assert {row["BillingPeriodStart"] for row in late} == {"2026-10-01T00:00:00Z"}
    for row in september:
        product = Decimal(row["ListUnitPrice"]) * Decimal(row["PricingQuantity"])
        assert abs(product - Decimal(row["ListCost"])) < Decimal("0.000001")
    assert {row["ServiceCategory"] for row in september} == {
        "AI and Machine Learning",
        "Integration",
    }
