"""The hardened netlist passes the test of the original, and single upsets of what is protected come to nothing."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest
from hardening_samples import write_map
from injection_samples import write_project

from radtest.core import BusyError, ConfigurationError, Outcome
from radtest.core.injection import TargetKind
from radtest.inject import Campaign, run
from radtest.inject.exhaustive.hardened import cell_areas_of, write_hardened
from radtest.inject.exhaustive.map_file import open_map
from radtest.inject.exhaustive.protection import choose_protection
from radtest.inject.export import bit_name

ROOT = Path(__file__).parents[2]
PICORV32 = ROOT / "hdl_tests/picorv32_soc/picorv32_soc.toml"

DESIGN = """
module lane #(parameter WIDTH = 4) (
    input wire clk, reset_n, load, input wire [WIDTH-1:0] d, output reg [WIDTH-1:0] q
);
    initial q = 5;
    always @(posedge clk or negedge reset_n) if (!reset_n) q <= 5; else if (load) q <= q + d;
endmodule

module tally #(parameter TABLE = "words.hex", parameter integer STEP = 1) (
    input wire clk, reset_n, output reg [7:0] total, output wire done, output wire [7:0] lanes
);
    reg [7:0] words [0:7];
    initial $readmemh(TABLE, words);
    reg [3:0] index = 0;
    reg [3:0] mixed;
    reg [2:0] choice;
    reg [7:0] pair [0:1];
    assign done = index[3];
    wire lost = reset_n && choice == 0;
    always @* mixed[0] = ^total;          // a register in part
    always @(posedge clk) if (!reset_n) begin
        index <= 0; total <= 0; mixed[3:1] <= 0; choice <= 1; pair[0] <= 0; pair[1] <= 0;
    end else if (!done) begin
        index <= index + 1;
        choice <= {choice[1:0], choice[2]};
        mixed[3:1] <= mixed[3:1] + 1;
            if (index[0]) pair[1] <= words[index[2:0]]; else pair[0] <= words[index[2:0]];
        (* parallel_case, full_case *)
        case (1'b1)
            choice[0]: total <= total + words[index[2:0]];
            choice[1]: total <= total ^ words[index[2:0]];
            choice[2]: total <= total + STEP + mixed + (pair[0] ^ pair[1]);
        endcase
        words[index[2:0]] <= total;
    end
    genvar i;
    generate for (i = 0; i < 2; i = i + 1) begin : bank
        lane #(.WIDTH(4)) cell_ (.clk(clk), .reset_n(reset_n),
            .load(index[0] == i), .d(total[4*i+:4]), .q(lanes[4*i+:4]));
    end endgenerate
endmodule
"""

VERILOG_BENCH = """
module tally_top;
    reg clk = 0, reset_n = 0;
    wire [7:0] total, lanes;
    wire done;
    always #5 clk = ~clk;
    tally #(.TABLE("words.hex"), .STEP(3)) soc (.clk(clk), .reset_n(reset_n), .total(total), .done(done),
        .lanes(lanes));
endmodule
"""

BENCH = """
import cocotb
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge, with_timeout


@cocotb.test()
async def counts(dut):
    dut.reset_n.value = 0
    await ClockCycles(dut.clk, 3)
    dut.reset_n.value = 1
    await with_timeout(RisingEdge(dut.done), 1, "us")
    await ClockCycles(dut.clk, 2)
    await FallingEdge(dut.clk)
    assert (int(dut.total.value), int(dut.lanes.value)) == EXPECTED
"""

CAMPAIGN = """
[design]
top = "tally"
sources = ["rtl/tally.v"]
data_files = ["words.hex"]
parameters = { TABLE = "words.hex", STEP = 3 }

[test]
module = "tally_test"
name = "counts"
toplevel = "tally_top"
instance = "soc"
sources = ["tally_top.v"]
build_arguments = { verilator = ["-CFLAGS", "-O0"] }

[observe]
clock = "clk"
outputs = [{ signal = "total", valid = "done" }, { signal = "bank[1].cell_.q" }]
alarms = ["lost"]

[campaign]
upsets = 40
seed = 5
first_cycle = 5
"""


def expected() -> tuple[int, int]:
    """What the design computes, in Python."""
    words = [0x11 * n for n in range(1, 9)]
    total, counter, choice, pair, lanes = 0, 0, 0, [0, 0], [5, 5]
    for step in range(9):
        index = min(step, 8)
        which = index & 1
        lanes[which] = (lanes[which] + (total >> 4 * which)) & 15
        if step == 8:
            break
        word = words[step]
        mixed = counter << 1 | total.bit_count() & 1
        words[step] = total
        total = [total + word, total ^ word, total + 3 + mixed + (pair[0] ^ pair[1])][choice] & 0xFF
        pair[which] = word
        counter, choice = (counter + 1) & 7, (choice + 1) % 3
    # One more cycle follows.
    lanes[0] = (lanes[0] + total) & 15
    return total, lanes[1] << 4 | lanes[0]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tally")
    (folder / "rtl").mkdir()
    (folder / "rtl/tally.v").write_text(DESIGN)
    (folder / "tally_top.v").write_text(VERILOG_BENCH)
    (folder / "tally_test.py").write_text(BENCH.replace("EXPECTED", repr(expected())))
    (folder / "words.hex").write_text("".join(f"{0x11 * n:02x}\n" for n in range(1, 9)))
    path = folder / "tally.toml"
    path.write_text(CAMPAIGN)
    return path


def flip_flops(campaign: Path, folder: Path):
    targets = Campaign(campaign, "icarus", folder).targets().targets
    return [target for target in targets if target.kind is TargetKind.FLIP_FLOP]


def all_bits(targets) -> dict[str, dict[Outcome, int]]:
    return {bit_name(target, 0, bit): {Outcome.SDC: 1} for target in targets for bit in range(target.width)}


def hardened(campaign: Path, folder: Path, chosen=None):
    """Protect the chosen bits of a design, all of them by default."""
    targets = flip_flops(campaign, folder / "list")
    counts = all_bits(targets)
    if chosen is not None:
        assert set(chosen) <= set(counts)
        counts = {name: counts[name] for name in chosen}
    with open_map(write_map(folder / "map.h5", targets, counts, campaign)) as upset_map:
        return write_hardened(upset_map, choose_protection(upset_map, 1e9), folder / "hardened")


def only(campaign: Path, pattern: str, upsets: int):
    """Return a campaign with upsets of what fits a pattern alone."""
    document = tomllib.loads(campaign.read_text())
    document["campaign"] |= {"include": [pattern], "upsets": upsets}
    return document


CHOSEN = [
    *(f"total[{bit}]" for bit in (0, 1, 2, 5)),
    *(f"choice[{bit}]" for bit in range(3)),
    *("index[3]", "mixed[2]", "pair[0][4]"),
    *(f"bank[1].cell_.q[{bit}]" for bit in range(4)),
]


@pytest.fixture(scope="module")
def partly(project, tmp_path_factory):
    return hardened(project, tmp_path_factory.mktemp("partly"), CHOSEN)


@pytest.mark.icarus
def test_upsets_of_protected_flip_flops_come_to_nothing(partly, tmp_path):
    result = run(only(partly.campaign, "*_tmr_*", 60), "icarus", tmp_path, base=partly.campaign.parent)

    # The next edge of the clock has mended them, those with an enable too; so nothing is latent either.
    assert result.count(Outcome.MASKED) == 60, result.describe(*set(Outcome) - {Outcome.MASKED})
    assert sum(target.bits for target in result.targets if "_tmr_" in target.name) == 3 * len(CHOSEN)


@pytest.mark.icarus
def test_what_is_not_protected_is_as_vulnerable_as_it_was(project, partly, tmp_path):
    before = run(only(project, "index", 20), "icarus", tmp_path / "before", base=project.parent)
    after = run(
        only(partly.campaign, "index_2_0_stored", 15), "icarus", tmp_path / "after", base=partly.campaign.parent
    )

    assert before.count(Outcome.SDC) > 0
    assert after.count(Outcome.SDC) > 0


@pytest.mark.slow
@pytest.mark.verilator
def test_the_netlist_passes_under_verilator_too(partly, tmp_path):
    result = run(only(partly.campaign, "*_tmr_*", 30), "verilator", tmp_path, base=partly.campaign.parent)

    assert result.count(Outcome.MASKED) == 30, result.describe(*set(Outcome) - {Outcome.MASKED})


def test_bits_of_the_rtl_are_found_in_the_netlist_by_the_table(partly):
    with partly.names.open(newline="") as file:
        names = {row["rtl"]: row["netlist"].split() for row in csv.DictReader(file)}

    assert names["index[3]"] == ["index_3_tmr_a[0]", "index_3_tmr_b[0]", "index_3_tmr_c[0]"]
    assert names["index[1]"] == ["index_2_0_stored[1]"]
    assert names["bank[1].cell_.q[2]"] == [f"bank_1_cell__q_tmr_{copy}[2]" for copy in "abc"]
    assert names["bank[0].cell_.q[2]"] == ["bank_0_cell__q[2]"]
    assert names["words"] == ["words"]


def test_the_netlist_keeps_ports_parameters_and_what_memories_hold(partly):
    text = partly.netlist.read_text()

    assert "module tally(clk, reset_n, total, done, lanes);" in text
    assert 'parameter TABLE = "words.hex";' in text
    assert "words[7] = 8'h88;" in text
    assert "without_promises" not in text


def test_the_campaign_is_that_of_the_map_with_the_names_of_the_netlist(project, partly):
    document = tomllib.loads(partly.campaign.read_text())

    assert document["design"]["sources"] == ["tally_hardened.v"]
    assert "parameters" not in document["design"]
    assert document["test"]["sources"] == [str(project.parent / "tally_top.v")]
    assert document["observe"]["outputs"] == [{"signal": "total", "valid": "done"}, {"signal": "bank_1_cell__q"}]
    assert document["observe"]["alarms"] == ["lost"]
    assert document["campaign"] == {"upsets": 40, "seed": 5, "first_cycle": 5}


def test_a_campaign_in_part_of_the_design_stays_in_that_part(project, tmp_path):
    narrow = project.parent / "narrow.toml"
    narrow.write_text(project.read_text() + 'include = ["i*"]\nexclude = ["iota"]\n')
    targets = [target for target in flip_flops(narrow, tmp_path / "list") if target.name == "index"]
    path = write_map(tmp_path / "map.h5", targets, {"index[3]": {Outcome.SDC: 9}}, narrow)

    with open_map(path) as upset_map:
        made = write_hardened(upset_map, choose_protection(upset_map, 2), tmp_path / "out")

    campaign = tomllib.loads(made.campaign.read_text())["campaign"]
    assert campaign["include"] == ["index_2_0_stored", "index_3_tmr_a", "index_3_tmr_b", "index_3_tmr_c"]
    assert "exclude" not in campaign


@pytest.mark.slow
@pytest.mark.icarus
def test_a_systemverilog_design_with_all_flip_flops_protected_has_no_silent_corruption(tmp_path):
    campaign = write_project(tmp_path / "ledger")
    made = hardened(campaign, tmp_path)

    result = run(only(made.campaign, "*", 80), "icarus", tmp_path / "out", base=made.campaign.parent)

    stored = [target for target in result.targets if target.kind is TargetKind.FLIP_FLOP]
    assert all("_tmr_" in target.name for target in stored)
    assert result.count(Outcome.MASKED) == 80, result.describe(*set(Outcome) - {Outcome.MASKED})


def test_nothing_is_written_over_what_is_there(project, tmp_path):
    (tmp_path / "hardened").mkdir()
    (tmp_path / "hardened/mine.txt").write_text("mine")

    with pytest.raises(BusyError, match="not an empty folder"):
        hardened(project, tmp_path)


def test_a_flip_flop_that_the_sources_no_longer_have_is_named(project, tmp_path):
    targets = [target for target in flip_flops(project, tmp_path / "list") if target.name == "index"]
    counts = {"index[1]": {Outcome.SDC: 9}}
    gone = project.parent / "gone.toml"
    (project.parent / "gone.v").write_text(DESIGN.replace("index", "place"))
    gone.write_text(project.read_text().replace("rtl/tally.v", "gone.v"))

    with open_map(write_map(tmp_path / "map.h5", targets, counts, gone)) as upset_map:
        protection = choose_protection(upset_map, 2)
        with pytest.raises(ConfigurationError, match=r"no flip-flop index\[1\], which .*map.h5 says it has"):
            write_hardened(upset_map, protection, tmp_path / "out")

    assert not (tmp_path / "out").exists()


LIBRARY = """
library(demo) {
  cell(FLOP) { area : 20.0; ff(IQ, IQN) { clocked_on : "CK"; next_state : "D"; }
    pin(D) { direction : input; } pin(CK) { direction : input; clock : true; }
    pin(Q) { direction : output; function : "IQ"; } }
  cell(FLOP_CLEAR) { area : 26.5; ff(IQ, IQN) { clocked_on : "CK"; next_state : "D"; clear : "!RN"; }
    pin(D) { direction : input; } pin(RN) { direction : input; } pin(CK) { direction : input; clock : true; }
    pin(Q) { direction : output; function : "IQ"; } }
  cell(BUF) { area : 4.0; pin(A) { direction : input; } pin(Y) { direction : output; function : "A"; } }
  cell(INV) { area : 3.0; pin(A) { direction : input; } pin(Y) { direction : output; function : "!A"; } }
  cell(NAND) { area : 4.0; pin(A) { direction : input; } pin(B) { direction : input; }
    pin(Y) { direction : output; function : "!(A&B)"; } }
  cell(NOR) { area : 4.0; pin(A) { direction : input; } pin(B) { direction : input; }
    pin(Y) { direction : output; function : "!(A|B)"; } }
  cell(MAJORITY) { area : 9.0; pin(A) { direction : input; } pin(B) { direction : input; } pin(C) { direction : input; }
    pin(Y) { direction : output; function : "(A&B)|(A&C)|(B&C)"; } }
}
"""


def test_areas_come_from_the_cells_of_a_library(project, tmp_path):
    (tmp_path / "demo.lib").write_text(LIBRARY)
    targets = flip_flops(project, tmp_path / "list")
    # The bits of the lanes have a reset without the clock, which sets two of them and clears two.
    counts = {"index[0]": {Outcome.SDC: 10}, "bank[0].cell_.q[1]": {Outcome.SDC: 10}}

    with open_map(write_map(tmp_path / "map.h5", targets, counts, project)) as upset_map:
        cells = cell_areas_of(upset_map, tmp_path / "demo.lib")
        protection = choose_protection(upset_map, 2, areas=cells.protection, unit="demo")

    assert cells.voter == 9.0
    assert cells.protection["index", 0] == 2 * 20.0 + 9.0
    assert cells.protection["bank[0].cell_.q", 1] == 2 * 26.5 + 9.0
    assert cells.protection["bank[0].cell_.q", 0] == 2 * (26.5 + 2 * 3.0) + 9.0
    assert cells.design > sum(20.0 for target in targets for _ in range(target.bits))
    assert protection.area == 49.0


def test_a_library_without_a_flip_flop_that_is_needed_is_refused(project, tmp_path):
    poor = LIBRARY[: LIBRARY.index("cell(FLOP_CLEAR)")] + LIBRARY[LIBRARY.index("cell(BUF)") :]
    (tmp_path / "poor.lib").write_text(poor)
    targets = flip_flops(project, tmp_path / "list")

    with open_map(write_map(tmp_path / "map.h5", targets, {}, project)) as upset_map:
        with pytest.raises(
            ConfigurationError, match=r"poor\.lib: the flip-flops of .* cannot be made of its cells: .*_DFF_PN0_"
        ):
            cell_areas_of(upset_map, tmp_path / "poor.lib")
        (tmp_path / "broken.lib").write_text("library(demo) { cell(")
        with pytest.raises(ConfigurationError, match=r"broken\.lib"):
            cell_areas_of(upset_map, tmp_path / "broken.lib")
        with pytest.raises(ConfigurationError, match="no such file"):
            cell_areas_of(upset_map, tmp_path / "absent.lib")


@pytest.mark.slow
@pytest.mark.icarus
def test_picorv32_in_which_the_result_and_the_program_counter_are_protected(tmp_path):
    chosen = [*(f"result[{bit}]" for bit in range(32)), *(f"cpu.reg_pc[{bit}]" for bit in range(2, 9)), "done"]
    made = hardened(PICORV32, tmp_path, chosen)

    result = run(only(made.campaign, "*_tmr_*", 20), "icarus", tmp_path / "out", base=made.campaign.parent)

    assert result.count(Outcome.MASKED) == 20, result.describe(*set(Outcome) - {Outcome.MASKED})
