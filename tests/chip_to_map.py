"""A small design to map, with a bench that plays inputs to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli_w

DESIGN = """
module chip (input wire clk, rst, input wire [1:0] a, output wire done, loud, o, output wire [3:0] shown);
    reg [3:0] count = 0;
    reg [3:0] sum = 0;
    always @(posedge clk) if (rst) count <= 0; else if (count != 9) count <= count + 1;
    always @(posedge clk) if (rst) sum <= 0; else sum <= sum + a;
    assign done = count == 9;
    assign loud = count == 5;
    assign shown = sum;
    {more}
endmodule
"""
BENCH = """
import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


async def start(dut):
    dut.a.value = 0
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for _ in range(2):
        await RisingEdge(dut.clk)
    dut.rst.value = 0


@cocotb.test()
async def plays(dut):
    await start(dut)
    for cycle in range(12):
        await RisingEdge(dut.clk)
        dut.a.value = cycle % 3


@cocotb.test()
async def waits(dut):
    await start(dut)
    await RisingEdge(dut.done)


@cocotb.test()
async def gives_nothing(dut):
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    dut.rst.value = 0
    for _ in range(12):
        await RisingEdge(dut.clk)
"""


def project(folder: Path, more: str = "assign o = 0;", source: str = DESIGN, **changes: dict[str, Any]) -> Path:
    """Write a project and return its campaign file; what is changed to None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chip.v").write_text(source.replace("{more}", more))
    (folder / "chip_bench.py").write_text(BENCH)
    document: dict[str, Any] = {
        "design": {"top": "chip", "sources": ["chip.v"]},
        "test": {"module": "chip_bench", "name": "plays"},
        "observe": {"clock": "clk", "outputs": [{"signal": "shown"}]},
        "campaign": {"upsets": 1, "first_cycle": 2},
    }
    for table, keys in changes.items():
        document[table] = {key: value for key, value in (document[table] | keys).items() if value is not None}
    path = folder / "chip.toml"
    path.write_text(tomli_w.dumps(document))
    return path
