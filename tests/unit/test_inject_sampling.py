"""The list of upsets: uniform over bits × cycles, without repetition, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from radtest.core import ConfigurationError, Target, TargetKind, Upset
from radtest.inject import draw_upsets

REGISTER = Target("a", "top", TargetKind.FLIP_FLOP, width=3)
MEMORY = Target("m", "top", TargetKind.MEMORY, width=4, words=5, first_word=2)
LATCH = Target("l", "top", TargetKind.LATCH, width=1)
TARGETS = (REGISTER, MEMORY, LATCH)


def draw(count: int, *, chosen: list[int] | None = None, cycles: range = range(10), seed: int = 1) -> list[Upset]:
    return draw_upsets(TARGETS, chosen or [0, 1, 2], cycles, count, np.random.default_rng(seed))


def place(upset: Upset) -> tuple[int, int, int, int]:
    return upset.target, upset.word, upset.bit, upset.cycle


@given(
    chosen=st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=3, unique=True),
    first=st.integers(0, 50),
    length=st.integers(1, 30),
    fraction=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**63 - 1),
)
def test_every_upset_is_possible_and_comes_once(chosen, first, length, fraction, seed):
    population = sum(TARGETS[index].bits for index in chosen) * length
    count = max(1, round(fraction * population))

    upsets = draw(count, chosen=chosen, cycles=range(first, first + length), seed=seed)

    assert [upset.index for upset in upsets] == list(range(count))
    assert len({place(upset) for upset in upsets}) == count
    for upset in upsets:
        target = TARGETS[upset.target]
        assert upset.target in chosen
        assert 0 <= upset.word < target.words
        assert 0 <= upset.bit < target.width
        assert first <= upset.cycle < first + length


def test_all_upsets_there_are_can_be_drawn():
    upsets = draw(240)

    assert len({place(upset) for upset in upsets}) == 24 * 10


def test_more_upsets_than_there_are_is_an_error_that_counts_them():
    with pytest.raises(ConfigurationError, match=r"campaign.upsets = 241: only 240 .*\(24 bits × 10 cycles\)"):
        draw(241)


@given(seed=st.integers(0, 2**63 - 1))
def test_the_same_seed_gives_the_same_list(seed):
    assert draw(50, seed=seed) == draw(50, seed=seed)


def test_another_seed_gives_another_list():
    assert draw(50, seed=1) != draw(50, seed=2)


@settings(max_examples=30, deadline=None)
@given(
    short=st.integers(1, 3000),
    more=st.integers(0, 3000),
    seed=st.integers(0, 2**32),
    length=st.sampled_from([300, 10**9]),
)
def test_a_longer_list_begins_with_the_shorter_one(short, more, seed, length):
    longer = draw(short + more, cycles=range(length), seed=seed)

    assert draw(short, cycles=range(length), seed=seed) == longer[:short]


@pytest.mark.parametrize("length", [400, 10**6], ids=["shuffled", "rejected"])
def test_bits_and_cycles_are_hit_evenly(length):
    upsets = draw(4800, cycles=range(length), seed=7)

    bits = [sum(t.bits for t in TARGETS[: u.target]) + u.word * TARGETS[u.target].width + u.bit for u in upsets]
    eighths = [u.cycle * 8 // length for u in upsets]
    assert stats.chisquare(np.bincount(bits, minlength=24)).pvalue > 1e-3
    assert stats.chisquare(np.bincount(eighths, minlength=8)).pvalue > 1e-3


def test_more_than_half_of_a_large_population_still_has_no_repetition():
    upsets = draw_upsets(
        [Target("a", "top", TargetKind.FLIP_FLOP, 2)], [0], range(600_000), 700_000, np.random.default_rng(1)
    )

    assert len({place(upset) for upset in upsets}) == 700_000


def test_a_campaign_of_a_thousand_in_a_vast_population_needs_little_memory():
    # 24 bits × 10¹² cycles: a list of all of them would not fit anywhere.
    assert len(draw(1000, cycles=range(10**12))) == 1000
