"""Parameters on the contour of a likelihood, against profiles that are followed one by one."""

from dataclasses import replace

import numpy as np
import pytest

from radtest.analysis.contour import contour_parameters
from radtest.analysis.likelihood import PoissonWeibull
from radtest.analysis.profile_search import ProfileSearch
from radtest.analysis.profile_side import Target

LETS = np.array([1.16, 1.54, 2.39, 4.56, 7.27, 10.9, 16.5, 25.0, 49.3])
COUNTS = np.array([0.0, 1.0, 25.0, 101.0, 180.0, 300.0, 300.0, 300.0, 300.0])
EXPOSURE = np.array([1.7e13, 1.7e13, 1.7e13, 1.7e13, 8e11, 5e11, 2.4e11, 1.4e11, 1.0e11])
RISE = 3.841459
ASKED = np.array([3.0, 6.0, 12.0, 20.0, 60.0])


@pytest.fixture(scope="module", params=[0.0, 0.05], ids=["exact fluences", "fluences to 5 %"])
def found(request):
    likelihood = PoissonWeibull(LETS, COUNTS, EXPOSURE, request.param)
    search = ProfileSearch(likelihood)
    return likelihood, search, contour_parameters(likelihood, search.optimum.theta, RISE)


def heights(likelihood, search, theta):
    return likelihood.deviance(theta[:, :1] + likelihood.log_fraction(theta)[0]) - search.optimum.deviance


def test_every_row_but_the_best_fit_lies_on_the_contour(found):
    likelihood, search, theta = found

    assert np.array_equal(theta[0], search.optimum.theta)
    assert np.allclose(heights(likelihood, search, theta[1:]), RISE, atol=2e-3)


def test_limits_of_the_curve_are_those_of_its_profiles(found):
    likelihood, search, theta = found
    log_f, _ = likelihood.form.log_fraction(ASKED, theta[:, 1:])
    log_sigma = theta[:, :1] + log_f

    for let, low, high in zip(ASKED, log_sigma.min(axis=0), log_sigma.max(axis=0), strict=True):
        limits = search.limits([Target(0, float(let))], RISE)[0]
        width = limits.high - limits.low
        assert low == pytest.approx(limits.low, abs=0.03 * width)
        assert high == pytest.approx(limits.high, abs=0.03 * width)


def test_the_contour_of_the_same_data_is_the_same(found):
    likelihood, search, theta = found

    assert np.array_equal(theta, contour_parameters(likelihood, search.optimum.theta, RISE))


def test_a_contour_of_ten_times_the_events_is_narrower_by_the_root_of_ten():
    few = PoissonWeibull(LETS, COUNTS, EXPOSURE)
    widths = []
    for likelihood in (few, replace(few, count=10 * COUNTS, exposure_cm2=10 * EXPOSURE)):
        theta = contour_parameters(likelihood, ProfileSearch(likelihood).optimum.theta, RISE)
        log_sigma = theta[:, 0] + likelihood.form.log_fraction(np.array([20.0, 49.3]), theta[:, 1:])[0][:, 0]
        widths.append(np.ptp(log_sigma))

    assert widths[0] / widths[1] == pytest.approx(np.sqrt(10.0), rel=0.1)


def test_limits_below_the_lowest_let_with_events_reach_down_to_nothing():
    likelihood = PoissonWeibull(LETS, np.array([0.0, 0.0, 0.0, 3.0, 5.0, 9.0, 20.0, 22.0, 25.0]), np.full(9, 1e10))
    theta = contour_parameters(likelihood, ProfileSearch(likelihood).optimum.theta, RISE)
    log_f, _ = likelihood.form.log_fraction(np.array([2.39]), theta[:, 1:])
    sigma = np.exp(theta[:, 0] + log_f[:, 0])

    assert sigma.min() == 0.0
    assert 0.0 < sigma.max() < RISE / 2.0 / 1e10
