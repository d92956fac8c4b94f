"""The tables of a journal and of a sealed file, declared once."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AMENDMENTS",
    "APPLICATION_ID",
    "EVENTS",
    "FILE_TYPE",
    "FILE_VERSION",
    "JOURNAL_SCHEMA",
    "JOURNAL_VERSION",
    "OUTCOMES",
    "QUALITY",
    "STRIKES",
    "TABLES",
    "TARGETS",
    "Column",
    "Known",
    "Table",
]

APPLICATION_ID = 0x52414454
"""SQLite's ``application_id`` of a journal: ``RADT``."""
JOURNAL_VERSION = 2
"""SQLite's ``user_version`` of a journal."""
FILE_TYPE = "radtest"
FILE_VERSION = "1.1"
"""Version of the sealed file: a reader refuses another major number and accepts any minor one."""

JOURNAL_SCHEMA = """
CREATE TABLE header (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
CREATE TABLE ending (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
CREATE TABLE event (
    sequence INTEGER PRIMARY KEY, events INTEGER NOT NULL, crc32 INTEGER NOT NULL, entries BLOB NOT NULL,
    text BLOB NOT NULL);
CREATE TABLE channel (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT NOT NULL);
CREATE TABLE telemetry (
    sequence INTEGER PRIMARY KEY, channel INTEGER NOT NULL REFERENCES channel (id), samples INTEGER NOT NULL,
    time_ns BLOB NOT NULL, value BLOB NOT NULL);
CREATE INDEX telemetry_by_channel ON telemetry (channel, sequence);
CREATE TABLE waveform (
    sequence INTEGER PRIMARY KEY, channel TEXT NOT NULL, time_ns INTEGER NOT NULL, start_s REAL NOT NULL,
    interval_s REAL NOT NULL, samples INTEGER NOT NULL, volts BLOB NOT NULL);
CREATE TABLE fluence (sequence INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, fluence_cm2 REAL NOT NULL);
CREATE TABLE quality (
    sequence INTEGER PRIMARY KEY, name TEXT NOT NULL, value REAL, unit TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE target (
    sequence INTEGER PRIMARY KEY, name TEXT NOT NULL, module TEXT NOT NULL, kind TEXT NOT NULL,
    width INTEGER NOT NULL, words INTEGER NOT NULL, lsb INTEGER NOT NULL, first_word INTEGER NOT NULL,
    src TEXT NOT NULL);
CREATE TABLE outcome (
    sequence INTEGER PRIMARY KEY, upset INTEGER NOT NULL, target INTEGER NOT NULL, word INTEGER NOT NULL,
    bit INTEGER NOT NULL, cycle INTEGER NOT NULL, model TEXT NOT NULL, outcome TEXT NOT NULL,
    time_ps INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL, latency_cycles INTEGER NOT NULL,
    observer TEXT NOT NULL, detail TEXT NOT NULL, offset_ps INTEGER NOT NULL);
CREATE TABLE strike (
    sequence INTEGER PRIMARY KEY, upset INTEGER NOT NULL, target INTEGER NOT NULL, word INTEGER NOT NULL,
    bit INTEGER NOT NULL, cycle INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL);
"""
"""The journal. A row of ``event`` is a block of events, and its key the number of the last (see `event_blocks`)."""


class Known:
    """Bits of the column ``known`` of an event: which of its optional integers were given."""

    ADDRESS = 1
    BIT = 2
    EXPECTED = 4
    OBSERVED = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
        Name in the sealed file.
    type : str
        numpy type; ``S`` for UTF-8 text, whose width is that of the longest entry in the file.
    limit_bytes : int
        Longest text accepted, bytes in UTF-8.
    """

    name: str
    type: str
    limit_bytes: int = 0

    @property
    def expression(self) -> str:
        """SQL expression that reads the column; text comes as bytes, so that damage in it cannot hide the row."""
        return f"CAST(ifnull({self.name}, '') AS BLOB)" if self.type == "S" else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the sealed file and the journal's table it comes from."""

    name: str
    source: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column called `name`."""
        return next(column for column in self.columns if column.name == name)


EVENTS = Table(
    "events",
    "event",
    (
        Column("sequence", "<i8"),
        Column("time_ns", "<i8"),
        Column("kind", "S", limit_bytes=15),
        Column("outcome", "S", limit_bytes=15),
        Column("address", "<u8"),
        Column("bit", "<u4"),
        Column("expected", "<u8"),
        Column("observed", "<u8"),
        Column("known", "|u1"),
        Column("fluence_cm2", "<f8"),
        Column("channel", "S", limit_bytes=255),
        Column("detail", "S", limit_bytes=1023),
    ),
)
TARGETS = Table(
    "targets",
    "target",
    (
        Column("name", "S", limit_bytes=1023),
        Column("module", "S", limit_bytes=1023),
        Column("kind", "S", limit_bytes=15),
        Column("width", "<i8"),
        Column("words", "<i8"),
        Column("lsb", "<i8"),
        Column("first_word", "<i8"),
        Column("src", "S", limit_bytes=1023),
    ),
)
OUTCOMES = Table(
    "outcomes",
    "outcome",
    (
        Column("sequence", "<i8"),
        Column("upset", "<i8"),
        Column("target", "<i8"),
        Column("word", "<i8"),
        Column("bit", "<i8"),
        Column("cycle", "<i8"),
        Column("model", "S", limit_bytes=15),
        Column("outcome", "S", limit_bytes=15),
        Column("time_ps", "<i8"),
        Column("before", "|i1"),
        Column("after", "|i1"),
        Column("latency_cycles", "<i8"),
        Column("observer", "S", limit_bytes=1023),
        Column("detail", "S", limit_bytes=1023),
        Column("offset_ps", "<i8"),
    ),
)
STRIKES = Table(
    "strikes",
    "strike",
    (
        Column("sequence", "<i8"),
        Column("upset", "<i8"),
        Column("target", "<i8"),
        Column("word", "<i8"),
        Column("bit", "<i8"),
        Column("cycle", "<i8"),
        Column("before", "|i1"),
        Column("after", "|i1"),
    ),
)
QUALITY = Table(
    "quality",
    "quality",
    (
        Column("sequence", "<i8"),
        Column("name", "S", limit_bytes=255),
        Column("value", "<f8"),
        Column("unit", "S", limit_bytes=63),
        Column("detail", "S", limit_bytes=1023),
    ),
)
AMENDMENTS = Table(
    "amendments",
    "",
    (
        Column("sequence", "<i8"),
        Column("time", "S", limit_bytes=63),
        Column("field", "S", limit_bytes=255),
        Column("value", "S", limit_bytes=1023),
        Column("stated", "S", limit_bytes=1023),
        Column("why", "S", limit_bytes=1023),
        Column("who", "S", limit_bytes=255),
    ),
)
"""Rows that were added to a sealed file; no journal has them."""
TABLES = (EVENTS, TARGETS, OUTCOMES, STRIKES, QUALITY)
