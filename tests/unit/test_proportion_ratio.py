"""The ratio of two proportions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from radtest.analysis import proportion, proportion_ratio, ratio_of_estimates
from radtest.core import ConfigurationError, Estimate


@st.composite
def two_samples(draw):
    n1, n2 = draw(st.integers(1, 2000)), draw(st.integers(1, 2000))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


@given(counts=two_samples(), confidence=st.floats(0.5, 0.999))
def test_exchanging_the_samples_inverts_the_interval(counts, confidence):
    k1, n1, k2, n2 = counts
    one, other = proportion_ratio(k1, n1, k2, n2, confidence), proportion_ratio(k2, n2, k1, n1, confidence)
    inverted = math.inf if other.high == 0 else 1 / other.high, math.inf if other.low == 0 else 1 / other.low
    assert (one.low, one.high) == pytest.approx(inverted, rel=1e-9)


@given(counts=two_samples())
def test_the_interval_encloses_the_ratio_of_the_observed_proportions(counts):
    k1, n1, k2, n2 = counts
    estimate = proportion_ratio(k1, n1, k2, n2)
    if k1 == k2 == 0:
        assert math.isnan(estimate.value)
    else:
        assert estimate.low <= estimate.value <= estimate.high
        assert estimate.value == (pytest.approx((k1 / n1) / (k2 / n2)) if k2 else math.inf)


@given(counts=two_samples())
def test_a_higher_confidence_never_gives_a_shorter_interval(counts):
    ninety, ninety_nine = proportion_ratio(*counts, 0.9), proportion_ratio(*counts, 0.99)
    assert ninety_nine.low <= ninety.low
    assert ninety.high <= ninety_nine.high


def test_without_a_success_above_the_line_the_upper_limit_is_finite_and_falls_with_the_sample():
    few, many = proportion_ratio(0, 100, 20, 100), proportion_ratio(0, 10_000, 20, 100)
    assert (few.value, few.low) == (many.value, many.low) == (0.0, 0.0)
    assert 0 < many.high < few.high < 1


def test_without_a_success_below_the_line_only_the_lower_limit_is_finite():
    estimate = proportion_ratio(20, 100, 0, 100)
    assert (estimate.value, estimate.high) == (math.inf, math.inf)
    assert 1 < estimate.low < math.inf


def test_without_any_success_nothing_is_claimed():
    estimate = proportion_ratio(0, 10, 0, 10_000)
    assert math.isnan(estimate.value)
    assert (estimate.low, estimate.high) == (0.0, math.inf)


@pytest.mark.parametrize("counts", [(7, 34, 1, 34), (36, 40, 16, 80), (3, 5000, 90, 5000), (40, 40, 11, 13)])
def test_the_limits_are_those_of_a_search_that_does_not_know_the_quadratic(counts):
    """Pearson's χ² against the constrained likelihood, maximised numerically, reaches 3.8415 at both limits."""
    k1, n1, k2, n2 = counts

    def chi_squared(theta):
        def deviance(p):
            return -(stats.binom.logpmf(k1, n1, theta * p) + stats.binom.logpmf(k2, n2, p))

        p2 = optimize.minimize_scalar(
            deviance, bounds=(1e-9, min(1, 1 / theta) - 1e-12), method="bounded", options={"xatol": 1e-12}
        ).x
        p1 = theta * p2
        return (k1 - n1 * p1) ** 2 / (n1 * p1 * (1 - p1)) + (k2 - n2 * p2) ** 2 / (n2 * p2 * (1 - p2))

    estimate = proportion_ratio(*counts)
    assert [chi_squared(estimate.low), chi_squared(estimate.high)] == pytest.approx([3.841459] * 2, rel=1e-4)


def coverage(p1, n1, p2, n2):
    """Probability that the interval contains p1/p2, summed over every outcome that matters."""
    weights = np.outer(stats.binom.pmf(np.arange(n1 + 1), n1, p1), stats.binom.pmf(np.arange(n2 + 1), n2, p2))
    return sum(
        weights[k1, k2]
        for k1, k2 in np.argwhere(weights > 1e-7)
        if proportion_ratio(int(k1), n1, int(k2), n2).contains(p1 / p2)
    )


@pytest.mark.parametrize(
    ("p1", "n1", "p2", "n2"),
    [(0.1, 100, 0.2, 100), (0.02, 200, 0.3, 100), (0.4, 60, 0.5, 120), (0.05, 300, 0.05, 100), (0.01, 300, 0.1, 300)],
)
def test_it_covers_about_as_often_as_stated(p1, n1, p2, n2):
    assert 0.93 <= coverage(p1, n1, p2, n2) <= 0.98


@pytest.mark.parametrize("bad", [(5, 4, 1, 4), (-1, 4, 1, 4), (1, 4, 1, 0), (1, 4, 5, 4)])
def test_impossible_counts_are_refused(bad):
    with pytest.raises(ConfigurationError, match="among"):
        proportion_ratio(*bad)


def test_a_confidence_outside_0_and_1_is_refused():
    with pytest.raises(ConfigurationError, match="confidence"):
        proportion_ratio(1, 4, 1, 4, 95.0)


@st.composite
def estimates(draw):
    value = draw(st.floats(1e-6, 1.0))
    return Estimate(value, value * draw(st.floats(0.0, 1.0)), value * draw(st.floats(1.0, 10.0)))


@given(above=estimates(), below=estimates())
def test_a_ratio_of_estimates_lies_between_its_limits_and_inverts(above, below):
    ratio, inverse = ratio_of_estimates(above, below), ratio_of_estimates(below, above)
    assert 0 <= ratio.low <= ratio.value * (1 + 1e-9)
    assert ratio.value <= ratio.high * (1 + 1e-9)
    assert ratio.low * inverse.high == pytest.approx(1.0, rel=1e-6) or ratio.low == 0.0 or inverse.high == math.inf


@given(estimate=estimates(), factor=st.floats(0.01, 100))
def test_over_an_exact_estimate_the_limits_are_divided(estimate, factor):
    ratio = ratio_of_estimates(estimate, Estimate(factor, factor, factor))
    assert (ratio.low, ratio.high) == pytest.approx((estimate.low / factor, estimate.high / factor), rel=1e-6)


def test_for_simple_samples_it_is_close_to_the_score_interval():
    recovered = ratio_of_estimates(proportion(36, 40, method="wilson"), proportion(16, 80, method="wilson"))
    score = proportion_ratio(36, 40, 16, 80)
    assert (recovered.low, recovered.high) == pytest.approx((score.low, score.high), rel=0.02)


@pytest.mark.parametrize(("p", "n", "q", "m"), [(0.1, 300, 0.5, 300), (0.02, 400, 0.3, 400), (0.3, 100, 0.4, 200)])
def test_ratios_of_2000_simulated_pairs_are_covered_about_as_often_as_stated(p, n, q, m):
    rng = np.random.default_rng(8)
    pairs = zip(rng.binomial(n, p, 2000).tolist(), rng.binomial(m, q, 2000).tolist(), strict=True)
    covered = sum(
        ratio_of_estimates(proportion(k, n, method="wilson"), proportion(j, m, method="wilson")).contains(p / q)
        for k, j in pairs
    )
    assert 0.93 <= covered / 2000 <= 0.98


def test_nothing_seen_above_leaves_an_upper_limit_and_nothing_below_none():
    nothing, something = proportion(0, 100), proportion(20, 100)
    assert ratio_of_estimates(nothing, something).low == 0.0
    assert 0.1 < ratio_of_estimates(nothing, something).high < 0.5
    assert ratio_of_estimates(something, nothing).high == math.inf
    assert math.isnan(ratio_of_estimates(nothing, nothing).value)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (Estimate(0.1, 0.2, 0.3), Estimate(0.1, 0.1, 0.1)),
        (Estimate(0.1, 0.1, 0.1), Estimate(-0.1, -0.2, 0.1)),
        (Estimate(0.1, 0.1, 0.1, 0.9), Estimate(0.1, 0.1, 0.1, 0.95)),
    ],
)
def test_estimates_that_make_no_ratio_are_refused(above, below):
    with pytest.raises(ConfigurationError):
        ratio_of_estimates(above, below)
