"""Maps of machines that stay wrong: they are let go when nothing can change what becomes of them, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli_w

from radtest.core import Outcome
from radtest.inject.exhaustive import MAP_OUTCOMES, UpsetMap, check_map, map_upsets, open_map

pytestmark = pytest.mark.icarus

DESIGN = """
module filter (input wire clk, input wire resetn, output reg [3:0] sum, output wire fixed, output wire alarm,
               output reg done);
    reg [15:0] value = 1;
    reg [3:0] tap = 0;
    reg [1:0] copy_a = 0, copy_b = 0, copy_c = 0;
    reg [9:0] count = 0;
    reg check = 0;
    initial begin sum = 0; done = 0; end
    wire [1:0] voted = (copy_a & copy_b) | (copy_b & copy_c) | (copy_a & copy_c);
    assign fixed = copy_a != voted || copy_b != voted || copy_c != voted;
    assign alarm = check != ^count;
    always @(posedge clk) begin
        value <= {value[14:0], value[15] ^ value[13] ^ value[12] ^ value[10]};
        tap <= value[3:0];
        sum <= tap + {2'b00, voted};
        copy_a <= copy_a; copy_b <= copy_b; copy_c <= copy_c;
        count <= resetn ? count + 1 : 0;
        check <= resetn ? ^(count + 10'd1) : 0;
        done <= count >= 150;
    end
endmodule
module filter_bench;
    reg clk = 0, resetn = 0;
    wire [3:0] sum;
    wire fixed, alarm, done;
    always #5 clk = ~clk;
    filter dut (clk, resetn, sum, fixed, alarm, done);
endmodule
"""
BENCH = """
import cocotb
from cocotb.triggers import ClockCycles, RisingEdge


@cocotb.test()
async def runs_to_its_end(dut):
    dut.resetn.value = 0
    await ClockCycles(dut.clk, 4)
    dut.resetn.value = 1
    await RisingEdge(dut.done)
    await ClockCycles(dut.clk, 2)
"""


def mapped(folder: Path, **observe: object) -> UpsetMap:
    (folder / "filter.v").write_text(DESIGN)
    (folder / "filter_bench.py").write_text(BENCH)
    document = {
        "design": {"top": "filter", "sources": ["filter.v"]},
        "test": {
            "module": "filter_bench",
            "name": "runs_to_its_end",
            "toplevel": "filter_bench",
            "instance": "dut",
        },
        "observe": {"clock": "clk", "outputs": [{"signal": "sum"}], "done": "done"} | observe,
        "campaign": {"upsets": 1, "first_cycle": 5, "timeout_factor": 1.5},
    }
    (folder / "filter.toml").write_text(tomli_w.dumps(document))
    return open_map(map_upsets(folder / "filter.toml", folder / "map.h5"))


@pytest.mark.parametrize(
    "observe",
    [
        pytest.param({"alarms": ["alarm"], "corrected": ["fixed"]}, marks=pytest.mark.slow),
        pytest.param({}, marks=pytest.mark.slow),
        pytest.param({"corrected": ["fixed"]}, marks=pytest.mark.slow),
        pytest.param({"alarms": ["alarm"]}, marks=pytest.mark.slow),
        pytest.param({"outputs": [{"signal": "sum", "valid": "done"}], "corrected": ["fixed"]}, marks=pytest.mark.slow),
    ],
)
def test_every_upset_of_machines_that_stay_wrong_agrees_with_icarus(tmp_path, observe):
    with mapped(tmp_path, **observe) as upset_map:
        places = [(row, cycle) for row in range(len(upset_map.rows)) for cycle in range(0, upset_map.cycles, 15)]
        check = check_map(upset_map, places, "icarus", tmp_path / "check")

    assert check.disagreements == ()
    assert check.compared == len(places)


def test_machines_that_can_only_be_corrupt_are_let_go(tmp_path):
    with mapped(tmp_path) as upset_map:
        of_value = [row for row, name in enumerate(upset_map.names) if name.startswith("value")]
        corrupt = (upset_map.outcome[:][of_value] == MAP_OUTCOMES.index(Outcome.SDC)).sum()

        # Each bit of `value` that is wrong once stays so to the end, in one of 65,535 ways.
        assert corrupt > 16 * 100
        assert upset_map.facts["most_followed"] < 150
