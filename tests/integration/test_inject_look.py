"""When signals are looked at: whenever a time step has come to rest, or as a flip-flop behind them would."""

from __future__ import annotations

import pytest

from radtest.core import Outcome
from radtest.inject import run

DESIGN = """
// Both signals are high at most while the clock is: no flip-flop behind them would ever see it.
module glitch (input wire clk, input wire [3:0] next, output wire [3:0] shown, output wire valid, alarm);
    reg [3:0] count;
    always @(posedge clk) count <= next;
    wire half = clk & (count == 4'd3);
    assign shown = count;
    assign valid = half;
    assign alarm = clk & count[3];
endmodule
"""
BENCH = """
import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge


@cocotb.test()
async def counts(dut):
    dut.next.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for value in range(12):
        await FallingEdge(dut.clk)
        dut.next.value = value % 3
    await FallingEdge(dut.clk)
"""


@pytest.mark.icarus
@pytest.mark.parametrize(("look", "expected"), [("rest", {Outcome.SDC, Outcome.DETECTED}), ("clock", set())])
def test_a_glitch_between_two_edges_counts_only_at_rest(tmp_path, look, expected):
    (tmp_path / "glitch.sv").write_text(DESIGN)
    (tmp_path / "glitch_bench.py").write_text(BENCH)
    description = {
        "design": {"top": "glitch", "sources": ["glitch.sv"]},
        "test": {"module": "glitch_bench", "name": "counts"},
        "observe": {
            "clock": "clk",
            "outputs": [{"signal": "shown", "valid": "valid"}],
            "alarms": ["alarm"],
            "look": look,
        },
        # Held at a level from one cycle to the next, the bit passes through the half of a cycle in which clk is high.
        "campaign": {"model": "stuck1", "upsets": 16, "first_cycle": 2, "last_cycle": 8},
    }

    result = run(description, "icarus", tmp_path / "out", base=tmp_path)

    assert {r.outcome for r in result.results()} & {Outcome.SDC, Outcome.DETECTED} == expected
