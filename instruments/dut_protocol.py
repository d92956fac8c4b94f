"""The DUT protocol: lines by which a device under test reports mismatches, events, heartbeats and readiness.

A line is ``$<number>,<time>,<kind>,<fields>*<CRC>`` and a line feed, ASCII, at most 240 bytes. The number counts the
lines since the start of the program; the CRC is CRC-16/CCITT-FALSE over what stands between ``$`` and ``*``. The
specification is ``docs/dut-protocol.md``; clients in C and Python are in ``radtest/instruments/dut_client``.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from radtest.core import Effect, Event

__all__ = [
    "LONGEST_LINE",
    "DutBeat",
    "DutBye",
    "DutEvent",
    "DutHello",
    "DutInfo",
    "DutLine",
    "DutLineReader",
    "DutMessage",
    "DutMismatch",
    "DutReady",
    "DutScan",
    "DutTrouble",
    "upset_events",
]

LONGEST_LINE = 240
"""Bytes of the longest line, with its line feed."""
_WRAP = 1 << 32
_LINE = re.compile(rb"([0-9]{1,10}),([0-9]{1,10}),([A-Z]+)(?:,([ -)+-~]*))?")
_TROUBLES_KEPT = 100


@dataclass(frozen=True, slots=True)
class DutHello:
    """Who speaks: part, serial number, words and bits per word (0 where the device is no memory)."""

    part: str
    serial: str
    words: int
    word_bits: int


@dataclass(frozen=True, slots=True)
class DutReady:
    """The pattern is written."""

    pattern: str


@dataclass(frozen=True, slots=True)
class DutBeat:
    """The program is alive; scans and mismatches since its start."""

    scans: int
    mismatches: int


@dataclass(frozen=True, slots=True)
class DutMismatch:
    """A word that reads other than it was written."""

    address: int
    expected: int
    observed: int


@dataclass(frozen=True, slots=True)
class DutScan:
    """A comparison of the whole array is complete: its number, words compared, mismatched words."""

    number: int
    words: int
    mismatches: int


@dataclass(frozen=True, slots=True)
class DutEvent:
    """Something else happened."""

    kind: Effect
    text: str


@dataclass(frozen=True, slots=True)
class DutInfo:
    """A remark for people."""

    text: str


@dataclass(frozen=True, slots=True)
class DutBye:
    """The program ends."""

    reason: str


DutMessage = DutHello | DutReady | DutBeat | DutMismatch | DutScan | DutEvent | DutInfo | DutBye


@dataclass(frozen=True, slots=True)
class DutLine:
    """A line that was understood.

    Parameters
    ----------
    number : int
        Its number since the start of the program.
    time_ms : int
        Time since that start, ms, as the device tells it; it wraps at 2³².
    message : DutMessage
        What it says.
    lost : int
        Lines that are missing before it.
    restarted : bool
        Whether the program has started again before it; what was lost then nobody can tell.
    """

    number: int
    time_ms: int
    message: DutMessage
    lost: int = 0
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class DutTrouble:
    """Bytes that were no line: what is wrong with them, and the first of them."""

    reason: str
    start: bytes


@dataclass(slots=True)
class DutLineReader:
    """Finds lines in bytes that come in any portions, with any garbage between them.

    Attributes
    ----------
    lines, lost, restarts : int
        Lines understood, lines missing by their numbers, starts of the program after the first.
    refused : int
        Lines with a wrong checksum or content.
    garbage_bytes : int
        Bytes outside of lines.
    troubles : list of DutTrouble
        The first hundred of the lines refused and the stretches of garbage.
    """

    lines: int = 0
    lost: int = 0
    restarts: int = 0
    refused: int = 0
    garbage_bytes: int = 0
    troubles: list[DutTrouble] = field(default_factory=list)
    _buffer: bytes = b""
    _next: int | None = None

    def feed(self, data: bytes) -> list[DutLine]:
        """Take bytes as they came; return the lines that are complete."""
        found: list[DutLine] = []
        *whole, self._buffer = (self._buffer + data).split(b"\n")
        for raw in whole:
            line = self._line(raw)
            if line is not None:
                found.append(line)
        # What can no longer become a line does not stay.
        if len(self._buffer) >= LONGEST_LINE:
            start = self._buffer.rfind(b"$")
            kept = self._buffer[start:] if start >= 0 and len(self._buffer) - start < LONGEST_LINE else b""
            self._note_garbage(self._buffer[: len(self._buffer) - len(kept)])
            self._buffer = kept
        return found

    def _line(self, raw: bytes) -> DutLine | None:
        raw = raw.removesuffix(b"\r")
        # A line that was cut off is followed by the next one in the same stretch.
        garbage, dollar, rest = raw.rpartition(b"$")
        if not dollar:
            self._note_garbage(raw)
            return None
        self._note_garbage(garbage)
        try:
            number, time_ms, kind, fields = _parts(rest)
        except ValueError as error:
            self.refused += 1
            self._note(str(error), rest)
            return None
        try:
            message = _message(kind, fields)
        except ValueError as error:
            # Its checksum is right: it was sent, and is not lost.
            self._count(number, hello=False)
            self.refused += 1
            self._note(str(error), rest)
            return None
        lost, restarted = self._count(number, hello=isinstance(message, DutHello))
        self.lines += 1
        return DutLine(number, time_ms, message, lost, restarted)

    def _count(self, number: int, *, hello: bool) -> tuple[int, bool]:
        expected, self._next = self._next, (number + 1) % _WRAP
        if expected is None or number == expected:
            return 0, False
        gap = (number - expected) % _WRAP
        if hello or gap >= _WRAP // 2:
            self.restarts += 1
            self.lost += number
            return number, True
        self.lost += gap
        return gap, False

    def _note_garbage(self, data: bytes) -> None:
        if data:
            self.garbage_bytes += len(data)
            self._note("outside of a line", data)

    def _note(self, reason: str, data: bytes) -> None:
        if len(self.troubles) < _TROUBLES_KEPT:
            self.troubles.append(DutTrouble(reason, data[:80]))


def _parts(line: bytes) -> tuple[int, int, str, list[str]]:
    """Return number, time, kind and fields of a line without its ``$``, after checking its checksum."""
    body, star, checksum = line.rpartition(b"*")
    if len(line) + 2 > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    if not star or not re.fullmatch(rb"[0-9A-F]{4}", checksum):
        raise ValueError("no checksum at its end")
    if int(checksum, 16) != binascii.crc_hqx(body, 0xFFFF):
        raise ValueError("wrong checksum")
    match = _LINE.fullmatch(body)
    if match is None or not (int(match[1]) < _WRAP and int(match[2]) < _WRAP):
        raise ValueError("not <number>,<time>,<kind>,...")
    fields = [] if match[4] is None else match[4].decode("ascii").split(",")
    return int(match[1]), int(match[2]), match[3].decode("ascii"), fields


def _message(kind: str, fields: list[str]) -> DutMessage:
    try:
        read = _KINDS[kind]
    except KeyError:
        raise ValueError(f"no message is called {kind!r}; legal: {', '.join(_KINDS)}") from None
    return read(fields)


def _expect(fields: list[str], count: int, form: str) -> list[str]:
    if len(fields) != count:
        raise ValueError(f"{len(fields)} fields; legal is {form}")
    return fields


def _whole(text: str, limit: int = _WRAP) -> int:
    if not re.fullmatch(r"[0-9]{1,20}", text) or not int(text) < limit:
        raise ValueError(f"{text!r} is no whole number below {limit}")
    return int(text)


def _hexadecimal(text: str) -> int:
    if not re.fullmatch(r"[0-9a-fA-F]{1,16}", text):
        raise ValueError(f"{text!r} is no hexadecimal number of up to 64 bits")
    return int(text, 16)


def _hello(fields: list[str]) -> DutHello:
    version, part, serial, words, bits = _expect(fields, 5, "version,part,serial,words,word_bits")
    if version != "1":
        raise ValueError(f"protocol version {version!r}; this radtest speaks 1")
    return DutHello(part, serial, _whole(words, 1 << 64), _whole(bits, 65))


def _mismatch(fields: list[str]) -> DutMismatch:
    address, expected, observed = (_hexadecimal(text) for text in _expect(fields, 3, "address,expected,observed"))
    if expected == observed:
        raise ValueError("a mismatch whose words are equal")
    return DutMismatch(address, expected, observed)


def _scan(fields: list[str]) -> DutScan:
    number, words, mismatches = _expect(fields, 3, "number,words,mismatches")
    return DutScan(_whole(number), _whole(words, 1 << 64), _whole(mismatches))


def _beat(fields: list[str]) -> DutBeat:
    scans, mismatches = _expect(fields, 2, "scans,mismatches")
    return DutBeat(_whole(scans), _whole(mismatches))


def _event(fields: list[str]) -> DutEvent:
    kind, text = _expect(fields, 2, "kind,text")
    return DutEvent(Effect(kind), text)


_KINDS: dict[str, Callable[[list[str]], DutMessage]] = {
    "HELLO": _hello,
    "READY": lambda fields: DutReady(*_expect(fields, 1, "pattern")),
    "BEAT": _beat,
    "ERR": _mismatch,
    "SCAN": _scan,
    "EVENT": _event,
    "INFO": lambda fields: DutInfo(*_expect(fields, 1, "text")),
    "BYE": lambda fields: DutBye(*_expect(fields, 1, "reason")),
}


def upset_events(mismatch: DutMismatch, time_ns: int, *, fluence_cm2: float | None = None) -> Iterator[Event]:
    """Yield an event for each bit that differs.

    Parameters
    ----------
    mismatch : DutMismatch
        The word.
    time_ns : int
        Time since the start of the run, ns.
    fluence_cm2 : float, optional
        Cumulative fluence then, cm⁻².
    """
    difference = mismatch.expected ^ mismatch.observed
    for bit in range(difference.bit_length()):
        if difference >> bit & 1:
            yield Event(
                time_ns=time_ns,
                kind=Effect.SEU,
                address=mismatch.address,
                bit=bit,
                expected=mismatch.expected,
                observed=mismatch.observed,
                fluence_cm2=fluence_cm2,
                channel="memory",
            )
