"""The nets of a design that a transient can hit, and those that cannot be forced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from radtest.core import TargetKind
from radtest.inject import TargetList, list_targets
from radtest.inject.configuration import DesignSection


@pytest.fixture(params=["verilog", "slang"])
def nets_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], TargetList]:
    """Return a function that lists the nets of a source, read by either frontend."""

    def list_them(source: str) -> TargetList:
        (tmp_path / "design.sv").write_text(source)
        section = DesignSection.model_validate({"top": "top", "sources": ("design.sv",), "frontend": request.param})
        return list_targets(section, tmp_path / "campaign.toml", tmp_path, nets=True)

    return list_them


def nets(targets: TargetList) -> list[tuple[str, str, int, int]]:
    return [(t.name, t.module, t.lsb, t.width) for t in targets.targets if t.kind is TargetKind.NET]


def refused(targets: TargetList) -> dict[str, str]:
    return {r.name: r.reason for r in targets.removed}


def test_what_gates_drive_is_a_net_and_what_registers_ports_and_constants_drive_is_none(nets_of):
    found = nets_of(
        """module top(input clk, input [3:0] a, b, output reg [3:0] q, output [3:0] y, output [3:0] copy);
            wire [3:0] sum = a + b;
            wire [3:0] five = 4'd5;
            wire [3:0] renamed = a;
            always @(posedge clk) q <= sum ^ renamed;
            assign y = q & five;
            assign copy = q;
        endmodule"""
    )

    # Of q & 5 two bits are q itself, the others are constant.
    assert nets(found) == [("sum", "top", 0, 4)]


def test_nets_come_after_all_that_is_stored_and_only_when_asked_for(nets_of, tmp_path):
    source = """module top(input clk, a, b, output reg q);
        wire n = a & b;
        always @(posedge clk) q <= n;
    endmodule"""

    assert [t.name for t in nets_of(source).targets] == ["q", "n"]
    section = DesignSection(top="top", sources=("design.sv",))
    assert [t.name for t in list_targets(section, tmp_path / "campaign.toml", tmp_path).targets] == ["q"]


def test_a_net_goes_by_the_name_nearest_to_its_driver(nets_of):
    found = nets_of(
        """module leaf(input [1:0] a, output [1:0] y); assign y = ~a; endmodule
        module mid(input [1:0] a, output [1:0] y); leaf inner(.a(a), .y(y)); endmodule
        module top(input clk, input [1:0] a, b, output reg [1:0] q);
            wire [1:0] near, far;
            mid one(.a(a ^ b), .y(near));
            assign far = near;
            always @(posedge clk) q <= far;
        endmodule"""
    )

    # What is connected as an expression has no name but that of the port, of which the outermost is nearest.
    assert nets(found) == [("one.a", "mid", 0, 2), ("one.inner.y", "leaf", 0, 2)]


def test_only_the_bits_that_reach_something_are_listed(nets_of):
    found = nets_of(
        """module top(input clk, input [3:0] a, b, output reg [1:0] q);
            wire [3:0] sum = a ^ b;
            wire [3:0] idle = a & b;
            always @(posedge clk) q <= sum[2:1];
        endmodule"""
    )

    assert nets(found) == [("sum", "top", 1, 2)]
    assert refused(found) == {
        "sum": "drives nothing that can be observed",
        "idle": "drives nothing that can be observed",
    }


def test_a_net_that_can_have_one_value_only_is_refused(nets_of):
    found = nets_of(
        """module top(input clk, input a, output reg q);
            wire off = a & 1'b0;
            wire on = a | ~off;
            wire n = ~a;
            always @(posedge clk) q <= n | off | ~on;
        endmodule"""
    )

    assert nets(found) == [("n", "top", 0, 1)]
    assert refused(found)["on"] == "constant"


def test_a_gated_clock_is_refused_and_its_enable_and_a_reset_are_not(nets_of):
    found = nets_of(
        """module top(input clk, input en, en2, rst, clear, input d, output reg q);
            wire both = en & en2;
            wire gated = clk & both;
            wire reset = rst | clear;
            always @(posedge gated or posedge reset) if (reset) q <= 0; else q <= d;
        endmodule"""
    )

    assert [name for name, *_ in nets(found)] == ["both", "reset"]
    assert refused(found) == {"gated": "a clock: a pulse on it is an edge"}


def test_the_enable_of_a_latch_is_a_net(nets_of):
    found = nets_of(
        """module top(input a, b, d, output reg q);
            wire open = a & b;
            always_latch if (open) q = d;
        endmodule"""
    )

    assert [name for name, *_ in nets(found)] == ["open"]


def test_a_variable_that_its_block_reads_is_refused(nets_of):
    found = nets_of(
        """module top(input clk, input [3:0] d, output reg [2:0] q, output reg p);
            logic [2:0] ones;
            logic parity, other;
            always_comb begin
                ones = 0;
                for (int i = 0; i < 4; i++) ones = ones + {2'd0, d[i]};
            end
            always_comb parity = ^d;
            always_comb other = parity | d[0];
            always_ff @(posedge clk) begin q <= ones; p <= parity ^ other; end
        endmodule"""
    )

    assert [name for name, *_ in nets(found)] == ["other", "parity"]
    assert refused(found) == {"ones": "read in the block that writes it: a force would change how it is computed"}


def test_elements_of_arrays_are_refused(nets_of):
    found = nets_of(
        """module top(input clk, input [1:0] a, b, output reg [1:0] q);
            logic [1:0] pair [0:1];
            always_comb begin pair[0] = a & b; pair[1] = a | b; end
            always_ff @(posedge clk) q <= pair[0] ^ pair[1];
        endmodule"""
    )

    assert nets(found) == []
    assert {name.split("[")[0] for name in refused(found)} == {"pair"}
    assert all("unpacked array" in reason for reason in refused(found).values())


def test_nets_of_a_generate_scope_and_of_an_enumeration_have_their_names(nets_of):
    found = nets_of(
        """module top(input clk, input [1:0] a, output reg [1:0] q);
            typedef enum logic [1:0] {IDLE, RUN, STOP} mode_t;
            mode_t mode, next_mode;
            always_comb begin
                next_mode = IDLE;
                case (mode) IDLE: if (a[0]) next_mode = RUN; RUN: next_mode = STOP; default: ; endcase
            end
            always_ff @(posedge clk) mode <= next_mode;
            generate for (genvar i = 0; i < 2; i++) begin : lane
                wire turned = a[i] ^ a[1 - i] & mode[i];
                always_ff @(posedge clk) q[i] <= turned;
            end endgenerate
        endmodule"""
    )

    assert [(name, width) for name, _, _, width in nets(found)] == [
        ("lane[0].turned", 1),
        ("lane[1].turned", 1),
        ("next_mode", 2),
    ]


def test_what_is_read_from_a_memory_is_a_net(nets_of):
    found = nets_of(
        """module top(input clk, we, input [1:0] wa, ra, input [3:0] d, output reg [3:0] q);
            reg [3:0] ram [0:3];
            wire [3:0] word = ram[ra];
            always @(posedge clk) begin if (we) ram[wa] <= d; q <= word; end
        endmodule"""
    )

    assert nets(found) == [("word", "top", 0, 4)]
    assert [(t.name, t.kind) for t in found.targets if t.kind is TargetKind.MEMORY] == [("ram", TargetKind.MEMORY)]


def test_a_gate_that_does_nothing_does_not_make_a_second_net(nets_of):
    found = nets_of(
        """module top(input clk, a, b, output reg q);
            wire n = a ^ b;
            wire same = n & 1'b1;
            always @(posedge clk) q <= same;
        endmodule"""
    )

    assert [name for name, *_ in nets(found)] == ["n"]
