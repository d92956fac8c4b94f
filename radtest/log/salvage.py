"""Reading what can still be read of a damaged journal."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radtest.core import RecordError
from radtest.log.event_blocks import EVENTS_IN_BLOCK, unpack_block
from radtest.log.schema import APPLICATION_ID, JOURNAL_SCHEMA, JOURNAL_VERSION

__all__ = ["Loss", "salvage"]

_TABLES = (
    "header",
    "ending",
    "event",
    "channel",
    "telemetry",
    "fluence",
    "quality",
    "target",
    "outcome",
    "strike",
    "waveform",
)
_STEP = 64
_SQLITE_HEADER_BYTES = 100
_SCHEMA = "SELECT rootpage, CAST(ifnull(sql, '') AS BLOB) FROM sqlite_master ORDER BY rootpage"
_DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows of a table that could not be read.

    Parameters
    ----------
    table : str
        Table of the journal.
    rows : int
        Rows known to be missing, from gaps in the sequence numbers.
    tail : bool
        Whether further rows may have been lost at the end, how many nobody can tell.
    """

    table: str
    rows: int
    tail: bool

    def __str__(self) -> str:
        tail = " and an unknown number at the end" if self.tail else ""
        return f"{self.table}: {self.rows} rows lost{tail}"


def salvage(journal: Path, destination: Path) -> list[Loss]:
    """Copy every readable row of a damaged journal into a new one.

    Parameters
    ----------
    journal : Path
        The damaged journal; it is not changed. A copy of it is made for a while in the folder of `destination`.
    destination : Path
        The journal to be made.

    Returns
    -------
    list of Loss
        What could not be read, table by table.

    Raises
    ------
    RecordError
        If not even SQLite's first page or the header of the run can be read.

    Notes
    -----
    Rows are read in the order of their keys. Where a damaged page stops the reading, the next readable key is sought in
    steps that grow to 64 and then narrowed down by bisection. A damaged schema is replaced by the known one. A block of
    events whose checksum fails is lost whole. The other tables have none, and SQLite keeps none of its pages: a byte
    that changed inside one of their values, without breaking the structure, goes unnoticed.
    """
    copy = _copy(journal, destination.parent)
    losses: list[Loss] = []
    limit = journal.stat().st_size // 8 + 1  # no row of ours takes less than 8 bytes
    _mend_schema(copy)
    with (
        closing(sqlite3.connect(copy, isolation_level=None)) as source,
        closing(sqlite3.connect(destination, isolation_level=None)) as target,
    ):
        source.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
        target.execute("PRAGMA journal_mode = OFF")
        target.executescript(JOURNAL_SCHEMA)
        target.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        target.execute(f"PRAGMA user_version = {JOURNAL_VERSION}")
        target.execute("BEGIN")
        for table in _TABLES:
            columns = len(target.execute(f"PRAGMA table_info({table})").fetchall())
            insert = f"INSERT OR IGNORE INTO {table} VALUES ({','.join('?' * columns)})"  # noqa: S608 (our own names)
            reading = _Reading(source, table, limit)
            for row in reading.rows():
                if table != "event" or _is_sound(row):
                    _keep(target, insert, row, reading)
                else:
                    reading.lost += reading.span(row)
            if reading.lost or reading.tail:
                losses.append(Loss(table, reading.lost, reading.tail))
        target.execute("COMMIT")
        if target.execute("SELECT count(*) FROM header").fetchone() == (0,):
            raise RecordError(
                f"{journal}: damaged beyond repair: not even the header of its run can be read",
                remedy="restore the journal from another copy of the disk.",
            )
    return losses


def _copy(journal: Path, folder: Path) -> Path:
    """Copy a journal, and fill it up with empty pages to the length its header states: SQLite opens no shorter one."""
    copy = folder / f"damaged {journal.name}"
    shutil.copyfile(journal, copy)
    log = journal.with_name(journal.name + "-wal")
    if log.exists():
        shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
    with copy.open("r+b") as file:
        start = file.read(32)
        page_size = int.from_bytes(start[16:18], "big")
        stated = int.from_bytes(start[28:32], "big") * (65_536 if page_size == 1 else page_size)
        # The number may itself be damaged.
        size = journal.stat().st_size
        if size < stated <= 1000 * size:
            file.truncate(stated)
    return copy


def _mend_schema(copy: Path) -> None:
    """Put the schema back where it is damaged: it lies on the first page, and is the same in all journals."""
    fresh = copy.with_name(f"fresh {copy.name}")
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        connection.executescript(JOURNAL_SCHEMA)
        known = connection.execute(_SCHEMA).fetchall()
        page_size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            found = connection.execute(_SCHEMA).fetchall()
        damaged = len(found) == len(known) and found != known
    except _DAMAGE:
        damaged = True
    with copy.open("r+b") as file:
        stated = int.from_bytes(file.read(18)[16:], "big")
        if damaged and stated == page_size:
            file.seek(_SQLITE_HEADER_BYTES)
            file.write(fresh.read_bytes()[_SQLITE_HEADER_BYTES:page_size])
    fresh.unlink()


def _is_sound(row: tuple[Any, ...]) -> bool:
    try:
        unpack_block(*row)
    except (ValueError, TypeError):
        return False
    return True


def _keep(target: sqlite3.Connection, insert: str, row: tuple[Any, ...], reading: _Reading) -> None:
    try:
        target.execute(insert, row)
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):  # a value that cannot be; columns that are not there
        reading.lost += reading.span(row)


class _Reading:
    """A reading of one table that steps over what is damaged."""

    def __init__(self, connection: sqlite3.Connection, table: str, limit: int) -> None:
        self.lost = 0
        self.tail = False
        self._connection = connection
        self._limit = limit
        self._table = table
        key = "id" if table in {"header", "ending", "channel"} else "sequence"
        self._select = f"SELECT * FROM {table} WHERE {key} > ? ORDER BY {key}"  # noqa: S608 (our own names)
        self._probe = f"SELECT {key} FROM {table} WHERE {key} >= ? ORDER BY {key} LIMIT 1"  # noqa: S608 (as above)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield every row that can be read, and count what is missing."""
        position = read = 0
        while True:
            try:
                for row in self._connection.execute(self._select, (position,)):
                    key, span = row[0], self.span(row)
                    # Where the schema is damaged, keys are any values.
                    if not isinstance(key, int) or key - span < read:
                        raise sqlite3.DatabaseError(f"key {key} comes after {read}")
                    self.lost += key - span - read
                    position = read = key
                    yield row
            except _DAMAGE:
                following = self._next_readable(position) if self._is_known() else None
                if following is None:
                    self.tail = True
                    return
                position = following - 1
            else:
                self.tail = self.tail or position > read
                return

    def span(self, row: tuple[Any, ...]) -> int:
        """Return how many rows of the sealed file a row of the journal holds."""
        if self._table != "event" or len(row) < 2:
            return 1
        return row[1] if isinstance(row[1], int) and 0 < row[1] <= EVENTS_IN_BLOCK else 1

    def _is_known(self) -> bool:
        """Tell whether SQLite still knows the table; where its schema is damaged no key would ever be found."""
        try:
            self._connection.execute(f"EXPLAIN {self._probe}", (0,)).fetchall()
        except _DAMAGE:
            return False
        return True

    def _next_readable(self, position: int) -> int | None:
        """Return the first key above `position` from which reading works again; None if there is none."""
        step, bad, good = 1, position + 1, position + 1
        while not self._readable(good):
            bad, step = good, min(2 * step, _STEP)
            good = bad + step
            if good > self._limit:
                return None
        while good - bad > 1:
            middle = (good + bad) // 2
            bad, good = (bad, middle) if self._readable(middle) else (middle, good)
        row = self._connection.execute(self._probe, (good,)).fetchone()
        # The row at `position + 1` itself may be unreadable although its key is not.
        return None if row is None else max(int(row[0]), position + 2)

    def _readable(self, key: int) -> bool:
        try:
            row = self._connection.execute(self._probe, (key,)).fetchone()
        except _DAMAGE:
            return False
        # A page that was lost and filled with zeros can look like rows whose keys lie behind.
        return row is None or (isinstance(row[0], int) and row[0] >= key)
