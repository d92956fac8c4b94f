"""A small design, its cocotb tests and its campaign file, for a folder: a project that radtest has never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DESIGN = r"""
// Adds up twenty samples. Around it stand registers with every kind of protection, and none.
typedef enum logic [1:0] {IDLE = 0, FULL = 1, EMPTY = 2} mode_t;
typedef struct packed {logic [2:0] upper; logic lower;} box_t;

module lane #(parameter WIDTH = 1) (input wire clk, rst, input wire [WIDTH-1:0] d, output reg [WIDTH-1:0] q);
    always @(posedge clk) if (rst) q <= d;
endmodule

module ledger (
    input  wire        clk, rst, debug, loud,
    input  wire [ 7:0] data,
    output reg  [15:0] total,
    output reg         done,
    output wire [ 3:0] code,
    output wire        alarm, corrected,
    output wire [ 7:0] debug_out
);
    reg  [4:0] remaining;
    reg        running;
    reg  [7:0] spare;              // loaded anew every cycle, shown only to a debugger
    reg  [7:4] note;               // kept, shown only to a debugger
    reg  [3:0] copy_a, copy_b, copy_c;
    reg  [7:0] sealed;
    reg        parity;
    reg        \odd.name ;         // a name that no path can express
    reg        stuck_loop, last_word;
    reg  [1:0] pair [0:1];
    reg  [1:0][1:0] grid;
    mode_t     mode;
    box_t      box;
    integer    whole;
    reg        open;               // a latch
    reg  [7:0] table_ [2:5];

    wire [3:0] voted = (copy_a & copy_b) | (copy_b & copy_c) | (copy_a & copy_c);
    wire [2:0] lanes;
    assign code = voted;
    assign corrected = copy_a != copy_b || copy_b != copy_c;
    assign alarm = loud || ((^sealed) != parity);
    assign debug_out = debug ? spare ^ {note, 4'b0} ^ sealed ^ {pair[0], pair[1]} ^ grid ^ mode ^ box ^ whole[7:0]
                     ^ lanes ^ {\odd.name , stuck_loop, last_word, open} ^ table_[data[1:0] + 2] : 8'b0;

    genvar i;
    generate for (i = 0; i < 2; i = i + 1) begin : bank
        lane #(.WIDTH(i + 1)) cell_ (.clk(clk), .rst(rst), .d(data[i:0]), .q(lanes[2*i:i]));
    end endgenerate

    always @* if (rst) open = data[0];

    always @(posedge clk) begin
        spare <= data;
        if (rst) begin
            total <= 0; done <= 0; remaining <= 20; running <= 1;
            note <= data[3:0]; copy_a <= data[3:0]; copy_b <= data[3:0]; copy_c <= data[3:0];
            sealed <= data; parity <= ^data;
            \odd.name <= data[0]; stuck_loop <= 0; last_word <= 0;
            pair[0] <= data[1:0]; pair[1] <= data[3:2]; grid <= data[3:0];
            mode <= FULL; box <= data[3:0]; whole <= -5;
            table_[data[1:0] + 2] <= data;
        end else begin
            copy_a <= voted; copy_b <= voted; copy_c <= voted;
            mode <= debug ? EMPTY : mode;
            box <= debug ? 4'd0 : box;
            whole <= debug ? whole + 1 : whole;
            running <= running & !debug;
            stuck_loop <= stuck_loop & debug; last_word <= last_word & debug;
            if (running) begin
                total <= total + data;
                remaining <= remaining - 1;
                done <= remaining == 1;
            end
        end
    end

`ifndef SYNTHESIS
    reg spin = 0;
    always @(posedge clk) while (stuck_loop) spin = ~spin;
    always @(posedge clk) if (last_word) $finish;
`endif
endmodule
"""

PLAIN_DESIGN = DESIGN.replace(r"\odd.name ", "odd_name").replace("mode_t     mode", "logic [1:0] mode")
"""The same without what Icarus objects to, which costs further attempts to compile."""

BENCH = r"""
import itertools
import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge, Timer, with_timeout


async def start(dut, data=0x5A, loud=0):
    dut.debug.value = 0
    dut.loud.value = loud
    dut.data.value = data
    dut.rst.value = 1
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for _ in range(3):
        await RisingEdge(dut.clk)
    dut.rst.value = 0


@cocotb.test()
async def adds_up(dut):
    await start(dut)
    await with_timeout(RisingEdge(dut.done), 500, "ns")
    assert dut.total.value == 20 * 0x5A


@cocotb.test(timeout_time=500, timeout_unit="ns")
async def adds_up_in_declared_time(dut):
    await start(dut)
    await RisingEdge(dut.done)
    await ReadOnly()
    assert dut.total.value == 20 * 0x5A


@cocotb.test()
async def waits_for_good(dut):
    await start(dut)
    await RisingEdge(dut.done)


@cocotb.test()
async def watches_in_the_background(dut):
    async def watch():
        while True:
            await RisingEdge(dut.clk)
            assert dut.copy_a.value == dut.copy_b.value, "the copies differ"

    await start(dut)
    await RisingEdge(dut.clk)
    cocotb.start_soon(watch())
    await with_timeout(RisingEdge(dut.done), 500, "ns")


@cocotb.test()
async def fails(dut):
    await start(dut)
    await RisingEdge(dut.done)
    assert dut.total.value == 42, "the books do not balance"


@cocotb.test()
async def fails_by_pytest(dut):
    import pytest

    await start(dut)
    pytest.fail("said so")


@cocotb.test()
async def rolls_dice(dut):
    await start(dut, data=int.from_bytes(os.urandom(1), "big"))
    await RisingEdge(dut.done)


@cocotb.test()
async def is_loud(dut):
    await start(dut, loud=1)
    await RisingEdge(dut.done)


@cocotb.test()
async def has_an_uneven_clock(dut):
    async def clock():
        for half in itertools.cycle([5, 5, 7]):
            dut.clk.value = 0
            await Timer(half, "ns")
            dut.clk.value = 1
            await Timer(half, "ns")

    cocotb.start_soon(clock())
    dut.rst.value = 1
    await Timer(200, "ns")


@cocotb.test()
async def uses_a_thread(dut):
    from cocotb.task import bridge, resume

    @resume
    async def the_end():
        await RisingEdge(dut.done)

    def waits_for_the_end():
        the_end()

    await start(dut)
    await bridge(waits_for_the_end)()


@cocotb.test()
async def forces_a_register(dut):
    from cocotb.handle import Force

    await start(dut)
    dut.spare.value = Force(0x5A)
    await RisingEdge(dut.done)


@cocotb.test()
async def never_ends(dut):
    await start(dut)
    await with_timeout(RisingEdge(dut.debug), 1, "sec")


@cocotb.test()
async def has_no_clock(dut):
    await Timer(200, "ns")


@cocotb.test(skip=True)
async def is_skipped(dut):
    pass


@cocotb.test(expect_fail=True)
async def is_expected_to_fail(dut):
    raise AssertionError


@cocotb.test()
@cocotb.parametrize(data=[1, 2])
async def has_parameters(dut, data):
    await start(dut, data)


async def is_no_test(dut):
    pass
"""


def write_project(folder: Path, *, source: str = PLAIN_DESIGN, **changes: dict[str, Any]) -> Path:
    """Write design, bench and campaign file; `changes` holds keys for its tables. Return the campaign file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ledger.sv").write_text(source)
    (folder / "ledger_bench.py").write_text(BENCH)
    tables: dict[str, dict[str, Any]] = {
        "design": {"top": "ledger", "sources": ["ledger.sv"]},
        # The compiler of the tests' many small simulations may be lazy.
        "test": {
            "module": "ledger_bench",
            "name": "adds_up",
            "build_arguments": {"verilator": ["-CFLAGS", "-O0"]},
        },
        "observe": {
            "clock": "clk",
            "outputs": [{"signal": "total", "valid": "done"}, {"signal": "code"}],
            "alarms": ["alarm"],
            "corrected": ["corrected"],
        },
        "campaign": {"upsets": 10, "seed": 3},
    }
    for table, keys in changes.items():
        # What is changed to None is left out.
        tables[table] = {key: value for key, value in (tables[table] | keys).items() if value is not None}
    path = folder / "ledger.toml"
    path.write_text(
        "".join(
            f"[{table}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
            for table, keys in tables.items()
        )
    )
    return path


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)
