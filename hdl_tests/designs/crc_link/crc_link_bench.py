"""cocotb testbench of the link: each word that goes in comes out once, in order."""

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly, RisingEdge, with_timeout


class TB:
    """The link with its clock, and what came out of it."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        self.received: list[int] = []
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
        cocotb.start_soon(self._receive())

    async def reset(self) -> None:
        """Hold the reset for two cycles."""
        for port in (self.dut.resetn, self.dut.in_valid, self.dut.in_data):
            port.value = 0
        await ClockCycles(self.dut.clk, 2)
        self.dut.resetn.value = 1

    async def _receive(self) -> None:
        while True:
            await FallingEdge(self.dut.clk)
            await ReadOnly()
            if self.dut.resetn.value == 1 and self.dut.out_valid.value == 1:
                self.received.append(int(self.dut.out_data.value))

    async def send(self, word: int) -> None:
        """Hand over a word when the link takes it."""
        self.dut.in_data.value = word
        self.dut.in_valid.value = 1
        while True:
            await FallingEdge(self.dut.clk)
            taken = bool(self.dut.in_ready.value)
            await RisingEdge(self.dut.clk)
            if taken:
                self.dut.in_valid.value = 0
                return

    async def arrival(self, count: int) -> None:
        """Wait until this many words have come out."""
        while len(self.received) < count:
            await RisingEdge(self.dut.clk)


@cocotb.test()
async def random_words(dut: Any) -> None:
    """Ten random words, with pauses of random length."""
    tb = TB(dut)
    await tb.reset()
    words = [tb.random.getrandbits(16) for _ in range(10)]
    for word in words:
        await with_timeout(tb.send(word), 10, "us")
        await ClockCycles(dut.clk, tb.random.randrange(10))
    await with_timeout(tb.arrival(len(words)), 10, "us")
    await ClockCycles(dut.clk, 20)
    assert tb.received == words


@cocotb.test()
async def a_wrong_bit_on_the_way_costs_a_retry(dut: Any) -> None:
    """Once on the way there, once in the answer; each word comes out once."""
    tb = TB(dut)
    await tb.reset()
    for count, (register, bit, cycles) in enumerate(
        ((dut.hardened.sender.sending, 35, 10), (dut.hardened.receiver.answering, 6, 40)), start=1
    ):
        await tb.send(0x1234)
        await ClockCycles(dut.clk, cycles)
        await FallingEdge(dut.clk)
        register.value = Immediate(int(register.value) ^ (1 << bit))
        await with_timeout(RisingEdge(dut.retried), 2, "us")
        await with_timeout(RisingEdge(dut.in_ready), 2, "us")
        assert tb.received == [0x1234] * count


@cocotb.test()
async def a_wrong_bit_in_the_kept_word_is_never_delivered(dut: Any) -> None:
    """Its CRC was made before, so no repetition is right, and the link says that it failed."""
    tb = TB(dut)
    await tb.reset()
    await tb.send(0x1234)
    await FallingEdge(dut.clk)
    for register, bit in ((dut.hardened.sender.kept, 20), (dut.hardened.sender.sending, 21)):
        register.value = Immediate(int(register.value) ^ (1 << bit))
    await with_timeout(RisingEdge(dut.failed), 10, "us")
    assert tb.received == []


@cocotb.test()
async def four_wrong_bits_can_leave_the_crc_right(dut: Any) -> None:
    """The known hole: as far apart as the terms of the polynomial, x^16 + x^12 + x^5 + 1."""
    tb = TB(dut)
    await tb.reset()
    await tb.send(0x1234)
    await FallingEdge(dut.clk)
    register = dut.hardened.sender.sending
    register.value = Immediate(int(register.value) ^ (1 << 16 | 1 << 12 | 1 << 5 | 1))
    await with_timeout(RisingEdge(dut.in_ready), 2, "us")
    assert tb.received == [0x1235]
    assert not dut.failed.value
