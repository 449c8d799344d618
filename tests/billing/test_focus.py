"""The FOCUS export, column by column against the standard and as the public validator finds it."""

import csv
import io
import json
import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.exports import export_period
from billing.exports.focus import columns
from billing.models import Period, StatementLine
from billing.models.ledger import Kind
from billing.money import minor_unit
from marketplace import clock
from marketplace.ids import new_id
from tests.billing.conftest import Trade, two_closed_months
from tests.billing.focus_validator import FocusValidator, IndexUnreachable, installed

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
# What the validator of version 1.0 finds beside the standard: its own currency file is missing,
# and it names four columns otherwise than the standard that it checks.
EXPECTED_FINDINGS = {
    "BillingCurrency_IsCurrencyCode",
    "InvoiceIssuer_Required",
    "Provider_Required",
    "Publisher_Required",
    "ResourceID_Required",
}
# One of its rules for 1.0 still reads ChargeType, as 1.0-preview named ChargeCategory, and so
# cannot run on any file of 1.0 or later. A column ChargeType of our own would break the standard
# (its name would need `x_`); the rule is mended instead and the file given as it is.
RULE_WITH_AN_OLD_NAME, OLD_NAME, NAME = "SkuPriceId_Nullable", "ChargeType", "ChargeCategory"
# Conditional columns that stay away: the conditions under which they are required are not met.
CONDITION_NOT_MET = {
    "CapacityReservationId": "capacity cannot be reserved",
    "CapacityReservationStatus": "capacity cannot be reserved",
    "CommitmentDiscountQuantity": "there are no commitment discounts",
    "CommitmentDiscountUnit": "there are no commitment discounts",
    "PricingCurrency": "prices are in the currency that is billed",
    "PricingCurrencyContractedUnitPrice": "prices are in the currency that is billed",
    "PricingCurrencyEffectiveCost": "prices are in the currency that is billed",
    "PricingCurrencyListUnitPrice": "prices are in the currency that is billed",
    "SkuPriceDetails": "a price has no properties beyond its unit and its model",
}


@pytest.fixture
def periods(trade: Trade, make_trade: Any) -> list[Period]:
    """September and October, closed by the product: use, a fee, a least charge, tokens, a free
    API, late use, a correction, names with commas and quotes."""
    trade.consumer.name = 'Shop "A", =SUM(1)'
    trade.consumer.save()
    trade.card(
        minimum_micros=90_000_000,
        prices=[
            {"meter": "requests", "amount_micros": 1_337, "per": 10},
            {"meter": "", "model": "flat", "amount_micros": 45_000_000},
            {"meter": "tokens_in", "amount_micros": 3_000_000, "per": 1_000_000},
        ],
    )
    free = make_trade("open-data")
    free.card(prices=[])
    return two_closed_months(trade, free)


def period_of_every_kind(trade: Trade) -> Period:
    """A closed period with a line of every kind, of the month and of an earlier one, once with
    all that a line may name and once with nothing it may lack, in three sizes of coin."""
    tenant = trade.company.tenant
    period = Period.across.create(tenant=tenant, month=OCTOBER)
    number, lines = 0, []
    for kind in Kind.values:
        for adjustment in (False, True):
            for bare, currency in ((True, "JPY"), (False, "KWD"), (False, "EUR")):
                number += 1
                named = {} if bare else named_by(trade)
                lines.append(
                    StatementLine(
                        tenant=tenant, period=period, number=number, kind=kind,
                        line_key=new_id(), adjustment=adjustment, currency=currency,
                        usage_month=SEPTEMBER if adjustment else OCTOBER,
                        quantity=Decimal(0 if bare else "12.5"),
                        amount_micros=number * minor_unit(currency), amount_minor=number,
                        corrects="2026-09 line 1" if adjustment else "", **named,
                    )
                )  # fmt: skip
    StatementLine.across.bulk_create(lines)
    period.state, period.closed_at, period.line_count = "closed", clock.now(), number
    period.hash = period.signature = "sealed"
    period.frozen = {"slug": tenant.slug, "name": tenant.name, "cost_center": ""}
    period.totals = {currency: {"micros": 0, "minor": 0} for currency in ("EUR", "JPY", "KWD")}
    period.save()
    return period


def named_by(trade: Trade) -> dict[str, Any]:
    """All that a line may name."""
    return {
        "application_id": trade.consumer.application_id, "application": "=Shop",
        "team_id": trade.company.builders.id, "team": "Checkout", "cost_center": "CC-100",
        "api_id": trade.api.id, "api": "Payments", "api_slug": "payments",
        "provider_id": trade.company.tenant.id, "provider": "Retail", "plan": "Standard",
        "meter": "tokens_in", "meter_name": "Input tokens", "unit": "token", "rule": "€1, each",
        "card_id": new_id(), "price_id": new_id(), "entry_id": new_id(), "reason": '"late"',
        "operation_key": "POST /pay",
    }  # fmt: skip


def content(period: Period) -> bytes:
    with export_period(period, "focus").file as file:
        return file.read()


def table(period: Period) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(period).decode())))


@pytest.fixture(scope="session")
def standard(specs: Path) -> dict[str, dict[str, Any]]:
    """The columns of FOCUS 1.2 by name."""
    return {c["column"]: c for c in json.loads((specs / "focus-1.2-columns.json").read_text())}


def test_every_column_of_the_standard_stands_or_its_condition_is_not_met(
    standard: dict[str, dict[str, Any]],
) -> None:
    names = [column.name for column in columns([])]
    assert len(names) == len(set(names))
    assert set(standard) - set(names) == set(CONDITION_NOT_MET)
    assert {standard[name]["level"] for name in CONDITION_NOT_MET} == {"conditional"}
    assert all(n.startswith("x_") for n in names if n not in standard)


def test_every_value_fits_its_column(
    standard: dict[str, dict[str, Any]], periods: list[Period]
) -> None:
    assert faults(standard, [row for period in periods for row in table(period)]) == []


def test_a_line_of_every_kind_fits_its_columns(
    standard: dict[str, dict[str, Any]], trade: Trade
) -> None:
    rows = table(period_of_every_kind(trade))
    assert len(rows) == 6 * len(Kind.values)
    assert faults(standard, rows) == []
    yen, dinar = (
        {r["BilledCost"] for r in rows if r["BillingCurrency"] == code} for code in ("JPY", "KWD")
    )
    assert "1" in yen
    assert "0.002" in dinar


def test_what_does_not_fit_is_found(standard: dict[str, dict[str, Any]], trade: Trade) -> None:
    good = table(period_of_every_kind(trade))[0]
    for column, value in {
        "BilledCost": "1e5", "BilledCost ": "", "BillingPeriodStart": "2026-10-01",
        "ChargeCategory": "Use", "ChargeClass": "Late", "Tags": "[]", "InvoiceIssuerName": "",
        "ServiceSubcategory": "Bots",
    }.items():  # fmt: skip
        name = column.strip()
        assert [f.partition("=")[0] for f in faults(standard, [good | {name: value}])] == [name]
    missing = {name: value for name, value in good.items() if name != "ChargeClass"}
    assert faults(standard, [missing]) == ["ChargeClass is missing"]


def test_adjustments_of_closed_months_are_corrections_and_nothing_else_is(
    periods: list[Period],
) -> None:
    september, october = (table(period) for period in periods)
    assert {row["ChargeClass"] for row in september} == {""}
    for row in october:
        of_an_earlier_month = row["ChargePeriodStart"] == "2026-09-01T00:00:00Z"
        assert (row["ChargeClass"] == "Correction") == of_an_earlier_month, row
    assert {row["ChargeCategory"] for row in october if row["ChargeClass"]} >= {
        "Usage",
        "Adjustment",
    }


def faults(standard: dict[str, dict[str, Any]], rows: list[dict[str, str]]) -> list[str]:
    """What does not conform: a column that must stand, a value of another type, a null, a value
    that is not allowed (FOCUS 1.2)."""
    assert rows
    found = [
        f"{name} is missing"
        for name, column in standard.items()
        if column["level"] != "conditional" and name not in rows[0]
    ]
    for row in rows:
        for name in row.keys() & standard.keys():
            if why := fault(standard[name], row[name], row):
                found.append(f"{name}={row[name]!r}: {why}")
    return found


def fault(column: dict[str, Any], value: str, row: dict[str, str]) -> str:
    """Why a value does not fit its column, or an empty text."""
    if value == "":
        return "" if column["nullable"] else "may not be null"
    allowed = column.get("allowed")
    if by_category := column.get("allowed_by_category"):
        allowed = by_category[row["ServiceCategory"]]
    if allowed is not None and value not in allowed:
        return "not allowed"
    match column["type"]:
        case "Decimal":
            return "" if re.fullmatch(r"-?\d+(\.\d+)?", value) else "no decimal"
        case "Date/Time":
            return "" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) else "no time"
        case "JSON":
            return "" if isinstance(json.loads(value), dict) else "no object"
        case "String":
            return ""
    return f"unknown type {column['type']}"


@pytest.fixture(scope="session")
def validator() -> FocusValidator:
    """The public validator; skips where it is not installed and nobody can be asked for it."""
    try:
        return installed()
    except IndexUnreachable as why:
        pytest.skip(f"the FOCUS validator is not installed and the index is unreachable: {why}")


@pytest.fixture(scope="session")
def mended_rules(validator: FocusValidator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validator's rules with the one old name of a column replaced by the standard's."""
    rules = tmp_path_factory.mktemp("focus") / "1.0"
    shutil.copytree(validator.rules(), rules)
    old = [path for path in rules.iterdir() if OLD_NAME in path.read_text()]
    assert [path.stem for path in old] == [RULE_WITH_AN_OLD_NAME]
    old[0].write_text(old[0].read_text().replace(OLD_NAME, NAME))
    return rules


def test_the_validator_finds_exactly_where_it_disagrees_with_the_standard(
    periods: list[Period], validator: FocusValidator, mended_rules: Path, tmp_path: Path
) -> None:
    for period in periods:
        data = tmp_path / f"{period.name}.csv"
        data.write_bytes(content(period))
        report = validator.report(data, rules=mended_rules, folder=tmp_path)
        assert report.failed == EXPECTED_FINDINGS
        assert not report.errored | report.skipped
        assert len(report.passed) + len(report.failed) == len(list(mended_rules.iterdir()))
    as_shipped = validator.report(data, rules=validator.rules(), folder=tmp_path)
    assert as_shipped.failed == EXPECTED_FINDINGS | {RULE_WITH_AN_OLD_NAME}


def test_the_validator_finds_what_is_wrong(
    trade: Trade, validator: FocusValidator, mended_rules: Path, tmp_path: Path
) -> None:
    rows = [r for r in table(period_of_every_kind(trade)) if r["SkuPriceId"]]
    wrong = {"ChargeClass": "Late", "BilledCost": "", "BillingPeriodEnd": "soon", "SkuPriceId": ""}
    rows[0] |= {"ChargeCategory": "Usage"} | wrong
    data = tmp_path / "wrong.csv"
    with data.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    report = validator.report(data, rules=mended_rules, folder=tmp_path)
    assert report.failed >= EXPECTED_FINDINGS | {
        "ChargeClass_Enum", "BilledCost_NotNull", "BillingPeriodEnd_IsDateTime",
        RULE_WITH_AN_OLD_NAME,
    }  # fmt: skip
