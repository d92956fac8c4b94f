"""The SECDED memory: no single upset of a stored word does harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes


def test_every_bit_of_the_code_can_be_upset(tmp_path: Path) -> None:
    targets = {target.name: target for target in Design("secded_memory", "hardened", tmp_path).targets()}

    assert (targets["memory"].words, targets["memory"].width) == (16, 39)


@pytest.mark.icarus
def test_no_upset_of_a_word_corrupts_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("secded_memory", "hardened", tmp_path).inject())

    # Words that are written again before anybody looks are masked; the last upsets come after the last look.
    assert set(counts) <= {"corrected", "masked", "latent"}
    assert counts["corrected"] > 100


@pytest.mark.icarus
def test_without_a_code_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("secded_memory", "plain", tmp_path).inject())

    assert counts["sdc"] > 50
    assert "corrected" not in counts
