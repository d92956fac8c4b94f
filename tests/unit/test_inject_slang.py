"""What SystemVerilog has and Verilog has not, in the list of targets; and that both frontends list the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

import pytest

from radtest.core import InjectionError, Target, TargetKind
from radtest.inject import RemovedBits, TargetList, list_targets, read_injection_configuration
from radtest.inject.configuration import DesignSection, resolve_source

FLIP_FLOP, LATCH, MEMORY = TargetKind.FLIP_FLOP, TargetKind.LATCH, TargetKind.MEMORY
DESIGNS = Path(__file__).parents[2] / "hdl_tests" / "designs"


def targets_of(folder: Path, *sources: str, **keys: object) -> TargetList:
    names = []
    for number, source in enumerate(sources):
        names.append(f"part{number}.sv")
        (folder / names[-1]).write_text(source)
    design = DesignSection.model_validate({"top": "top", "sources": names} | keys)
    return list_targets(design, folder / "campaign.toml", folder)


def brief(targets: TargetList) -> list[tuple[object, ...]]:
    return [(t.name, t.kind, t.lsb, t.width, t.words) for t in targets.targets]


@pytest.mark.parametrize(
    ("sources", "frontend", "chosen"),
    [
        (["cpu.v", "top.sv"], "auto", "slang"),
        (["cpu.v", "python:package/top.v"], "auto", "verilog"),
        (["cpu.v"], "slang", "slang"),
        (["cpu.sv"], "verilog", "verilog"),
    ],
)
def test_slang_reads_systemverilog_unless_the_file_says_otherwise(sources, frontend, chosen):
    design = DesignSection.model_validate({"top": "top", "sources": sources, "frontend": frontend})

    assert design.yosys_frontend == chosen


def test_structures_and_enumerations_of_a_package_are_one_register_each(tmp_path):
    found = targets_of(
        tmp_path,
        "package p; typedef enum logic [1:0] {A, B} e_t; typedef struct packed {logic [2:0] x; e_t e;} s_t; endpackage",
        "module top import p::*; (input logic clk, input s_t d, output s_t q, output e_t e);\n"
        "always_ff @(posedge clk) begin q <= d; e <= d.e; end endmodule",
    )

    assert found.targets == (
        Target("e", "top", FLIP_FLOP, width=2, src="part1.sv:1"),
        Target("q", "top", FLIP_FLOP, width=5, src="part1.sv:1"),
    )


def test_a_register_of_an_interface_is_named_where_it_is_declared(tmp_path):
    found = targets_of(
        tmp_path,
        "interface bus (input logic clk); logic [3:0] held; modport out(output held, input clk); endinterface",
        "module driver (bus.out to, input logic [3:0] d); always_ff @(posedge to.clk) to.held <= d; endmodule",
        "module top (input logic clk, input logic [3:0] d, output logic [3:0] q);"
        "bus b (.clk); driver u (.to(b), .d); assign q = b.held; endmodule",
    )

    assert [(t.name, t.module, t.src) for t in found.targets] == [("b.held", "top", "part0.sv:1")]


@pytest.mark.parametrize(
    ("declared", "written", "names"),
    [
        ("logic [1:0] a [2:4]", "a[2] <= d; a[3] <= d; a[4] <= d;", ["a[2]", "a[3]", "a[4]"]),
        ("logic [1:0] a [1:0][0:1]", "a[1][0] <= d; a[0][1] <= d;", ["a[0][1]", "a[1][0]"]),
        ("row_t a [2]", "a[1][3] <= d;", ["a[1][3]"]),
        ("logic [1:0][1:0] a", "a[1] <= d; a[0] <= d;", ["a"]),
    ],
    ids=["one dimension", "two dimensions", "an array of a type that is one", "packed"],
)
def test_elements_of_an_array_that_are_written_by_constant_indices_are_flip_flops(tmp_path, declared, written, names):
    found = targets_of(
        tmp_path,
        "typedef logic [1:0] row_t [2:3]; module top (input logic clk, input logic [1:0] d, output logic [63:0] q);"
        f"{declared}; always_ff @(posedge clk) begin {written} end assign q = {{>>{{a}}}}; endmodule",
    )

    assert [t.name for t in found.targets] == names
    assert {(t.kind, t.lsb, t.src) for t in found.targets} == {(FLIP_FLOP, 0, "part0.sv:1")}


def test_an_array_that_is_reset_at_once_has_a_register_for_each_element(tmp_path):
    found = targets_of(
        tmp_path,
        "module top (input logic clk, rst, input logic [3:0] d, output logic [1:0] q); logic [1:0] a [3:1];"
        "always_ff @(posedge clk or posedge rst) if (rst) a <= '{default: '0}; else a[d[3:2]] <= d[1:0];"
        "assign q = a[1] ^ a[2] ^ a[3]; endmodule",
    )

    assert brief(found) == [(f"a[{i}]", FLIP_FLOP, 0, 2, 1) for i in (1, 2, 3)]


def test_words_of_a_memory_that_are_arrays_are_rows_of_their_own(tmp_path):
    found = targets_of(
        tmp_path,
        "module top (input logic clk, input logic [2:0] i, input logic [3:0] d, output logic [3:0] q);"
        "logic [3:0] m [0:1][7:4]; always_ff @(posedge clk) begin m[i[2]][{1'b1, i[1:0]}] <= d;"
        "q <= m[d[0]][{1'b1, i[1:0]}]; end endmodule",
    )

    assert found.targets[1:] == tuple(
        Target(f"m[{i}]", "top", MEMORY, width=4, words=4, first_word=4, src="part0.sv:1") for i in (0, 1)
    )


def test_modules_with_type_parameters_keep_their_declared_name(tmp_path):
    found = targets_of(
        tmp_path,
        "module keep #(parameter type T = logic) (input logic clk, input T d, output T q);"
        "always_ff @(posedge clk) q <= d; endmodule",
        "module top (input logic clk, input logic [2:0] d, output logic [2:0] q, output logic r);"
        "keep #(.T(logic [2:0])) three (.clk, .d, .q);"
        "if (1) begin : g keep one [0:0] (.clk, .d(d[0]), .q(r)); end endmodule",
    )

    assert [(t.name, t.module, t.width) for t in found.targets] == [("g.one[0].q", "keep", 1), ("three.q", "keep", 3)]


def test_a_structure_that_is_not_packed_is_listed_with_all_its_bits(tmp_path):
    found = targets_of(
        tmp_path,
        "module top (input logic clk, input logic [2:0] d, output logic [2:0] q, output logic [1:0] r);"
        "struct {logic [1:0] a; logic b;} s; logic [1:0] other [0:0];"
        "always_ff @(posedge clk) begin s.a <= d[1:0]; s.b <= d[2]; other[0] <= d[1:0]; end"
        " assign q = {s.a, s.b}; assign r = other[0]; endmodule",
    )

    assert brief(found) == [("other[0]", FLIP_FLOP, 0, 2, 1), ("s", FLIP_FLOP, 0, 3, 1)]


def test_macros_of_one_file_hold_in_the_next(tmp_path):
    found = targets_of(
        tmp_path,
        "`define WIDTH 3",
        "module top (input logic clk, input logic [`WIDTH-1:0] d, output logic [`WIDTH-1:0] q);"
        "always_ff @(posedge clk) q <= d; endmodule",
    )

    assert brief(found) == [("q", FLIP_FLOP, 0, 3, 1)]


def test_what_only_a_simulation_looks_at_keeps_no_register(tmp_path):
    found = targets_of(
        tmp_path,
        "module top (input logic clk, d, output logic q); logic shown, checked;"
        'always_ff @(posedge clk) begin q <= #1 d; shown <= d; checked <= d; $display("%b", shown); end'
        " always_ff @(posedge clk) assert (checked !== 1'bx); endmodule",
    )

    assert [t.name for t in found.targets] == ["q"]
    assert found.removed == (
        RemovedBits("checked", "top", 1, "drives nothing that can be observed"),
        RemovedBits("shown", "top", 1, "drives nothing that can be observed"),
    )


def test_a_case_called_unique_stores_nothing_but_one_called_full_in_an_attribute_does(tmp_path):
    body = (
        "module top (input logic [1:0] s, d, output logic [1:0] q); always @* {} case (s)"
        " 0: q = d; 1: q = ~d; 2: q = 0; endcase endmodule"
    )

    assert brief(targets_of(tmp_path, body.replace("{} case", "unique case"))) == []
    assert brief(targets_of(tmp_path, body.replace("{} case", "(* full_case *) case"))) == [("q", LATCH, 0, 2, 1)]
    assert brief(targets_of(tmp_path, body.replace("{} case", "(* full_case *) case"), frontend="verilog")) == []


def test_an_error_names_the_whole_path_of_the_file(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "design.sv").write_text("module top;\n  logic a = b;\nendmodule")
    design = DesignSection(top="top", sources=("design.sv",))

    with pytest.raises(InjectionError, match=f"{tmp_path / 'design.sv'}:2: ERROR: use of undeclared identifier 'b'"):
        list_targets(design, tmp_path / "campaign.toml", work)


def test_only_the_first_of_many_errors_are_told(tmp_path):
    lines = "\n".join(f"  wire a{i} = b{i};" for i in range(20))

    with pytest.raises(InjectionError, match=r"part0\.sv:7: .* undeclared identifier 'b5' and 14 more\n"):
        targets_of(tmp_path, f"module top;\n{lines}\nendmodule")


def test_an_include_folder_that_slang_cannot_be_told_of_is_refused(tmp_path):
    (tmp_path / "one, two").mkdir()

    with pytest.raises(InjectionError, match="slang takes the comma in the include folder"):
        targets_of(tmp_path, "module top; endmodule", includes=("one, two",))


@pytest.mark.parametrize("name", ["crc_link", "hamming_fsm", "parity_fifo", "secded_memory", "tmr_bank", "watchdog"])
@pytest.mark.parametrize("variant", ["plain", "hardened"])
def test_both_frontends_list_the_same(tmp_path, name, variant):
    path = DESIGNS / name / f"{variant}.toml"
    design = read_injection_configuration(path)[0].design
    for file in design.data_files:
        source = resolve_source(file, path, "data")
        shutil.copyfile(source, tmp_path / source.name)

    def listed(frontend: Literal["verilog", "slang"]) -> tuple[set[Target], tuple[str, ...], int]:
        found = list_targets(design.model_copy(update={"frontend": frontend}), path, tmp_path)
        return set(found.targets), found.outputs, found.nameless_bits

    assert listed("slang") == listed("verilog")
