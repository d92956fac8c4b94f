"""Two cores in lockstep: no upset of either reaches the result in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes

from radtest.inject import Simulator

# Icarus needs about a second an upset here.
AMOUNTS = [
    pytest.param("icarus", 16, marks=pytest.mark.icarus),
    pytest.param("verilator", 300, marks=[pytest.mark.verilator, pytest.mark.slow]),
]


def test_both_cores_can_be_upset_bit_by_bit(tmp_path: Path) -> None:
    targets = Design("lockstep", "hardened", tmp_path).targets()

    main = {t.name.removeprefix("main."): t.bits for t in targets if t.name.startswith("main.")}
    second = {t.name.removeprefix("hardened.second."): t.bits for t in targets if ".second." in t.name}
    assert main == second
    assert sum(main.values()) > 1000


@pytest.mark.slow
@pytest.mark.parametrize(("simulator", "upsets"), AMOUNTS)
def test_no_upset_of_either_core_corrupts_in_silence(tmp_path: Path, simulator: Simulator, upsets: int) -> None:
    counts = outcomes(Design("lockstep", "hardened", tmp_path).inject(simulator, upsets))

    # What is not detected never reached the bus.
    assert set(counts) <= {"detected", "masked", "latent"}
    assert counts["detected"] > upsets // 10


@pytest.mark.slow
@pytest.mark.verilator
def test_upsets_of_one_core_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("lockstep", "plain", tmp_path).inject("verilator"))

    assert counts["sdc"] > 0
    assert counts["hang"] > 0
