"""Upsets that accumulate in a run: how many, where and when, and what follows for a run."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import chisquare, kstest, poisson

from radtest.core import ConfigurationError, Target, TargetKind
from radtest.inject.accumulation import draw_accumulated, mean_upsets
from radtest.inject.fault_configuration import AccumulateSection
from radtest.inject.sampling import draw_upsets
from radtest.inject.upset_list import UpsetList

TARGETS = [
    Target("a", "top", TargetKind.FLIP_FLOP, 5),
    Target("b", "top", TargetKind.FLIP_FLOP, 40),
    Target("ram", "top", TargetKind.MEMORY, 4, words=8),
]
CYCLES = range(10, 90)


def accumulated(
    count: int, mean: float, seed: int = 1, chosen: tuple[int, ...] = (0, 1, 2), cycles: range = CYCLES
) -> UpsetList:
    rng = np.random.default_rng(seed)
    singles = draw_upsets(TARGETS, chosen, cycles, count, rng)
    return draw_accumulated(singles, TARGETS, chosen, cycles, mean, np.random.default_rng(seed + 1))


@settings(deadline=None)
@given(
    count=st.integers(1, 40),
    mean=st.floats(1e-9, 30),
    seed=st.integers(0, 1000),
    chosen=st.sampled_from([(0,), (2, 0), (0, 1, 2)]),
    cycles=st.sampled_from([range(10, 90), range(0, 60, 3)]),
)
def test_strikes_come_in_order_of_time_each_bit_at_most_once_in_a_cycle(count, mean, seed, chosen, cycles):
    upsets = accumulated(count, mean, seed, chosen, cycles)

    assert [upset.index for upset in upsets] == list(range(count))
    for upset in upsets:
        hit = [(s.cycle, s.target, s.word, s.bit) for s in upset.strikes]
        assert [cycle for cycle, *_ in hit] == sorted(cycle for cycle, *_ in hit)
        assert len(set(hit)) == len(hit)
        for cycle, target, word, bit in hit:
            assert cycle in cycles
            assert target in chosen
            assert 0 <= word < TARGETS[target].words
            assert 0 <= bit < TARGETS[target].width


def test_each_run_has_the_upset_that_was_drawn_for_it():
    singles = draw_upsets(TARGETS, [0, 1, 2], CYCLES, 100, np.random.default_rng(1))

    upsets = accumulated(100, 3.0)

    assert all(one.strikes[0] in run.strikes for one, run in zip(singles, upsets, strict=True))


@pytest.mark.parametrize("mean", [1e-12, 0.1, 1.0, 4.0, 40.0])
def test_the_number_of_upsets_is_poisson_without_zero(mean):
    lengths = np.array([len(upset.strikes) for upset in accumulated(6000, mean)])

    expected = mean / -math.expm1(-mean)
    assert lengths.min() >= 1
    assert lengths.mean() == pytest.approx(expected, abs=5 * math.sqrt(mean / len(lengths)) + 1e-9)
    numbers = np.arange(1, 12)
    shares = poisson.pmf(numbers, mean) / -math.expm1(-mean)
    common = shares * len(lengths) > 10
    if common.sum() > 1:
        found = np.array([(lengths == n).sum() for n in numbers[common]])
        rest = len(lengths) - found.sum(), len(lengths) * (1 - shares[common].sum())
        both = (np.append(found, rest[0]), np.append(shares[common] * len(lengths), max(rest[1], 1e-9)))
        keep = both[1] > 5
        assert chisquare(both[0][keep], both[1][keep] * both[0][keep].sum() / both[1][keep].sum()).pvalue > 0.001


def test_strikes_are_uniform_over_bits_and_cycles():
    strikes = accumulated(4000, 5.0).strikes

    bits = np.cumsum([0] + [target.bits for target in TARGETS])
    width = np.array([target.width for target in TARGETS])
    number = bits[strikes["target"]] + strikes["word"] * width[strikes["target"]] + strikes["bit"]
    assert chisquare(np.bincount(number, minlength=bits[-1])).pvalue > 0.001
    assert chisquare(np.bincount(strikes["cycle"] - CYCLES.start, minlength=len(CYCLES))).pvalue > 0.001


def test_the_last_upset_comes_as_late_as_the_last_of_many_does():
    # The last of n uniform times has the distribution function t ** n: the times of one run are independent.
    last = [u.strikes[-1].cycle for u in accumulated(5000, 6.0) if len(u.strikes) == 6]

    jitter = np.random.default_rng(1).random(len(last))
    assert kstest((np.array(last) - CYCLES.start + jitter) / len(CYCLES), lambda t: t**6).pvalue > 0.001


def test_a_longer_list_begins_with_the_shorter_one():
    assert accumulated(200, 3.0)[:100] == accumulated(100, 3.0)


def test_more_upsets_than_there_are_places_in_a_run_are_an_error():
    with pytest.raises(ConfigurationError, match=r"a run with \d+ upsets, where only 10 different ones exist"):
        accumulated(5, 200.0, chosen=(0,), cycles=range(2))


def test_as_many_upsets_as_there_are_places_are_possible():
    # Nearly every draw repeats another here; each is made good.
    upsets = accumulated(8, 6.0, chosen=(0,), cycles=range(4))

    assert all(len({(s.bit, s.cycle) for s in upset.strikes}) == len(upset.strikes) for upset in upsets)


def test_the_mean_follows_from_flux_cross_section_bits_and_time():
    section = AccumulateSection(flux_cm2_s=2e5, cross_section_cm2_bit=3e-9)

    assert mean_upsets(section, bits=1000, window_s=0.5) == pytest.approx(0.3)
    assert mean_upsets(AccumulateSection(mean_upsets=2.5), bits=1, window_s=0.0) == 2.5


def test_a_flux_that_gives_absurdly_many_upsets_is_an_error_that_shows_the_product():
    section = AccumulateSection(flux_cm2_s=1e12, cross_section_cm2_bit=1.0)

    with pytest.raises(ConfigurationError, match=r"1e\+12 cm⁻² s⁻¹ × 1 cm²/bit × 10 bits × 1e-06 s are 1e\+07 upsets"):
        mean_upsets(section, bits=10, window_s=1e-6)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "give either mean_upsets, or both"),
        ({"mean_upsets": 1.0, "flux_cm2_s": 1.0, "cross_section_cm2_bit": 1.0}, "give either mean_upsets, or both"),
        ({"mean_upsets": 1.0, "flux_cm2_s": 1.0}, "give either mean_upsets, or both"),
        ({"flux_cm2_s": 1.0}, "give either mean_upsets, or both"),
        ({"mean_upsets": 0.0}, "greater than 0"),
        ({"mean_upsets": 1e6}, "less than or equal to 10000"),
    ],
)
def test_the_mean_is_said_in_one_way(keys, said):
    with pytest.raises(ValidationError, match=said):
        AccumulateSection.model_validate(keys)


def test_a_million_runs_are_drawn_in_seconds():
    memory = [Target("ram", "top", TargetKind.MEMORY, 32, words=4096)]
    singles = draw_upsets(memory, [0], range(10_000), 1_000_000, np.random.default_rng(1))
    start = time.perf_counter()

    upsets = draw_accumulated(singles, memory, [0], range(10_000), 3.0, np.random.default_rng(1))

    # Two or three seconds; slow and busy machines are given some time.
    assert time.perf_counter() - start < 30
    assert len(upsets) == 1_000_000
