"""The FIFO with parity and doubled pointers: no single upset is silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes


def test_words_parities_and_both_copies_of_the_pointers_can_be_upset(tmp_path: Path) -> None:
    targets = Design("parity_fifo", "hardened", tmp_path).targets()

    assert {target.name: target.bits for target in targets} == {
        "hardened.read_pointer_again": 4,
        "hardened.write_pointer_again": 4,
        "memory": 8 * 9,
        "read_pointer": 4,
        "write_pointer": 4,
    }


@pytest.mark.icarus
def test_no_upset_corrupts_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("parity_fifo", "hardened", tmp_path).inject())

    # What is not detected fell into a place that held no word.
    assert set(counts) == {"detected", "masked", "latent"}
    assert counts["detected"] > 50


@pytest.mark.slow
@pytest.mark.icarus
def test_without_protection_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("parity_fifo", "plain", tmp_path).inject())

    assert counts["sdc"] > 50
    assert "detected" not in counts
