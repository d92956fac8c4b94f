"""Fits of counts that scatter more than Poisson's law."""

import math

import numpy as np
import pytest
from fit_campaign_samples import DEVICES, PARAMETERS
from hypothesis import given, settings
from hypothesis import strategies as st
from scattered_campaign_samples import (
    BITS_PER_EVENT,
    plain_and_asked_coverage,
    scattered_campaign,
    variance_ratio,
)
from scipy.special import chdtri
from scipy.stats import f as fisher
from scipy.stats import nbinom

from radtest.analysis import fit_weibull
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.overdispersion import NegativeBinomialCurve, Overdispersion
from radtest.core import ConfigurationError, CrossSectionPoint, Estimate, FitError

MEMORY = DEVICES[0]


def found(pearson, freedom, kind="clusters"):
    return Overdispersion(kind, Estimate(1.0, 1.0, 1.0, 0.95), False, pearson, freedom, None)


def curve(count, scatter, uncertainty=0.0):
    lets, exposure = np.linspace(5.0, 60.0, len(count)), np.full(len(count), 1e12)
    return NegativeBinomialCurve(lets, np.array(count), exposure, uncertainty, scatter=scatter)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=6),
    st.floats(0.01, 2.0),
    st.floats(-30.0, -18.0),
)
def test_deviance_is_that_of_the_negative_binomial_distribution(count, scatter, log_sigma):
    data, size = curve(np.array(count, dtype=float), scatter), 1.0 / scatter**2
    mean = 1e12 * math.exp(log_sigma)
    n = np.array(count)
    seen = np.maximum(n, 1e-12)
    expected = -2.0 * (nbinom.logpmf(n, size, size / (size + mean)) - nbinom.logpmf(n, size, size / (size + seen)))
    assert data.deviance_terms(np.full(len(count), log_sigma)) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("log_sigma", [-24.0, -21.0, -19.0])
def test_slope_is_the_derivative_of_the_deviance(log_sigma):
    data, step = curve([0.0, 3.0, 500.0], 0.3), 1e-5
    at = np.full(3, log_sigma)
    numeric = (data.deviance_terms(at + step) - data.deviance_terms(at - step)) / (2 * step)
    assert data.slope(at) == pytest.approx(numeric, rel=1e-4, abs=1e-5)


def test_without_scatter_it_is_poisson_and_fluence_uncertainties_scatter_too():
    count, at = np.array([0.0, 3.0, 500.0]), np.full(3, -22.0)
    poisson = PoissonCurve(np.linspace(5.0, 60.0, 3), count, np.full(3, 1e12))
    assert curve(count, 0.0).deviance_terms(at) == pytest.approx(poisson.deviance_terms(at), rel=1e-5)
    together = curve(count, 0.3, np.full(3, 0.4)).deviance_terms(at)
    assert together == pytest.approx(curve(count, 0.5).deviance_terms(at))


def test_limits_rise_as_students_t_where_the_scatter_is_large():
    for freedom in (2.0, 6.0, 20.0):
        wide, more = found(1e4 * freedom, freedom).rise(0.95), freedom + 1.0
        assert wide == pytest.approx(1e4 * freedom / more * float(fisher.ppf(0.95, 1, more)), rel=0.03)
        assert found(1e4 * freedom, freedom, "runs").rise(0.95) == pytest.approx(wide / 1e4, rel=1e-6)


def test_limits_come_near_those_of_poisson_where_many_points_show_no_scatter():
    assert found(30.0, 60.0).rise(0.95) == pytest.approx(3.84, rel=0.1)
    assert 3.84 < found(60.0, 60.0).rise(0.95) < 5.0


@settings(deadline=None, max_examples=40)
@given(st.floats(0.0, 1e3), st.floats(0.6, 40.0), st.sampled_from([0.68, 0.95, 0.99]))
def test_limits_are_never_narrower_than_those_of_poisson(pearson, freedom, confidence):
    assert found(pearson, freedom).rise(confidence) >= 0.999 * float(chdtri(1.0, 1.0 - confidence))


def thousand_events(factors):
    """Runs of about 1,000 events at ten LETs, each off by a factor."""
    lets = np.geomspace(1.0, 80.0, len(factors))
    fluences = 1000.0 / (MEMORY.truth.cross_section(lets) * MEMORY.bits)
    return [
        CrossSectionPoint(let, round(1000.0 * factor), fluence, MEMORY.bits)
        for let, fluence, factor in zip(lets.tolist(), fluences.tolist(), factors, strict=True)
    ]


SCATTERED = thousand_events((1.2, 0.85, 1.0, 1.15, 0.9, 1.1, 0.8, 1.1, 0.95, 1.05))
EVEN = thousand_events((1.0, 1.01, 0.98, 1.03, 1.0, 0.97, 0.99, 1.02, 1.01, 0.98))


def width_of(fit):
    return math.log(fit.sigma_sat_cm2.high / fit.sigma_sat_cm2.low)


def test_a_known_ratio_widens_intervals_by_its_root_and_leaves_the_curve_alone():
    plain, wide = fit_weibull(EVEN), fit_weibull(EVEN, overdispersion=1.44)
    assert wide.overdispersion.known
    for name in PARAMETERS:
        assert getattr(wide, name).value == pytest.approx(getattr(plain, name).value, rel=1e-3)
    assert width_of(wide) / width_of(plain) == pytest.approx(1.2, abs=0.03)
    assert wide.deviance == pytest.approx(plain.deviance, abs=1e-4)


def test_scatter_from_run_to_run_is_found_needed_and_told():
    plain, fit = fit_weibull(SCATTERED), fit_weibull(SCATTERED, overdispersion="runs")
    # The factors scatter by 13 %, counting adds 3 %; four parameters take some of it up.
    assert fit.overdispersion.amount.value == pytest.approx(0.13, rel=0.25)
    assert fit.overdispersion.amount.contains(0.13)
    assert fit.overdispersion.degrees_of_freedom == pytest.approx(6.0, abs=0.1)
    assert fit.overdispersion.p_value == pytest.approx(1 / 500)
    assert "with over-dispersion" in plain.notes[-1]
    assert "from run to run" in fit.notes[-1]
    assert width_of(fit) > 4.0 * width_of(plain)


def test_runs_and_clusters_agree_where_all_runs_count_the_same():
    runs, clusters = (fit_weibull(SCATTERED, overdispersion=kind) for kind in ("runs", "clusters"))
    assert clusters.overdispersion.amount.value == pytest.approx(
        1.0 + 1000 * runs.overdispersion.amount.value**2, rel=0.1
    )
    assert width_of(runs) == pytest.approx(width_of(clusters), rel=0.1)


def test_poisson_counts_are_said_to_need_no_over_dispersion():
    fit = fit_weibull(EVEN, overdispersion="clusters")
    assert fit.overdispersion.p_value > 0.2
    assert fit.overdispersion.amount.value == 1.0
    assert width_of(fit) < 1.5 * width_of(fit_weibull(EVEN))


def test_the_band_is_as_wide_as_the_intervals():
    fit = fit_weibull(SCATTERED, overdispersion="runs")
    band = fit.band([1e4])
    assert math.log(band.high[0] / band.low[0]) == pytest.approx(width_of(fit), rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["runs", "clusters"])
def test_draws_are_as_wide_as_the_intervals(kind):
    fit = fit_weibull(SCATTERED, overdispersion=kind)
    low, high = np.quantile(fit.sample(np.random.default_rng(1), 2000)[:, 0], [0.025, 0.975])
    assert math.log(high / low) == pytest.approx(width_of(fit), rel=0.25)


@pytest.mark.parametrize("asked", ["run", "0.9", "nan", "inf", -2.0, ""])
def test_what_is_no_over_dispersion_is_refused(asked):
    with pytest.raises(ConfigurationError, match="runs"):
        fit_weibull(EVEN, overdispersion=asked)


def test_four_points_leave_nothing_to_find_the_scatter_with():
    sigma = MEMORY.truth.cross_section(np.array([2.0, 5.0, 12.0, 60.0])) * MEMORY.bits * 1e5
    points = [
        CrossSectionPoint(let, round(n), 1e5, MEMORY.bits)
        for let, n in zip((2.0, 5.0, 12.0, 60.0), sigma.tolist(), strict=True)
    ]
    with pytest.raises(FitError, match="no points are left"):
        fit_weibull(points, overdispersion="runs")
    assert fit_weibull(points, overdispersion=2.0).converged


SCENES = {"runs": {"run_scatter": 0.15}, "clusters": {"bits_per_event": BITS_PER_EVENT}}


def scene(kind):
    def campaign(device, number):
        return scattered_campaign(device, np.random.default_rng(50_000 + number), **SCENES[kind])

    return campaign


@pytest.mark.slow
def test_intervals_of_clustered_bits_with_their_known_ratio_contain_the_truth_in_a_sample():
    _, wide = plain_and_asked_coverage(scene("clusters"), range(4), overdispersion=variance_ratio())
    assert wide.sum(axis=0).min() >= len(wide) - 2  # fewer happens about once in 2000 if coverage is 95 %


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["runs", "clusters"])
def test_intervals_of_scattered_counts_contain_the_truth_where_plain_ones_do_not(kind):
    plain, wide = plain_and_asked_coverage(scene(kind), range(240), overdispersion=kind)
    assert plain[:, 0].mean() < 0.94, plain.mean(axis=0)
    assert np.all(wide.mean(axis=0) > 0.92), wide.mean(axis=0)
