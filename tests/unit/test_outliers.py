"""Fits of counts of which a few may be grossly wrong."""

import dataclasses
import math

import numpy as np
import pytest
from fit_campaign_samples import DEVICES, PARAMETERS, simulated_campaign
from scattered_campaign_samples import plain_and_asked_coverage, with_outlier
from scipy.stats import nbinom, poisson

from radtest.analysis import fit_or_limits, fit_weibull
from radtest.analysis.outliers import OUTLIER_SHARE, ContaminatedCurve, RobustStarts
from radtest.analysis.profile_search import ProfileSearch
from radtest.analysis.profile_side import Target
from radtest.cli.fit_forms import influence_of
from radtest.core import ConfigurationError, CrossSectionPoint

MEMORY = DEVICES[0]
LETS = np.geomspace(1.5, 80.0, 9)


def thousand_events(factors=(1.0,) * 9):
    fluences = 1000.0 / (MEMORY.truth.cross_section(LETS) * MEMORY.bits)
    return [
        CrossSectionPoint(let, round(1000.0 * factor), fluence, MEMORY.bits, label=f"run {number}")
        for number, (let, fluence, factor) in enumerate(zip(LETS.tolist(), fluences.tolist(), factors, strict=True))
    ]


def with_factor(number, factor):
    return thousand_events(tuple(factor if number == each else 1.0 for each in range(9)))


def curve(count, scatter=0.0):
    n = np.array(count, dtype=float)
    return ContaminatedCurve(np.linspace(5.0, 60.0, n.size), n, np.full(n.size, 1e12), scatter=scatter)


@pytest.mark.parametrize("log_sigma", [-30.0, -24.0, -21.5, -20.0])
def test_the_law_is_a_mixture_of_poisson_and_a_wide_negative_binomial(log_sigma):
    n, mean = np.array([0, 4, 600, 3000]), 1e12 * math.exp(log_sigma)
    data = curve(n)

    def log_probability(of):
        wrong = nbinom.logpmf(n, 1.0, 1.0 / (1.0 + of)) + math.log(OUTLIER_SHARE)
        return np.logaddexp(poisson.logpmf(n, of) + math.log1p(-OUTLIER_SHARE), wrong)

    best = log_probability(np.maximum(n, 1e-12))
    expected = 2.0 * (best - log_probability(np.full(4, mean)))
    assert data.deviance_terms(np.full(4, log_sigma)) == pytest.approx(expected, rel=1e-6, abs=1e-5)
    assert data.lowest == pytest.approx(-2.0 * best.sum(), rel=1e-6)


@pytest.mark.parametrize("scatter", [0.0, 0.2])
@pytest.mark.parametrize("log_sigma", [-23.0, -21.4, -21.0, -20.5])
def test_slope_is_the_derivative_of_the_deviance(log_sigma, scatter):
    data, at, step = curve([0, 4, 600, 3000], scatter), np.full(4, log_sigma), 1e-5
    numeric = (data.deviance_terms(at + step) - data.deviance_terms(at - step)) / (2 * step)
    assert data.slope(at) == pytest.approx(numeric, rel=1e-3, abs=1e-3)


def test_the_pull_of_one_point_stays_finite():
    pulls = [
        float(abs(curve([1000]).slope(np.array([math.log(1000 * factor) - math.log(1e12)]))[0]))
        for factor in (1.05, 3.0, 30.0, 300.0)
    ]
    assert pulls[0] > 50.0
    assert max(pulls[1:]) < 3.0


@pytest.mark.parametrize(
    ("number", "factor"),
    [
        (3, 4.0),
        (8, 0.0),
        pytest.param(0, 6.0, marks=pytest.mark.slow),
        pytest.param(5, 0.2, marks=pytest.mark.slow),
        pytest.param(8, 5.0, marks=pytest.mark.slow),
    ],
)
def test_a_wrong_run_is_named_and_hardly_moves_the_fit(number, factor):
    points = with_factor(number, factor)
    without = fit_weibull(points[:number] + points[number + 1 :])
    fit, plain = fit_weibull(points, robust=True), fit_weibull(points)
    assert [share > 0.9 for share in fit.outlier_probability] == [each == number for each in range(9)]
    assert f"run {number}: counted {points[number].count}" in fit.notes[-1]
    for name in PARAMETERS:
        found, alone = getattr(fit, name), getattr(without, name)
        # The pull is small, not 0: where the threshold is hardly known it moves.
        assert name == "let0_mev_cm2_mg" or found.value == pytest.approx(alone.value, rel=0.05)
        assert found.contains(alone.value)
    assert plain.p_value < 1e-6
    assert fit.deviance >= plain.deviance


def test_even_counts_are_fitted_as_without_it():
    plain, fit = fit_weibull(thousand_events()), fit_weibull(thousand_events(), robust=True)
    for name in PARAMETERS:
        own, found = getattr(plain, name), getattr(fit, name)
        assert found.value == pytest.approx(own.value, rel=2e-3)
        assert 0.9 * (own.high - own.low) < found.high - found.low < 1.3 * (own.high - own.low)
    assert max(fit.outlier_probability) < 0.05
    assert fit.notes[-1] == "no point is taken for an outlier."


def test_best_fit_is_the_best_of_searches_from_every_node():
    data = ContaminatedCurve(*_arrays(with_factor(4, 3.0)))
    found = ProfileSearch(data, starts=RobustStarts.of(data)).optimum
    starts = RobustStarts.of(data)
    assert found.deviance <= starts.node_deviance.min()
    for left_out in (0, 4, 8):
        own = dataclasses.replace(data, weight=np.where(np.arange(9) == left_out, 1e-9, 1.0))
        there = ProfileSearch(own, starts=RobustStarts.of(own)).optimum.theta
        assert found.deviance <= float(data.deviance(there[0] + data.log_fraction(there)[0])) + 1e-3


def _arrays(points):
    return (
        np.array([point.let_mev_cm2_mg for point in points]),
        np.array([float(point.count) for point in points]),
        np.array([point.fluence_cm2 * point.bits for point in points]),
    )


def test_limits_are_where_the_deviance_has_risen_by_the_quantile():
    data = ContaminatedCurve(*_arrays(with_factor(4, 3.0)))
    search = ProfileSearch(data, starts=RobustStarts.of(data))
    (shape,) = search.limits([Target(3)], 3.8415)
    for limit in (shape.low, shape.high):
        assert search.profile(Target(3), limit) - search.optimum.deviance == pytest.approx(3.8415, abs=0.02)


def test_scatter_of_runs_and_an_outlier_are_told_apart():
    factors = [1.12, 0.9, 1.05, 0.88, 1.1, 0.93, 1.08, 0.95, 4.0]
    fit = fit_weibull(thousand_events(tuple(factors)), robust=True, overdispersion="runs")
    assert [share > 0.5 for share in fit.outlier_probability] == [False] * 8 + [True]
    assert 0.03 < fit.overdispersion.amount.value < 0.2
    assert fit.overdispersion.p_value is None
    plain = fit_weibull(thousand_events(tuple(factors)), overdispersion="runs")
    assert plain.overdispersion.amount.value > 0.2


@pytest.fixture(scope="module")
def off_by_four():
    return fit_weibull(with_factor(5, 4.0), robust=True)


def test_the_band_follows_the_robust_fit(off_by_four):
    fit = off_by_four
    band = fit.band([LETS[5], 1e4])
    truth = MEMORY.truth.cross_section(np.array([LETS[5], 1e4]))
    assert np.all((band.low < truth) & (truth < band.high))
    assert band.high[1] / band.low[1] == pytest.approx(fit.sigma_sat_cm2.high / fit.sigma_sat_cm2.low, rel=0.03)


@pytest.mark.slow
def test_draws_follow_the_robust_fit(off_by_four):
    fit = off_by_four
    draws = fit.sample(np.random.default_rng(1), 400)[:, 0]
    assert np.median(draws) == pytest.approx(fit.sigma_sat_cm2.value, rel=0.02)


def test_influence_of_a_wrong_run_is_small_in_a_robust_fit(off_by_four):
    (wrong,) = [one for one in influence_of(off_by_four) if one.point == 5]
    assert np.abs(wrong.theta_change).max() < 0.05
    assert 0.0 < wrong.deviance_change < 30.0


@pytest.mark.parametrize("asked", ["clusters", 1.5])
def test_clusters_and_outliers_together_are_refused(asked):
    with pytest.raises(ConfigurationError, match="runs"):
        fit_weibull(thousand_events(), robust=True, overdispersion=asked)


def test_where_nothing_is_fitted_it_is_said_to_be_left_out():
    points = [CrossSectionPoint(let, 0, 1e6) for let in (5.0, 20.0, 60.0)]
    fit = fit_or_limits(points, robust=True)
    assert "outliers" in fit.notes[-1]
    assert fit.outlier_probability == ()


def with_a_wrong_run(device, number):
    """Return a campaign in which one run is off by a factor of 3."""
    points = simulated_campaign(device, np.random.default_rng(50_000 + number))
    return with_outlier(points, (3.0, 1 / 3)[number % 2], np.random.default_rng(number))


@pytest.mark.slow
def test_intervals_contain_the_truth_though_one_run_is_wrong():
    plain, robust = plain_and_asked_coverage(with_a_wrong_run, range(120), robust=True)
    # 85 to 93 % of 109 campaigns: a factor of 3 on few counts is no outlier that could be told.
    assert plain[:, 0].mean() < 0.7, plain.mean(axis=0)
    assert np.all(robust.mean(axis=0) > 0.78), robust.mean(axis=0)
