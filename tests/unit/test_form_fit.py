"""Other forms of a cross section, their comparison, and the influence of points."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from radtest.analysis import fit_weibull
from radtest.analysis.curve_forms import FORMS
from radtest.analysis.form_fit import compare_forms, fit_form, point_influence
from radtest.core import ConfigurationError, CrossSectionPoint, FitError

LETS = np.array([1.2, 2.4, 4.6, 7.3, 11.0, 16.5, 25.0, 49.3])


def points_of(sigma, fluence=1e8):
    return [CrossSectionPoint(let, round(s * fluence), fluence) for let, s in zip(LETS.tolist(), sigma, strict=True)]


TRUTHS = {
    "weibull": (
        {"sigma_sat_cm2": 1e-4, "let0_mev_cm2_mg": 2.0, "width_mev_cm2_mg": 12.0, "shape": 1.5},
        1e-4 * -np.expm1(-((np.maximum(LETS - 2.0, 0) / 12.0) ** 1.5)),
    ),
    "lognormal": (
        {"sigma_sat_cm2": 1e-4, "median_mev_cm2_mg": 9.0, "spread": 0.7},
        1e-4 * norm.cdf(np.log(LETS / 9.0) / 0.7),
    ),
    "piecewise_linear": (
        {"sigma_sat_cm2": 1e-4, "let0_mev_cm2_mg": 2.0, "width_mev_cm2_mg": 18.0},
        1e-4 * np.clip((LETS - 2.0) / 18.0, 0, 1),
    ),
    "power_law": (
        {"sigma_highest_cm2": 1e-4, "let0_mev_cm2_mg": 2.0, "shape": 1.3},
        1e-4 * (np.maximum(LETS - 2.0, 0) / (49.3 - 2.0)) ** 1.3,
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_finds_the_parameters_that_made_the_counts(form):
    truth, sigma = TRUTHS[form]
    fit = fit_form(points_of(sigma), form)
    for name, value in truth.items():
        estimate = fit.estimates[name]
        assert estimate.value == pytest.approx(value, rel=0.03)
        assert estimate.low < value < estimate.high
    assert fit.cross_section(LETS) == pytest.approx(sigma, rel=0.05, abs=2e-8)


@pytest.mark.parametrize("form", ["lognormal", "power_law"])
def test_the_criterion_prefers_the_form_that_made_the_counts(form):
    best, *others = compare_forms(points_of(TRUTHS[form][1]))
    assert best.form.name == form
    assert others[-1].akaike > best.akaike + 10


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_derivatives_of_each_form_are_those_of_its_logarithm(form):
    rng = np.random.default_rng(1)
    place = rng.uniform(0.2, 1.0, size=(5, form.size - 1))
    _, derivatives = form.log_fraction(LETS, place)
    for column in range(place.shape[1]):
        step = np.zeros_like(place)
        step[:, column] = 1e-6
        difference = form.log_fraction(LETS, place + step)[0] - form.log_fraction(LETS, place - step)[0]
        np.testing.assert_allclose(derivatives[..., column], difference / 2e-6, rtol=1e-4, atol=1e-6)


def test_a_point_that_the_others_do_not_support_has_the_largest_influence():
    points = points_of(TRUTHS["weibull"][1], 1e7)
    wrong = CrossSectionPoint(points[5].let_mev_cm2_mg, points[5].count * 2, 1e7)
    points[5] = wrong
    fit = fit_weibull(points)
    theta = np.array([math.log(fit.sigma_sat_cm2.value), 0, 0, 0])
    influence = point_influence(fit.likelihood, theta, fit.deviance)
    assert max(influence, key=lambda one: one.deviance_change).point == 5
    alone = fit_weibull([*points[:5], *points[6:]])
    assert fit.deviance - influence[5].deviance_change == pytest.approx(alone.deviance, abs=1e-2)


def test_unknown_forms_and_too_few_lets_are_refused():
    with pytest.raises(ConfigurationError, match="piecewise_linear"):
        fit_form(points_of(TRUTHS["weibull"][1]), "spline")
    with pytest.raises(FitError, match="3 parameters of power_law"):
        fit_form(points_of(TRUTHS["weibull"][1])[5:7], "power_law")
