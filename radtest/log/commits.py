"""The writer thread of a journal: what is queued goes into the database in groups, each followed by an ``fsync``."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from radtest.core import RadtestError, StorageError
from radtest.log.event_blocks import EVENT_ENTRY, EVENTS_IN_BLOCK, block_checksum

__all__ = ["GroupCommits", "Row"]

_INSERT_EVENTS = "INSERT INTO event (sequence, events, crc32, entries, text) VALUES (?,?,?,?,?)"
_REMEDY = "free some space or reconnect the disk, then call flush(): what was queued is still in memory."

Row = tuple[Any, ...]


class GroupCommits:
    """A queue of rows, and the thread that commits them.

    Parameters
    ----------
    path : Path
        The journal, for messages.
    connection : sqlite3.Connection
        The database; only the writer thread uses it from now on.
    acknowledged : callable, optional
        Called after a commit with the sequence number of its last event.
    linger_s : float
        How long a commit waits for company, s.
    capacity : int
        Rows queued before callers wait.
    events : int
        Number of the last event that is durable already.

    Attributes
    ----------
    condition : threading.Condition
        Held while something is queued.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        *,
        acknowledged: Callable[[int], None] | None,
        linger_s: float,
        capacity: int,
        events: int,
    ) -> None:
        self.condition = threading.Condition(threading.Lock())
        self.connection = connection
        self._path = path
        self._acknowledged = acknowledged
        self._linger_s = linger_s
        self._capacity = capacity
        self._entries: list[bytes] = []
        self._texts: list[bytes] = []
        self._rows: list[tuple[str, Row]] = []
        self._waiting = 0
        self._queued = 0
        self._durable = 0
        self._event_sequence = events
        self._durable_sequence = events
        self._urgent = False
        self._retry = False
        self._closing = False
        self._closed = False
        self._error: StorageError | None = None
        self._callback_error: RadtestError | None = None
        self._thread = threading.Thread(target=self._write, name=f"journal {path.name}", daemon=True)
        self._thread.start()

    def event(self, entry: bytes, text: bytes) -> int:
        """Queue an event and return its sequence number."""
        with self.condition:
            if self._waiting >= self._capacity or self._troubled:
                self.wait_for_room()
            self._entries.append(entry)
            self._texts.append(text)
            self._event_sequence += 1
            self._note_queued(1)
            return self._event_sequence

    def events(self, entries: bytes, text: bytes) -> int:
        """Queue a block's worth of events and return the number of the last."""
        count = len(entries) // EVENT_ENTRY.itemsize
        with self.condition:
            self.wait_for_room()
            self._entries.append(entries)
            self._texts.append(text)
            self._event_sequence += count
            self._note_queued(count)
            return self._event_sequence

    def rows(self, statement: str, rows: Sequence[Row]) -> None:
        """Queue rows of another table."""
        with self.condition:
            self.wait_for_room()
            self.add(statement, rows)

    def add(self, statement: str, rows: Sequence[Row]) -> None:
        """Queue rows while `condition` is held, after `wait_for_room`."""
        self._rows.extend((statement, row) for row in rows)
        self._note_queued(len(rows))

    @property
    def _troubled(self) -> bool:
        return self._closing or self._error is not None or self._callback_error is not None

    def wait_for_room(self) -> None:
        """Wait, with `condition` held, until the queue takes more; raise what the writer has met."""
        while True:
            if self._closing:
                raise StorageError(f"{self._path}: the journal is closed", remedy="make a new one for a new run.")
            if self._error is not None:
                raise self._error
            if self._callback_error is not None:
                raise self._callback_error
            if self._waiting < self._capacity:
                return
            self.condition.wait()

    def _note_queued(self, count: int) -> None:
        waiting = self._waiting
        self._waiting = waiting + count
        self._queued += count
        # The writer sleeps only when nothing is queued, so only the first row of a batch has to wake it.
        if not waiting or self._waiting >= self._capacity:
            self.condition.notify_all()

    def flush(self) -> int:
        """Wait until all that is queued is durable; return the number of the last event."""
        with self.condition:
            if self._closed:
                return self._durable_sequence
            if self._error is not None:
                self._error, self._retry = None, True
            target = self._queued
            self._urgent = True
            self.condition.notify_all()
            while self._durable < target and self._error is None:
                self.condition.wait()
            if self._error is not None:
                raise self._error
            if self._callback_error is not None:
                raise self._callback_error
            return self._durable_sequence

    def stop(self) -> None:
        """End the thread, after a `flush`, and close the database."""
        with self.condition:
            self._closing = True
            self.condition.notify_all()
        self._thread.join()
        self._closed = True
        self.connection.close()

    def _write(self) -> None:
        """Body of the writer thread."""
        entries: list[bytes] = []
        texts: list[bytes] = []
        rows: list[tuple[str, Row]] = []
        while True:
            with self.condition:
                self._wait_for_work(bool(entries or rows))
                if self._closing and (self._error is not None or not (entries or rows or self._waiting)):
                    return
                self._retry = False
                # A batch that failed is still here and goes first.
                entries, self._entries = entries + self._entries, []
                texts, self._texts = texts + self._texts, []
                rows, self._rows = rows + self._rows, []
                self._waiting = 0
                self.condition.notify_all()
            events = sum(map(len, entries)) // EVENT_ENTRY.itemsize
            last = self._durable_sequence + events
            try:
                self._commit(entries, texts, rows)
                if entries and self._acknowledged is not None:
                    self._acknowledged(last)
            except sqlite3.Error as error:
                self._fail(StorageError(f"{self._path}: cannot be written: {error}", remedy=_REMEDY))
                continue
            except Exception as error:  # noqa: BLE001 (the caller's function; raised to the caller at its next call)
                self._callback_error = RadtestError(
                    f"{self._path}: acknowledged() raised {type(error).__name__}: {error}",
                    remedy="correct that function; the events it was called for are durable.",
                )
                self._callback_error.__cause__ = error
            with self.condition:
                self._durable += events + len(rows)
                self._durable_sequence = last
                entries, texts, rows = [], [], []
                self.condition.notify_all()

    def _wait_for_work(self, left_over: bool) -> None:
        def stopped() -> bool:
            return self._closing or self._retry

        if self._error is not None:
            self.condition.wait_for(stopped)
        if not left_over:
            self.condition.wait_for(lambda: bool(self._waiting or self._closing))
        if self._linger_s > 0:
            self.condition.wait_for(
                lambda: self._urgent or stopped() or self._waiting >= self._capacity, timeout=self._linger_s
            )
        self._urgent = False

    def _commit(self, entries: list[bytes], texts: list[bytes], rows: list[tuple[str, Row]]) -> None:
        execute = self.connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            last = self._durable_sequence
            for start, stop in _groups(entries):
                packed, text = b"".join(entries[start:stop]), b"".join(texts[start:stop])
                events = len(packed) // EVENT_ENTRY.itemsize
                last += events
                execute(_INSERT_EVENTS, (last, events, block_checksum(packed, text), packed, text))
            for statement, group in itertools.groupby(rows, key=lambda item: item[0]):
                self.connection.executemany(statement, [row for _, row in group])
            execute("COMMIT")
        except sqlite3.Error:
            # SQLite may have rolled back by itself, as it does when the disk is full.
            if self.connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _fail(self, error: StorageError) -> None:
        with self.condition:
            self._error = error
            self.condition.notify_all()


def _groups(entries: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield where to cut a list of entries, alone or many together, into blocks."""
    most = EVENTS_IN_BLOCK * EVENT_ENTRY.itemsize
    start = size = 0
    for stop, entry in enumerate(entries):
        if size + len(entry) > most:
            yield start, stop
            start, size = stop, 0
        size += len(entry)
    if size:
        yield start, len(entries)
