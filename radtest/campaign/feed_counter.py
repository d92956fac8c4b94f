"""A counter that the facility reads and writes into a text file: the counter's role, played by a feed."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from radtest.campaign.dosimetry_feed import ColumnMap, FeedRow
from radtest.campaign.dosimetry_tail import FeedTail
from radtest.core import Clock, InstrumentError
from radtest.instruments import AddressError, Identity

__all__ = ["FeedCounter"]

_POLL_S = 0.02


class FeedCounter:
    """Counts as a facility's text file states them.

    A thread follows the file. `count` waits for the next row, so that what it returns is not older than the question;
    `latest` returns what is known at once.

    Parameters
    ----------
    path : Path
        The file.
    columns : ColumnMap
        How its rows are read.
    column : str
        Which value of a row is the counter.
    cumulative : bool
        Whether a row holds all counts so far, or those since the row before.
    stale_s : float
        Without a new row for so long the feed is lost, s of `clock`.
    clock : Clock
        The campaign's clock.

    Raises
    ------
    AddressError
        If no row comes within `stale_s`.
    """

    def __init__(
        self, path: Path, columns: ColumnMap, column: str, *, cumulative: bool, stale_s: float, clock: Clock
    ) -> None:
        self.place = f"counter ({path})"
        self.identity = Identity("text feed", column, "", "")
        self._path = path
        self._tail = FeedTail(path, columns)
        self._column = column
        self._cumulative = cumulative
        self._stale_ns = round(stale_s * 1e9)
        self._clock = clock
        self._counts: float | None = None
        self._zero = 0.0
        self._rows = 0
        self._row_ns = clock.now_ns()
        self._waiting: list[Future[int]] = []
        self._lock = threading.Condition()
        self._lost = False
        self._closed = False
        self._thread = threading.Thread(target=self._follow, name="counter feed", daemon=True)
        self._thread.start()
        try:
            self._wait_for_row()
        except InstrumentError as error:
            self.close()
            raise AddressError(error.message, remedy=error.remedy) from None

    @property
    def lost(self) -> bool:
        """Whether rows stopped coming."""
        return self._lost

    def start(self) -> None:
        """Count from the last row on; the feed itself goes on as it does."""
        self._wait_for_row()
        with self._lock:
            self._zero = self._counts or 0.0

    def count(self) -> Future[int]:
        """Return the counts since `start` by the next row."""
        future: Future[int] = Future()
        with self._lock:
            if self._lost:
                future.set_exception(self._gone())
            else:
                self._waiting.append(future)
        return future

    def latest(self) -> Future[int]:
        """Return the counts since `start` by the last row."""
        future: Future[int] = Future()
        with self._lock:
            if self._lost:
                future.set_exception(self._gone())
            else:
                future.set_result(self._since_start())
        return future

    def stop(self) -> None:
        """Do nothing: the feed is the facility's."""

    def reconnect(self) -> None:
        """Wait for the next row.

        Raises
        ------
        InstrumentError
            If none comes.
        """
        with self._lock:
            self._lost = False
            self._row_ns = self._clock.now_ns()
        self._wait_for_row()

    def heal(self, attempts: int = 3, said: Callable[[str], None] | None = None) -> None:
        """Wait for rows to come again; as `Instrument.heal`."""
        for attempt in range(1, attempts + 1):
            try:
                self.reconnect()
            except InstrumentError:
                if attempt == attempts:
                    raise
            else:
                if said is not None:
                    said(f"{self.place}: rows come again")
                return

    def close(self) -> None:
        """Stop following the file."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        self._thread.join()

    @property
    def refused(self) -> int:
        """Lines of the file that were no rows."""
        return self._tail.refused

    def _since_start(self) -> int:
        return round((self._counts or 0.0) - self._zero)

    def _wait_for_row(self) -> None:
        with self._lock:
            seen = self._rows
            while self._rows == seen:
                if self._lost or self._closed:
                    raise self._gone()
                self._lock.wait(_POLL_S)

    def _gone(self) -> InstrumentError:
        refused = f"; {self._tail.refused} lines are no rows: {self._tail.troubles[0]}" if self._tail.refused else ""
        return InstrumentError(
            f"{self.place}: no new row for {self._stale_ns / 1e9:g} s{refused}",
            remedy="check that the facility writes the file, the share it lies on, and roles.counter.",
        )

    def _follow(self) -> None:
        while not self._closed:
            trouble: InstrumentError | None = None
            rows: list[FeedRow] = []
            try:
                rows = self._tail.read()
            except InstrumentError as error:
                trouble = error
            with self._lock:
                for row in rows:
                    self._take(row.values[self._column])
                if self._clock.now_ns() - self._row_ns > self._stale_ns and not self._lost:
                    self._lost = True
                    self._answer(trouble or self._gone())
                self._lock.notify_all()
                if not self._closed:
                    self._lock.wait(_POLL_S)
        self._tail.close()
        with self._lock:
            self._answer(self._gone())

    def _take(self, value: float) -> None:
        if math.isnan(value):
            return
        self._counts = value if self._cumulative else (self._counts or 0.0) + value
        self._rows += 1
        self._row_ns = self._clock.now_ns()
        self._answer(None)

    def _answer(self, error: InstrumentError | None) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(self._since_start())
