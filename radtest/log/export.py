"""The tables of a record as CSV, row by row as they were recorded."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from radtest.core import ConfigurationError
from radtest.log.record import Record
from radtest.log.schema import EVENTS, TABLES, Known

__all__ = ["export_table"]

_OPTIONAL = {"address": Known.ADDRESS, "bit": Known.BIT, "expected": Known.EXPECTED, "observed": Known.OBSERVED}
_LOGS = ("fluence", "telemetry")
_NAMES = (*(table.name for table in TABLES), *_LOGS)


def export_table(record: Record, name: str, file: TextIO) -> int:
    """Write a table as CSV: a line of column names, then the rows in the order in which they were recorded.

    Parameters
    ----------
    record : Record
        The sealed record; it is read as a stream.
    name : str
        A table of the record (``events``, ``targets``, ``outcomes``, ``strikes``, ``quality``), or ``fluence`` or
        ``telemetry``: all samples, channel by channel.
    file : file
        Where to; opened with ``newline=""``.

    Returns
    -------
    int
        Number of rows. What a record does not hold has none.

    Raises
    ------
    ConfigurationError
        If there is no such table.
    RecordError
        If the record is damaged.

    Notes
    -----
    What was not recorded is an empty field.
    """
    writer = csv.writer(file, lineterminator="\n")
    if name in _LOGS:
        return _write_log(record, name, writer)
    table = next((table for table in TABLES if table.name == name), None)
    if table is None:
        raise ConfigurationError(f"no table of a record is called {name!r}", remedy=f"use one of {', '.join(_NAMES)}.")
    columns = [column.name for column in table.columns if not (table is EVENTS and column.name == "known")]
    writer.writerow(columns)
    count = 0
    for rows in record.blocks(table):
        cells = [_cells(rows, column, optional=table is EVENTS) for column in columns]
        writer.writerows(zip(*cells, strict=True))
        count += len(rows)
    return count


def _write_log(record: Record, name: str, writer: Any) -> int:
    count = 0
    if name == "fluence":
        writer.writerow(["time_ns", "fluence_cm2"])
        writer.writerows(record.fluence.tolist())
        return len(record.fluence)
    writer.writerow(["channel", "unit", "time_ns", "value"])
    for channel, unit in record.telemetry_units.items():
        samples = record.telemetry[channel]
        writer.writerows((channel, unit, time, value) for time, value in _samples(samples))
        count += len(samples)
    return count


def _samples(samples: NDArray[np.void]) -> Iterator[tuple[int, float]]:
    return zip(samples["time_ns"].tolist(), samples["value"].tolist(), strict=True)


def _cells(rows: NDArray[np.void], column: str, *, optional: bool) -> list[Any]:
    values = rows[column]
    absent = np.zeros(len(rows), dtype=bool)
    if optional and column in _OPTIONAL:
        absent = (rows["known"] & _OPTIONAL[column]) == 0
    elif values.dtype.kind == "f":
        absent = np.isnan(values)
    return [None if gone else value for gone, value in zip(absent.tolist(), values.tolist(), strict=True)]
