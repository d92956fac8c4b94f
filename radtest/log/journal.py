"""The journal: the truth while a run lives, written so that a kill or a power cut loses nothing acknowledged."""

from __future__ import annotations

import atexit
import itertools
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from radtest.core import (
    Event,
    InjectionResult,
    RadtestError,
    RecordError,
    RunEnd,
    RunHeader,
    StorageError,
    Target,
)
from radtest.log.creation import create_database, reopen_database
from radtest.log.journal_start import JournalStart, read_start
from radtest.log.lock import JournalLock
from radtest.log.rows import (
    end_to_json,
    event_row,
    fitting_text,
    fluence_row,
    header_to_json,
    outcome_row,
    quality_row,
    strike_rows,
    target_row,
)

__all__ = ["Journal"]

_INSERT_EVENT = "INSERT INTO event VALUES (?,?,?,?,?,?,?,?,?,?,?)"
# Python gives up its lock at every step of SQLite; many rows in one statement keep a busy run from starving the writer.
_EVENTS_AT_ONCE = 256
_INSERT_EVENTS = _INSERT_EVENT + ",(?,?,?,?,?,?,?,?,?,?,?)" * (_EVENTS_AT_ONCE - 1)
_INSERT_TELEMETRY = "INSERT INTO telemetry (channel, samples, time_ns, value) VALUES (?,?,?,?)"
_INSERT_CHANNEL = "INSERT INTO channel (id, name, unit) VALUES (?,?,?)"
_INSERT_FLUENCE = "INSERT INTO fluence (time_ns, fluence_cm2) VALUES (?,?)"
_INSERT_QUALITY = "INSERT INTO quality (name, value, unit, detail) VALUES (?,?,?,?)"
_INSERT_TARGET = "INSERT INTO target (name, module, kind, width, words, lsb, first_word, src) VALUES (?,?,?,?,?,?,?,?)"
_INSERT_OUTCOME = "INSERT INTO outcome VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_STRIKE = "INSERT INTO strike (upset, target, word, bit, cycle, before, after) VALUES (?,?,?,?,?,?,?)"
_INSERT_END = "INSERT INTO ending (id, json) VALUES (1, ?)"
_REMEDY = "free some space or reconnect the disk, then call flush(): what was queued is still in memory."
_CHANNEL_LIMIT_BYTES = 255
_UNIT_LIMIT_BYTES = 63

Row = tuple[Any, ...]


class Journal:
    """Writer of one run's journal.

    Every method may be called from any thread. A call queues its row and returns; one writer thread moves what is
    queued into the database in group commits, each followed by an ``fsync``. When the queue is full, calls wait.

    Make one with `create`, or go on with one by `resume`; use it as a context manager, or call `close`.

    Raises
    ------
    StorageError
        From any method, after the writer has met an error (a full disk, a folder that went away). What was queued
        before stays in memory: `flush` tries again and raises if that fails too.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        lock: JournalLock,
        *,
        acknowledged: Callable[[int], None] | None,
        linger_s: float,
        capacity: int,
        start: JournalStart | None = None,
    ) -> None:
        start = start or JournalStart()
        self.path = path
        self._connection = connection
        self._lock = lock
        self._acknowledged = acknowledged
        self._linger_s = linger_s
        self._capacity = capacity
        self._process = os.getpid()
        self._condition = threading.Condition(threading.Lock())
        self._events: list[Row] = []
        self._rows: list[tuple[str, Row]] = []
        self._channels = dict(start.channels)
        self._event_sequence = start.events
        self._outcome_sequence = start.outcomes
        self._durable_sequence = start.events
        self._queued = 0
        self._durable = 0
        self._urgent = False
        self._retry = False
        self._ended = False
        self._closing = False
        self._closed = False
        self._error: StorageError | None = None
        self._callback_error: RadtestError | None = None
        self._thread = threading.Thread(target=self._write, name=f"journal {path.name}", daemon=True)
        self._thread.start()
        atexit.register(self._close_at_exit)

    @classmethod
    def create(
        cls,
        path: str | Path,
        header: RunHeader,
        *,
        acknowledged: Callable[[int], None] | None = None,
        linger_s: float = 0.005,
        capacity: int = 32_768,
    ) -> Journal:
        """Make a new journal on disk.

        Parameters
        ----------
        path : str or Path
            The journal to be made; its folder must exist.
        header : RunHeader
            What is known of the run.
        acknowledged : callable, optional
            Called from the writer thread after a commit with the sequence number of an event: that event and every
            one before it are durable.
        linger_s : float
            How long a commit waits for company, s.
        capacity : int
            Rows queued before calls wait for the disk.

        Returns
        -------
        Journal
            The journal, durable on disk with its header.

        Raises
        ------
        BusyError
            If `path` exists or another process is writing it.
        RecordError
            If a value of the header does not fit the record.
        StorageError
            If the file cannot be made.
        """
        path = Path(path)
        content = header_to_json(header)
        lock = JournalLock(path)
        try:
            connection = create_database(path, content)
        except BaseException:
            lock.release()
            raise
        return cls(path, connection, lock, acknowledged=acknowledged, linger_s=linger_s, capacity=capacity)

    @classmethod
    def resume(
        cls,
        path: str | Path,
        *,
        acknowledged: Callable[[int], None] | None = None,
        linger_s: float = 0.005,
        capacity: int = 32_768,
    ) -> Journal:
        """Go on with the journal of a run whose process died; what is queued comes after what is in it.

        Parameters
        ----------
        path : str or Path
            The journal.
        acknowledged, linger_s, capacity
            As for `create`.

        Raises
        ------
        BusyError
            If a living process is writing it.
        RecordError
            If it is no journal, is damaged, or its run has ended: that is to be sealed, not gone on with.
        StorageError
            If the file cannot be written.
        """
        path = Path(path)
        lock = JournalLock(path)
        try:
            start = read_start(path)
            connection = reopen_database(path)
        except BaseException:
            lock.release()
            raise
        return cls(path, connection, lock, acknowledged=acknowledged, linger_s=linger_s, capacity=capacity, start=start)

    def event(self, event: Event) -> int:
        """Queue an event; return its sequence number, counted from 1.

        Raises
        ------
        RecordError
            If a value does not fit the record exactly; nothing is queued.
        """
        row = event_row(event)
        with self._condition:
            self._wait_for_room()
            self._event_sequence += 1
            self._events.append((self._event_sequence, *row))
            self._note_queued(1)
            return self._event_sequence

    def telemetry(self, channel: str, unit: str, time_ns: Sequence[int], values: Sequence[float]) -> None:
        """Queue a block of samples of one channel.

        Parameters
        ----------
        channel : str
            ``<instrument>.<channel>``.
        unit : str
            Unit of the values; the same in every call for the channel.
        time_ns : sequence of int
            Times since the start of the run, ns.
        values : sequence of float
            The samples; NaN where a reading failed.
        """
        name = fitting_text(channel, _CHANNEL_LIMIT_BYTES, "telemetry channel")
        if not re.fullmatch(r"[^/\s.][^/\s]*", name):
            raise RecordError(
                f"telemetry channel {channel!r}: not a legal name",
                remedy="use <instrument>.<channel>, without / or spaces.",
            )
        fitting_text(unit, _UNIT_LIMIT_BYTES, f"unit of telemetry channel {channel}")
        times, samples = np.asarray(time_ns, dtype="<i8"), np.asarray(values, dtype="<f8")
        if times.ndim != 1 or times.shape != samples.shape:
            raise RecordError(f"telemetry channel {channel}: {times.shape} times for {samples.shape} values")
        if times.size == 0:
            return
        if times.min() < 0:
            raise RecordError(f"telemetry channel {channel}: time_ns = {times.min()}: legal is 0 and up")
        with self._condition:
            self._wait_for_room()
            known = self._channels.get(channel)
            if known is None:
                known = self._channels[channel] = (len(self._channels) + 1, unit)
                self._rows.append((_INSERT_CHANNEL, (known[0], channel, unit)))
                self._note_queued(1)
            elif known[1] != unit:
                raise RecordError(f"telemetry channel {channel}: unit {unit!r} after {known[1]!r} in the same run")
            self._rows.append((_INSERT_TELEMETRY, (known[0], times.size, times.tobytes(), samples.tobytes())))
            self._note_queued(1)

    def fluence(self, time_ns: int, fluence_cm2: float) -> None:
        """Queue a sample of the cumulative fluence, cm⁻², at `time_ns` since the start of the run."""
        self._queue(_INSERT_FLUENCE, [fluence_row(time_ns, fluence_cm2)])

    def quality(self, name: str, value: float, unit: str, detail: str = "") -> None:
        """Queue a figure of quality (``live_fluence_cm2``, ``dead_time_s``, ...); a later row amends an earlier one."""
        self._queue(_INSERT_QUALITY, [quality_row(name, value, unit, detail)])

    def targets(self, targets: Sequence[Target]) -> None:
        """Queue what can be hit; the position, counted from 0 over all calls, is what `Upset.target` refers to."""
        self._queue(_INSERT_TARGET, [target_row(target) for target in targets])

    def outcome(self, result: InjectionResult) -> int:
        """Queue what one upset did; return its sequence number among the outcomes, counted from 1."""
        row, others = outcome_row(result), strike_rows(result)
        with self._condition:
            self._wait_for_room()
            self._outcome_sequence += 1
            # Its strikes first: an outcome that is in the journal is there with all that belongs to it.
            self._rows.extend((_INSERT_STRIKE, other) for other in others)
            self._rows.append((_INSERT_OUTCOME, (self._outcome_sequence, *row)))
            self._note_queued(1 + len(others))
            return self._outcome_sequence

    def end(self, end: RunEnd) -> None:
        """Write how the run ended and wait until it is durable; a run ends once."""
        content = end_to_json(end)
        with self._condition:
            if self._ended:
                raise RecordError(f"{self.path}: the run has ended already")
            self._ended = True
        self._queue(_INSERT_END, [(content,)])
        self.flush()

    def flush(self) -> int:
        """Wait until all that is queued is durable; return the sequence number of the last event, 0 if there is none.

        After an error of the writer this is also the way to try again.
        """
        with self._condition:
            if self._closed:
                return self._durable_sequence
            if self._error is not None:
                self._error, self._retry = None, True
            target = self._queued
            self._urgent = True
            self._condition.notify_all()
            while self._durable < target and self._error is None:
                self._condition.wait()
            if self._error is not None:
                raise self._error
            if self._callback_error is not None:
                raise self._callback_error
            return self._durable_sequence

    def close(self) -> None:
        """Write what is queued, stop the writer and let go of the file; a second call does nothing.

        Raises
        ------
        StorageError
            If what was queued could not be written. The journal is closed nevertheless.
        """
        if self._closed:
            return
        try:
            self.flush()
        finally:
            with self._condition:
                self._closing = True
                self._condition.notify_all()
            self._thread.join()
            self._closed = True
            self._connection.close()
            self._lock.release()
            atexit.unregister(self._close_at_exit)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _close_at_exit(self) -> None:
        # A forked copy of this process has no writer thread to wait for.
        if os.getpid() == self._process:
            self.close()

    def _queue(self, statement: str, rows: list[Row]) -> None:
        with self._condition:
            self._wait_for_room()
            self._rows.extend((statement, row) for row in rows)
            self._note_queued(len(rows))

    def _wait_for_room(self) -> None:
        while True:
            if self._closing:
                raise StorageError(f"{self.path}: the journal is closed", remedy="make a new one for a new run.")
            if self._error is not None:
                raise self._error
            if self._callback_error is not None:
                raise self._callback_error
            if len(self._events) + len(self._rows) < self._capacity:
                return
            self._condition.wait()

    def _note_queued(self, count: int) -> None:
        # The writer sleeps only when nothing is queued, so only the first row of a batch has to wake it.
        if len(self._events) + len(self._rows) <= count or len(self._events) + len(self._rows) >= self._capacity:
            self._condition.notify_all()
        self._queued += count

    def _write(self) -> None:
        """Body of the writer thread."""
        events: list[Row] = []
        rows: list[tuple[str, Row]] = []
        while True:
            with self._condition:
                self._wait_for_work(bool(events or rows))
                if self._closing and (self._error is not None or not (events or rows or self._events or self._rows)):
                    return
                self._retry = False
                # A batch that failed is still here and goes first.
                events, self._events = events + self._events, []
                rows, self._rows = rows + self._rows, []
                self._condition.notify_all()
            try:
                self._commit(events, rows)
                if events and self._acknowledged is not None:
                    self._acknowledged(events[-1][0])
            except sqlite3.Error as error:
                self._fail(StorageError(f"{self.path}: cannot be written: {error}", remedy=_REMEDY))
                continue
            except Exception as error:  # noqa: BLE001 (the caller's function; raised to the caller at its next call)
                self._callback_error = RadtestError(
                    f"{self.path}: acknowledged() raised {type(error).__name__}: {error}",
                    remedy="correct that function; the events it was called for are durable.",
                )
                self._callback_error.__cause__ = error
            with self._condition:
                self._durable += len(events) + len(rows)
                if events:
                    self._durable_sequence = events[-1][0]
                events, rows = [], []
                self._condition.notify_all()

    def _wait_for_work(self, left_over: bool) -> None:
        def stopped() -> bool:
            return self._closing or self._retry

        if self._error is not None:
            self._condition.wait_for(stopped)
        if not left_over:
            self._condition.wait_for(lambda: bool(self._events or self._rows or self._closing))
        if self._linger_s > 0:
            self._condition.wait_for(lambda: self._urgent or stopped() or self._full(), timeout=self._linger_s)
        self._urgent = False

    def _full(self) -> bool:
        return len(self._events) + len(self._rows) >= self._capacity

    def _commit(self, events: list[Row], rows: list[tuple[str, Row]]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            whole = len(events) - len(events) % _EVENTS_AT_ONCE
            for start in range(0, whole, _EVENTS_AT_ONCE):
                block = events[start : start + _EVENTS_AT_ONCE]
                execute(_INSERT_EVENTS, tuple(itertools.chain.from_iterable(block)))
            self._connection.executemany(_INSERT_EVENT, events[whole:])
            for statement, group in itertools.groupby(rows, key=lambda item: item[0]):
                self._connection.executemany(statement, [row for _, row in group])
            execute("COMMIT")
        except sqlite3.Error:
            # SQLite may have rolled back by itself, as it does when the disk is full.
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _fail(self, error: StorageError) -> None:
        with self._condition:
            self._error = error
            self._condition.notify_all()
