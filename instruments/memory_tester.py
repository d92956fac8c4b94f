"""A memory tester that speaks radtest's line protocol.

One line asks, one line answers. All numbers in lists are hexadecimal.

================== ===============================================================================================
Question            Answer
================== ===============================================================================================
``*IDN?``           ``radtest,MEMORY-TESTER,<serial>,<version>``
``DEVICE?``         ``OK part=<part> serial=<serial> words=<n> word_bits=<n>``
``RESET``           ``OK``
``WRITE <pattern>`` ``OK words=<n>`` once the whole array is written
``SCAN``            ``OK scan=<number> upsets=<n> overflow=<0|1>`` once the array is compared and rewritten
``UPSETS <number> <first>``  ``OK <address>,<bit>,<expected>,<observed>;...``: at most 256 of that scan, from ``first``
``STATUS``          ``OK state=<idle|ready> pattern=<pattern|none> device=<answers|silent>``
================== ===============================================================================================

A refusal is ``ERR <code> <reason>``; code 20 says that the device behind the tester does not answer.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import ClassVar

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.line_protocol import accepted, keyed_words
from radtest.instruments.properties import Reading
from radtest.instruments.roles import BitUpset, MemoryIdentity, MemoryScan
from radtest.instruments.session import Ask

__all__ = ["PATTERNS", "MemoryTester"]

PATTERNS = ("zeros", "ones", "checkerboard", "inverse_checkerboard")
"""Patterns a tester can write."""

UPSETS_PER_LINE = 256


class _FlagParser:
    """Reads one word of ``STATUS`` as a switch."""

    def __init__(self, key: str, yes: str, no: str) -> None:
        self.key, self.yes, self.no = key, yes, no

    def __call__(self, reply: str) -> bool:
        word, _, rest = reply.partition(" ")
        value = keyed_words(rest).get(self.key)
        if word != "OK" or value not in {self.yes, self.no}:
            raise ValueError(f"no {self.key}={self.yes}|{self.no} in it")
        return value == self.yes


class MemoryTester(Driver):
    """The client of a memory tester, which writes, compares and rewrites the memory under test.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`.
    """

    models = ("MEMORY-TESTER",)
    title: ClassVar[str] = "memory tester"
    verification_patterns: tuple[str, ...] = ("inverse_checkerboard", "checkerboard")

    device_answers = Reading(
        "Measure whether the device behind the tester answers (no unit, range True or False).",
        query="STATUS",
        parse=_FlagParser("device", "answers", "silent"),
        unit="",
    )
    ready = Reading(
        "Measure whether a pattern is written and a scan may start (no unit, range True or False).",
        query="STATUS",
        parse=_FlagParser("state", "ready", "idle"),
        unit="",
    )

    def _opened(self) -> None:
        reply = self.session.query("DEVICE?")
        words = keyed_words(accepted(reply, self.place, "DEVICE?"))
        try:
            self._memory = MemoryIdentity(words["part"], words["serial"], int(words["words"]), int(words["word_bits"]))
        except (KeyError, ValueError) as error:
            raise InstrumentError(f"{self.place}: does not say what memory it tests: {reply[:120]!r}") from error

    @property
    def memory(self) -> MemoryIdentity:
        """The memory, as the tester was told (words, range 1 to 2**32; bits per word, range 1 to 64)."""
        return self._memory

    def reset(self) -> Future[None]:
        """Bring the tester into its idle state; it forgets the pattern and its list of mismatches."""

        def conversation(ask: Ask) -> None:
            accepted(ask("RESET"), self.place, "RESET")

        return self.session.transact(conversation)

    def write_pattern(self, pattern: str) -> Future[int]:
        """Write the whole array and return the number of words (range 1 to 2**32).

        Raises
        ------
        ConfigurationError
            If there is no such pattern; nothing was sent.
        DeviceSilentError
            Through the future, if the device does not answer.
        """
        if pattern not in PATTERNS:
            raise ConfigurationError(f"{self.place}: no pattern {pattern!r}; legal: {', '.join(PATTERNS)}")
        command = f"WRITE {pattern}"

        def conversation(ask: Ask) -> int:
            words = keyed_words(accepted(ask(command), self.place, command)).get("words", "")
            if words != str(self.memory.words):
                raise InstrumentError(f"{self.place}: wrote {words!r} words of {self.memory.words}")
            return self.memory.words

        return self.session.transact(conversation)

    def scan(self, compared: Callable[[], object] | None = None) -> Future[MemoryScan]:
        """Compare the array with its pattern, list every mismatched bit, rewrite the words they are in.

        Parameters
        ----------
        compared : callable, optional
            Called, in the I/O thread, when the comparison is complete and before the mismatches are listed.

        Raises
        ------
        DeviceSilentError
            Through the future, if the device does not answer.
        InstrumentError
            Through the future, if the lists are inconsistent.
        """
        return self.session.transact(lambda ask: self._scan(ask, compared))

    def _scan(self, ask: Ask, compared: Callable[[], object] | None) -> MemoryScan:
        words = keyed_words(accepted(ask("SCAN"), self.place, "SCAN"))
        if compared is not None:
            compared()
        try:
            number, total, overflow = int(words["scan"]), int(words["upsets"]), words["overflow"] == "1"
        except (KeyError, ValueError) as error:
            raise InstrumentError(f"{self.place}: the reply to 'SCAN' lacks a number: {words!r}") from error
        upsets: list[BitUpset] = []
        while len(upsets) < total:
            command = f"UPSETS {number} {len(upsets)}"
            page = self._page(accepted(ask(command), self.place, command), command)
            if not page or len(upsets) + len(page) > total:
                raise InstrumentError(f"{self.place}: announced {total} upsets, then listed {len(upsets) + len(page)}")
            upsets.extend(page)
        return MemoryScan(tuple(upsets), overflow)

    def _page(self, text: str, command: str) -> list[BitUpset]:
        try:
            return [self._upset(item) for item in text.split(";")]
        except ValueError as error:
            raise InstrumentError(f"{self.place}: the reply to {command!r} makes no sense: {error}") from error

    def _upset(self, item: str) -> BitUpset:
        address, bit, expected, observed = (int(field, 16) for field in item.split(","))
        top = 1 << self.memory.word_bits
        if not (
            0 <= address < self.memory.words
            and 0 <= bit < self.memory.word_bits
            and 0 <= expected < top
            and 0 <= observed < top
            and (expected ^ observed) >> bit & 1
        ):
            raise ValueError(f"{item!r} is no upset of a memory of {self.memory.words} words")
        return BitUpset(address, bit, expected, observed)
