"""The tables of a record as CSV, row by row as they were recorded."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from radtest.core import ConfigurationError
from radtest.log.record import Record
from radtest.log.schema import AMENDMENTS, EVENTS, TABLES, Known, Table

__all__ = ["LOGS", "OPTIONAL", "export_table", "exported_columns", "table_named"]

OPTIONAL: Mapping[str, int] = {
    "address": Known.ADDRESS,
    "bit": Known.BIT,
    "expected": Known.EXPECTED,
    "observed": Known.OBSERVED,
}
"""Columns of an event that need not be given, and their bits in ``known``."""
LOGS = ("fluence", "telemetry")
"""What is no table in the file, but exported as one."""
_TABLES = (*TABLES, AMENDMENTS)
_NAMES = (*(table.name for table in _TABLES), *LOGS)


def export_table(record: Record, name: str, file: TextIO) -> int:
    """Write a table as CSV: a line of column names, then the rows in the order in which they were recorded.

    Parameters
    ----------
    record : Record
        The sealed record; it is read as a stream.
    name : str
        A table of the record (``events``, ``targets``, ``outcomes``, ``strikes``, ``quality``, ``amendments``), or
        ``fluence`` or ``telemetry``: all samples, channel by channel.
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
    if name in LOGS:
        return _write_log(record, name, writer)
    table = table_named(name)
    columns = exported_columns(table)
    writer.writerow(columns)
    count = 0
    for rows in record.blocks(table):
        cells = [_cells(rows, column, optional=table is EVENTS) for column in columns]
        writer.writerows(zip(*cells, strict=True))
        count += len(rows)
    return count


def table_named(name: str) -> Table:
    """Return the table of that name.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    table = next((table for table in _TABLES if table.name == name), None)
    if table is None:
        raise ConfigurationError(f"no table of a record is called {name!r}", remedy=f"use one of {', '.join(_NAMES)}.")
    return table


def exported_columns(table: Table) -> list[str]:
    """Return the names of the columns of a table outside of a record, where what is not known is empty."""
    return [column.name for column in table.columns if not (table is EVENTS and column.name == "known")]


def _write_log(record: Record, name: str, writer: Any) -> int:
    count = 0
    if name == "fluence":
        writer.writerow(["time_ns", "fluence_cm2"])
        for times, values in record.log_blocks("fluence"):
            writer.writerows(zip(times.tolist(), values.tolist(), strict=True))
            count += len(times)
        return count
    writer.writerow(["channel", "unit", "time_ns", "value"])
    for channel, unit in record.telemetry_units.items():
        for times, values in record.log_blocks(f"telemetry/{channel}"):
            samples = zip(times.tolist(), values.tolist(), strict=True)
            writer.writerows((channel, unit, time, value) for time, value in samples)
            count += len(times)
    return count


def _cells(rows: NDArray[np.void], column: str, *, optional: bool) -> list[Any]:
    values = rows[column]
    absent = np.zeros(len(rows), dtype=bool)
    if optional and column in OPTIONAL:
        absent = (rows["known"] & OPTIONAL[column]) == 0
    elif values.dtype.kind == "f":
        absent = np.isnan(values)
    return [None if gone else value for gone, value in zip(absent.tolist(), values.tolist(), strict=True)]
