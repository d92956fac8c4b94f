"""Refits of simulated campaigns, all at once."""

import numpy as np
import pytest
from fit_campaign_samples import DEVICES, simulated_campaign

from radtest.analysis import fit_weibull
from radtest.analysis.bootstrap import bootstrap_curve, refit, simulated_counts
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.profile_search import ProfileSearch
from radtest.core import ConfigurationError

LETS = np.array([1.16, 2.39, 7.27, 16.5, 25.0, 49.3])
THETA = np.array([np.log(1e-4), 1.5, np.log(14.0), np.log(1.6)])
EXPOSURE = np.full(6, 1e6)


@pytest.mark.parametrize("uncertainty", [0.0, 0.1])
def test_a_batch_finds_what_single_fits_find(uncertainty):
    design = PoissonCurve(LETS, np.zeros(6), EXPOSURE, uncertainty)
    counts = simulated_counts(design, THETA, np.random.default_rng(3), 25)
    together = refit(design, counts)
    assert together.converged.all()
    for row, count in enumerate(counts):
        alone = ProfileSearch(PoissonCurve(LETS, count, EXPOSURE, uncertainty)).optimum
        assert together.deviance[row] == pytest.approx(alone.deviance, abs=2e-3)


def test_refits_of_many_events_scatter_as_the_information_says():
    design = PoissonCurve(LETS, np.zeros(6), EXPOSURE * 1e3)
    theta = refit(design, simulated_counts(design, THETA, np.random.default_rng(1), 400)).theta
    log_f, derivatives = design.log_fraction(THETA)
    covariance = np.linalg.inv(design.information(THETA[0] + log_f, derivatives))
    np.testing.assert_allclose(theta.std(axis=0), np.sqrt(np.diag(covariance)), rtol=0.15)
    np.testing.assert_allclose(theta.mean(axis=0), THETA, atol=4 * np.sqrt(np.diag(covariance) / 400).max())


def test_a_replica_without_events_has_no_parameters_and_no_deviance():
    design = PoissonCurve(LETS, np.zeros(6), EXPOSURE)
    found = refit(design, np.array([[0.0] * 6, [0, 0, 3, 9, 20, 31]]))
    assert np.isnan(found.theta[0]).all()
    assert found.deviance[0] == 0
    assert not found.converged[0]
    assert np.isfinite(found.theta[1]).all()


@pytest.mark.slow
def test_p_value_of_a_fit_is_uniform_where_chi_squared_is_not():
    """Means of a few events: the deviance is not χ², its simulated distribution is right."""
    design = PoissonCurve(LETS, np.zeros(6), EXPOSURE * 0.03)
    rng = np.random.default_rng(5)
    p_values = []
    for count in simulated_counts(design, THETA, rng, 40):
        if np.count_nonzero(count) < 2:
            continue
        data = PoissonCurve(LETS, count, design.exposure_cm2)
        best = ProfileSearch(data).optimum
        p_values.append(bootstrap_curve(data, best.theta, best.deviance, rng, 60).p_value)
    p_values = np.array(p_values)
    assert len(p_values) > 30
    assert 0.02 < np.mean(p_values < 0.3) < 0.55
    assert np.mean(p_values < 0.02) < 0.15


def test_points_that_no_curve_fits_have_a_small_p_value():
    data = PoissonCurve(LETS, np.array([30.0, 2, 40, 3, 50, 4]), EXPOSURE)
    best = ProfileSearch(data).optimum
    assert bootstrap_curve(data, best.theta, best.deviance, np.random.default_rng(1), 200).p_value == 1 / 201


def test_no_replicas_are_refused():
    fit = fit_weibull(simulated_campaign(DEVICES[0], np.random.default_rng(1)))
    with pytest.raises(ConfigurationError, match="number of replicas: got 0"):
        bootstrap_curve(fit.likelihood, THETA, 1.0, np.random.default_rng(1), 0)
