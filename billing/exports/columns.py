"""Columns as SQL over a period's lines, so that Postgres itself writes the rows.

Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV
injection); numbers are columns of their own kind and stay as they are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import islice

from django.db import connection
from psycopg import sql

from billing.models import Period
from billing.money import decimals
from billing.months import next_month

# The first characters =, +, -, @, tab, line feed, carriage return, and =, +, -, @ in full width,
# by number: comparing numbers costs a twentieth of a regular expression.
FORMULA = "(61, 43, 45, 64, 9, 10, 13, 65309, 65291, 65293, 65312)"
# What several columns use is reckoned once a line: OFFSET 0 keeps it in a query of its own. What is
# the same for all lines is a constant, which the planner folds into the columns.
LINES = """
 FROM (SELECT l.*, {computed} FROM billing_statementline l CROSS JOIN ({constants}) p
  WHERE l.period_id = {period} ORDER BY l.number OFFSET 0) l
CROSS JOIN ({constants}) p {more}
"""
IN_ORDER = """
SELECT id FROM billing_period WHERE id = ANY(%s) ORDER BY frozen ->> 'slug', month
"""
MONTH_NAME = "CASE WHEN {month} = p.month THEN p.name ELSE to_char({month}, 'YYYY-MM') END"
NOTHING = sql.SQL("")
AT_ONCE = 2048  # rows that are joined before they are written


Computed = Callable[[Period], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header, its expression over the line `l` and its period `p`; whether text."""

    name: str
    expression: str
    text: bool = False


def text(name: str, expression: str) -> Column:
    """A column of text, made harmless."""
    return Column(name, expression, text=True)


def month_name(expression: str) -> str:
    """The expression for a month as yyyy-mm."""
    return MONTH_NAME.format(month=expression)


def csv_chunks(
    periods: Sequence[Period],
    columns: Sequence[Column],
    *,
    computed: Computed | None = None,
    more: sql.Composable = NOTHING,
    titled: bool = True,
) -> Iterator[bytes]:
    """The periods' lines as CSV (RFC 4180, UTF-8), some thousand whole rows at a time.

    `computed` and `more` are as for `rows`; `titled` begins with a header row.
    """
    for period in in_order(periods):
        query = sql.SQL("COPY ({}) TO STDOUT WITH (FORMAT csv, HEADER {})").format(
            rows(period, columns, computed=computed, more=more), sql.Literal(titled)
        )
        titled = False
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            found = iter(copy)
            while chunk := b"".join(islice(found, AT_ONCE)):
                yield chunk


def in_order(periods: Sequence[Period]) -> list[Period]:
    """The periods by the names of their tenants, as files that hold several have them."""
    if len(periods) == 1:
        return list(periods)
    by_id = {period.id: period for period in periods}
    with connection.cursor() as cursor:
        cursor.execute(IN_ORDER, [list(by_id)])
        return [by_id[id] for (id,) in cursor.fetchall()]


def rows(
    period: Period,
    columns: Sequence[Column],
    *,
    computed: Computed | None = None,
    more: sql.Composable = NOTHING,
) -> sql.Composed:
    """The query for the columns of a period's lines, by number.

    Beside its own fields a line `l` has `cost`, the text of the amount with its currency's
    decimals, `exact`, that to the millionth, and what `computed` names; `more` is SQL that follows
    `l` and `p`.
    """
    select = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(
            sql.SQL(harmless(column.expression) if column.text else column.expression),
            sql.Identifier(column.name),
        )
        for column in columns
    )
    given = {"cost": f"({amount(period)})::text", "exact": "l.amount_micros * 0.000001"}
    return sql.SQL("SELECT {}{}").format(
        select,
        sql.SQL(LINES).format(
            computed=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(sql.SQL(expression), sql.Identifier(name))
                for name, expression in {**given, **(computed(period) if computed else {})}.items()
            ),
            constants=_constants(period),
            period=sql.Literal(period.id),
            more=more,
        ),
    )


def harmless(expression: str) -> str:
    """The expression with an apostrophe before what a spreadsheet would execute."""
    return (
        f"CASE WHEN ascii({expression}) IN {FORMULA} THEN '''' || ({expression})"
        f" ELSE ({expression}) END"
    )


def amount(period: Period, expression: str = "l.amount_minor") -> str:
    """The expression for an amount of cents with its currency's decimals."""
    cases = " ".join(
        f"WHEN '{currency}' THEN {expression} * {Decimal(1).scaleb(-decimals(currency))}"
        for currency in sorted(period.totals)
        if currency.isalpha()
    )
    return f"CASE l.currency {cases} END" if cases else "NULL::numeric"


def _constants(period: Period) -> sql.Composed:
    month, following = period.month, next_month(period.month)
    given = {
        "name": period.name,
        "starts": f"{month}T00:00:00Z",
        "ends": f"{following}T00:00:00Z",
        "last_day": f"{following - timedelta(days=1)}",
        "tenant_id": str(period.tenant_id),
        "slug": period.frozen["slug"],
        "tenant": period.frozen["name"],
    }
    return sql.SQL("SELECT {}::date AS month, {}").format(
        sql.Literal(month),
        sql.SQL(", ").join(
            sql.SQL("{}::text AS {}").format(sql.Literal(value), sql.Identifier(name))
            for name, value in given.items()
        ),
    )
