"""cocotb testbench of the housekeeping telemetry: every sample of the converter arrives, and the sums are right."""

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, RisingEdge, with_timeout

CHANNELS = 4
BITS = 12


class Converter:
    """A serial converter: a new sample at each fall of chip select, its bits at the falling edges of the clock."""

    def __init__(self, dut: Any, seed: int) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        self.samples: list[int] = []
        dut.adc_miso.value = 0
        cocotb.start_soon(self._convert())

    async def _convert(self) -> None:
        while True:
            await FallingEdge(self.dut.adc_cs_n)
            sample = self.random.getrandbits(BITS)
            self.samples.append(sample)
            for bit in reversed(range(BITS)):
                self.dut.adc_miso.value = sample >> bit & 1
                await FallingEdge(self.dut.adc_sclk)


class TB:
    """The telemetry with its clock and a converter."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.converter = Converter(dut, seed)
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())

    async def reset(self) -> None:
        """Hold the reset for two cycles; the next frame has number 0 then."""
        self.dut.reset.value = 1
        self.dut.request.value = 0
        for _ in range(2):
            await RisingEdge(self.dut.clk)
        self.dut.reset.value = 0

    async def frame(self) -> list[int]:
        """Request a frame and return its words."""
        words: list[int] = []
        self.dut.request.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.request.value = 0
        while True:
            await FallingEdge(self.dut.clk)
            await ReadOnly()
            if self.dut.tm_valid.value == 1:
                words.append(int(self.dut.tm_word.value))
                if self.dut.tm_last.value == 1:
                    break
        await RisingEdge(self.dut.clk)
        return words


async def frames(dut: Any, count: int) -> None:
    """Request frames and compare each with what the converter gave."""
    tb = TB(dut)
    await tb.reset()
    for number in range(count):
        words = await with_timeout(tb.frame(), 5, "us")
        samples = tb.converter.samples[-CHANNELS:]
        assert words[:-1] == [channel << BITS | sample for channel, sample in enumerate(samples)]
        assert words[-1] == (number % 16) << BITS | sum(samples) % (1 << BITS)


@cocotb.test()
async def three_frames(dut: Any) -> None:
    """Three frames: the workload of the campaigns."""
    await frames(dut, 3)


@cocotb.test()
async def numbers_of_frames_begin_anew(dut: Any) -> None:
    """Eighteen frames: their number has four bits."""
    await frames(dut, 18)
