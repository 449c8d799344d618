"""Columns as SQL over a period's lines, so that Postgres itself writes the rows.

Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV
injection); numbers are columns of their own kind and stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from django.db import connection
from psycopg import sql

from billing.models import Period
from billing.money import decimals

FORMULA = r"^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]"
ONE = (
    " FROM billing_statementline l JOIN billing_period p ON p.id = l.period_id"
    " WHERE l.period_id = {period} ORDER BY l.number"
)
SEVERAL = (
    " FROM billing_statementline l JOIN billing_period p ON p.id = l.period_id"
    " WHERE l.period_id = ANY({period}) ORDER BY p.frozen ->> 'slug', p.month, l.number"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header, its expression over the line `l` and its period `p`; whether text."""

    name: str
    expression: str
    text: bool = False


def text(name: str, expression: str) -> Column:
    """A column of text, made harmless."""
    return Column(name, expression, text=True)


def amount(periods: Sequence[Period], expression: str = "l.amount_minor") -> str:
    """The expression for an amount of cents with its currency's decimals."""
    currencies = sorted({c for period in periods for c in period.totals if c.isalpha()})
    cases = " ".join(
        f"WHEN '{currency}' THEN ({expression}::numeric / {10 ** decimals(currency)})"
        f"::numeric(20, {decimals(currency)})::text"
        for currency in currencies
    )
    return f"CASE l.currency {cases} END" if cases else "NULL::text"


def copy_csv(periods: Sequence[Period], columns: Sequence[Column], file: IO[bytes]) -> None:
    """Write the periods' lines as CSV (RFC 4180, UTF-8) with a header row."""
    with connection.cursor() as cursor:
        query = sql.SQL("COPY ({}) TO STDOUT WITH (FORMAT csv, HEADER)")
        with cursor.copy(query.format(rows(periods, columns))) as copy:
            for chunk in copy:
                file.write(chunk)


def rows(periods: Sequence[Period], columns: Sequence[Column]) -> sql.Composed:
    """The query for the columns of the periods' lines, by tenant and number."""
    select = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(
            sql.SQL(harmless(column.expression) if column.text else column.expression),
            sql.Identifier(column.name),
        )
        for column in columns
    )
    if len(periods) == 1:
        origin = sql.SQL(ONE).format(period=sql.Literal(periods[0].id))
    else:
        origin = sql.SQL(SEVERAL).format(period=sql.Literal([period.id for period in periods]))
    return sql.SQL("SELECT {}{}").format(select, origin)


def harmless(expression: str) -> str:
    """The expression with an apostrophe before what a spreadsheet would execute."""
    return (
        f"CASE WHEN ({expression}) ~ '{FORMULA}' THEN '''' || ({expression})"
        f" ELSE ({expression}) END"
    )
