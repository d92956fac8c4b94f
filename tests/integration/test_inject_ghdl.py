"""VHDL designs under campaign in GHDL: what a flip-flop does there, and what stands in the way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from vhdl_samples import AROUND_KEEPER, AROUND_KEEPER_BENCH, KEEPER, SHAPES, write_vhdl_project

from radtest.core import ConfigurationError, InjectionError, InjectionResult, Outcome, Target
from radtest.inject import Campaign, compare_outcomes
from radtest.log import open_record

pytestmark = pytest.mark.ghdl

REGISTERS = {
    # What a clocked process assigns, of every type.
    "flag": 1, "up": 4, "shifted": 4, "small": 3, "whole": 3, "digit": 3, "truth": 1, "plain": 2, "mode": 2,
    "quarter": 2, "point.x": 3, "point.seen": 1, "point.way": 2, "path(0).x": 3, "path(0).seen": 1, "path(0).way": 2,
    "path(1).x": 3, "path(1).seen": 1, "path(1).way": 2, "ram(2)": 4, "ram(3)": 4, "ram(4)": 4, "ram(5)": 4,
    "store": 16,
    # A variable, and what follows it.
    "main.count": 4, "total": 4,
    # What a procedure, an aggregate, an assignment outside of a process and a process without a list of signals assign.
    "called": 1, "one": 1, "other": 1, "gated": 1, "waited": 1,
    # What several processes drive, each a part of it.
    "bits": 4, "nibbles": 4,
    # What lies in instances, generate statements and blocks.
    "row(1).cell.q": 1, "row(2).cell.q": 1, "wide.q": 1, "extra.kept": 1, "extra.inner.deep": 1,
}  # fmt: skip


def results_of(record: Path) -> tuple[list[InjectionResult], list[Target]]:
    with open_record(record) as opened:
        return list(opened.injection_results()), list(opened.target_list())


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[InjectionResult], list[Target]]:
    """A campaign on registers of every shape."""
    folder = tmp_path_factory.mktemp("shapes")
    project = write_vhdl_project(folder, campaign={"upsets": 250, "first_cycle": 4})
    return results_of(Campaign(project, "ghdl", folder / "records").run())


def test_registers_of_every_shape_are_listed_by_their_vhdl_names(
    shapes: tuple[list[InjectionResult], list[Target]],
) -> None:
    _, targets = shapes

    assert {target.name: target.bits for target in targets} == REGISTERS
    line = SHAPES[: SHAPES.index("signal kept")].count("\n") + 1
    assert {target.src for target in targets if target.name == "extra.kept"} == {f"shapes.vhd:{line}"}
    assert {target.module for target in targets} == {"shapes", "lane"}


def test_registers_of_every_shape_are_flipped_and_only_codes_without_a_value_are_not(
    shapes: tuple[list[InjectionResult], list[Target]],
) -> None:
    results, targets = shapes
    invalid = [result for result in results if result.outcome is Outcome.INVALID]

    assert {targets[result.upset.target].name for result in invalid} <= {"mode", "digit"}
    assert all("its type has values for the codes" in result.detail for result in invalid)
    flipped = {targets[result.upset.target].name for result in results if result.outcome is not Outcome.INVALID}
    assert len(flipped) > 0.9 * len(REGISTERS)


@pytest.mark.slow
def test_an_upset_stays_until_the_register_is_assigned_be_it_the_value_from_before(tmp_path: Path) -> None:
    # The register keeps a word for 20 cycles, loads the same word again, and is looked at 20 cycles later.
    settings = {"upsets": 60, "first_cycle": 6, "last_cycle": 40, "include": ["kept"]}
    project = write_vhdl_project(tmp_path, "keeper", campaign=settings)

    results, _ = results_of(Campaign(project, "ghdl", tmp_path / "records").run())

    assert {result.outcome for result in results if result.upset.cycle < 22} == {Outcome.MASKED}
    assert {result.outcome for result in results if result.upset.cycle > 24} == {Outcome.SDC}


def test_the_end_of_a_simulation_is_a_failure_and_one_without_an_end_is_a_hang(tmp_path: Path) -> None:
    # Both registers are never reset, and low all the same.
    settings = {"upsets": 8, "first_cycle": 6, "include": ["ended", "spinning"], "wall_timeout_s": 0.7}
    project = write_vhdl_project(tmp_path, "keeper", campaign=settings)

    results, targets = results_of(Campaign(project, "ghdl", tmp_path / "records").run())

    outcomes = {(targets[result.upset.target].name, result.outcome) for result in results}
    assert outcomes == {("ended", Outcome.SDC), ("spinning", Outcome.HANG)}


def test_a_clock_made_in_vhdl_keeps_its_beat(tmp_path: Path) -> None:
    (tmp_path / "around.vhd").write_text(AROUND_KEEPER)
    project = write_vhdl_project(
        tmp_path,
        "keeper",
        bench=AROUND_KEEPER_BENCH,
        test={"toplevel": "around", "instance": "DUT", "sources": ["around.vhd"]},
        campaign={"upsets": 30, "first_cycle": 6, "last_cycle": 40, "include": ["kept"]},
    )

    results, _ = results_of(Campaign(project, "ghdl", tmp_path / "records").run())

    assert {result.outcome for result in results if result.upset.cycle < 22} == {Outcome.MASKED}
    assert {result.outcome for result in results if result.upset.cycle > 25} == {Outcome.SDC}


@pytest.mark.slow
def test_fork_and_restart_agree(tmp_path: Path) -> None:
    project = write_vhdl_project(tmp_path, campaign={"upsets": 4, "first_cycle": 4})
    records = [Campaign(project, "ghdl", tmp_path / s, strategy=s).run() for s in ("fork", "restart")]  # type: ignore[arg-type]

    with open_record(records[0]) as one, open_record(records[1]) as other:
        agreement = compare_outcomes(one, other)

    assert (agreement.compared, agreement.disagreements) == (4, ())


# As it stands in the sample, GHDL 2 loses the clock of the memory.
SYNTHESISED = SHAPES.replace("ram(2) & ram(3) when", 'ram(2 + to_integer(unsigned(data(1 downto 0)))) & x"0" when')
SYNTHESISED = SYNTHESISED.replace("ram(4) & ram(5) when", 'x"00" when')


@pytest.mark.slow
@pytest.mark.icarus
@pytest.mark.parametrize("upsets", [100, pytest.param(2000, marks=pytest.mark.slow)])
def test_the_verilog_of_a_design_in_icarus_has_the_outcomes_of_ghdl(tmp_path: Path, upsets: int) -> None:
    settings = {"upsets": upsets, "first_cycle": 4, "kinds": ["flip_flop", "memory"]}
    project = write_vhdl_project(tmp_path, source=SYNTHESISED, campaign=settings)
    records = [Campaign(project, simulator, tmp_path / "records").run() for simulator in ("ghdl", "icarus")]  # type: ignore[arg-type]

    with open_record(records[0]) as one, open_record(records[1]) as other:
        agreement = compare_outcomes(one, other)

    # What the flip-flops of the Verilog can hold and the types of the VHDL cannot.
    differing = {(a.outcome, b.outcome is Outcome.INVALID) for a, b in agreement.disagreements}
    assert agreement.compared == upsets
    assert differing <= {(Outcome.INVALID, False)}
    assert len(agreement.disagreements) < 0.05 * upsets


@pytest.mark.slow
@pytest.mark.icarus
def test_several_bits_of_one_process_are_flipped_at_one_time(tmp_path: Path) -> None:
    settings = {"upsets": 40, "first_cycle": 4, "model": "mcu", "cluster": {"size": 3}, "include": ["up", "point.x"]}
    project = write_vhdl_project(tmp_path, source=SYNTHESISED, campaign=settings)
    records = [Campaign(project, simulator, tmp_path / "records").run() for simulator in ("ghdl", "icarus")]  # type: ignore[arg-type]

    with open_record(records[0]) as one, open_record(records[1]) as other:
        agreement = compare_outcomes(one, other)
        outcomes = {result.outcome for result in one.injection_results()}

    assert (agreement.compared, agreement.disagreements) == (40, ())
    assert Outcome.SDC in outcomes


def test_a_memory_is_upset_word_by_word(tmp_path: Path) -> None:
    project = write_vhdl_project(tmp_path, source=SYNTHESISED, campaign={"upsets": 20, "kinds": ["memory"]})

    results, targets = results_of(Campaign(project, "ghdl", tmp_path / "records").run())

    memories = {target.name: (target.words, target.width, target.first_word) for target in targets if target.words > 1}
    assert memories == {"ram": (4, 4, 2), "store": (4, 4, 0)}
    assert all(result.outcome is not Outcome.INVALID for result in results)


@pytest.mark.slow
def test_the_command_takes_ghdl_for_vhdl(tmp_path: Path) -> None:
    project = write_vhdl_project(tmp_path, "keeper", campaign={"upsets": 5, "first_cycle": 6, "include": ["kept"]})
    command = [sys.executable, "-m", "radtest", "inject", str(project), "--json", "--out", str(tmp_path / "records")]

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    assert list(json.loads(done.stdout)["records"]) == ["ghdl"]


@pytest.mark.icarus
def test_verilog_without_the_registers_of_the_design_is_refused(tmp_path: Path) -> None:
    project = write_vhdl_project(tmp_path)

    with pytest.raises(InjectionError, match=r"shapes\.vhd:62: GHDL's synthesis makes no flip-flops of 'ram\(2\)'"):
        Campaign(project, "icarus", tmp_path / "records").run()


@pytest.mark.parametrize(
    ("latch", "complaint"),
    [
        pytest.param("word", 'latch infered for net "word"', id="a port"),
        pytest.param("held", "makes X of 'held', which is what becomes of a latch", id="a signal"),
    ],
)
def test_a_latch_is_refused(tmp_path: Path, latch: str, complaint: str) -> None:
    held = f"  process (all) begin if keep = '1' then {latch} <= kept; end if; end process;"
    source = KEEPER.replace("  signal kept ", "  signal kept, held ")
    shown = held if latch == "word" else f"{held} word <= held;"
    project = write_vhdl_project(tmp_path, "keeper", source=source.replace("  word <= kept;", shown))

    with pytest.raises(InjectionError, match=complaint):
        Campaign(project, "ghdl", tmp_path / "records").targets()


def test_a_mistake_in_a_source_is_named_with_its_file(tmp_path: Path) -> None:
    project = write_vhdl_project(tmp_path, "keeper", source=KEEPER.replace("signal kept", "signal kept_"))

    with pytest.raises(InjectionError, match=rf"{tmp_path}/keeper\.vhd:\d+:\d+: "):
        Campaign(project, "ghdl", tmp_path / "records").targets()


@pytest.mark.slow
def test_upsets_from_within_a_test_are_refused(tmp_path: Path) -> None:
    project = write_vhdl_project(tmp_path, test={"name": "injects_from_within"})

    with pytest.raises(InjectionError, match="inject_upsets: GHDL makes of what is written to a register a force"):
        Campaign(project, "ghdl", tmp_path / "records").run()


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_a_bench_in_vhdl_is_refused_in_verilog_simulators(tmp_path: Path, simulator: str) -> None:
    (tmp_path / "around.vhd").write_text("entity around is end entity;")
    project = write_vhdl_project(tmp_path, test={"toplevel": "around", "sources": ["around.vhd"]})

    with pytest.raises(ConfigurationError, match=r"test\.toplevel = 'around': a bench in VHDL"):
        Campaign(project, simulator, tmp_path / "records")  # type: ignore[arg-type]
