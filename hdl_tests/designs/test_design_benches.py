"""Every variant of every design passes its bench in both simulators, and campaigns agree in both, upset by upset."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import VARIANTS, Design

from radtest.inject import Simulator, compare_outcomes
from radtest.log import open_record

SIMULATORS = [
    pytest.param("icarus", marks=pytest.mark.icarus),
    pytest.param("verilator", marks=[pytest.mark.verilator, pytest.mark.slow]),
]


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
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
@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_both_simulators_agree_upset_by_upset(name: str, variant: str, tmp_path: Path) -> None:
    design = Design(name, variant, tmp_path)

    with open_record(design.inject("icarus")) as one, open_record(design.inject("verilator")) as other:
        agreement = compare_outcomes(one, other)

    assert agreement.compared > 0
    assert agreement.disagreements == ()
