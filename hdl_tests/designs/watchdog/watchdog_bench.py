"""cocotb testbench of the supervised controller: averages come in time, and are right."""

import random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly, RisingEdge, with_timeout

PERIOD = 12


class TB:
    """The controller with its clock, and a sensor with a new sample each cycle."""

    def __init__(self, dut: Any, seed: int = 1) -> None:
        self.dut = dut
        self.random = random.Random(seed)
        self.samples: list[int] = []
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
        cocotb.start_soon(self._sense())

    async def reset(self) -> None:
        """Hold the reset for two cycles."""
        self.dut.resetn.value = 0
        await ClockCycles(self.dut.clk, 2)
        self.dut.resetn.value = 1

    async def _sense(self) -> None:
        while True:
            self.samples.append(self.random.randrange(256))
            self.dut.sample.value = self.samples[-1]
            await RisingEdge(self.dut.clk)

    async def average(self) -> int:
        """Return the next average, and leave its cycle."""
        while True:
            await FallingEdge(self.dut.clk)
            await ReadOnly()
            if self.dut.average_valid.value:
                break
        average = int(self.dut.average.value)
        await RisingEdge(self.dut.clk)
        return average

    def expected(self) -> int:
        """Return the average of what the sensor showed 3, 5, 7 and 9 cycles ago."""
        return sum(self.samples[-1 - ago] for ago in (3, 5, 7, 9)) >> 2


@cocotb.test()
async def averages_in_time(dut: Any) -> None:
    """Ten averages, each in time."""
    tb = TB(dut)
    await tb.reset()
    for _ in range(10):
        assert await with_timeout(tb.average(), 5, "us") == tb.expected()
        assert not dut.alarm.value


@cocotb.test()
async def a_controller_that_hangs_or_hurries_raises_the_alarm(dut: Any) -> None:
    """No state at all, and a kick too early."""
    tb = TB(dut)
    for state in (0b0000, 0b0100):
        await tb.reset()
        for _ in range(2):
            await tb.average()
        await ClockCycles(dut.clk, 4)
        await FallingEdge(dut.clk)
        dut.controller.state.value = Immediate(state)
        await with_timeout(RisingEdge(dut.alarm), PERIOD + 4, "us")
        await ClockCycles(dut.clk, 2)


@cocotb.test()
async def a_wrong_average_in_time_is_silent(dut: Any) -> None:
    """The known hole: a watchdog sees when, not what."""
    tb = TB(dut)
    await tb.reset()
    await tb.average()
    await ClockCycles(dut.clk, 6)
    await FallingEdge(dut.clk)
    dut.controller.sum.value = Immediate(int(dut.controller.sum.value) ^ 0x80)
    assert await tb.average() != tb.expected()
    await tb.average()
    assert not dut.alarm.value
