"""The triplicated register bank: no single upset does harm, and copies that were merged are found out."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes

BITS = 64


def test_all_three_copies_can_be_upset(tmp_path: Path) -> None:
    targets = Design("tmr_bank", "hardened", tmp_path).targets()

    assert {target.name: target.bits for target in targets} == {
        "hardened.copy_a": BITS,
        "hardened.copy_b": BITS,
        "hardened.copy_c": BITS,
    }


@pytest.mark.icarus
def test_every_upset_of_a_copy_is_corrected(tmp_path: Path) -> None:
    assert outcomes(Design("tmr_bank", "hardened", tmp_path).inject(upsets=300)) == {"corrected": 300}


@pytest.mark.icarus
def test_without_copies_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("tmr_bank", "plain", tmp_path).inject())

    assert counts["sdc"] > 100
    assert "corrected" not in counts


@pytest.mark.icarus
def test_merged_copies_are_caught(tmp_path: Path) -> None:
    merged = Design("tmr_bank", "merged", tmp_path)

    assert {target.name: target.bits for target in merged.targets()} == {"copy_a": BITS}
    counts = outcomes(merged.inject())
    assert counts["sdc"] > 100
    assert "corrected" not in counts


@pytest.mark.slow
@pytest.mark.icarus
def test_without_self_repair_upsets_accumulate_until_they_win_the_vote(tmp_path: Path) -> None:
    kept = Design("tmr_bank", "without_repair", tmp_path / "kept")
    repaired = Design("tmr_bank", "hardened", tmp_path / "repaired")

    without, repairing = (
        outcomes(kept.inject(upsets=100)),
        outcomes(repaired.inject_with(accumulate={"mean_upsets": 12.0})),
    )

    assert without["sdc"] > 15
    # What is left is the hole of every vote: two copies of one bit within one cycle.
    assert 0 < repairing["sdc"] < 10


@pytest.mark.slow
@pytest.mark.icarus
def test_without_self_repair_single_upsets_are_still_outvoted(tmp_path: Path) -> None:
    counts = outcomes(Design("tmr_bank", "without_repair", tmp_path).inject_with(accumulate=None))

    assert counts == {"corrected": 200}
