"""The plain export's lines as Python values, a few thousand at a time from a cursor in the
database, for formats that Postgres does not write itself."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from billing.exports.columns import Column, in_order, rows
from billing.models import Period

AT_ONCE = 5000


def batches(
    periods: Sequence[Period], columns: Sequence[Column]
) -> Iterator[list[tuple[Any, ...]]]:
    """Lists of rows in the order of the lines; run within a transaction."""
    query = sql.SQL("DECLARE billing_export NO SCROLL CURSOR FOR {}")
    for period in in_order(periods):
        with connection.cursor() as cursor:
            cursor.execute(query.format(rows(period, columns)))
            while True:
                cursor.execute(f"FETCH {AT_ONCE} FROM billing_export")
                found = cursor.fetchall()
                if not found:
                    break
                yield found
            cursor.execute("CLOSE billing_export")
