"""Campaigns that may stop at looks declared in advance."""

from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from radtest.analysis import DeclaredLooks, clopper_pearson, pocock_critical_value, proportion, wilson
from radtest.core import ConfigurationError

DESIGNS = [
    ((100, 200, 300, 400, 500), 0.03),
    (tuple(range(200, 2001, 200)), 0.02),
    ((100, 200, 400, 800, 1600, 3200), 0.02),
    (tuple(range(50, 1001, 50)), 0.05),
]
SMALL_DESIGN = DeclaredLooks((10, 40, 160))
PROPORTIONS = np.concatenate([np.geomspace(0.005, 0.05, 60), np.linspace(0.05, 0.5, 100)])


@given(sizes=st.lists(st.integers(1, 3000), min_size=2, max_size=6, unique=True), confidence=st.floats(0.8, 0.99))
@settings(max_examples=30, deadline=None)
def test_the_critical_value_lies_between_one_look_and_bonferroni(sizes, confidence):
    sizes = sorted(sizes)
    assume(all(after >= 1.01 * before for before, after in pairwise(sizes)))
    one_look = pocock_critical_value([1], confidence)
    bonferroni = pocock_critical_value([1], 1 - (1 - confidence) / len(sizes))
    assert one_look < pocock_critical_value(sizes, confidence) < bonferroni


def test_a_second_look_that_forgets_the_first_costs_a_full_test():
    """Looks so far apart that they hardly share anything: P(|Z| ≤ c)² = 0.95."""
    assert pocock_critical_value([1, 10**9]) == pytest.approx(pocock_critical_value([1], 0.95**0.5), rel=1e-4)


def test_coverage_and_size_are_those_of_every_path_written_out():
    design = DeclaredLooks((3, 7, 12), half_width=0.27)
    p, covered, trials = 0.23, 0.0, 0.0
    for path in product((0, 1), repeat=12):
        probability = p ** sum(path) * (1 - p) ** (12 - sum(path))
        stop = next(n for n in design.sizes if design.stops(sum(path[:n]), n))
        covered += probability * design.estimate(sum(path[:stop]), stop).contains(p)
        trials += probability * stop
    assert 3 < trials < 12
    assert float(design.coverage(p)) == pytest.approx(covered, abs=1e-12)
    assert float(design.expected_trials(p)) == pytest.approx(trials, abs=1e-9)


@pytest.mark.parametrize(("sizes", "half_width"), DESIGNS)
def test_the_interval_at_stopping_keeps_its_coverage(sizes, half_width):
    design = DeclaredLooks(sizes, half_width=half_width)
    coverage = design.coverage(PROPORTIONS)
    assert coverage.min() >= 0.93
    often_enough = coverage[sizes[0] * PROPORTIONS >= 2]  # below, any interval that covers at all covers too often
    assert np.mean(often_enough <= 0.98) > 0.94
    assert often_enough.max() <= 0.993


@pytest.mark.parametrize(("sizes", "half_width"), DESIGNS)
def test_coverage_does_not_collapse_where_hardly_anything_fails(sizes, half_width):
    assert DeclaredLooks(sizes, half_width=half_width).coverage(np.geomspace(1e-6, 0.005, 80)).min() >= 0.93


@pytest.mark.parametrize(("sizes", "half_width"), DESIGNS)
def test_without_calibration_it_would_cover_less(sizes, half_width):
    """The plain Wilson interval, reported at the first look at which it is narrow enough."""
    design = DeclaredLooks(sizes, half_width=half_width)
    naive = DeclaredLooks(sizes, half_width=half_width)
    object.__setattr__(naive, "critical_value", pocock_critical_value([1]))
    assert naive.coverage(PROPORTIONS).min() < design.coverage(PROPORTIONS).min()


@pytest.mark.parametrize("sizes", [sizes for sizes, _ in DESIGNS])
def test_with_a_free_choice_all_looks_cover_together(sizes):
    coverage = DeclaredLooks(sizes).coverage(PROPORTIONS[PROPORTIONS * sizes[0] >= 1])
    assert coverage.min() >= 0.925
    assert 0.945 <= coverage.mean() <= 0.96


@pytest.mark.parametrize("p", [0.02, 0.1, 0.3, 0.5])
def test_500_simulated_campaigns_are_covered_93_to_98_percent_of_the_time(p):
    design = DeclaredLooks(tuple(range(200, 2001, 200)), half_width=0.02)
    rng = np.random.default_rng([3, int(1000 * p)])
    reported = cache(lambda k, n: design.estimate(k, n) if design.stops(k, n) else None)
    covered = 0
    for counts in rng.binomial(200, p, (500, 10)).cumsum(axis=1):
        ends = (reported(int(k), n) for k, n in zip(counts, design.sizes, strict=True))
        covered += next(end for end in ends if end is not None).contains(p)
    assert 0.93 <= covered / 500 <= 0.98


@given(data=st.data())
def test_limits_stay_inside_0_and_1_enclose_the_estimate_and_mirror(data):
    design = SMALL_DESIGN
    n = data.draw(st.sampled_from(design.sizes))
    k = data.draw(st.integers(0, n))
    one, other = design.estimate(k, n), design.estimate(n - k, n)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-12)


def test_one_look_is_a_fixed_campaign():
    design = DeclaredLooks((1000,), half_width=0.02)
    fixed = proportion(100, 1000, method="wilson")
    assert design.look_confidence == pytest.approx(0.95)
    assert (design.estimate(100, 1000).low, design.estimate(100, 1000).high) == pytest.approx((fixed.low, fixed.high))


def test_it_stops_when_narrow_enough_and_at_the_last_look():
    design = DeclaredLooks((100, 400), half_width=0.05)
    assert design.stops(0, 100)
    assert not design.stops(50, 100)
    assert design.stops(200, 400)


def test_between_looks_there_is_no_interval():
    with pytest.raises(ConfigurationError, match="not a declared look"):
        DeclaredLooks((100, 400)).estimate(1, 150)


def test_without_a_declared_half_width_stopping_is_not_decided_here():
    with pytest.raises(ConfigurationError, match="no half width"):
        DeclaredLooks((100, 400)).stops(1, 100)


@pytest.mark.parametrize("sizes", [(), (0, 5), (200, 100), (100, 100), (10.5, 20), (100_000, 100_001)])
def test_sizes_that_do_not_grow_are_refused(sizes):
    with pytest.raises(ConfigurationError, match="sizes of looks"):
        DeclaredLooks(sizes)


@pytest.mark.parametrize("bad", [{"confidence": 95}, {"half_width": 0.0}, {"half_width": 2.0}])
def test_levels_and_widths_outside_0_and_1_are_refused(bad):
    with pytest.raises(ConfigurationError):
        DeclaredLooks((100, 200), **bad)


def fixed_coverage(limits, trials):
    counts = np.arange(trials + 1)
    low, high = limits(counts, trials)
    logarithm = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, trials + 1)))])
    choose = logarithm[trials] - logarithm - logarithm[::-1]
    p = PROPORTIONS[:, None]
    probability = np.exp(choose + counts * np.log(p) + (trials - counts) * np.log1p(-p))
    return (probability * ((low <= p) & (p <= high))).sum(axis=1)


@pytest.mark.parametrize("trials", [100, 385, 2000])
def test_of_the_fixed_campaigns_one_never_covers_too_little_and_the_other_is_right_on_average(trials):
    exact, score = fixed_coverage(clopper_pearson, trials), fixed_coverage(wilson, trials)
    assert exact.min() >= 0.95 - 1e-9
    assert 0.945 <= score.mean() <= 0.96
    assert exact.mean() > score.mean()
