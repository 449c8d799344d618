"""CSV: every line with its names, its quantity and its amount in cents."""

from collections.abc import Sequence
from typing import IO

from billing.exports import Format
from billing.exports.columns import Column, csv_chunks, month_name, text
from billing.models import Period


def columns() -> list[Column]:
    """The columns of the plain export, which XLSX and Parquet share."""
    return [
        Column("period", "p.name"),
        Column("line", "l.number"),
        Column("kind", "l.kind"),
        Column("usage_month", month_name("l.usage_month")),
        text("tenant", "p.slug"),
        text("cost_center", "l.cost_center"),
        text("team", "l.team"),
        text("application", "l.application"),
        text("api", "l.api_slug"),
        text("api_name", "l.api"),
        text("provider", "l.provider"),
        text("plan", "l.plan"),
        text("operation", "l.operation_key"),
        text("meter", "l.meter"),
        Column("quantity", "trim_scale(l.quantity)"),
        text("unit", "l.unit"),
        Column("amount", "l.cost"),
        Column("amount_exact", "l.exact"),
        Column("currency", "l.currency"),
        text("price", "l.rule"),
        Column("adjustment", "CASE WHEN l.adjustment THEN 'yes' ELSE 'no' END"),
        text("corrects", "l.corrects"),
        text("reason", "l.reason"),
        Column("entry", "l.entry_id"),
    ]


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the CSV."""
    for chunk in csv_chunks(periods, columns()):
        file.write(chunk)


FORMAT = Format(
    slug="csv",
    name="CSV",
    media="text/csv; charset=utf-8; header=present",
    extension=".csv",
    about="Every line, amounts in the currency's cents and to the millionth",
    write=write,
)
