"""cocotb testbench of the lockstep system: its program must compute the CRC-32 of its message."""

import zlib
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.triggers import ClockCycles, FallingEdge, First, RisingEdge, with_timeout

MESSAGE = b"An upset is an upset, whatever made it."


class TB:
    """The system with its clock."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())

    async def reset(self) -> None:
        """Hold the reset for four cycles."""
        self.dut.resetn.value = 0
        await ClockCycles(self.dut.clk, 4)
        self.dut.resetn.value = 1

    async def result(self) -> int:
        """Return the result when the program says that it is done."""
        dut = self.dut
        await with_timeout(First(RisingEdge(dut.done), RisingEdge(dut.trap)), 1, "ms")
        assert not dut.trap.value, "the core trapped"
        return int(dut.result.value)


@cocotb.test()
async def crc32_of_the_message(dut: Any) -> None:
    """The program computes what zlib does."""
    tb = TB(dut)
    await tb.reset()
    assert await tb.result() == zlib.crc32(MESSAGE)
    assert not dut.mismatch.value


@cocotb.test()
async def an_upset_that_both_cores_read_is_silent(dut: Any) -> None:
    """The known hole: a bit of the message is wrong in RAM, and both cores compute the same wrong result."""
    tb = TB(dut)
    await tb.reset()
    wrong = bytes([MESSAGE[0], MESSAGE[1] ^ 0x10, *MESSAGE[2:]])
    address = next(word for word in range(256) if int(dut.ram[word].value) == int.from_bytes(MESSAGE[:4], "little"))
    await FallingEdge(dut.clk)
    dut.ram[address].value = Immediate(int.from_bytes(wrong[:4], "little"))
    assert await tb.result() == zlib.crc32(wrong)
    assert not dut.mismatch.value
