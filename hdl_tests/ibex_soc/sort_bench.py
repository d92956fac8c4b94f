"""cocotb testbench of the Ibex system: it must sort its words and come to the right sum."""

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, First, RisingEdge, with_timeout
from sort_program import expected_sum


@cocotb.test()
async def sum_of_the_sorted_words(dut: Any) -> None:
    """Release reset, wait until the program says it is done, compare."""
    dut.rst_n.value = 0
    await ClockCycles(dut.clk, 4)
    dut.rst_n.value = 1
    end = First(*(RisingEdge(signal) for signal in (dut.done, dut.trap, dut.bus_error, dut.alert)))
    await with_timeout(end, 1, "ms")
    # Of two cores in lockstep the second is some cycles behind; it must have its say, too.
    await ClockCycles(dut.clk, 8)
    assert not dut.trap.value, "the program met an exception"
    assert not dut.bus_error.value, "the core accessed an address where nothing is"
    assert not dut.alert.value, "the core raised an alert"
    assert dut.result.value == expected_sum()
