"""Workloads of any length, and designs of any size, for bench_map.py."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DESIGN = ROOT / "fixtures/designs/picorv32_soc.toml"
SOC = ROOT / "hdl_tests/picorv32_soc"
DESIGNS = ROOT / "hdl_tests/designs"


def frames_again(folder: Path, repeats: int) -> Path:
    """Write a campaign in which PicoRV32 goes over its frames so many times."""
    sys.path.insert(0, str(SOC))
    from crc32_program import assemble, hexadecimal  # noqa: PLC0415 (a module of the bench)

    text = (SOC / "frames.S").read_text()
    text = text.replace("start:\n", f"start:\n    li   a7, {repeats}\nagain:\n")
    text = text.replace(
        "    bne  a0, a1, next_frame\n",
        "    bne  a0, a1, next_frame\n    addi a7, a7, -1\n    bne  a7, zero, again\n",
    )
    folder.mkdir()
    (folder / "again.S").write_text(text)
    (folder / "frames.hex").write_text(hexadecimal(assemble(str(folder / "again"))[0]))
    (folder / "again_bench.py").write_text(
        (SOC / "frames_bench.py")
        .read_text()
        .replace('1, "ms"', '1000, "ms"')
        .replace("== expected_frames()", f"== expected_frames() * {repeats}")
    )
    campaign = DESIGN.read_text().replace('module = "frames_bench"', 'module = "again_bench"')
    campaign = campaign.replace('folder = "../../hdl_tests/picorv32_soc"', f'folder = "{folder}"')
    campaign = campaign.replace('"../../hdl_tests/picorv32_soc/frames.hex"', f'"{folder}/frames.hex"')
    campaign = campaign.replace("../..", str(ROOT))
    path = folder / "picorv32_soc.toml"
    path.write_text(campaign)
    return path


FILTERS = """
module filter #(parameter SEED = 1) (input wire clk, input wire resetn, output reg [15:0] sum);
    reg [15:0] value = SEED;
    reg [15:0] tap [0:7];
    integer i;
    initial begin sum = 0; for (i = 0; i < 8; i = i + 1) tap[i] = 0; end
    always @(posedge clk) if (resetn) begin
        value <= {value[14:0], value[15] ^ value[13] ^ value[12] ^ value[10]};
        tap[0] <= value;
        for (i = 1; i < 8; i = i + 1) tap[i] <= tap[i - 1];
        sum <= tap[0] + (tap[1] << 1) - tap[3] + (tap[5] >> 2) - tap[7];
    end
endmodule
module bank (input wire clk, input wire resetn, output wire [16 * FILTERS - 1:0] sum, output reg done);
    reg [23:0] count = 0;
    initial done = 0;
    genvar g;
    generate for (g = 0; g < FILTERS; g = g + 1) begin : each
        filter #(.SEED(g + 1)) one (clk, resetn, sum[16 * g +: 16]);
    end endgenerate
    always @(posedge clk)
        if (!resetn) begin count <= 0; done <= 0; end
        else begin count <= count + 1; done <= count >= CYCLES; end
endmodule
"""
FILTERS_TOP = """
module bank_bench;
    reg clk = 0, resetn = 0;
    wire [16 * FILTERS - 1:0] sum;
    wire done;
    always #5 clk = ~clk;
    bank dut (clk, resetn, sum, done);
endmodule
"""
FILTERS_BENCH = """
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


def filters(folder: Path, cycles: int, size: int) -> Path:
    """Write a campaign with a bank of so many filters that runs for so many cycles: what is wrong in them stays so."""
    folder.mkdir()
    (folder / "bank.v").write_text(FILTERS.replace("CYCLES", str(cycles)).replace("FILTERS", str(size)))
    (folder / "bank_bench.v").write_text(FILTERS_TOP.replace("FILTERS", str(size)))
    (folder / "bank_bench.py").write_text(FILTERS_BENCH)
    path = folder / "bank.toml"
    path.write_text("""
[design]
top = "bank"
sources = ["bank.v"]
[test]
module = "bank_bench"
name = "runs_to_its_end"
toplevel = "bank_bench"
instance = "dut"
sources = ["bank_bench.v"]
[observe]
clock = "clk"
outputs = [{ signal = "sum" }]
done = "done"
[campaign]
upsets = 1
first_cycle = 5
timeout_factor = 1.5
""")
    return path


def register_bank(folder: Path, cycles: int, size: int) -> Path:
    """Write a campaign with the triplicated register bank, words so many times as wide, and as much random traffic."""
    return _longer(
        folder,
        "tmr_bank",
        {"range(40)": f"range({cycles})", "WIDTH = 8": f"WIDTH = {8 * size}"},
        {"HARDENED = 1": f"HARDENED = 1, WIDTH = {8 * size}"},
    )


def coded_memory(folder: Path, cycles: int, size: int) -> Path:
    """Write a campaign with the SECDED memory of so many times the words under random traffic; all bits are upset."""
    return _longer(
        folder,
        "secded_memory",
        # With its pauses, each access takes about four cycles.
        {"range(30)": f"range({cycles // 4})", "WORDS = 16": f"WORDS = {16 * size}"},
        {
            "HARDENED = 1": f"HARDENED = 1, WORDS = {16 * size}",
            '["memory"]': '["flip_flop", "memory"]',
            "first_cycle = 20": f"first_cycle = {16 * size + 4}",
        },
    )


def _longer(folder: Path, name: str, bench: dict[str, str], campaign: dict[str, str]) -> Path:
    folder.mkdir()
    paths = {f"{name}_bench.py": bench, "hardened.toml": campaign | {f"{name}.sv": f"{DESIGNS / name / name}.sv"}}
    for path, changes in paths.items():
        text = (DESIGNS / name / path).read_text()
        for old, new in changes.items():
            if old not in text:
                raise ValueError(f"{DESIGNS / name / path}: no {old!r} to be changed into {new!r}")
            text = text.replace(old, new)
        (folder / path).write_text(text)
    return folder / "hardened.toml"
