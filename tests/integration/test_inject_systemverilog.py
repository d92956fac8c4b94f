"""Registers of SystemVerilog's own kinds: a bit of the list is the bit that the simulator shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radtest.core import InjectionError, Outcome
from radtest.inject import Campaign, Simulator
from radtest.log import open_record

DESIGN = """
package shapes;
    typedef enum logic [1:0] {IDLE, BUSY = 2, DONE} mode_t;
    typedef struct packed {logic [2:0] upper; logic [3:0] spare; mode_t mode;} box_t;  // nobody reads the spare bits
endpackage

module keeper #(parameter int WIDTH = 1) (
    input logic clk, load, input logic [WIDTH-1:0] d, output logic [WIDTH-1:0] q
);
    always_ff @(posedge clk) if (load) q <= d;
endmodule

// Keeps what it has loaded for good and shows all of it, so that each upset is one wrong bit of `view`.
module shelf import shapes::*; #(parameter int LANES = 2) (
    input logic clk, load, look, input logic [31:0] d, output logic [77:0] view, output logic [34:0] more
);
    box_t box;
    mode_t mode;
    logic [1:0][2:0] grid;
    logic [0:3] rising;
    logic [7:4] offset;
    logic [2:0] up [2:4];
    logic [1:0] down [4:3];
    logic [7:0] words [0:3];
    int count;
    logic [1:0] kept [LANES];

    for (genvar i = 0; i < LANES; i++) begin : lane
        keeper #(.WIDTH(2)) cell_ (.clk(clk), .load(load), .d(d[2*i+1:2*i]), .q(kept[i]));
    end

    always_ff @(posedge clk) begin
        if (load) begin
            box <= d[8:0];
            if (d[0]) mode <= DONE; else if (d[1]) mode <= BUSY; else mode <= IDLE;
            grid <= d[5:0];
            rising <= d[3:0];
            offset <= d[3:0];
            up[2] <= d[2:0]; up[3] <= d[5:3]; up[4] <= d[8:6];
            down[4] <= d[1:0]; down[3] <= d[3:2];
            count[9:2] <= d[7:0];
        end
        if (load) words[d[1:0]] <= d[7:0];
    end

    assign view = {
        box.upper, box.mode, mode, grid[0], grid[1], rising, offset,
        up[2], up[3], up[4], down[3], down[4], words[0], words[1], words[2], words[3], count[9:2], kept[0], kept[1]
    };
`ifdef INTERFACES
    link bus (.clk(clk));
    driver drive (.to(bus), .load(load), .d(d));
    box_t [1:0] boxes;
    box_t stack [0:1];
    logic [1:0] cube [0:1][4:2];
    logic [1:0] cells [1:0][0:1];
    box_t typed_q;
    typed #(.T(box_t)) typed_ (.clk(clk), .load(load), .d(d[8:0]), .q(typed_q));
    struct {logic [1:0] a; logic b;} loose;
    always_ff @(posedge clk) if (load) begin
        boxes <= d[17:0];
        stack[1] <= d[8:0];
        cube[0][4] <= d[1:0]; cube[1][2] <= d[3:2]; cube[0][3] <= d[5:4];
        cells[d[0]][d[1]] <= d[3:2];
        loose.a <= d[1:0]; loose.b <= d[2];
    end
    assign more = {
        loose.a, loose.b, boxes[0].mode, boxes[1].upper, bus.held.mode, bus.held.upper, stack[1].upper, stack[1].mode,
        cube[0][4], cube[1][2], cube[0][3], cells[0][0], cells[0][1], cells[1][0], cells[1][1], typed_q.upper
    };
`else
    assign more = 0;
`endif
endmodule

`ifdef INTERFACES
interface link (input logic clk);
    shapes::box_t held;
endinterface

module driver (link to, input logic load, input logic [31:0] d);
    always_ff @(posedge to.clk) if (load) to.held <= d[8:0];
endmodule

module typed #(parameter type T = logic) (input logic clk, load, input T d, output T q);
    always_ff @(posedge clk) if (load) q <= d;
endmodule
`endif
"""

BENCH = """
import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge


@cocotb.test()
async def keeps(dut):
    dut.look.value = 0
    dut.load.value = 1
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for word in (0x1234_5670, 0x89AB_CDE5, 0x0F1E_2D3A, 0x4321_567F):
        dut.d.value = word
        await RisingEdge(dut.clk)
    dut.load.value = 0
    await ClockCycles(dut.clk, 4)
    dut.look.value = 1
    await ClockCycles(dut.clk, 2)
"""

CAMPAIGN = """
[design]
top = "shelf"
sources = ["shelf.sv"]
{defines}
[test]
module = "shelf_bench"
name = "keeps"
build_arguments = {{ verilator = ["-CFLAGS", "-O0"] }}

[observe]
clock = "clk"
outputs = [{outputs}]

[campaign]
upsets = {upsets}
kinds = ["flip_flop", "memory"]
first_cycle = 5
last_cycle = 5
"""

SHOWN_BITS = 78
MORE_BITS = 32
LOOSE_BITS = 3


def write_project(folder: Path, *, upsets: int, interfaces: bool) -> Path:
    (folder / "shelf.sv").write_text(DESIGN)
    (folder / "shelf_bench.py").write_text(BENCH)
    defines = "defines = { INTERFACES = 1 }\n" if interfaces else ""
    path = folder / "shelf.toml"
    shown = ("view", "more") if interfaces else ("view",)
    outputs = ", ".join(f'{{ signal = "{name}", valid = "look" }}' for name in shown)
    path.write_text(CAMPAIGN.format(upsets=upsets, defines=defines, outputs=outputs))
    return path


@pytest.mark.parametrize(
    ("simulator", "interfaces"),
    [
        pytest.param("icarus", False, marks=pytest.mark.icarus),
        pytest.param("verilator", True, marks=[pytest.mark.verilator, pytest.mark.slow]),
    ],
)
def test_each_bit_of_the_list_is_one_bit_of_the_design(tmp_path: Path, simulator: Simulator, interfaces: bool) -> None:
    bits = SHOWN_BITS + (MORE_BITS + LOOSE_BITS if interfaces else 0)
    campaign = Campaign(write_project(tmp_path, upsets=bits, interfaces=interfaces), simulator, tmp_path / "out")
    with open_record(campaign.run()) as record:
        targets = record.target_list()
        results = list(record.injection_results())

    shown = []
    unreachable = set()
    for result in results:
        if result.outcome is Outcome.INVALID:
            unreachable.add(result.detail)
            continue
        found = re.fullmatch(r"(view|more) is 0x(\w+), expected 0x(\w+)", result.detail)
        assert found, (targets[result.upset.target], result)
        shown.append((found[1], int(found[2], 16) ^ int(found[3], 16)))
    assert sorted(shown) == sorted(
        [("view", 1 << bit) for bit in range(SHOWN_BITS)]
        + [("more", 1 << bit) for bit in range(MORE_BITS if interfaces else 0)]
    )
    assert unreachable == ({"loose: the simulator shows 1 of its 3 bits"} if interfaces else set())


@pytest.mark.icarus
def test_what_icarus_says_of_systemverilog_is_shown_with_a_way_out(tmp_path: Path) -> None:
    campaign = Campaign(write_project(tmp_path, upsets=1, interfaces=True), "icarus", tmp_path / "out")

    with pytest.raises(InjectionError, match=r"icarus does not accept the design:\n +\S*shelf.sv:\d+: ") as error:
        campaign.run()

    assert "Traceback" not in error.value.message
    assert "-s verilator" in error.value.remedy
