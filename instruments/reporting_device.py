"""A device under test that reports by itself, in the DUT protocol, in the role of a memory behind a tester."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from radtest.core import Clock, ConfigurationError, Effect, InstrumentError
from radtest.instruments.dut_link import DutLink
from radtest.instruments.dut_protocol import (
    DutBeat,
    DutEvent,
    DutHello,
    DutLine,
    DutMismatch,
    DutReady,
    DutScan,
)
from radtest.instruments.errors import DeviceSilentError
from radtest.instruments.identity import Identity
from radtest.instruments.roles import BitUpset, MemoryIdentity, MemoryScan

__all__ = ["DeviceReport", "ReportingDevice"]

_READ_S = 0.02
_CONNECT_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """An ``EVENT`` of the device.

    Parameters
    ----------
    time_ns : int
        When it was heard, on the campaign's clock.
    kind : Effect
        What the device calls it.
    text : str
        What it says of it.
    """

    time_ns: int
    kind: Effect
    text: str


@dataclass(slots=True)
class _Wait:
    """Somebody waits for the end of a scan; for a pattern where there is one."""

    since_ns: int
    pattern: str | None
    compared: Callable[[], object] | None
    written: Future[int]
    scanned: Future[MemoryScan]

    def fail(self, error: Exception) -> None:
        (self.scanned if self.pattern is None else self.written).set_exception(error)


class ReportingDevice:
    """Plays the memory under test for a device that nobody can ask: it compares and reports by itself.

    The role's questions are answered by what the device says next. A pattern counts as written at the end of the first
    scan after its ``READY``; a comparison is complete at the end of the next scan, and holds every mismatch reported
    since the last. A device without memory has its heartbeats for scans.

    Parameters
    ----------
    address : str
        As for `DutLink`. Where nothing answers there yet, it is tried again until the device has power.
    clock : Clock
        The campaign's clock.
    pattern : str
        What the device is to have written.
    serial, bits : str, int
        The device that is to speak.
    silence_s, boot_s : float
        After how long without a line it has fallen silent, and how long it may take to be ready; s of `clock`.
    host : str
        Where ``listen`` waits.

    Raises
    ------
    ConfigurationError
        If the address is none.
    """

    def __init__(
        self,
        address: str,
        *,
        clock: Clock,
        pattern: str,
        serial: str,
        bits: int,
        silence_s: float,
        boot_s: float,
        host: str = "127.0.0.1",
    ) -> None:
        self.place = f"dut ({address})"
        self.identity = Identity("radtest", "DUT-PROTOCOL", serial, "1")
        self.verification_patterns: tuple[str, ...] = (pattern,)
        self._address, self._host = address, host
        self._clock = clock
        self._serial, self._bits = serial, bits
        self._silence_ns, self._boot_ns = round(silence_s * 1e9), round(boot_s * 1e9)
        self._lock = threading.Lock()
        self._hello: DutHello | None = None
        self._pattern: str | None = None
        self._heard_ns = -1
        self._upsets: list[BitUpset] = []
        self._words_found = 0
        self._missing = 0
        self._scan_number: int | None = None
        self._watched = False
        self._trouble: Exception | None = None
        self._lost = False
        self._reports: list[DeviceReport] = []
        self._waits: list[_Wait] = []
        self._closed = threading.Event()
        self._link = self._connected()
        self._thread = threading.Thread(target=self._listen, name="dut", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> bool:
        """Whether lines were lost, so that upsets may be missing."""
        return self._lost

    @property
    def memory(self) -> MemoryIdentity:
        """The memory, as the device told; before it has, the one that was expected."""
        hello = self._hello
        if hello is None:
            return MemoryIdentity("", self._serial, self._bits, 1)
        return MemoryIdentity(hello.part, hello.serial, hello.words, hello.word_bits)

    def reset(self) -> Future[None]:
        """Forget what was reported so far."""
        with self._lock:
            self._watched, self._trouble = False, None
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def write_pattern(self, pattern: str) -> Future[int]:
        """Wait until the device holds its pattern, and return the number of words.

        Raises
        ------
        ConfigurationError
            Through the future, if it is another device, or writes another pattern.
        DeviceSilentError
            Through the future, if it is not ready in time.
        """
        wait = _Wait(self._clock.now_ns(), pattern, None, Future(), Future())
        with self._lock:
            self._waits.append(wait)
        return wait.written

    def scan(self, compared: Callable[[], object] | None = None) -> Future[MemoryScan]:
        """Wait for the end of the next scan, and return what was reported since the last.

        Raises
        ------
        DeviceSilentError
            Through the future, if the device falls silent, or has started again by itself.
        InstrumentError
            Through the future, if mismatches are missing because lines were lost.
        """
        wait = _Wait(self._clock.now_ns(), None, compared, Future(), Future())
        with self._lock:
            self._waits.append(wait)
        return wait.scanned

    def take_reports(self) -> list[DeviceReport]:
        """Return the events that the device has reported since the last call."""
        with self._lock:
            reports, self._reports = self._reports, []
        return reports

    def reconnect(self) -> None:
        """Believe again what the device says; the connection is made by itself."""
        with self._lock:
            self._lost, self._trouble = False, None

    def heal(self, attempts: int = 3, said: Callable[[str], None] | None = None) -> None:  # noqa: ARG002 (the role's)
        """Get over lost lines."""
        self.reconnect()
        if said is not None:
            said(f"{self.place}: lines were lost; what they said does not count")

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join()
        if self._link is not None:
            self._link.close()
        gone = InstrumentError(f"{self.place}: nobody listens any longer")
        for wait in self._waits:
            wait.fail(gone)
        self._waits.clear()

    def _connected(self) -> DutLink | None:
        try:
            return DutLink(self._address, host=self._host, timeout_s=1.0)
        except ConfigurationError:
            raise
        except InstrumentError:
            return None

    def _listen(self) -> None:
        tried_s = time.monotonic()
        while not self._closed.is_set():
            lines: list[DutLine] = []
            if self._link is None:
                self._closed.wait(_READ_S)
                if time.monotonic() - tried_s > _CONNECT_AGAIN_S:
                    self._link, tried_s = self._connected(), time.monotonic()
            else:
                try:
                    lines = self._link.read(_READ_S)
                except InstrumentError:
                    self._link.ended = True
                if self._link.ended:
                    self._link.close()
                    self._link, tried_s = None, time.monotonic()
            with self._lock:
                for line in lines:
                    self._take(line)
                self._look_for_silence()

    def _take(self, line: DutLine) -> None:
        now_ns = self._heard_ns = self._clock.now_ns()
        message = line.message
        if line.restarted or isinstance(message, DutHello):
            self._start_anew()
        else:
            self._missing += line.lost
        match message:
            case DutHello():
                self._hello = message
            case DutReady(pattern):
                self._pattern = pattern
            case DutMismatch(address, expected, observed):
                self._words_found += 1
                differing = expected ^ observed
                self._upsets.extend(
                    BitUpset(address, bit, expected, observed) for bit in range(64) if differing >> bit & 1
                )
            case DutEvent(kind, text):
                self._reports.append(DeviceReport(now_ns, kind, text))
            case DutScan(number, _, mismatches):
                following = self._scan_number is None or number == self._scan_number + 1
                self._scan_number = number
                complete = self._words_found == mismatches and (following or not self._missing)
                self._scan_ends(complete=complete)
            case DutBeat() if self._hello is not None and not self._hello.words:
                self._scan_ends(complete=not self._missing)
            case _:
                pass

    def _start_anew(self) -> None:
        if self._watched:
            self._trouble = DeviceSilentError(f"{self.place}: its program has started again by itself")
        self._watched = False
        self._pattern = self._scan_number = None
        self._upsets, self._words_found, self._missing = [], 0, 0

    def _scan_ends(self, *, complete: bool) -> None:
        if not complete and self._watched and self._trouble is None:
            self._lost = True
            self._trouble = InstrumentError(
                f"{self.place}: {self._missing} lines were lost, and mismatches with them",
                remedy="check the cable, and whether the rate of the line is high enough for all mismatches.",
            )
        self._words_found = self._missing = 0
        waits, self._waits = self._waits, []
        for wait in waits:
            if wait.pattern is not None:
                self._finish_writing(wait, wait.pattern)
            elif self._trouble is not None:
                wait.fail(self._trouble)
            else:
                if wait.compared is not None:
                    wait.compared()
                upsets, self._upsets = self._upsets, []
                wait.scanned.set_result(MemoryScan(tuple(upsets), overflow=False))

    def _finish_writing(self, wait: _Wait, pattern: str) -> None:
        if self._pattern is None:  # heard in the middle of its work, or its READY was lost
            self._waits.append(wait)
            return
        wrong = self._other_device(pattern)
        if wrong is not None:
            wait.fail(wrong)
            return
        self._upsets, self._watched, self._trouble = [], True, None
        wait.written.set_result(self._hello.words if self._hello is not None else 0)

    def _other_device(self, pattern: str) -> ConfigurationError | None:
        memory, hello = self.memory, self._hello
        if self._pattern != pattern:
            said, wanted = f"writes the pattern {self._pattern!r}", f"device.pattern says {pattern!r}"
        elif hello is not None and hello.serial != self._serial:
            said, wanted = f"says it is {hello.serial!r}", f"device.serial says {self._serial!r}"
        elif hello is not None and hello.words and memory.bits != self._bits:
            said, wanted = f"has {memory.bits} bits", f"device.bits says {self._bits}"
        else:
            return None
        return ConfigurationError(
            f"{self.place}: the device {said}, {wanted}",
            remedy="correct [device] in the campaign file, or mount the right device.",
        )

    def _look_for_silence(self) -> None:
        now_ns = self._clock.now_ns()
        for wait in list(self._waits):
            speaks = self._pattern is not None and (wait.pattern is None or self._heard_ns >= wait.since_ns)
            since_ns, limit_ns = (self._heard_ns, self._silence_ns) if speaks else (wait.since_ns, self._boot_ns)
            if wait.pattern is None and self._pattern is None:
                limit_ns = self._silence_ns
            if now_ns - since_ns > limit_ns:
                self._waits.remove(wait)
                wait.fail(
                    DeviceSilentError(
                        f"{self.place}: no {'line' if speaks else 'READY'} of the device for {limit_ns / 1e9:g} s"
                    )
                )
