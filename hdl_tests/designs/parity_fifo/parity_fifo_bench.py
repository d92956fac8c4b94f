"""cocotb testbench of the buffer: what goes in comes out, in order, whoever is in a hurry."""

import random
from collections import deque
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly, RisingEdge

DEPTH = 8


class TB:
    """The buffer with its clock, and a model of what is in it."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        self.model: deque[int] = deque()
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())

    async def reset(self) -> None:
        """Hold the reset for two cycles; the buffer is empty then."""
        self.dut.resetn.value = 0
        for port in (self.dut.write, self.dut.write_data, self.dut.read):
            port.value = 0
        await ClockCycles(self.dut.clk, 2)
        self.dut.resetn.value = 1
        self.model.clear()

    async def cycle(self, *, write: bool, read: bool) -> None:
        """Push a random word or none, pop one or none, and compare what is shown."""
        dut, word = self.dut, self.random.getrandbits(8)
        dut.write.value = write
        dut.write_data.value = word
        dut.read.value = read
        await FallingEdge(dut.clk)
        await ReadOnly()
        assert bool(dut.valid.value) == bool(self.model)
        assert bool(dut.full.value) == (len(self.model) == DEPTH)
        if self.model:
            assert int(dut.read_data.value) == self.model[0]
        full = len(self.model) == DEPTH
        if read and self.model:
            self.model.popleft()
        if write and not full:
            self.model.append(word)
        await RisingEdge(dut.clk)


@cocotb.test()
async def random_traffic(dut: Any) -> None:
    """A writer and a reader that pause at random, then the writer in a hurry, then the reader until it is empty."""
    tb = TB(dut)
    await tb.reset()
    for likely_write, likely_read in ((0.5, 0.5), (0.9, 0.3), (0.2, 0.9)):
        for _ in range(30):
            await tb.cycle(write=tb.random.random() < likely_write, read=tb.random.random() < likely_read)
    while tb.model:
        await tb.cycle(write=False, read=True)
    await tb.cycle(write=False, read=True)


async def _one_word_with_flips(dut: Any, *bits: int) -> tuple[int, bool]:
    """Store a word, flip bits of it, and return by which bits it comes out wrong, and whether the alarm is on."""
    tb = TB(dut)
    await tb.reset()
    await tb.cycle(write=True, read=False)
    dut.write.value = 0
    await FallingEdge(dut.clk)
    dut.memory[0].value = Immediate(int(dut.memory[0].value) ^ sum(1 << bit for bit in bits))
    await ReadOnly()
    return int(dut.read_data.value) ^ tb.model[0], bool(dut.alarm.value)


@cocotb.test()
async def one_upset_of_a_word_is_detected(dut: Any) -> None:
    """The word comes out wrong, and the alarm says so."""
    assert await _one_word_with_flips(dut, 3) == (1 << 3, True)


@cocotb.test()
async def two_upsets_of_one_word_pass_unseen(dut: Any) -> None:
    """The known hole of a single parity bit."""
    assert await _one_word_with_flips(dut, 3, 6) == ((1 << 3) | (1 << 6), False)
