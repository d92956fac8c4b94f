"""Reading a journal: while it is being written, after its run has ended, or after it has died."""

from __future__ import annotations

import sqlite3
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from radtest.core import RecordError, RunEnd, RunHeader
from radtest.log.event_blocks import EventBlock, event_table_dtype, event_tables, unpack_block
from radtest.log.identify import SQLITE, identify
from radtest.log.rows import end_from_json, header_from_json
from radtest.log.schema import APPLICATION_ID, EVENTS, JOURNAL_VERSION, TABLES, Table

__all__ = ["Channel", "JournalReader", "open_journal"]

BLOCK_ROWS = 8192
_TELEMETRY_BLOCKS = 2048
# SQLite's own messages quote what is in the file, which need not be text.
_DAMAGE = (sqlite3.Error, UnicodeDecodeError, MemoryError, OverflowError)


@dataclass(frozen=True, slots=True)
class Channel:
    """A telemetry channel of a journal: its number, name, unit and number of samples."""

    number: int
    name: str
    unit: str
    samples: int


def open_journal(path: str | Path) -> JournalReader:
    """Open a journal for reading; the process that writes it is not disturbed.

    Raises
    ------
    RecordError
        If the file is not a journal, is of another version, or is damaged beyond its first page.
    """
    return JournalReader(Path(path))


class JournalReader:
    """A journal, read without disturbing its writer; each call sees all that was durable when it began.

    Use it as a context manager. `RecordError` is raised wherever the file turns out to be damaged.

    Parameters
    ----------
    path : Path
        The journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        found = identify(path)
        if found != SQLITE:
            raise RecordError(
                f"{path}: {found}, not a radtest journal", remedy="give a .journal file written by radtest."
            )
        _check_version(path)
        mode = "mode=ro"
        if not path.with_name(path.name + "-wal").exists():
            # Closed by its writer: nothing changes, and no file need be made beside it.
            mode = "mode=ro&immutable=1"
        address = f"file:{urllib.parse.quote(str(path.resolve()))}?{mode}"
        try:
            self._connection = sqlite3.connect(address, uri=True, isolation_level=None)
        except _DAMAGE as error:
            self._damaged(error)

    @property
    def header(self) -> RunHeader:
        """What was known when the run started."""
        text = self._one("SELECT json FROM header")
        if text is None:
            raise RecordError(f"{self.path}: holds no header: its run died before it began", remedy="delete it.")
        try:
            return header_from_json(text)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{self.path}: its header cannot be understood: {error}") from None

    @property
    def end(self) -> RunEnd | None:
        """How the run ended; None while it lives, and for ever if it died."""
        text = self._one("SELECT json FROM ending")
        if text is None:
            return None
        try:
            return end_from_json(text)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{self.path}: its end cannot be understood: {error}") from None

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table and log, and of telemetry samples."""
        counts = {table.name: self.count(table) for table in TABLES}
        counts["fluence"] = self._one("SELECT count(*) FROM fluence")
        counts["telemetry"] = sum(channel.samples for channel in self.channels())
        return counts

    def count(self, table: Table) -> int:
        """Return the number of rows of `table`."""
        if table is EVENTS:
            return int(self._one("SELECT ifnull(sum(events), 0) FROM event"))
        return int(self._one(f"SELECT count(*) FROM {table.source}"))  # noqa: S608 (names from our own schema)

    def last_sequence(self, table: Table) -> int:
        """Return the sequence number of the last row of `table`, 0 if it has none."""
        return int(self._one(f"SELECT ifnull(max(sequence), 0) FROM {table.source}"))  # noqa: S608 (as above)

    def dtype(self, table: Table) -> np.dtype[np.void]:
        """Return the type of a row of `table`: text columns are as wide as the longest entry so far."""
        if table is EVENTS:
            return event_table_dtype(self.event_blocks())
        texts = [column for column in table.columns if column.type == "S"]
        longest: tuple[Any, ...] = ()
        if texts:
            widths = ", ".join(f"max(length({column.expression}))" for column in texts)
            (longest,) = self._rows(f"SELECT {widths} FROM {table.source}")  # noqa: S608 (names from our own schema)
        width = {column.name: max(1, count or 0) for column, count in zip(texts, longest, strict=True)}
        return np.dtype([(c.name, f"S{width[c.name]}" if c.type == "S" else c.type) for c in table.columns])

    def blocks(
        self, table: Table, *, after: int = 0, rows: int = BLOCK_ROWS, dtype: np.dtype[np.void] | None = None
    ) -> Iterator[NDArray[np.void]]:
        """Yield the rows of `table` as structured arrays of up to `rows` rows.

        Parameters
        ----------
        table : Table
            `EVENTS`, `TARGETS`, `OUTCOMES` or `QUALITY`.
        after : int
            Leave out the rows up to this sequence number: a live page asks for what is new.
        rows : int
            Rows per block.
        dtype : numpy.dtype, optional
            Type of a row, from `dtype`; without it, arrays of events are as wide as their own text.
        """
        if table is EVENTS:
            yield from event_tables(self.event_blocks(after=after), rows, dtype)
            return
        kind = self.dtype(table) if dtype is None else dtype
        columns = ", ".join(column.expression for column in table.columns)
        statement = f"SELECT {columns} FROM {table.source} WHERE sequence > ? ORDER BY sequence"  # noqa: S608 (as above)
        for block in self._many(statement, (after,), rows):
            array = np.empty(len(block), dtype=kind)
            for name, values in zip(kind.names or (), zip(*block, strict=True), strict=True):
                array[name] = _column(values, kind[name], f"{self.path}: {table.name}.{name}")
            yield array

    def event_blocks(self, *, after: int = 0) -> Iterator[EventBlock]:
        """Yield the events above a sequence number as they were packed."""
        statement = "SELECT sequence, events, crc32, entries, text FROM event WHERE sequence > ? ORDER BY sequence"
        for block in self._many(statement, (after,), 64):
            for row in block:
                try:
                    yield unpack_block(*row).after(after)
                except (ValueError, TypeError) as error:
                    raise RecordError(
                        f"{self.path}: {error}",
                        remedy=f"`radtest log recover {self.path}` seals what can still be read.",
                    ) from None

    def channels(self, *, counted: bool = True) -> list[Channel]:
        """Return the telemetry channels in order of their first appearance.

        Parameters
        ----------
        counted : bool
            Count their samples, which takes a pass over all telemetry; 0 for each where not.
        """
        statement = (
            "SELECT id, name, unit, ifnull(total, 0) FROM channel LEFT JOIN"
            # The table as it lies: by its index, each row would be sought alone.
            " (SELECT channel, sum(samples) AS total FROM telemetry NOT INDEXED GROUP BY channel) ON channel = id"
            " ORDER BY id"
            if counted
            else "SELECT id, name, unit, 0 FROM channel ORDER BY id"
        )
        rows = self._rows(statement)
        for number, name, unit, samples in rows:
            if not (isinstance(name, str) and isinstance(unit, str) and isinstance(samples, int)):
                raise RecordError(f"{self.path}: telemetry channel {number} is damaged")
        return [Channel(*row) for row in rows]

    def telemetry_blocks(self, channel: Channel) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Yield times (ns since the start of the run) and values of a channel, block by block as they came."""
        statement = (
            "SELECT sequence, channel, samples, time_ns, value FROM telemetry WHERE channel = ? ORDER BY sequence"
        )
        for _, times, values in self._samples(statement, (channel.number,)):
            yield np.frombuffer(times, dtype="<i8"), np.frombuffer(values, dtype="<f8")

    def all_telemetry(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield number of the channel, times and values, in the order of time for each channel.

        Times (int64) and values (float64) are little-endian bytes, as they lie in the journal; what a channel has among
        neighbouring blocks comes in one piece.
        """
        known = {number for (number,) in self._rows("SELECT id FROM channel")}
        statement = "SELECT sequence, channel, samples, time_ns, value FROM telemetry ORDER BY sequence"
        for channel, times, values in self._samples(statement, ()):
            if channel in known:
                yield channel, times, values

    def _samples(self, statement: str, parameters: tuple[Any, ...]) -> Iterator[tuple[Any, bytes, bytes]]:
        for block in self._many(statement, parameters, _TELEMETRY_BLOCKS):
            pieces: defaultdict[Any, tuple[list[bytes], list[bytes]]] = defaultdict(lambda: ([], []))
            for sequence, channel, samples, times, values in block:
                whole = type(times) is type(values) is bytes and type(samples) is int
                if not whole or not len(times) == len(values) == 8 * samples:
                    raise RecordError(f"{self.path}: telemetry block {sequence} is damaged")
                of_times, of_values = pieces[channel]
                of_times.append(times)
                of_values.append(values)
            for channel, (of_times, of_values) in pieces.items():
                yield channel, b"".join(of_times), b"".join(of_values)

    def fluence_blocks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Yield times (ns since the start of the run) and cumulative fluence (cm⁻²), block by block."""
        for block in self._many("SELECT time_ns, fluence_cm2 FROM fluence ORDER BY sequence", (), BLOCK_ROWS):
            times, values = zip(*block, strict=True)
            place = f"{self.path}: fluence"
            yield _column(times, np.dtype("<i8"), place), _column(values, np.dtype("<f8"), place)

    def tally(self, table: Table, column: str) -> dict[str, int]:
        """Return how often each text of a column occurs, for rows where it is given."""
        if table is EVENTS:
            counts: Counter[str] = Counter()
            for block in self.blocks(EVENTS):
                words, times = np.unique(block[column], return_counts=True)
                counts.update({word.decode(): int(count) for word, count in zip(words, times, strict=True) if word})
            return dict(sorted(counts.items()))
        statement = f"SELECT {column}, count(*) FROM {table.source} WHERE {column} IS NOT NULL GROUP BY {column}"  # noqa: S608 (as above)
        return {str(text): int(count) for text, count in self._rows(statement)}

    def last_time_ns(self) -> int:
        """Return the time of the last thing recorded, ns since the start of the run."""
        times = [self._one("SELECT max(time_ns) FROM fluence")]
        times += [int(block.entries["time_ns"].max()) for block in self.event_blocks()]
        times += [int(np.frombuffer(block, dtype="<i8").max(initial=0)) for _, block, _ in self.all_telemetry()]
        return max((time for time in times if time is not None), default=0)

    def query(self, statement: str, parameters: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query on the tables of the journal."""
        for block in self._many(statement, parameters, BLOCK_ROWS):
            yield from block

    def damage(self) -> list[str]:
        """Return what SQLite's own integrity check and the checksums of the events find; empty for a sound journal."""
        try:
            found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check")]
        except _DAMAGE as error:
            return [str(error)]
        if found != ["ok"]:
            return found
        try:
            for _ in self.event_blocks():
                pass
        except RecordError as error:
            return [error.message]
        return []

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _one(self, statement: str) -> Any:
        rows = self._rows(statement)
        return rows[0][0] if rows else None

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement).fetchall()
        except _DAMAGE as error:
            self._damaged(error)

    def _many(self, statement: str, parameters: tuple[Any, ...], rows: int) -> Iterator[list[tuple[Any, ...]]]:
        try:
            cursor = self._connection.execute(statement, parameters)
            while block := cursor.fetchmany(rows):
                yield block
        except _DAMAGE as error:
            self._damaged(error)

    def _damaged(self, error: Exception) -> NoReturn:
        raise RecordError(
            f"{self.path}: the journal is damaged: {error}",
            remedy=f"`radtest log recover {self.path}` seals what can still be read.",
        ) from None


def _check_version(path: Path) -> None:
    """Check type and version in the header of the file itself, which outlives most damage."""
    with path.open("rb") as file:
        start = file.read(72)
    version, application = int.from_bytes(start[60:64], "big"), int.from_bytes(start[68:72], "big")
    if application != APPLICATION_ID:
        raise RecordError(
            f"{path}: an SQLite database with application id {application:#x}, not a radtest journal"
            f" ({APPLICATION_ID:#x})",
            remedy="give a .journal file written by radtest.",
        )
    if version != JOURNAL_VERSION:
        raise RecordError(
            f"{path}: a radtest journal of version {version}; this radtest supports version {JOURNAL_VERSION}",
            remedy="read it with the radtest that wrote it, or a newer one.",
        )


def _column(values: tuple[Any, ...], kind: np.dtype[Any], place: str) -> NDArray[Any]:
    try:
        if kind.kind == "u" and kind.itemsize == 8:
            return np.array(values, dtype="<i8").view("<u8")
        if kind.kind == "S" and any(len(value) > kind.itemsize for value in values):
            raise RecordError(f"{place}: grew while it was read", remedy="read again.")
        return np.array(values, dtype=kind)
    except (TypeError, ValueError, OverflowError) as error:
        raise RecordError(f"{place}: damaged value: {error}") from None
