"""The Hamming-encoded state machine: no single upset of its state reaches an output."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes


def test_the_state_is_all_that_can_be_upset(tmp_path: Path) -> None:
    targets = Design("hamming_fsm", "hardened", tmp_path).targets()

    assert {target.name: target.bits for target in targets} == {"hardened.code": 6}


@pytest.mark.icarus
def test_every_upset_of_the_state_is_corrected(tmp_path: Path) -> None:
    # Each of the 6 bits in each of the 66 cycles.
    assert outcomes(Design("hamming_fsm", "hardened", tmp_path).inject(upsets=396)) == {"corrected": 396}


@pytest.mark.icarus
def test_upsets_of_the_bare_state_reach_the_outputs(tmp_path: Path) -> None:
    counts = outcomes(Design("hamming_fsm", "plain", tmp_path).inject())

    assert counts["sdc"] > 50
    assert "corrected" not in counts
