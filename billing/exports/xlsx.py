"""XLSX: the plain export as a workbook, numbers as numbers and text never as a formula."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO

import xlsxwriter

from billing.exports import Format
from billing.exports.csv_file import columns
from billing.exports.rows import batches
from billing.models import Period
from marketplace.errors import TooLarge

MOST_ROWS = 1_048_575  # of a sheet, its header apart
NUMBERS = frozenset({"line", "quantity", "amount", "amount_exact"})
WIDE = {"team": 18, "application": 24, "api_name": 24, "provider": 22, "price": 36}


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the workbook, row by row. Raises TooLarge beyond what a sheet holds."""
    if sum(period.line_count for period in periods) > MOST_ROWS:
        raise TooLarge(f"A sheet holds {MOST_ROWS:,} lines; take CSV or Parquet.")
    shown = columns()
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
        book.set_properties({"title": f"{periods[0].name}", "created": _made(periods)})
        sheet = book.add_worksheet(periods[0].name)
        head = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(shown):
            sheet.set_column(place, place, WIDE.get(column.name, 12))
            sheet.write_string(0, place, column.name, head)
        number = 0
        for batch in batches(periods, shown):
            for row in batch:
                number += 1
                for place, (column, value) in enumerate(zip(shown, row, strict=True)):
                    if value is None:
                        continue
                    if column.name in NUMBERS:
                        sheet.write_number(number, place, float(Decimal(str(value))))
                    else:
                        sheet.write_string(number, place, str(value))
        book.close()


def _made(periods: Sequence[Period]) -> datetime:
    """The time of the close: the workbook must not tell when it was exported."""
    closed = max((p.closed_at for p in periods if p.closed_at), default=datetime.now(UTC))
    return closed.replace(tzinfo=None)


FORMAT = Format(
    slug="xlsx",
    name="XLSX",
    media="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extension=".xlsx",
    about="The lines as a workbook",
    write=write,
    keep=True,
)
