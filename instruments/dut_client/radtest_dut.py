"""Client of radtest's DUT protocol, version 1, for boards that run Python: one file, the standard library only.

Copy it to the board:

    dut = RadtestDut(socket.create_connection(("192.168.0.2", 5300)).sendall)
    dut.hello("SRAM-16M", "A3", words=65536, word_bits=32)

SPDX-License-Identifier: Apache-2.0
"""

from __future__ import annotations

import binascii
import time
from collections.abc import Callable, Mapping

__all__ = ["LONGEST_LINE", "RadtestDut"]

LONGEST_LINE = 240


class RadtestDut:
    """Speaks for a device under test.

    Parameters
    ----------
    write : callable
        Takes the bytes of a line to the host.
    time_ms : callable, optional
        Milliseconds since the start of the program; by default from the monotonic clock.
    """

    def __init__(self, write: Callable[[bytes], object], time_ms: Callable[[], int] | None = None) -> None:
        start = time.monotonic_ns()
        self._write = write
        self._time_ms = time_ms or (lambda: (time.monotonic_ns() - start) // 1_000_000)
        self.sequence = 0

    def hello(self, part: str, serial: str, words: int, word_bits: int) -> None:
        """Say who speaks; the first line after every start."""
        self._say("HELLO", "1", part, serial, str(words), str(word_bits))

    def ready(self, pattern: str) -> None:
        """Say that the pattern is written: from here on every mismatch is going to be seen."""
        self._say("READY", pattern)

    def beat(self, scans: int, mismatches: int) -> None:
        """Say that the program is alive, at least once each second, with what it counted since its start."""
        self._say("BEAT", str(scans), str(mismatches))

    def mismatch(self, address: int, expected: int, observed: int) -> None:
        """Report a word that reads other than it was written."""
        self._say("ERR", f"{address:x}", f"{expected:x}", f"{observed:x}")

    def scan(self, number: int, words: int, mismatches: int) -> None:
        """Report that a comparison of the whole array is complete, with so many mismatched words."""
        self._say("SCAN", str(number), str(words), str(mismatches))

    def event(self, kind: str, text: str) -> None:
        """Report something else: kind is one of seu mbu set sel sefi seb segr dd tid."""
        self._say("EVENT", kind, text)

    def info(self, text: str) -> None:
        """Remark something for people."""
        self._say("INFO", text)

    def bye(self, reason: str) -> None:
        """Say that the program ends."""
        self._say("BYE", reason)

    def compare(self, memory: dict[int, int] | list[int], pattern: Callable[[int], int], number: int) -> int:
        """Compare an array with its pattern, report and rewrite what differs, report the scan; return how many."""
        found = 0
        for address, observed in memory.items() if isinstance(memory, Mapping) else enumerate(list(memory)):
            expected = pattern(address)
            if observed != expected:
                found += 1
                memory[address] = expected
                self.mismatch(address, expected, observed)
        self.scan(number, len(memory), found)
        return found

    def _say(self, kind: str, *fields: str) -> None:
        for field in fields:
            if not field.isascii() or not field.isprintable() or set(field) & set(",$*"):
                raise ValueError(f"{field!r}: legal is printable ASCII without , $ and *")
        body = ",".join([str(self.sequence), str(self._time_ms() & 0xFFFFFFFF), kind, *fields]).encode("ascii")
        line = b"$%s*%04X\n" % (body, binascii.crc_hqx(body, 0xFFFF))
        if len(line) > LONGEST_LINE:
            raise ValueError(f"a line of {len(line)} bytes; at most {LONGEST_LINE} are legal")
        # A line that cannot be written has used its number: the host sees that it is missing.
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF
        self._write(line)
