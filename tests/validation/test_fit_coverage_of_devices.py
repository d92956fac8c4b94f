"""Do 95 % intervals contain the truth in 95 % of campaigns of six devices, on five cocktails, with real stop rules?"""

import numpy as np
import pytest
from fit_campaign_samples import DEVICES, PARAMETERS, geostationary_flux, simulated_campaign

from radtest.analysis import LimitFit, fit_or_limits, rates_of_draws, upset_rate

FRACTIONS = (0.02, 0.1, 0.5, 0.9)


def parameters_covered(number):
    """Whether the interval of each parameter contains the truth; every limit that the data do not set is open."""
    device = DEVICES[number % len(DEVICES)]
    fit = fit_or_limits(simulated_campaign(device, np.random.default_rng(1000 + number)))
    return fit, [getattr(fit, name).contains(getattr(device.truth, name)) for name in PARAMETERS]


def curve_covered(number, fit):
    """Whether the limits of σ at four fractions of saturation, and of a geostationary rate, contain the truth."""
    truth = DEVICES[number % len(DEVICES)].truth
    lets = np.array([truth.let_at_fraction(fraction) for fraction in FRACTIONS])
    band = fit.band(lets)
    sigma = truth.cross_section(lets)
    covered = list((band.low <= sigma) & (sigma <= band.high))
    flux = geostationary_flux()
    low, high = fit.profile_limits(rates_of_draws(fit.contour(), flux))
    return [*covered, low <= upset_rate(truth, flux) <= high]


def coverage(numbers, every):
    parameters, curves = [], []
    for number in numbers:
        fit, covered = parameters_covered(number)
        parameters.append(covered)
        if number % every == 0 and not isinstance(fit, LimitFit):
            curves.append(curve_covered(number, fit))
    return np.array(parameters), np.array(curves)


def test_intervals_contain_the_truth_in_a_sample_of_12_campaigns():
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    parameters, curves = coverage(range(12), 3)
    assert parameters.sum(axis=0).min() >= 9  # fewer happens about once in 400 if coverage is 95 %
    assert curves.sum(axis=0).min() >= len(curves) - 2


@pytest.mark.slow
def test_intervals_contain_the_truth_in_a_sample_of_40_campaigns():
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    parameters, curves = coverage(range(40), 2)
    assert parameters.sum(axis=0).min() >= 34  # fewer happens about once in 70 if coverage is 95 %
    assert curves.sum(axis=0).min() >= len(curves) - 2


@pytest.mark.slow
def test_intervals_contain_the_truth_in_93_to_97_percent_of_500_campaigns():
    """The bounds leave two standard errors of 500 campaigns, 2 %, to chance."""
    pytest.importorskip("pycatima", reason="environments need the extra stopping")
    parameters, curves = coverage(range(500), 1)
    for hits in (parameters, curves):
        assert np.all((hits.mean(axis=0) >= 0.91) & (hits.mean(axis=0) <= 0.99)), (parameters.mean(0), curves.mean(0))
