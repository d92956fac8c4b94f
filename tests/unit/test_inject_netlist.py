"""The targets of a design, read from its netlist."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from injection_samples import DESIGN

from radtest.core import InjectionError, Target, TargetKind
from radtest.inject import RemovedBits, TargetList, list_targets
from radtest.inject.configuration import DesignSection

FLIP_FLOP, LATCH, MEMORY = TargetKind.FLIP_FLOP, TargetKind.LATCH, TargetKind.MEMORY


@pytest.fixture(params=["verilog", "slang"])
def targets_of(request: pytest.FixtureRequest) -> Callable[..., TargetList]:
    """Return a function that lists the targets of a source, read by either frontend."""

    def list_them(folder: Path, source: str, **section: object) -> TargetList:
        (folder / "design.v").write_text(source)
        keys = {"top": "top", "sources": ("design.v",), "frontend": request.param}
        return list_targets(DesignSection.model_validate(keys | section), folder / "campaign.toml", folder)

    return list_them


def brief(targets: TargetList) -> list[tuple[object, ...]]:
    return [(t.name, t.kind, t.lsb, t.width, t.words) for t in targets.targets]


def test_a_register_carries_its_module_and_the_line_of_its_declaration(targets_of, tmp_path):
    found = targets_of(tmp_path, "module top(input clk, d,\n output reg q);\n always @(posedge clk) q <= d; endmodule")

    assert found == TargetList((Target("q", "top", FLIP_FLOP, width=1, src="design.v:2"),), (), ("q",), 0)


@pytest.mark.parametrize(
    "body",
    [
        "always @(posedge clk) if (en) q <= d;",
        "always @(posedge clk) if (rst) q <= 5; else if (en) q <= d;",
        "always @(posedge clk or posedge rst) if (rst) q <= 5; else q <= d;",
        "always @(posedge clk or negedge rst) if (!rst) q <= 5; else if (en) q <= d;",
        "always @(negedge clk) q <= d;",
        "always @(posedge clk or posedge rst) if (rst) q <= d; else q <= ~d;",
    ],
    ids=["enable", "sync reset", "async reset", "async reset and enable", "negative edge", "async load"],
)
def test_flip_flops_of_every_kind_are_found(targets_of, tmp_path, body):
    found = targets_of(tmp_path, f"module top(input clk, rst, en, input [3:0] d, output reg [3:0] q); {body} endmodule")

    assert brief(found) == [("q", FLIP_FLOP, 0, 4, 1)]


def test_modules_kept_apart_are_looked_into(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        "(* keep_hierarchy *) module copy(input clk, d, output reg q); always @(posedge clk) q <= d; endmodule\n"
        "module top(input clk, d, output [2:0] q);"
        " copy a(clk, d, q[0]); (* keep_hierarchy *) copy b(clk, d, q[1]); copy c(clk, d, q[2]); endmodule",
    )

    assert [t.name for t in found.targets] == ["a.q", "b.q", "c.q"]
    assert {t.module for t in found.targets} == {"copy"}


def test_a_loop_variable_of_a_clocked_block_is_no_target(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        "module top(input clk, input [3:0] d, output reg [3:0] q, output reg [3:0] r); integer k;\n"
        " always @* for (k = 0; k < 4; k = k + 1) r[k] = d[3 - k];\n"
        " always @(posedge clk) for (k = 0; k < 4; k = k + 1) q[k] <= d[k]; endmodule",
    )

    assert brief(found) == [("q", FLIP_FLOP, 0, 4, 1)]


def test_a_latch_is_called_a_latch(targets_of, tmp_path):
    found = targets_of(tmp_path, "module top(input en, d, output reg q); always @* if (en) q = d; endmodule")

    assert brief(found) == [("q", LATCH, 0, 1, 1)]


def test_bits_that_are_constant_split_a_register_and_are_listed(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        "module top(input clk, a, b, output [7:0] o); reg [7:0] q = 0; assign o = q;"
        "always @(posedge clk) begin q[1:0] <= {a, b}; q[3:2] <= 0; q[7:4] <= q[7:4] + 1; end endmodule",
    )

    assert brief(found) == [("q", FLIP_FLOP, 0, 2, 1), ("q", FLIP_FLOP, 4, 4, 1)]
    assert found.removed == (RemovedBits("q", "top", 2, "constant"),)


def test_a_register_that_nothing_reads_is_listed_as_removed(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        "module top(input clk, d, output reg q); reg [4:0] unused;"
        "always @(posedge clk) begin q <= d; unused <= unused + 1; end endmodule",
    )

    assert [t.name for t in found.targets] == ["q"]
    assert found.removed == (RemovedBits("unused", "top", 5, "drives nothing that can be observed"),)


@pytest.mark.parametrize(
    "copies",
    [
        "reg [3:0] a, b, c; always @(posedge clk) begin a <= d; b <= d; c <= d; end",
        "wire [3:0] a, b, c; one u0(clk, d, a); one u1(clk, d, b); one u2(clk, d, c);",
    ],
    ids=["registers", "instances"],
)
def test_the_copies_of_a_triplicated_register_all_survive(targets_of, tmp_path, copies):
    found = targets_of(
        tmp_path,
        "module one(input clk, input [3:0] d, output reg [3:0] q); always @(posedge clk) q <= d; endmodule\n"
        f"module top(input clk, input [3:0] d, output [3:0] o); {copies} "
        "assign o = (a & b) | (b & c) | (a & c); endmodule",
    )

    assert [t.width for t in found.targets] == [4, 4, 4]
    assert len({t.name for t in found.targets}) == 3


def test_instances_of_a_parametrised_module_keep_their_paths_and_its_declared_name(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        "module leaf #(parameter W = 1) (input clk, input [W-1:0] d, output reg [W-1:0] q);"
        "always @(posedge clk) q <= d; endmodule\n"
        "module top(input clk, input [3:0] d, output [3:0] o, output p); wire [3:0] x;"
        "leaf #(.W(4)) first(clk, d, x); leaf #(.W(4)) second(clk, x, o); leaf third(clk, d[0], p); endmodule",
    )

    assert [(t.name, t.module, t.width) for t in found.targets] == [
        ("first.q", "leaf", 4),
        ("second.q", "leaf", 4),
        ("third.q", "leaf", 1),
    ]


def test_registers_of_generate_blocks_keep_their_indices(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        "module top(input clk, input [1:0] d, output [1:0] o); genvar i;"
        "generate for (i = 0; i < 2; i = i + 1) begin : g reg q; always @(posedge clk) q <= d[i]; assign o[i] = q; end"
        " endgenerate endmodule",
    )

    assert [t.name for t in found.targets] == ["g[0].q", "g[1].q"]


def test_a_memory_has_words_from_its_first_declared_index(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        "module top(input clk, we, input [3:0] a, input [7:0] d, output reg [7:0] q); reg [7:0] m [2:9];"
        "always @(posedge clk) begin if (we) m[a] <= d; q <= m[a]; end endmodule",
    )

    assert found.targets[1] == Target("m", "top", MEMORY, width=8, words=8, first_word=2, src="design.v:1")


def test_a_memory_loaded_from_a_file_is_found_where_the_file_is(targets_of, tmp_path):
    (tmp_path / "rom.hex").write_text("01\n02\n03\n04\n")
    found = targets_of(
        tmp_path,
        "module top(input clk, input [1:0] a, output reg [7:0] q); reg [7:0] rom [0:3];"
        'initial $readmemh("rom.hex", rom); always @(posedge clk) q <= rom[a]; endmodule',
    )

    assert ("rom", MEMORY, 0, 8, 4) in brief(found)


def test_parameters_and_defines_reach_the_design(targets_of, tmp_path):
    found = targets_of(
        tmp_path,
        'module top #(parameter W = 1, parameter NAME = "") (input clk, input [W-1:0] d, output reg [`MORE:0] q);'
        'always @(posedge clk) q <= NAME == "a b" ? d : q; endmodule',
        parameters={"W": 3, "NAME": "a b"},
        defines={"MORE": 2, "FLAG": None},
    )

    assert brief(found) == [("q", FLIP_FLOP, 0, 3, 1)]


def test_a_folder_with_a_space_in_its_name_is_no_obstacle(targets_of, tmp_path):
    folder = tmp_path / "a folder"
    (folder / "in clude").mkdir(parents=True)
    (folder / "in clude" / "width.vh").write_text("`define WIDTH 6\n")

    found = targets_of(
        folder,
        '`include "width.vh"\nmodule top(input clk, input [9:0] d, output reg [`WIDTH-1:0] q);'
        "always @(posedge clk) q <= d; endmodule",
        includes=("in clude",),
    )

    assert brief(found) == [("q", FLIP_FLOP, 0, 6, 1)]


def test_the_list_is_the_same_each_time(targets_of, tmp_path):
    assert targets_of(tmp_path, DESIGN, top="ledger") == targets_of(tmp_path, DESIGN, top="ledger")


@pytest.mark.parametrize(
    ("source", "section", "said"),
    [
        (
            "module top(input clk; endmodule",
            {},
            {
                "verilog": r"design.v:1: ERROR: syntax error, unexpected ';'",
                "slang": r"design.v:1: ERROR: expected '\)'",
            },
        ),
        (
            "module other; endmodule",
            {},
            {"verilog": r"Module `top' not found", "slang": r"'top' is not a valid top-level module"},
        ),
        (
            "module top; missing m(); endmodule",
            {},
            {"verilog": r"missing.* is not part of the design", "slang": r"design.v:1: .* unknown module 'missing'"},
        ),
        (
            "module top; endmodule",
            {"parameters": {"W": 1}},
            {"verilog": r"'top' has no parameter 'W'; it has none", "slang": r"parameter 'W' does not exist in 'top'"},
        ),
        (
            'module top; reg [7:0] m [0:3]; initial $readmemh("no.hex", m); endmodule',
            {},
            {"verilog": r"Can not open file `no.hex`", "slang": r"failed to open file 'no.hex'"},
        ),
    ],
    ids=["syntax", "top", "module", "parameter", "data file"],
)
def test_what_yosys_does_not_accept_is_told_in_its_words(targets_of, tmp_path, request, source, section, said):
    with pytest.raises(InjectionError, match=r"campaign\.toml: Yosys does not accept the design: ") as error:
        targets_of(tmp_path, source, **section)

    assert re.search(said[request.node.callspec.params["targets_of"]], error.value.message)
    assert "design.frontend" in error.value.remedy


def test_the_bounds_of_registers_that_do_not_end_in_bit_0_are_told(targets_of, tmp_path):
    source = """
    module top (input clk, input [3:0] d, output [3:0] o);
        reg [3:0] usual; reg [4:1] from_1; reg [0:3] up; reg flag;
        always @(posedge clk) begin usual <= d; from_1 <= usual; up <= from_1; flag <= ^up; end
        assign o = up ^ {4{flag}};
    endmodule"""

    assert targets_of(tmp_path, source).ranges == {"from_1": (4, 1), "up": (0, 3)}
