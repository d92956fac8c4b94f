"""Counts, proportions and cross sections."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from radtest.analysis import (
    clopper_pearson,
    cross_section,
    leveugle_sample_size,
    poisson_limits,
    poisson_lower,
    poisson_upper,
    proportion,
    sample_size_for_width,
    wilson,
)
from radtest.core import ConfigurationError


def test_limits_take_arrays_of_counts():
    low, high = poisson_limits(np.array([[0, 1], [10, 100]]))
    assert low.shape == high.shape == (2, 2)


@given(count=st.integers(1, 100_000), confidence=st.floats(0.5, 0.999))
def test_garwood_limits_leave_equal_tails(count, confidence):
    low, high = poisson_limits(count, confidence)
    tail = (1 - confidence) / 2
    assert stats.poisson.sf(count - 1, low) == pytest.approx(tail, rel=1e-6)
    assert stats.poisson.cdf(count, high) == pytest.approx(tail, rel=1e-6)


@given(mean=st.floats(0.01, 60))
def test_garwood_limits_cover_every_mean_at_least_as_often_as_stated(mean):
    counts = np.arange(400)
    low, high = poisson_limits(counts, 0.95)
    assert stats.poisson.pmf(counts, mean)[(low <= mean) & (mean <= high)].sum() >= 0.95 - 1e-9


@given(count=st.integers(0, 1000))
def test_one_sided_limits_at_97_5_percent_are_the_two_sided_ones_at_95(count):
    assert (float(poisson_lower(count, 0.975)), float(poisson_upper(count, 0.975))) == pytest.approx(
        tuple(float(limit) for limit in poisson_limits(count, 0.95))
    )


@given(trials=st.integers(1, 500), data=st.data())
def test_proportions_stay_inside_0_and_1_and_enclose_the_estimate(trials, data):
    successes = data.draw(st.integers(0, trials))
    for limits in (clopper_pearson, wilson):
        low, high = limits(successes, trials)
        assert 0 <= low <= successes / trials <= high <= 1


@given(probability=st.floats(0.001, 0.999), trials=st.sampled_from([5, 20, 77]))
def test_clopper_pearson_covers_every_proportion_at_least_as_often_as_stated(probability, trials):
    successes = np.arange(trials + 1)
    low, high = clopper_pearson(successes, trials)
    inside = (low <= probability) & (probability <= high)
    assert stats.binom.pmf(successes, trials, probability)[inside].sum() >= 0.95 - 1e-9


def test_wilson_limits_solve_the_score_equation():
    low, high = wilson(7, 40)
    for limit in (float(low), float(high)):
        assert abs(7 / 40 - limit) / np.sqrt(limit * (1 - limit) / 40) == pytest.approx(1.959964, rel=1e-6)


def test_an_unknown_method_of_a_proportion_is_refused():
    with pytest.raises(ConfigurationError, match="clopper-pearson, wilson"):
        proportion(1, 2, method="wald")


def test_cross_section_is_count_over_fluence_and_bits_with_scaled_limits():
    estimate = cross_section(10, 1e6, bits=1000)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((1e-8, 4.795e-9, 1.839e-8), rel=1e-3)


def test_zero_events_bound_the_cross_section_from_above():
    estimate = cross_section(0, 1e7)
    assert (estimate.value, estimate.low) == (0, 0)
    assert estimate.high == pytest.approx(3.689e-7, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((-1, 1e6), "count: got -1"),
        ((1, 0.0), "fluence_cm2: got 0.0"),
        ((1, float("nan")), "fluence_cm2: got nan"),
        ((1, 1e6, 0), "bits: got 0"),
        ((1, 1e6, None, 95.0), "confidence: got 95.0"),
    ],
)
def test_impossible_measurements_are_refused(arguments, words):
    with pytest.raises(ConfigurationError, match=words):
        cross_section(*arguments)


@pytest.mark.parametrize("bad", [0.5, float("nan"), float("inf")])
def test_a_count_is_a_whole_number(bad):
    with pytest.raises(ConfigurationError, match="whole numbers"):
        poisson_limits(bad)


def test_more_successes_than_trials_are_refused():
    with pytest.raises(ConfigurationError, match="more successes than trials"):
        clopper_pearson(3, 2)


@given(
    half_width=st.floats(0.01, 0.4),
    expected=st.sampled_from([0.0, 0.01, 0.1, 0.3, 0.5, 0.9, 1.0]),
    confidence=st.floats(0.8, 0.999),
)
def test_the_sample_is_the_smallest_whose_score_interval_is_that_narrow(half_width, expected, confidence):
    z = stats.norm.ppf((1 + confidence) / 2)

    def half(n):
        return z * np.sqrt(n * expected * (1 - expected) + z * z / 4) / (n + z * z)

    size = sample_size_for_width(half_width, expected, confidence)
    assert half(size) <= half_width * (1 + 1e-9)
    assert size == 1 or half(size - 1) > half_width * (1 - 1e-9)


@pytest.mark.parametrize("method", ["wilson", "clopper-pearson"])
@pytest.mark.parametrize(("half_width", "expected"), [(0.02, 0.5), (0.05, 0.2), (0.01, 0.0), (0.03, 1.0)])
def test_a_campaign_of_that_size_reports_that_width(method, half_width, expected):
    size = sample_size_for_width(half_width, expected, method=method)
    result = proportion(round(size * expected), size, method=method)
    assert (result.high - result.low) / 2 == pytest.approx(half_width, rel=0.02)


@given(half_width=st.floats(0.005, 0.2), expected=st.floats(0.1, 0.9))
def test_an_exact_interval_needs_more_than_a_score_interval(half_width, expected):
    exact = sample_size_for_width(half_width, expected, method="clopper-pearson")
    assert exact >= sample_size_for_width(half_width, expected)


@given(half_width=st.floats(0.005, 0.4), population=st.integers(1, 10**7))
def test_a_finite_population_never_asks_for_more_than_it_holds(half_width, population):
    size = sample_size_for_width(half_width, population=population)
    assert 1 <= size <= min(population, sample_size_for_width(half_width))


@pytest.mark.parametrize("margin", [0.05, 0.01])
def test_the_width_of_a_score_interval_needs_z_squared_fewer_than_leveugle(margin):
    assert leveugle_sample_size(margin) - sample_size_for_width(margin) == pytest.approx(1.96**2, abs=1)


@pytest.mark.parametrize(
    "bad",
    [{"half_width": 0.5}, {"half_width": 0.0}, {"expected": 1.1}, {"population": 0}, {"method": "wald"}],
)
def test_a_width_that_cannot_be_had_is_refused(bad):
    with pytest.raises(ConfigurationError, match=next(iter(bad)).split("_")[0]):
        sample_size_for_width(**{"half_width": 0.1} | bad)


@given(population=st.integers(1, 500), data=st.data(), method=st.sampled_from(["clopper-pearson", "wilson"]))
def test_a_finite_population_narrows_the_interval_until_nothing_is_left_to_know(population, data, method):
    trials = data.draw(st.integers(1, population))
    successes = data.draw(st.integers(0, trials))
    vast = proportion(successes, trials, method=method)
    finite = proportion(successes, trials, method=method, population=population)
    assert finite.value == vast.value
    assert vast.low - 1e-12 <= finite.low <= finite.value <= finite.high <= vast.high + 1e-12
    census = proportion(successes, trials, method=method, population=trials)
    assert (census.low, census.high) == (census.value, census.value)


@pytest.mark.parametrize("method", ["clopper-pearson", "wilson"])
@pytest.mark.parametrize("p", [0.1, 0.4])
def test_intervals_of_half_a_population_cover_as_stated(p, method):
    population, trials = 400, 200
    marked = round(p * population)
    counts = np.random.default_rng(5).hypergeometric(marked, population - marked, trials, 2000)
    inside = [proportion(int(k), trials, method=method, population=population).contains(p) for k in counts]
    assert 0.925 <= np.mean(inside) <= 0.985


def test_a_population_smaller_than_the_sample_is_refused():
    with pytest.raises(ConfigurationError, match="population: got 9 for 10 trials"):
        proportion(1, 10, population=9)


@pytest.mark.parametrize("expected", [0.1, 0.5])
def test_the_size_for_a_width_gives_that_width_in_a_finite_population(expected):
    trials = sample_size_for_width(0.03, expected, population=2400, method="clopper-pearson")
    estimate = proportion(round(expected * trials), trials, population=2400)
    assert estimate.high - estimate.low == pytest.approx(0.06, rel=0.02)
