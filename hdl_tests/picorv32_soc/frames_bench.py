"""cocotb testbench of the PicoRV32 system: it must compute the CRC-32 of each frame of its message."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, First, RisingEdge, ValueChange, with_timeout
from crc32_program import expected_frames


@cocotb.test()
async def crc32_of_each_frame(dut: Any) -> None:
    """Take down each result as it comes; when the program says it is done, compare them all with zlib."""
    dut.resetn.value = 0
    await ClockCycles(dut.clk, 4)
    dut.resetn.value = 1
    results: list[int] = []
    cocotb.start_soon(_take_down(dut.result, results))
    end = First(RisingEdge(dut.done), RisingEdge(dut.trap), RisingEdge(dut.bus_error))
    await with_timeout(end, 1, "ms")
    assert not dut.trap.value, "the core trapped"
    assert not dut.bus_error.value, "the core accessed an address where nothing is"
    assert results == expected_frames()


async def _take_down(result: Any, results: list[int]) -> None:
    while True:
        await ValueChange(result)
        results.append(int(result.value))
