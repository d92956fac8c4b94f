"""Text feeds of facilities: rows of time and counters, by a map of their columns."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from radtest.core import ConfigurationError, RecordError

__all__ = ["CHIPIR", "ColumnMap", "FeedRow", "parse_row"]

_LONGEST_ROW = 4096
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of a feed.

    Parameters
    ----------
    time_ns : int
        When it was taken, ns since 1970-01-01 UTC.
    values : dict
        The columns that were asked for, by name; NaN where the feed says that it has no value.
    """

    time_ns: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How a row of a feed is read.

    Parameters
    ----------
    values : mapping
        Name and position (from 0) of each column that is wanted.
    columns : int
        Fewest columns of a row.
    date, time : int, optional
        Positions of date and time of day; `date` alone if it holds both.
    fraction : int, optional
        Position of the fraction of the second (0.100), where it has a column of its own.
    time_format : str
        Format of date and time, as of `datetime.strptime`, with one space between two columns; ``epoch`` for seconds
        since 1970.
    separator : str
        What stands between columns; empty for white space, of any length.
    comment : str
        What lines to pass over begin with; empty for none.
    missing : frozenset of str
        Words for no value.
    zone : tzinfo
        Time zone of the feed.
    """

    values: Mapping[str, int]
    columns: int
    date: int = 0
    time: int | None = None
    fraction: int | None = None
    time_format: str = "%Y-%m-%d %H:%M:%S"
    separator: str = ""
    comment: str = "#"
    missing: frozenset[str] = frozenset({"N/A", "NaN", ""})
    zone: tzinfo = field(default=UTC)

    def __post_init__(self) -> None:
        places = {"date": self.date, "time": self.time, "fraction": self.fraction, **self.values}
        for name, place in places.items():
            if place is not None and not 0 <= place < self.columns:
                raise ConfigurationError(
                    f"column map: {name} is column {place}; legal is 0 to {self.columns - 1}",
                    remedy="count columns from 0, and give the number of columns of a row.",
                )
        if not self.values:
            raise ConfigurationError("column map: no column is wanted", remedy="name at least one counter.")


CHIPIR = ColumnMap(
    values={
        "diamond_40mv": 3,
        "diamond_20mv": 4,
        "diamond_30mv": 5,
        "fission": 6,
        "charge_uah": 7,
        "current_ua": 8,
    },
    columns=9,
    date=0,
    time=1,
    fraction=2,
    time_format="%d/%m/%Y %H:%M:%S",
)
"""ChipIR's count log: date, time, fraction of the second, diamond counter at three thresholds, fission counter,
integral of the beam current (µAh), beam current (µA). Some of its programs write ``;`` between the columns: use
``dataclasses.replace(CHIPIR, separator=";")``."""


def parse_row(line: str, columns: ColumnMap) -> FeedRow | None:
    """Read a row; None for an empty line or a comment.

    Raises
    ------
    RecordError
        If it is no row of that map; the message says why.
    """
    text = line.strip()
    if not text or (columns.comment and text.startswith(columns.comment)):
        return None
    if len(text) > _LONGEST_ROW:
        raise RecordError(f"a row of {len(text)} characters; at most {_LONGEST_ROW} are legal")
    cells = [cell.strip() for cell in text.split(columns.separator or None)]
    if len(cells) < columns.columns:
        raise RecordError(f"{len(cells)} columns; the map needs {columns.columns}: {text[:80]!r}")
    values = {name: _value(cells[place], name, columns.missing) for name, place in columns.values.items()}
    return FeedRow(_time_ns(cells, columns), values)


def _value(cell: str, name: str, missing: frozenset[str]) -> float:
    if cell in missing:
        return math.nan
    return _number(cell, name)


def _number(cell: str, name: str) -> float:
    if not _NUMBER.fullmatch(cell) or not math.isfinite(float(cell)):
        raise RecordError(f"{name} = {cell[:40]!r} is no number")
    return float(cell)


def _time_ns(cells: list[str], columns: ColumnMap) -> int:
    words = cells[columns.date] if columns.time is None else f"{cells[columns.date]} {cells[columns.time]}"
    fraction = 0.0 if columns.fraction is None else _number(cells[columns.fraction], "fraction of the second")
    if not 0 <= fraction < 1:
        raise RecordError(f"fraction of the second {fraction}: legal is 0 to below 1")
    try:
        if columns.time_format == "epoch":
            moment_ns = round(_number(words, "time") * 1e9)
            if not 0 <= moment_ns < 1 << 63:
                raise ValueError("out of range")
        else:
            moment = datetime.strptime(words, columns.time_format)  # noqa: DTZ007 (the zone follows)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=columns.zone)
            since = moment - datetime(1970, 1, 1, tzinfo=UTC)
            moment_ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    except (ValueError, OverflowError) as error:
        raise RecordError(f"time {words[:40]!r}: {error}; legal is {columns.time_format}") from None
    return moment_ns + round(fraction * 1e9)
