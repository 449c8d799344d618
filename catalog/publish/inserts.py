"""Many rows in one statement, under row-level security (which COPY refuses)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import connection, models

from catalog.analysis.text import storable
from marketplace.rest.renderers import plain

AT_ONCE = 4_000_000  # characters of JSON in one statement, so that memory stays bounded


def insert_rows(
    model: type[models.Model], rows: Sequence[Mapping[str, Any]], **expressions: str
) -> None:
    """Insert rows given as {column: value}; all have the same columns.

    `expressions` are further columns as SQL over the row `r`.
    """
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    columns = [connection.ops.quote_name(column) for column in rows[0]]
    values = [f"r.{column}" for column in columns] + list(expressions.values())
    columns += [connection.ops.quote_name(column) for column in expressions]
    # Names of our own tables and columns only; the values travel as one parameter.
    sql = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608
        f" FROM json_populate_recordset(NULL::{table}, %s::json) r"
    )
    with connection.cursor() as cursor:
        for batch in _batches(rows):
            cursor.execute(sql, [batch])


def _batches(rows: Sequence[Mapping[str, Any]]) -> "list[str]":
    batches: list[str] = []
    held: list[str] = []
    size = 0
    for row in rows:
        text = _json(row)
        if held and size + len(text) > AT_ONCE:
            batches.append(f"[{','.join(held)}]")
            held, size = [], 0
        held.append(text)
        size += len(text)
    batches.append(f"[{','.join(held)}]")
    return batches


def _json(row: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(row, default=plain).decode()
    except TypeError:  # half of a surrogate pair, which no database stores
        return orjson.dumps(_storable(row), default=plain).decode()


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value
