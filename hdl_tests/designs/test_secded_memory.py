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


@pytest.mark.slow
@pytest.mark.icarus
def test_without_a_code_upsets_corrupt_in_silence(tmp_path: Path) -> None:
    counts = outcomes(Design("secded_memory", "plain", tmp_path).inject())

    assert counts["sdc"] > 50
    assert "corrected" not in counts


@pytest.mark.icarus
def test_neighbouring_bits_of_a_word_are_beyond_the_code_and_two_of_them_are_never_silent(tmp_path: Path) -> None:
    counts = outcomes(Design("secded_memory", "clusters", tmp_path).inject_with(upsets=150, cluster={"size": 2}))

    assert set(counts) <= {"detected", "corrected", "masked", "latent"}
    # Only where the cluster is cut at the end of its word is there a single bit to correct.
    assert counts["detected"] > 100
    assert counts["corrected"] < 20


@pytest.mark.slow
@pytest.mark.icarus
def test_three_neighbouring_bits_of_a_word_pass_for_one(tmp_path: Path) -> None:
    counts = outcomes(Design("secded_memory", "clusters", tmp_path).inject_with(upsets=60, cluster={"size": 3}))

    assert counts["sdc"] > 20


@pytest.mark.slow
@pytest.mark.icarus
def test_interleaved_words_part_a_cluster_into_bits_that_are_each_corrected(tmp_path: Path) -> None:
    cluster = {"size": 4, "interleaving": 4}

    counts = outcomes(Design("secded_memory", "clusters", tmp_path).inject_with(cluster=cluster))

    assert set(counts) <= {"corrected", "masked", "latent"}
    assert counts["corrected"] > 150


@pytest.mark.slow
@pytest.mark.icarus
def test_upsets_that_accumulate_meet_in_words_before_the_scrubber_comes(tmp_path: Path) -> None:
    counts = outcomes(Design("secded_memory", "hardened", tmp_path).inject_with(accumulate={"mean_upsets": 20.0}))

    # The known hole: two in one word are detected, and three can be silent.
    assert counts["detected"] > 60
    assert counts["sdc"] >= 1
