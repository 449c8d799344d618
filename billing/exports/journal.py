"""A journal for an ERP: two rows a line, debit and credit, by account and cost center.

Columns and accounts follow the tenant's settings: `BillingSettings.journal` may hold
`{"columns": {"account": "GL_ACCOUNT", …}, "accounts": {"usage-expense": "660100", …}}`.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import IO, Any

from psycopg import sql

from billing.exports import Format
from billing.exports.columns import Column, csv_chunks, harmless
from billing.models import BillingSettings, Period
from billing.posting import EXPENSE, RECOVERY

# An empty text is written as nothing, not as two quotes.
COLUMNS = (
    Column("date", "p.last_day"),
    Column("account", "nullif(side.account, '')"),
    Column("cost_center", f"nullif({harmless('side.cost_center')}, '')"),
    Column("debit", "CASE WHEN NOT side.credit THEN ltrim(l.cost, '-') END"),
    Column("credit", "CASE WHEN side.credit THEN ltrim(l.cost, '-') END"),
    Column("currency", "nullif(l.currency, '')"),
    Column("reference", f"{harmless('p.slug')} || '-' || p.name || '-' || l.number"),
    Column("text", f"nullif({harmless('l.about')}, '')"),
)
ABOUT = (
    "concat_ws(', ', nullif(l.api, ''), nullif(l.application, ''), nullif(l.meter_name, ''),"
    " nullif(l.corrects, ''))"
)
# Lines that cost nothing are no postings. What is given back is a credit of the expense.
SIDES = sql.SQL("""
CROSS JOIN LATERAL (VALUES
  (1, {expense}, l.cost_center, l.amount_minor < 0),
  (2, {recovery}, l.credit_cost_center, l.amount_minor > 0)
) AS side(place, account, cost_center, credit)
WHERE l.amount_minor <> 0 ORDER BY l.number, side.place
""")


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the journal; lines that cost nothing are no postings and left out."""
    settings = BillingSettings.across.filter(tenant=periods[0].tenant_id).first()
    given: Mapping[str, Any] = settings.journal if settings else {}
    names, accounts = given.get("columns", {}), given.get("accounts", {})
    head = io.StringIO()
    titles = [names.get(column.name, column.name) for column in COLUMNS]
    csv.writer(head, lineterminator="\n").writerow(titles)
    file.write(head.getvalue().encode())
    sides = SIDES.format(
        expense=sql.Literal(str(accounts.get(EXPENSE, EXPENSE))),
        recovery=sql.Literal(str(accounts.get(RECOVERY, RECOVERY))),
    )
    for chunk in csv_chunks(periods, COLUMNS, computed=_computed, more=sides, titled=False):
        file.write(chunk)


def _computed(_: Period) -> dict[str, str]:
    return {"about": ABOUT}


FORMAT = Format(
    slug="journal",
    name="Journal",
    media="text/csv; charset=utf-8; header=present",
    extension="-journal.csv",
    about="Debits and credits by account and cost center, for an ERP",
    write=write,
)
