"""Two sets of counts against each other."""

import math

import numpy as np
import pytest

from radtest.analysis import Weibull, clopper_pearson, compare_cross_sections, rate_ratio
from radtest.analysis.batch_fit import smallest_deviances
from radtest.analysis.likelihood import PoissonWeibull
from radtest.analysis.profile_search import ProfileSearch
from radtest.core import ConfigurationError, CrossSectionPoint, FitError

LETS = np.array([1.5, 3.0, 6.0, 12.0, 25.0, 50.0])
TRUTH = Weibull(3e-4, 1.0, 12.0, 1.5)
RNG = np.random.default_rng


def points(rng, curve=TRUTH, fluence=1e6, factor=1.0, lets=LETS):
    counts = rng.poisson(factor * curve.cross_section(lets) * fluence)
    return [CrossSectionPoint(float(let), int(n), fluence) for let, n in zip(lets, counts, strict=True)]


@pytest.mark.parametrize(("k", "m", "e", "r"), [(10, 5, 1.0, 2.0), (3, 0, 1.0, 1.0), (0, 4, 2.0, 1.0)])
def test_a_ratio_in_one_stratum_has_the_limits_of_clopper_and_pearson(k, m, e, r):
    found = rate_ratio([k], [e], [m], [r])
    low, high = (p / (1 - p) * r / e if p < 1 else math.inf for p in map(float, clopper_pearson(k, k + m)))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)


def test_the_strata_of_a_ratio_need_not_have_equal_rates():
    # 2 is the ratio in each stratum; adding the strata up first would give 0.86.
    assert rate_ratio([20, 20], [1.0, 10.0], [100, 1], [10.0, 1.0]).value == pytest.approx(2.0, rel=1e-6)


def test_the_exact_ratio_covers_the_truth_at_least_as_often_as_stated():
    rng, rates, above, below = RNG(5), np.array([0.5, 2.0, 4.0]), np.array([1.0, 2.0, 1.0]), np.ones(3)
    inside = [
        rate_ratio(rng.poisson(1.5 * rates * above), above, rng.poisson(rates * below), below).contains(1.5)
        for _ in range(300)
    ]
    assert np.mean(inside) > 0.93


def test_a_ratio_without_events_says_nothing():
    found = rate_ratio([0], [1.0], [0], [1.0])
    assert math.isnan(found.value)
    assert (found.low, found.high) == (0.0, math.inf)


def test_many_campaigns_at_once_have_the_deviances_of_single_fits():
    counts = RNG(3).poisson(TRUTH.cross_section(LETS) * 3e5, size=(8, 6)).astype(float)
    together = smallest_deviances(PoissonWeibull(LETS, counts, np.full(6, 3e5)), np.zeros(6, dtype=np.int64))
    alone = [ProfileSearch(PoissonWeibull(LETS, row, np.full(6, 3e5))).optimum.deviance for row in counts]
    assert together == pytest.approx(alone, abs=1e-3)


def test_the_ratio_of_one_shape_is_found_with_its_interval():
    rng = RNG(3)
    found = compare_cross_sections(points(rng), points(rng, factor=1.5), rng=rng)
    assert found.ratio.contains(1.5)
    # The same LETs and fluences in both: the shape does not matter, and the exact interval is as long.
    assert found.ratio.value == pytest.approx(found.ratio_at_shared_lets.value, rel=1e-3)
    assert found.ratio.low == pytest.approx(found.ratio_at_shared_lets.low, rel=0.01)
    assert found.equal_curves.p_value < 1e-6
    assert found.equal_scale.p_value < 1e-6
    assert found.equal_shape.p_value > 0.05
    assert found.equal_curves.statistic == pytest.approx(found.equal_scale.statistic + found.equal_shape.statistic)
    assert [t.degrees_of_freedom for t in (found.equal_curves, found.equal_shape, found.equal_scale)] == [4, 3, 1]


def test_another_threshold_is_another_shape():
    rng = RNG(3)
    found = compare_cross_sections(points(rng), points(rng, curve=Weibull(3e-4, 5.0, 12.0, 1.5)), rng=rng)
    assert found.equal_shape.p_value < 1e-3


def test_low_counts_are_calibrated_by_simulation():
    rng = RNG(4)
    found = compare_cross_sections(points(rng, fluence=3e4), points(rng, fluence=3e4), rng=rng, replicates=99)
    assert found.replicates == 99
    for test in (found.equal_curves, found.equal_shape, found.equal_scale):
        assert test.p == test.p_value_bootstrap >= 0.01


def test_a_set_too_poor_for_a_curve_still_gives_a_ratio():
    rng = RNG(6)
    found = compare_cross_sections(points(rng), points(rng, factor=2.0, lets=LETS[3:5]), rng=rng, replicates=0)
    assert found.equal_curves is None
    assert found.ratio.contains(2.0)
    assert "second set cannot carry a curve" in found.notes[0]


def test_two_poor_sets_are_compared_where_they_meet():
    first = [CrossSectionPoint(10.0, 20, 1e6), CrossSectionPoint(20.0, 50, 1e6)]
    second = [CrossSectionPoint(20.0, 90, 1e6), CrossSectionPoint(40.0, 200, 1e6)]
    found = compare_cross_sections(first, second, rng=RNG(1))
    assert (found.ratio, found.shared_lets) == (None, 1)
    assert found.ratio_at_shared_lets.value == pytest.approx(1.8)


def test_nothing_seen_at_all_is_refused():
    nothing = [CrossSectionPoint(float(let), 0, 1e6) for let in LETS]
    with pytest.raises(FitError, match="no events in either set"):
        compare_cross_sections(nothing, nothing, rng=RNG(1))
    with pytest.raises(ConfigurationError, match="replicates: got -1"):
        compare_cross_sections(points(RNG(1)), nothing, rng=RNG(1), replicates=-1)


@pytest.mark.slow
def test_the_simulated_p_values_are_uniform_at_low_counts():
    rng, p = RNG(11), []
    for _ in range(120):
        first, second = points(rng, fluence=4e4), points(rng, fluence=4e4)
        found = compare_cross_sections(first, second, rng=rng, replicates=99)
        p.append([found.equal_scale.p, found.equal_curves.p if found.equal_curves else np.nan])
    for column in np.array(p).T:
        column = column[np.isfinite(column)]  # noqa: PLW2901
        for level in (0.1, 0.3):
            assert abs((column <= level).mean() - level) < 3.5 * np.sqrt(level * (1 - level) / len(column))


def test_sets_whose_dosimetry_was_calibrated_apart_have_a_wider_ratio():
    found = compare_cross_sections(
        points(RNG(3)), points(RNG(4), factor=1.5), rng=RNG(1), replicates=0, common_fluence_uncertainty=0.1
    )
    ratio, apart = found.ratio, found.ratio_calibrations_apart
    assert apart.value == ratio.value
    spread = 1.96 * np.sqrt(2) * np.log(1.1)
    above, below = (np.log(one.high / one.value) for one in (apart, ratio))
    assert above == pytest.approx(np.hypot(below, spread), rel=1e-3)
    above, below = (np.log(one.value / one.low) for one in (apart, ratio))
    assert above == pytest.approx(np.hypot(below, spread), rel=1e-3)
    shared = compare_cross_sections(points(RNG(3)), points(RNG(4), factor=1.5), rng=RNG(1), replicates=0)
    assert shared.ratio == ratio  # a factor of both cancels
    assert shared.ratio_calibrations_apart is None


def test_an_uncertainty_of_calibrations_in_percent_is_refused():
    with pytest.raises(ConfigurationError, match="common fluence uncertainty: got 10"):
        compare_cross_sections(points(RNG(1)), points(RNG(2)), rng=RNG(1), common_fluence_uncertainty=10)
