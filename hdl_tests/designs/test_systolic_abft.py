"""The systolic array with row and column sums: no single upset is silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from space_designs import Design, outcomes, summary_of

from radtest.core import Outcome


def test_every_element_can_be_upset_those_of_the_sums_included(tmp_path: Path) -> None:
    targets = Design("systolic_abft", "hardened", tmp_path).targets()

    accumulators = [target for target in targets if target.name.endswith(".element.accumulator")]
    assert len(accumulators) == 9 * 9
    assert {target.bits for target in accumulators} == {32}


@pytest.mark.icarus
@pytest.mark.parametrize("upsets", [150, pytest.param(2000, marks=pytest.mark.slow)])
def test_no_upset_corrupts_in_silence(tmp_path: Path, upsets: int) -> None:
    record = Design("systolic_abft", "hardened", tmp_path).inject(upsets=upsets)

    # What is not detected fell into a sum that had been read, or is still to be cleared.
    assert set(outcomes(record)) == {"detected", "masked", "latent"}
    sums = [row for row in summary_of(record).registers if row.name.endswith("accumulator")]
    assert sum(row.counts[Outcome.DETECTED] for row in sums) > upsets // 3


@pytest.mark.slow
@pytest.mark.icarus
def test_without_sums_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("systolic_abft", "plain", tmp_path).inject())

    assert counts["sdc"] > 50
    assert "detected" not in counts
