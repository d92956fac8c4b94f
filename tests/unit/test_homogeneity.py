"""Tests that devices, runs and tilts have one cross section."""

import numpy as np
import pytest
from scipy.stats import binom

from radtest.analysis import homogeneity_of, homogeneity_test
from radtest.analysis.homogeneity import group_strata
from radtest.core import ConfigurationError, CrossSectionPoint

RNG = np.random.default_rng


def by_device(_, point):
    return point.device


def test_two_devices_at_one_let_are_the_exact_binomial_test():
    # Przyborowski and Wilenski 1940: given 12 events, those of the first are binomial with half of the exposure.
    found = homogeneity_test([10, 2], [1e6, 1e6], ["5", "5"], ["A", "B"], RNG(1), draws=200_000)
    exact = 2 * binom.cdf(2, 12, 0.5)
    assert found.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact / 200_000))
    assert (found.degrees_of_freedom, found.strata[0].events) == (1, 12)


def test_unequal_exposures_are_no_difference():
    found = homogeneity_test([100, 25, 300], [4e6, 1e6, 12e6], ["5"] * 3, list("ABC"), RNG(1))
    assert found.statistic == pytest.approx(0.0, abs=1e-9)
    assert found.p_value == 1.0


def test_a_difference_hidden_in_each_let_is_seen_over_all():
    counts = [14, 6, 15, 7, 13, 6, 16, 8]
    lets = [2, 2, 5, 5, 10, 10, 40, 40]
    found = homogeneity_test(counts, [1e6] * 8, lets, ["A", "B"] * 4, RNG(1))
    assert min(part.p_value for part in found.strata) > 0.05
    assert found.p_value < 0.03
    # 58 of 85 with half of the exposure
    assert found.common_p_value == pytest.approx(2 * binom.sf(57, 85, 0.5), abs=5e-4)
    assert {share.name: (share.events, share.expected) for share in found.groups} == {"A": (58, 42.5), "B": (27, 42.5)}


def test_nothing_to_compare_is_no_test():
    assert homogeneity_test([5, 3], [1e6, 1e6], [1, 2], ["A", "B"], RNG(1)) is None
    assert homogeneity_test([0, 0], [1e6, 1e6], [1, 1], ["A", "B"], RNG(1)) is None


def test_the_p_value_is_uniform_or_larger_at_low_counts():
    rng = RNG(7)
    p = np.array(
        [
            homogeneity_test(
                rng.poisson([0.7, 1.4, 3.0, 6.0]), [1e6, 2e6, 1e6, 2e6], [1, 1, 2, 2], list("ABAB"), rng, draws=199
            ).p_value
            for _ in range(400)
        ]
    )
    for level in (0.05, 0.1, 0.2):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / len(p))


def test_uncertain_fluences_explain_a_difference():
    trusted = homogeneity_test([1000, 1200], [1e6, 1e6], [1, 1], ["A", "B"], RNG(1))
    doubted = homogeneity_test([1000, 1200], [1e6, 1e6], [1, 1], ["A", "B"], RNG(1), fluence_uncertainty=0.1)
    assert trusted.p_value < 0.001
    assert doubted.p_value > 0.1


def test_points_are_compared_at_effective_let_and_fluence():
    points = [
        CrossSectionPoint(10.0, 50, 2e6, bits=100, device="A", tilt_deg=60.0),
        CrossSectionPoint(20.0, 500, 1e6, bits=1000, device="B"),
    ]
    found = homogeneity_of(points, by_device, RNG(1), per="bit")
    assert found.statistic == pytest.approx(0.0, abs=1e-9)
    assert homogeneity_of(points, by_device, RNG(1), per="device").p_value < 0.001


def test_runs_are_compared_within_a_device():
    points = [CrossSectionPoint(5.0, n, 1e6, device=d) for n, d in ((10, "A"), (11, "A"), (100, "B"), (102, "B"))]
    found = homogeneity_of(points, lambda place, _: place, RNG(1), within=lambda point: point.device)
    assert found.degrees_of_freedom == 2
    assert found.p_value > 0.5


def test_lets_that_hardly_differ_are_one():
    assert group_strata([10.0, 2.0, 10.04, 10.3, 2.0]) == [10.0, 2.0, 10.0, 10.3, 2.0]


def test_draws_have_to_be_positive():
    with pytest.raises(ConfigurationError, match="draws: got 0"):
        homogeneity_test([1, 2], [1e6, 1e6], [1, 1], ["A", "B"], RNG(1), draws=0)
