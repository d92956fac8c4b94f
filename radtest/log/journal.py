"""The journal: the truth while a run lives, written so that a kill or a power cut loses nothing acknowledged."""

from __future__ import annotations

import atexit
import os
import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import ArrayLike

from radtest.core import (
    Effect,
    Event,
    InjectionResult,
    Outcome,
    RecordError,
    RunEnd,
    RunHeader,
    Target,
)
from radtest.log.commits import GroupCommits
from radtest.log.creation import create_database, reopen_database
from radtest.log.event_blocks import pack_event, pack_events
from radtest.log.journal_start import JournalStart, read_start
from radtest.log.lock import JournalLock
from radtest.log.rows import (
    end_to_json,
    fitting_text,
    fluence_row,
    header_to_json,
    outcome_row,
    quality_row,
    strike_rows,
    target_row,
)
from radtest.log.waveforms import waveform_row

__all__ = ["Journal"]

_INSERT_TELEMETRY = "INSERT INTO telemetry (channel, samples, time_ns, value) VALUES (?,?,?,?)"
_INSERT_CHANNEL = "INSERT INTO channel (id, name, unit) VALUES (?,?,?)"
_INSERT_WAVEFORM = "INSERT INTO waveform (channel, time_ns, start_s, interval_s, samples, volts) VALUES (?,?,?,?,?,?)"
_INSERT_FLUENCE = "INSERT INTO fluence (time_ns, fluence_cm2) VALUES (?,?)"
_INSERT_QUALITY = "INSERT INTO quality (name, value, unit, detail) VALUES (?,?,?,?)"
_INSERT_TARGET = "INSERT INTO target (name, module, kind, width, words, lsb, first_word, src) VALUES (?,?,?,?,?,?,?,?)"
_INSERT_OUTCOME = "INSERT INTO outcome VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_STRIKE = "INSERT INTO strike (upset, target, word, bit, cycle, before, after) VALUES (?,?,?,?,?,?,?)"
_INSERT_END = "INSERT INTO ending (id, json) VALUES (1, ?)"
_CHANNEL_LIMIT_BYTES = 255
_UNIT_LIMIT_BYTES = 63


def _channel_name(channel: str, what: str) -> str:
    name = fitting_text(channel, _CHANNEL_LIMIT_BYTES, what)
    if not re.fullmatch(r"[^/\s.][^/\s]*", name):
        raise RecordError(
            f"{what} {channel!r}: not a legal name", remedy="use <instrument>.<channel>, without / or spaces."
        )
    return name


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
        self._lock = lock
        self._process = os.getpid()
        self._channels = dict(start.channels)
        self._outcome_sequence = start.outcomes
        self._ended = False
        self._closed = False
        self._commits = GroupCommits(
            path, connection, acknowledged=acknowledged, linger_s=linger_s, capacity=capacity, events=start.events
        )
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
        return self._commits.event(*pack_event(event))

    def events(
        self,
        kind: Effect,
        time_ns: ArrayLike,
        *,
        outcome: Outcome | None = None,
        address: ArrayLike | None = None,
        bit: ArrayLike | None = None,
        expected: ArrayLike | None = None,
        observed: ArrayLike | None = None,
        fluence_cm2: ArrayLike | None = None,
        channel: str = "",
        detail: str = "",
    ) -> int:
        """Queue many events of one kind from arrays, as a fast tester lists them; return the number of the last.

        Parameters
        ----------
        kind, outcome, channel, detail
            As of `Event`, the same for all.
        time_ns, address, bit, expected, observed, fluence_cm2 : array_like
            As of `Event`: one value for each event, or one for all. `time_ns` says how many there are.

        Raises
        ------
        RecordError
            If a value does not fit the record exactly, or the lengths differ; nothing is queued.
        """
        blocks = pack_events(
            kind,
            time_ns,
            outcome=outcome,
            address=address,
            bit=bit,
            expected=expected,
            observed=observed,
            fluence_cm2=fluence_cm2,
            channel=channel,
            detail=detail,
        )
        last = 0
        for entries, text in blocks:
            last = self._commits.events(entries, text)
        return last

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
        _channel_name(channel, "telemetry channel")
        fitting_text(unit, _UNIT_LIMIT_BYTES, f"unit of telemetry channel {channel}")
        times, samples = np.asarray(time_ns, dtype="<i8"), np.asarray(values, dtype="<f8")
        if times.ndim != 1 or times.shape != samples.shape:
            raise RecordError(f"telemetry channel {channel}: {times.shape} times for {samples.shape} values")
        if times.size == 0:
            return
        if times.min() < 0:
            raise RecordError(f"telemetry channel {channel}: time_ns = {times.min()}: legal is 0 and up")
        with self._commits.condition:
            self._commits.wait_for_room()
            known = self._channels.get(channel)
            if known is None:
                known = self._channels[channel] = (len(self._channels) + 1, unit)
                self._commits.add(_INSERT_CHANNEL, [(known[0], channel, unit)])
            elif known[1] != unit:
                raise RecordError(f"telemetry channel {channel}: unit {unit!r} after {known[1]!r} in the same run")
            self._commits.add(_INSERT_TELEMETRY, [(known[0], times.size, times.tobytes(), samples.tobytes())])

    def waveform(self, channel: str, time_ns: int, start_s: float, interval_s: float, volts: ArrayLike) -> None:
        """Queue a capture of an oscilloscope.

        Parameters
        ----------
        channel : str
            ``<instrument>.<channel>``.
        time_ns : int
            When it was noticed, ns since the start of the run.
        start_s, interval_s : float
            First sample after the trigger and time between samples, s.
        volts : array_like
            Samples, V; kept in single precision.
        """
        name = _channel_name(channel, "waveform channel")
        self._commits.rows(_INSERT_WAVEFORM, [waveform_row(name, time_ns, start_s, interval_s, volts)])

    def fluence(self, time_ns: int, fluence_cm2: float) -> None:
        """Queue a sample of the cumulative fluence, cm⁻², at `time_ns` since the start of the run."""
        self._commits.rows(_INSERT_FLUENCE, [fluence_row(time_ns, fluence_cm2)])

    def quality(self, name: str, value: float, unit: str, detail: str = "") -> None:
        """Queue a figure of quality (``live_fluence_cm2``, ``dead_time_s``, ...); a later row amends an earlier one."""
        self._commits.rows(_INSERT_QUALITY, [quality_row(name, value, unit, detail)])

    def targets(self, targets: Sequence[Target]) -> None:
        """Queue what can be hit; the position, counted from 0 over all calls, is what `Upset.target` refers to."""
        self._commits.rows(_INSERT_TARGET, [target_row(target) for target in targets])

    def outcome(self, result: InjectionResult) -> int:
        """Queue what one upset did; return its sequence number among the outcomes, counted from 1."""
        row, others = outcome_row(result), strike_rows(result)
        with self._commits.condition:
            self._commits.wait_for_room()
            self._outcome_sequence += 1
            # Its strikes first: an outcome that is in the journal is there with all that belongs to it.
            self._commits.add(_INSERT_STRIKE, others)
            self._commits.add(_INSERT_OUTCOME, [(self._outcome_sequence, *row)])
            return self._outcome_sequence

    def end(self, end: RunEnd) -> None:
        """Write how the run ended and wait until it is durable; a run ends once."""
        content = end_to_json(end)
        with self._commits.condition:
            if self._ended:
                raise RecordError(f"{self.path}: the run has ended already")
            self._ended = True
        self._commits.rows(_INSERT_END, [(content,)])
        self.flush()

    def flush(self) -> int:
        """Wait until all that is queued is durable; return the sequence number of the last event, 0 if there is none.

        After an error of the writer this is also the way to try again.
        """
        return self._commits.flush()

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
            self._commits.stop()
            self._closed = True
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
