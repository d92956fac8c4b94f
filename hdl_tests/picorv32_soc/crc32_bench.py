"""cocotb testbench of the PicoRV32 system: it must compute the CRC-32 of its message."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, First, RisingEdge, with_timeout
from crc32_program import expected_crc


@cocotb.test()
async def crc32_of_the_message(dut: Any) -> None:
    """Release reset, wait until the program says it is done, compare with zlib."""
    dut.resetn.value = 0
    await ClockCycles(dut.clk, 4)
    dut.resetn.value = 1
    end = First(RisingEdge(dut.done), RisingEdge(dut.trap), RisingEdge(dut.bus_error))
    await with_timeout(end, 1, "ms")
    assert not dut.trap.value, "the core trapped"
    assert not dut.bus_error.value, "the core accessed an address where nothing is"
    assert dut.result.value == expected_crc()
