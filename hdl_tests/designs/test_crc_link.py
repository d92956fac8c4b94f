"""The link with CRC and retry: no single upset is silent, and most cost no more than a retry."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes


@pytest.mark.icarus
@pytest.mark.parametrize("upsets", [150, pytest.param(2000, marks=pytest.mark.slow)])
def test_no_upset_corrupts_in_silence(tmp_path: Path, upsets: int) -> None:
    counts = outcomes(Design("crc_link", "hardened", tmp_path).inject(upsets=upsets))

    assert "sdc" not in counts
    assert counts["corrected"] > upsets // 5
    assert counts["detected"] > 0


@pytest.mark.slow
@pytest.mark.icarus
def test_without_crc_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("crc_link", "plain", tmp_path).inject())

    assert counts["sdc"] > 50
    assert "corrected" not in counts
