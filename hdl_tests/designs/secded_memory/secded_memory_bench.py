"""cocotb testbench of the memory: every word reads as it was last written."""

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge

WORDS = 16


class TB:
    """The memory with its clock, a model of what it holds, and what it said of itself."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        self.model = [0] * WORDS
        self.corrections = 0
        self.losses = 0
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())

    async def start(self) -> None:
        """Reset, and wait until the memory has cleared itself."""
        dut = self.dut
        dut.resetn.value = 0
        for port in (dut.request, dut.write, dut.address, dut.write_data):
            port.value = 0
        await ClockCycles(dut.clk, 2)
        dut.resetn.value = 1
        await RisingEdge(dut.ready)
        await RisingEdge(dut.clk)
        cocotb.start_soon(self._listen())

    async def _listen(self) -> None:
        while True:
            await FallingEdge(self.dut.clk)
            self.corrections += int(self.dut.corrected.value)
            self.losses += int(self.dut.uncorrectable.value)

    async def write(self, address: int, value: int) -> None:
        """Write a word."""
        self.dut.request.value = 1
        self.dut.write.value = 1
        self.dut.address.value = address
        self.dut.write_data.value = value
        self.model[address] = value
        await self._end_of_request()

    async def read(self, address: int) -> int:
        """Read a word."""
        self.dut.request.value = 1
        self.dut.write.value = 0
        self.dut.address.value = address
        await self._end_of_request()
        await FallingEdge(self.dut.clk)
        assert self.dut.read_valid.value == 1
        value = int(self.dut.read_data.value)
        await RisingEdge(self.dut.clk)
        return value

    async def _end_of_request(self) -> None:
        await RisingEdge(self.dut.clk)
        self.dut.request.value = 0

    async def fill(self) -> None:
        """Write something into every word."""
        for address in range(WORDS):
            await self.write(address, self.random.getrandbits(32))

    def flip(self, address: int, *bits: int) -> None:
        """Flip bits of a stored word."""
        word = self.dut.memory[address]
        word.value = Immediate(int(word.value) ^ sum(1 << bit for bit in bits))

    async def scrub(self) -> None:
        """Leave the memory alone until the scrubber has seen every word."""
        await ClockCycles(self.dut.clk, WORDS + 2)


@cocotb.test()
async def random_traffic(dut: Any) -> None:
    """Write and read words at random, with pauses, then read them all."""
    tb = TB(dut)
    await tb.start()
    await tb.fill()
    for _ in range(30):
        address = tb.random.randrange(WORDS)
        if tb.random.random() < 0.3:
            await tb.write(address, tb.random.getrandbits(32))
        else:
            assert await tb.read(address) == tb.model[address]
        await ClockCycles(dut.clk, tb.random.randrange(1, 5))
    for address in range(WORDS):
        assert await tb.read(address) == tb.model[address]
    await tb.scrub()


@cocotb.test()
async def every_single_wrong_bit_is_corrected_and_written_back(dut: Any) -> None:
    """Each of the 39 places in turn, found by a read; a second read finds nothing wrong."""
    tb = TB(dut)
    await tb.start()
    await tb.fill()
    for bit in range(39):
        address = bit % WORDS
        before = tb.corrections
        await FallingEdge(dut.clk)
        tb.flip(address, bit)
        assert await tb.read(address) == tb.model[address]
        assert await tb.read(address) == tb.model[address]
        assert tb.corrections == before + 1
    assert tb.losses == 0


@cocotb.test()
async def the_scrubber_separates_two_upsets_of_one_word(dut: Any) -> None:
    """With a scrub between them both are corrected."""
    tb = TB(dut)
    await tb.start()
    await tb.fill()
    for bit in (3, 30):
        tb.flip(7, bit)
        await tb.scrub()
    assert (tb.corrections, tb.losses) == (2, 0)
    assert await tb.read(7) == tb.model[7]


@cocotb.test()
async def two_upsets_of_one_word_between_scrubs_are_detected(dut: Any) -> None:
    """The known hole: every pair of places in one word is lost, and never in silence."""
    tb = TB(dut)
    await tb.start()
    await tb.fill()
    pairs = [(low, high) for high in range(39) for low in range(high)]
    for low, high in pairs:
        before = tb.losses
        await FallingEdge(dut.clk)
        tb.flip(7, low, high)
        await tb.read(7)
        assert tb.losses > before
        await FallingEdge(dut.clk)
        tb.flip(7, low, high)
    assert tb.corrections == 0


@cocotb.test()
async def three_upsets_of_one_word_can_pass_for_one(dut: Any) -> None:
    """Beyond the code's reach: it corrects the wrong bit, and the word is wrong in silence."""
    tb = TB(dut)
    await tb.start()
    await tb.fill()
    await FallingEdge(dut.clk)
    tb.flip(7, 3, 5, 9)
    assert await tb.read(7) != tb.model[7]
    assert tb.losses == 0
