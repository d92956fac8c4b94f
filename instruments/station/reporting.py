"""A device that compares its memory and reports by itself, in the DUT protocol."""

from __future__ import annotations

import asyncio
from typing import cast

from radtest.instruments.dut_client.radtest_dut import RadtestDut
from radtest.instruments.station.memory import pattern_word
from radtest.instruments.station.world import World

__all__ = ["ReportingConnection", "ReportingMemory"]

_LONGEST_LIST = 4096


class ReportingMemory:
    """The program on the device: it starts with the power, writes its pattern, and compares without end.

    Parameters
    ----------
    world : World
        The physics.
    pattern : str
        What it writes.
    speed : float
        Simulated seconds per second.
    """

    def __init__(self, world: World, pattern: str, speed: float) -> None:
        self.world = world
        self.connections: set[asyncio.Transport] = set()
        self._pattern = pattern
        self._speed = speed
        self._program: RadtestDut | None = None
        self._started_s = 0.0
        self._scans = 0
        self._mismatches = 0

    def run(self) -> None:
        """Compare the whole array, report, and go on."""
        self.world.advance()
        device = self.world.configuration.device
        words: list[tuple[int, int]] = []
        if not self.world.memory.answers(self.world.now_s):
            self._program = None
        elif self._program is None or self.world.memory.powered_since_s > self._started_s:
            self._start()
        else:
            words, _ = self.world.memory.take(_LONGEST_LIST)
        asyncio.get_running_loop().call_later(device.scan_s / 2 / self._speed, self._report, words)

    def _start(self) -> None:
        device = self.world.configuration.device
        self._started_s, self._scans, self._mismatches = self.world.now_s, 0, 0
        self._program = RadtestDut(self._write, lambda: round((self.world.now_s - self._started_s) * 1e3))
        self._program.hello(device.part, device.serial, device.words, device.word_bits)
        self.world.memory.write()
        self._program.ready(self._pattern)

    def _report(self, words: list[tuple[int, int]]) -> None:
        """Tell what the comparison found; the words were visited in the middle of the time it took."""
        self.world.advance()
        device, program = self.world.configuration.device, self._program
        if program is not None and self.world.memory.answers(self.world.now_s):
            for address, mask in words:
                expected = pattern_word(self._pattern, address, device.word_bits)
                program.mismatch(address, expected, expected ^ mask)
            self._scans += 1
            self._mismatches += len(words)
            program.scan(self._scans, device.words, len(words))
            program.beat(self._scans, self._mismatches)
        asyncio.get_running_loop().call_later(device.scan_s / 2 / self._speed, self.run)

    def _write(self, line: bytes) -> None:
        for connection in self.connections:
            connection.write(line)


class ReportingConnection(asyncio.Protocol):
    """One that listens to the device; what it says is ignored."""

    def __init__(self, device: ReportingMemory) -> None:
        self._device = device
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start (called by asyncio)."""
        self._transport = cast("asyncio.Transport", transport)
        self._device.connections.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """Stop (called by asyncio)."""
        if self._transport is not None:
            self._device.connections.discard(self._transport)
