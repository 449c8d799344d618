"""Parquet: the plain export with typed columns, amounts as decimals."""

from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from billing.exports import Format
from billing.exports.csv_file import columns
from billing.exports.rows import batches
from billing.models import Period

TYPES = {
    "line": pa.int64(),
    "quantity": pa.decimal128(26, 6),
    "amount": pa.decimal128(20, 3),
    "amount_exact": pa.decimal128(20, 6),
}


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the file, a row group for a few thousand lines."""
    shown = columns(periods)
    schema = pa.schema(
        [pa.field(column.name, TYPES.get(column.name, pa.string())) for column in shown]
    )
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches(periods, shown):
            arrays = [
                pa.array([_value(column.name, row[place]) for row in batch], type=field.type)
                for place, (column, field) in enumerate(zip(shown, schema, strict=True))
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "line":
        return value
    if name in TYPES:
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-TYPES[name].scale))
    return str(value)


FORMAT = Format(
    slug="parquet",
    name="Parquet",
    media="application/vnd.apache.parquet",
    extension=".parquet",
    about="The lines with typed columns",
    write=write,
    keep=True,
)
