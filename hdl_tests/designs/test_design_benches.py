"""Every variant of every design passes its bench in the simulators of its language, and campaigns agree in two."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import HERE, VARIANTS, Design

from radtest.inject import Simulator, compare_outcomes
from radtest.log import open_record

SIMULATORS = [
    pytest.param("icarus", marks=pytest.mark.icarus),
    pytest.param("verilator", marks=[pytest.mark.verilator, pytest.mark.slow]),
]
IN_VHDL = [variant for variant in VARIANTS if Design(*variant, HERE).is_vhdl]
IN_VERILOG = [variant for variant in VARIANTS if variant not in IN_VHDL]


@pytest.mark.ghdl
@pytest.mark.parametrize(("name", "variant"), IN_VHDL)
def test_the_vhdl_bench_passes(name: str, variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests, failures = Design(name, variant, tmp_path).run_bench("ghdl", monkeypatch)

    assert tests > 0
    assert failures == 0


@pytest.mark.parametrize(("name", "variant"), IN_VERILOG)
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_the_bench_passes(
    name: str, variant: str, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests, failures = Design(name, variant, tmp_path).run_bench(simulator, monkeypatch)

    assert tests > 0
    assert failures == 0


@pytest.mark.slow
@pytest.mark.icarus
@pytest.mark.verilator
@pytest.mark.parametrize(("name", "variant"), IN_VERILOG)
def test_both_simulators_agree_upset_by_upset(name: str, variant: str, tmp_path: Path) -> None:
    assert_agreement(Design(name, variant, tmp_path), "icarus", "verilator")


@pytest.mark.slow
@pytest.mark.ghdl
@pytest.mark.icarus
@pytest.mark.parametrize(("name", "variant"), IN_VHDL)
def test_ghdl_agrees_with_its_verilog_in_icarus_upset_by_upset(name: str, variant: str, tmp_path: Path) -> None:
    assert_agreement(Design(name, variant, tmp_path), "ghdl", "icarus")


def assert_agreement(design: Design, *simulators: Simulator) -> None:
    """Assert that the campaign of a design has the same outcomes in two simulators."""
    first, second = (design.inject(simulator) for simulator in simulators)
    with open_record(first) as one, open_record(second) as other:
        agreement = compare_outcomes(one, other)

    assert agreement.compared > 0
    assert agreement.disagreements == ()
