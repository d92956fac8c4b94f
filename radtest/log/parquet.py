"""The tables of a record as Parquet, chunk by chunk. The only module that imports pyarrow, an optional extra."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.core import ToolMissingError
from radtest.log.export import LOGS, OPTIONAL, exported_columns, table_named
from radtest.log.identify import PARQUET
from radtest.log.record import Record
from radtest.log.whole_file import whole_path

__all__ = ["export_parquet"]

_GROUP_ROWS = 1 << 16
_REPLACEABLE = frozenset({PARQUET, "an empty file"})


def export_parquet(record: Record, name: str, path: str | Path) -> int:
    """Write a table as a Parquet file, in row groups of up to 65,536 rows, and return the number of rows.

    Parameters
    ----------
    record : Record
        The sealed record; it is read as a stream.
    name : str
        As for `export_table`.
    path : str or Path
        The file; one of that name is replaced if it is a Parquet file.

    Raises
    ------
    BusyError
        If there is something else than a Parquet file.
    ConfigurationError
        If there is no such table.
    RecordError
        If the record is damaged.
    StorageError
        If the file cannot be written.
    ToolMissingError
        If pyarrow is not installed.

    Notes
    -----
    What was not recorded is null. Columns have the types of the record (64-bit integers, text as strings); the number
    and title of the run and the name of the file are in the metadata of the schema.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 (optional)
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise ToolMissingError(
            f"Parquet needs pyarrow, which cannot be imported: {error}",
            remedy="pip install 'radtest[export]', or export CSV.",
        ) from None
    batches = _log_batches(pa, record, name) if name in LOGS else _table_batches(pa, record, name)
    schema = next(batches)
    header = record.header
    schema = schema.with_metadata(
        {"run_number": str(header.run_number), "title": header.title, "record": record.path.name}
    )
    count = 0
    with whole_path(path, _REPLACEABLE) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema) if batch.schema != schema else batch)
            count += batch.num_rows
    return count


def _table_batches(pa: Any, record: Record, name: str) -> Iterator[Any]:
    """Yield the schema, then the rows."""
    table = table_named(name)
    columns = exported_columns(table)
    types = {c.name: pa.string() if c.type == "S" else pa.from_numpy_dtype(np.dtype(c.type)) for c in table.columns}
    schema = pa.schema([(column, types[column]) for column in columns])
    yield schema
    for rows in record.blocks(table, _GROUP_ROWS):
        known = rows["known"] if "known" in (rows.dtype.names or ()) else None
        arrays = [_array(pa, rows[column], types[column], _absent(column, rows[column], known)) for column in columns]
        yield pa.record_batch(arrays, schema=schema)


def _absent(column: str, values: NDArray[Any], known: NDArray[Any] | None) -> NDArray[np.bool_] | None:
    if known is not None and column in OPTIONAL:
        return np.asarray((known & OPTIONAL[column]) == 0)
    return np.isnan(values) if values.dtype.kind == "f" else None


def _array(pa: Any, values: NDArray[Any], kind: Any, absent: NDArray[np.bool_] | None) -> Any:
    if values.dtype.kind == "U":
        return pa.array(values.tolist(), type=kind)
    return pa.array(np.ascontiguousarray(values), type=kind, mask=absent)


def _log_batches(pa: Any, record: Record, name: str) -> Iterator[Any]:
    if name == "fluence":
        schema = pa.schema([("time_ns", pa.int64()), ("fluence_cm2", pa.float64())])
        yield schema
        for times, values in record.log_blocks("fluence", _GROUP_ROWS):
            yield pa.record_batch([pa.array(times), pa.array(values)], schema=schema)
        return
    word = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("channel", word), ("unit", word), ("time_ns", pa.int64()), ("value", pa.float64())])
    yield schema
    for channel, unit in record.telemetry_units.items():
        for times, values in record.log_blocks(f"telemetry/{channel}", _GROUP_ROWS):
            places = pa.array(np.zeros(len(times), dtype=np.int32))
            names = [pa.DictionaryArray.from_arrays(places, [text]) for text in (channel, unit)]
            yield pa.record_batch([*names, pa.array(times), pa.array(values, mask=np.isnan(values))], schema=schema)
