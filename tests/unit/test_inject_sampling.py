"""The list of upsets: uniform over bits × cycles, without repetition, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from radtest.analysis import leveugle_sample_size, proportion
from radtest.core import ConfigurationError, Estimate, Target, TargetKind, Upset
from radtest.inject import Stratum, draw_stratified, draw_upsets
from radtest.inject.configuration import CampaignSection
from radtest.inject.sampling import module_strata, sample_size

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


@pytest.mark.slow
def test_more_than_half_of_a_large_population_still_has_no_repetition():
    upsets = draw_upsets(
        [Target("a", "top", TargetKind.FLIP_FLOP, 2)], [0], range(600_000), 700_000, np.random.default_rng(1)
    )

    assert len({place(upset) for upset in upsets}) == 700_000


def test_a_campaign_of_a_thousand_in_a_vast_population_needs_little_memory():
    # 24 bits × 10¹² cycles: a list of all of them would not fit anywhere.
    assert len(draw(1000, cycles=range(10**12))) == 1000


MODULES = (
    Target("cpu.pc", "cpu", TargetKind.FLIP_FLOP, width=32),
    Target("cpu.state", "cpu", TargetKind.FLIP_FLOP, width=4),
    Target("ram", "soc", TargetKind.MEMORY, width=32, words=64),
    Target("uart.bit", "uart", TargetKind.FLIP_FLOP, width=1),
)
STRATA = module_strata(MODULES, [0, 1, 2, 3])


def stratified(count: int, *, seed: int = 1, minimum: int = 1, cycles: range = range(200)) -> list[Upset]:
    return list(draw_stratified(MODULES, STRATA, cycles, count, seed, minimum))


def by_module(upsets: list[Upset]) -> list[int]:
    names = [MODULES[upset.target].module for upset in upsets]
    return [names.count(stratum.name) for stratum in STRATA]


def test_strata_are_modules_in_alphabetical_order_with_their_chosen_bits():
    assert [(s.name, s.targets, s.bits) for s in module_strata(MODULES, [1, 3, 2])] == [
        ("cpu", (1,), 4),
        ("soc", (2,), 2048),
        ("uart", (3,), 1),
    ]


def test_each_module_has_its_minimum_and_then_its_share():
    assert by_module(stratified(1000)) == [17, 982, 1]
    assert by_module(stratified(1000, minimum=50)) == [50, 900, 50]


@settings(max_examples=40, deadline=None)
@given(count=st.integers(9, 600), minimum=st.integers(1, 3), seed=st.integers(0, 2**63 - 1), length=st.integers(3, 40))
def test_a_stratified_list_is_possible_comes_once_and_begins_with_the_shorter_one(count, minimum, seed, length):
    cycles = range(5, 5 + length)
    upsets = stratified(count, seed=seed, minimum=minimum, cycles=cycles)
    assert [upset.index for upset in upsets] == list(range(count))
    assert len({place(upset) for upset in upsets}) == count
    for upset in upsets:
        target = MODULES[upset.target]
        assert (0 <= upset.word < target.words, 0 <= upset.bit < target.width, upset.cycle in cycles) == (True,) * 3
    shorter = max(9, count // 2)
    assert stratified(shorter, seed=seed, minimum=minimum, cycles=cycles) == upsets[:shorter]


def test_a_stratum_is_hit_evenly():
    upsets = [u for u in stratified(4000, seed=11) if u.target == 2]
    bits = np.bincount([u.word * 32 + u.bit for u in upsets], minlength=2048)
    assert stats.chisquare(bits.reshape(64, 32).sum(axis=1)).pvalue > 1e-3
    assert stats.chisquare(np.bincount([u.cycle * 8 // 200 for u in upsets], minlength=8)).pvalue > 1e-3


def test_what_is_drawn_from_one_stratum_does_not_depend_on_the_others():
    alone = draw_stratified(MODULES, STRATA[:1], range(200), 30, 1)
    among_others = [upset for upset in stratified(4000) if MODULES[upset.target].module == "cpu"]
    assert [place(u) for u in among_others][:30] == [place(u) for u in alone]


def test_upsets_fall_in_proportion_to_bits_times_weight():
    cells = [
        Stratum("ff", (0,), 32, Estimate(3e-14, 3e-14, 3e-14)),
        Stratum("ram", (2,), 2048, Estimate(1e-15, 1e-15, 1e-15)),
    ]
    upsets = draw_stratified(MODULES, cells, range(200), 301, 1)
    targets = np.bincount([upset.target for upset in upsets])
    assert (targets[0], targets[2]) == (96, 205)


@pytest.mark.parametrize(("count", "minimum", "least", "most"), [(2, 1, 3, 2085), (2086, 1, 3, 2085), (6, 3, 7, 2085)])
def test_what_strata_cannot_give_is_an_error_that_counts(count, minimum, least, most):
    with pytest.raises(
        ConfigurationError, match=rf"{count} upsets for 3 strata .* at least {least}, and at most {most}"
    ):
        stratified(count, minimum=minimum, cycles=range(1))


def section(**keys: object) -> CampaignSection:
    return CampaignSection.model_validate(keys)


@pytest.mark.parametrize("population", [500, 20_000, 10**9])
@pytest.mark.parametrize("margin", [0.01, 0.05])
def test_a_margin_becomes_the_number_of_leveugle(margin, population):
    assert sample_size(section(margin=margin), population) == leveugle_sample_size(margin, population=population)


@pytest.mark.parametrize("population", [700, 20_000, 10**9])
@pytest.mark.parametrize(("expected", "width"), [(0.5, 0.1), (0.02, 0.04)])
def test_a_width_becomes_the_number_whose_interval_is_that_wide(expected, width, population):
    size = sample_size(section(width=width, expected=expected), population)
    assert size < population
    estimate = proportion(round(expected * size), size, population=population)
    assert estimate.high - estimate.low == pytest.approx(width, rel=0.05)


def test_a_number_is_that_number_and_looks_are_the_last():
    assert sample_size(section(upsets=7), 10**6) == 7
    assert sample_size(section(looks=[10, 30], stop_width=0.1), 10**6) == 30


KEYS = [
    ({}, "give exactly one of upsets, margin, width, looks; given: none"),
    ({"upsets": 5, "width": 0.1}, "given: upsets, width"),
    ({"upsets": 5, "expected": 0.1}, "expected belongs to margin and width; given is upsets"),
    ({"upsets": 5, "stop_width": 0.1}, "stop_width belongs to looks"),
    ({"margin": 0.5}, "less than 0.5"),
    ({"looks": [10, 20]}, "looks need stop_width"),
    ({"looks": [20, 10], "stop_width": 0.1}, "each at least 0.1 % above the one before: 10 is not"),
    ({"looks": [], "stop_width": 0.1}, "at least 1 item"),
    ({"looks": [10, 20], "stop_width": 0.1, "stop_outcome": "invalid"}, "invalid upsets count in no probability"),
    ({"looks": [10, 20], "stop_width": 0.1, "strata": "module"}, "looks cannot be combined with strata"),
    ({"upsets": 5, "stratum_minimum": 2}, "stratum_minimum belongs to strata or weights"),
    ({"upsets": 5, "strata": "module", "weights": [{"sigma_cm2": 1e-14}]}, "give strata or weights, not both"),
    ({"upsets": 5, "weights": [{"kinds": ["memory"]}]}, "give exactly one of sigma_cm2, rate_per_bit_day, fit, rate"),
    ({"upsets": 5, "weights": [{"sigma_cm2": 1e-14, "low": 1e-15}]}, "give both or neither"),
    ({"upsets": 5, "weights": [{"fit": "a.json", "low": 1e-15, "high": 1e-14}]}, "limits of sigma_cm2 or rate"),
    ({"upsets": 5, "weights": [{"sigma_cm2": 1e-14, "low": 2e-14, "high": 3e-14}]}, "does not lie between"),
    ({"upsets": 5, "weights": [{"sigma_cm2": 1e-14, "let_mev_cm2_mg": 4.0}]}, "let_mev_cm2_mg belongs to fit"),
]


@pytest.mark.parametrize(("keys", "said"), KEYS, ids=[str(number) for number in range(len(KEYS))])
def test_keys_that_do_not_fit_to_each_other_are_refused(keys, said):
    with pytest.raises(ValidationError, match=said):
        section(**keys)


@pytest.mark.parametrize(
    ("keys", "change", "left"),
    [
        ({"upsets": 300}, {"upsets": 5}, {"upsets": 5}),
        ({"looks": [10, 20], "stop_width": 0.1, "seed": 4}, {"upsets": 5}, {"seed": 4, "upsets": 5}),
        ({"width": 0.1, "expected": 0.2}, {"margin": 0.1}, {"margin": 0.1, "expected": 0.2}),
        ({"upsets": 300}, {"seed": 9}, {"upsets": 300, "seed": 9}),
    ],
)
def test_a_size_given_otherwise_takes_the_place_of_that_in_the_file(keys, change, left):
    assert section(**keys).changed(change).model_dump(exclude_unset=True) == left
