"""A journal for an ERP: two rows a line, debit and credit, by account and cost center.

Columns and accounts follow the tenant's settings: `BillingSettings.journal` may hold
`{"columns": {"account": "GL_ACCOUNT", …}, "accounts": {"usage-expense": "660100", …}}`.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from billing.exports import Format
from billing.exports.columns import Column, amount, text
from billing.exports.rows import batches
from billing.models import BillingSettings, Period
from billing.posting import EXPENSE, RECOVERY

COLUMNS = (
    "date", "account", "cost_center", "debit", "credit", "currency", "reference", "text",
)  # fmt: skip


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the journal; lines that cost nothing are no postings and left out."""
    settings = BillingSettings.across.filter(tenant=periods[0].tenant_id).first()
    given: Mapping[str, Any] = settings.journal if settings else {}
    names, accounts = given.get("columns", {}), given.get("accounts", {})
    out = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([names.get(column, column) for column in COLUMNS])
    for row in _rows(periods):
        writer.writerows(_sides(row, accounts))
    out.flush()
    out.detach()


def _sides(row: tuple[Any, ...], accounts: Mapping[str, str]) -> list[list[str]]:
    date, debit_center, credit_center, value, currency, reference, about, minor = row
    if not minor:
        return []
    given_back = minor < 0
    value = value.lstrip("-")
    sides = (
        (accounts.get(EXPENSE, EXPENSE), debit_center, given_back),
        (accounts.get(RECOVERY, RECOVERY), credit_center, not given_back),
    )
    return [
        [date, account, center, "" if credit else value, value if credit else "", currency,
         reference, about]
        for account, center, credit in sides
    ]  # fmt: skip


def _rows(periods: Sequence[Period]) -> Iterator[tuple[Any, ...]]:
    last_day = "(p.month + interval '1 month' - interval '1 day')::date"
    columns = [
        Column("date", f"{last_day}::text"),
        text("debit_cost_center", "l.cost_center"),
        text("credit_cost_center", "l.credit_cost_center"),
        Column("value", amount(periods)),
        Column("currency", "l.currency"),
        text("reference", "p.frozen ->> 'slug' || '-' || to_char(p.month, 'YYYY-MM') || '-'"
             " || l.number"),
        text("about", "concat_ws(', ', nullif(l.api, ''), nullif(l.application, ''),"
             " nullif(l.meter_name, ''), nullif(l.corrects, ''))"),
        Column("minor", "l.amount_minor"),
    ]  # fmt: skip
    for batch in batches(periods, columns):
        yield from batch


FORMAT = Format(
    slug="journal",
    name="Journal",
    media="text/csv; charset=utf-8; header=present",
    extension="-journal.csv",
    about="Debits and credits by account and cost center, for an ERP",
    write=write,
)
