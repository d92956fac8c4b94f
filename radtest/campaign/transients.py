"""Capturing transients while the beam is on: each oscilloscope is watched by a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from radtest.campaign.further import Further
from radtest.campaign.further_configuration import OscilloscopeModel
from radtest.core import InstrumentError, RadtestError
from radtest.instruments import KeysightInfiniiVision, RigolDS1000Z
from radtest.log import Journal

__all__ = ["TransientWatch"]

_LOOK_S = 0.01
_MOST_FAILURES = 3
_PATIENCE_S = 0.3


class TransientWatch:
    """Arms an oscilloscope, waits for its trigger, and writes what it has captured, over and over.

    Parameters
    ----------
    further : Further
        The oscilloscope.
    journal : Journal
        Where the captures go.
    run_time_ns : callable
        Returns the time since the start of the run, ns.
    """

    def __init__(
        self, further: Further, model: OscilloscopeModel, journal: Journal, run_time_ns: Callable[[], int]
    ) -> None:
        self._further = further
        self._model = model
        self._journal = journal
        self._run_time_ns = run_time_ns
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"captures of {further.name}")
        self._stopped = threading.Event()
        self._work: list[Future[None]] = []
        self._writing = threading.Lock()
        self._closed = False
        self._captures = 0
        self._armed_ns = 0
        self._trouble = ""

    def start(self) -> None:
        """Begin to capture; does not wait."""
        self._stopped.set()
        self._stopped = threading.Event()
        self._work.append(self._worker.submit(self._watch, self._stopped))

    def stop(self) -> None:
        """Stop capturing; does not wait."""
        self._stopped.set()

    def close(self) -> None:
        """Stop, wait a moment for what is under way, and write the figures of quality."""
        self.stop()
        late = wait(self._work, timeout=_PATIENCE_S).not_done
        self._worker.shutdown(wait=False)
        with self._writing:
            self._closed = True  # what comes later is not counted, so it must not be written either
        name = self._further.name
        self._journal.quality(f"{name}_captures", self._captures, "1", "transients captured with the beam on")
        self._journal.quality(f"{name}_armed_s", self._armed_ns / 1e9, "s", "waiting for a transient with the beam on")
        trouble = self._trouble or ("it did not answer in time at the end of the run" if late else "")
        if trouble:
            self._journal.quality(f"{name}_lost", 1.0, "1", trouble[:500])

    def _watch(self, stopped: threading.Event) -> None:
        failures = 0
        scope = self._further.oscilloscope
        while scope is not None and not stopped.is_set() and self._captures < self._model.most_captures:
            try:
                if scope.lost:
                    scope.reconnect()
                self._capture(scope, stopped)
                failures = 0
            except InstrumentError as error:
                failures += 1
                if failures >= _MOST_FAILURES:
                    self._trouble = error.message
                    return
            except RadtestError as error:  # the journal has ended, or its disk is full, which the engine says itself
                self._trouble = error.message
                return

    def _capture(self, scope: KeysightInfiniiVision | RigolDS1000Z, stopped: threading.Event) -> None:
        scope.arm()
        armed_ns = self._run_time_ns()
        while not scope.triggered().result():
            if stopped.wait(_LOOK_S):
                self._armed_ns += self._run_time_ns() - armed_ns
                scope.disarm()
                return
        noticed_ns = self._run_time_ns()
        self._armed_ns += noticed_ns - armed_ns
        (capture,) = scope.fetch([self._model.channel]).result()
        channel = f"{self._further.name}.{self._model.channel}"
        with self._writing:
            if not self._closed:
                self._journal.waveform(channel, noticed_ns, capture.start_s, capture.interval_s, capture.volts)
                self._captures += 1
