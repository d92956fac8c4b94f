"""Draws from the likelihood of a Weibull fit."""

import time

import numpy as np
import pytest

from radtest.analysis import (
    LetSpectrum,
    SensitiveVolume,
    Weibull,
    effective_flux,
    fit_weibull,
    upset_rate,
    upset_rates,
)
from radtest.analysis.ensemble import sample_ensemble
from radtest.core import ConfigurationError, CrossSectionPoint

LETS = (1.16, 2.39, 4.0, 7.27, 10.9, 16.5, 25.0, 49.3)


def points_of(counts, fluence=4e6):
    return [CrossSectionPoint(let, int(n), fluence) for let, n in zip(LETS, counts, strict=True)]


RICH = fit_weibull(points_of([0, 28, 176, 734, 1545, 2711, 3685, 4000]))


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    first, same, other = (RICH.sample(np.random.default_rng(seed), 50) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("n", [1, 7, 250, 2001])
def test_as_many_draws_come_as_were_asked_for(n):
    draws = RICH.sample(np.random.default_rng(1), n)
    assert draws.shape == (n, 4)
    assert np.all(draws >= 0)
    assert np.all(draws[:, 1] < LETS[1])  # events were seen there


def test_no_draws_are_refused():
    with pytest.raises(ConfigurationError, match="number of draws: got 0"):
        RICH.sample(np.random.default_rng(1), 0)


def test_quantiles_of_draws_are_near_the_profile_limits_where_counts_are_high():
    low, high = np.quantile(RICH.sample(np.random.default_rng(1), 4000), [0.025, 0.975], axis=0)
    for index, name in enumerate(("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")):
        estimate = getattr(RICH, name)
        width = estimate.high - estimate.low
        assert low[index] == pytest.approx(estimate.low, abs=0.12 * width)
        assert high[index] == pytest.approx(estimate.high, abs=0.12 * width)


def test_common_fluence_uncertainty_is_in_the_draws():
    fit = fit_weibull(list(RICH.points), common_fluence_uncertainty=0.2)
    sigma = fit.sample(np.random.default_rng(1), 4000)[:, 0]
    assert np.std(np.log(sigma)) == pytest.approx(0.21, abs=0.02)


def test_a_thousand_draws_take_less_than_five_seconds():
    start = time.process_time()
    RICH.sample(np.random.default_rng(1), 1000)
    assert time.process_time() - start < 5


def test_ensemble_samples_a_correlated_gaussian():
    covariance = np.array([[1.0, 0.99], [0.99, 1.0]]) * [[1.0, 100.0], [100.0, 1e4]]
    inverse = np.linalg.inv(covariance)
    draws = sample_ensemble(
        lambda x: -0.5 * np.einsum("ij,jk,ik->i", x, inverse, x),
        np.random.default_rng(1).standard_normal((200, 2)) * 0.1,
        np.random.default_rng(2),
        settle=200,
        keep=40,
        every=20,
    )
    np.testing.assert_allclose(np.cov(draws.T), covariance, rtol=0.1)


def rate_coverage(seeds):
    """Fraction of low-count campaigns whose rate interval contains the true rate."""
    let = np.geomspace(0.01, 100, 400)
    spectrum = LetSpectrum.from_integral(let, 1e3 * (let**-2.0 - 100**-2.0))
    flux = effective_flux(spectrum, SensitiveVolume(3.0, 3.0, 1.0))
    truth = Weibull(1e-5, 1.5, 14.0, 1.8)
    hits = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        fit = fit_weibull(points_of(rng.poisson(4e6 * truth.cross_section(np.array(LETS)))))
        rates = upset_rates(*fit.sample(rng, 1000).T, flux)
        low, high = np.quantile(rates, [0.025, 0.975])
        hits += bool(low <= upset_rate(truth, flux) <= high)
    return hits


@pytest.mark.slow
def test_rate_intervals_contain_the_truth_in_a_sample_of_campaigns_of_few_counts():
    assert rate_coverage(range(10)) >= 8


@pytest.mark.slow
def test_rate_intervals_contain_the_truth_in_92_to_98_percent_of_200_campaigns_of_few_counts():
    assert 184 <= rate_coverage(range(200)) <= 196
