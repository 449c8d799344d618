"""Parquet: the plain export with typed columns, amounts as decimals."""

import io
from collections.abc import Sequence
from itertools import islice
from typing import IO

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from billing.exports import Format
from billing.exports.columns import csv_chunks
from billing.exports.csv_file import columns
from billing.models import Period

GROUP = 32  # chunks of rows: about 65,000 lines, which is what readers like of a row group
TYPES = {
    "line": pa.int64(),
    "quantity": pa.decimal128(26, 6),
    "amount": pa.decimal128(20, 3),
    "amount_exact": pa.decimal128(20, 6),
}


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the file, a row group for some ten thousand lines."""
    shown = columns()
    schema = pa.schema(
        [pa.field(column.name, TYPES.get(column.name, pa.string())) for column in shown]
    )
    # What Postgres leaves empty is null; an empty text it writes in quotes.
    convert = pc.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )  # fmt: skip
    parse = pc.ParseOptions(newlines_in_values=True)
    chunks = csv_chunks(periods, shown, titled=False)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while part := b"".join(islice(chunks, GROUP)):
            read = pc.ReadOptions(column_names=schema.names, block_size=len(part) + 1)
            table = pc.read_csv(io.BytesIO(part), read, parse, convert)
            writer.write_table(table, row_group_size=table.num_rows)


FORMAT = Format(
    slug="parquet",
    name="Parquet",
    media="application/vnd.apache.parquet",
    extension=".parquet",
    about="The lines with typed columns",
    write=write,
    keep=True,
)
