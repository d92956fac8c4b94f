"""Maps of designs in which some flip-flops take their input at the falling edge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radtest.core import Outcome
from radtest.inject.exhaustive import check_map, map_upsets, open_map

pytestmark = pytest.mark.icarus

CHIP = """
module chip (input wire clk, rst, input wire [3:0] a, output reg [3:0] shown, output wire valid);
    reg [3:0] half = 0, swap = 3, x = 1, y = 2;
    reg [1:0] n = 0;
    wire [3:0] mixed = half ^ {n, n} ^ a;
    always @(negedge clk) half <= x + a;
    always @(negedge clk) if (rst) n <= 0; else n <= n + half[1:0];
    always @(negedge clk) swap <= {swap[2:0], half[3]};
    always @(posedge clk) if (rst) x <= 1; else x <= a[0] ? y ^ mixed : y;
    always @(posedge clk) if (rst) y <= 2; else y <= swap + x;
    always @(posedge clk) if (rst) shown <= 0; else shown <= a[1] ? mixed + swap : x;
    assign valid = shown[0];
endmodule
"""

BENCH = """
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


@cocotb.test()
async def plays(dut):
    rng = random.Random(5)
    dut.a.value = 0
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for cycle in range(12):
        await RisingEdge(dut.clk)
        dut.rst.value = int(cycle < 2)
        dut.a.value = rng.getrandbits(4)
"""

CAMPAIGN = """
[design]
top = "chip"
sources = ["chip.v"]

[test]
module = "chip_bench"
name = "plays"

[observe]
clock = "clk"
outputs = [{ signal = "shown", valid = "valid" }]

[campaign]
upsets = 1
first_cycle = 3
"""


@pytest.mark.slow
def test_every_upset_agrees_with_icarus(tmp_path: Path) -> None:
    for name, text in (("chip.v", CHIP), ("chip_bench.py", BENCH), ("chip.toml", CAMPAIGN)):
        (tmp_path / name).write_text(text)

    with open_map(map_upsets(tmp_path / "chip.toml", tmp_path / "map.h5")) as upset_map:
        places = [(row, cycle) for row in range(len(upset_map.rows)) for cycle in range(upset_map.cycles)]
        check = check_map(upset_map, places, "icarus", tmp_path / "check")

        assert check.disagreements == ()
        assert check.compared == len(places)
        falling = [name.startswith(("half", "swap", "n[")) for name in upset_map.names]
        assert sum(falling) == 10
        assert len(np.unique(upset_map.outcome[:][falling])) > 1
        assert upset_map.counts[Outcome.SDC]
