"""The module that keeps stored bits defined under Icarus."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from injection_samples import DESIGN

from radtest.core import Target, TargetKind
from radtest.inject import list_targets
from radtest.inject.configuration import DesignSection
from radtest.inject.definition import Objections, definition_source, find_objections


def register(name: str) -> Target:
    return Target(name, "top", TargetKind.FLIP_FLOP, 4)


def compile_with_icarus(folder: Path, source: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "radtest_definition.sv").write_text(source)
    files = [str(folder / "radtest_definition.sv"), *more]
    command = ["iverilog", "-g2012", "-o", str(folder / "a.vvp"), "-s", "radtest_definition", *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.icarus
def test_elements_that_icarus_does_not_find_are_left_out_too(tmp_path):
    source = definition_source([register("bank[1].pair[0]"), register("gone")], "bench.l")
    compiled = compile_with_icarus(tmp_path, source)

    assert find_objections(compiled.stderr, source).unbound == {"bench.l.bank[1].pair[0]", "bench.l.gone"}


def test_memories_and_names_that_no_path_expresses_are_left_out():
    targets = [register("q"), register("we!rd"), Target("ram", "top", TargetKind.MEMORY, 8, words=4)]

    source = definition_source(targets, "top")

    assert "top.q" in source
    assert "we!rd" not in source
    assert "ram" not in source


def test_names_that_icarus_cannot_bind_are_left_out_of_the_next_attempt():
    objections = Objections(unbound=frozenset({"top.a.b"}))

    assert "top.a.b" not in definition_source([register("a.b"), register("q")], "top", objections)


@pytest.mark.icarus
def test_registers_of_every_shape_become_defined(tmp_path):
    (tmp_path / "ledger.sv").write_text(DESIGN)
    design = DesignSection(top="ledger", sources=("ledger.sv",))
    targets = list_targets(design, tmp_path / "c.toml", tmp_path).targets
    names = [t.name for t in targets if t.kind is not TargetKind.MEMORY and t.name != "odd.name"]
    shown = "".join(f'        if (^bench.l.{name} === 1\'bx) $display("undefined: {name}");\n' for name in names)
    (tmp_path / "bench.sv").write_text(
        "module bench; reg clk = 1; ledger l(.clk(clk), .rst(1'bx), .debug(1'bx), .loud(1'bx), .data(8'bx));\n"
        f'    initial begin #1 clk = 0; #2\n{shown}        $display("looked"); end\nendmodule\n'
    )

    sources = [str(tmp_path / "bench.sv"), str(tmp_path / "ledger.sv"), "-s", "bench"]
    objections = Objections()
    for _ in range(3):
        source = definition_source(targets, "bench.l", objections)
        compiled = compile_with_icarus(tmp_path, source, *sources)
        objections |= find_objections(compiled.stderr, source)

    assert compiled.returncode == 0, compiled.stderr
    assert objections.unbound == {"bench.l.odd.name"}
    assert objections.unassignable <= {"bench.l.mode"}
    run = subprocess.run(["vvp", "-n", str(tmp_path / "a.vvp")], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n") == ["looked", ""]
