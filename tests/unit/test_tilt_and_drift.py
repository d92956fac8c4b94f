"""The cosine law of tilted points, and drift within a run."""

import numpy as np
import pytest

from radtest.analysis import Weibull, fit_weibull
from radtest.analysis.cosine_law import check_cosine_law
from radtest.analysis.dose_drift import _sum_of_uniforms, dose_drift
from radtest.core import ConfigurationError, CrossSectionPoint

TRUTH = Weibull(3e-4, 1.0, 12.0, 1.5)
BEAMS = [(2.0, 0), (4.0, 0), (8.0, 0), (16.0, 0), (50.0, 0), (4.0, 60), (8.0, 60), (25.0, 60)]
RNG = np.random.default_rng


def points(exponent, rng, beams=BEAMS):
    found = []
    for let, tilt in beams:
        cosine = np.cos(np.radians(tilt))
        mean = TRUTH.cross_section(let / cosine) * 2e6 * cosine ** (1 + exponent)
        found.append(CrossSectionPoint(let, int(rng.poisson(mean)), 2e6, tilt_deg=tilt))
    return found


def test_tilted_points_that_obey_the_law_have_an_exponent_of_0():
    law = check_cosine_law(fit_weibull(points(0.0, RNG(1))), RNG(1))
    assert law.exponent.contains(0.0)
    assert law.p_value > 0.05
    assert law.matched.p_value > 0.05
    # 4 at 60° beside 8, 8 at 60° beside 16, 25 at 60° beside 50
    assert law.matched.degrees_of_freedom == 3


def test_a_broken_law_is_seen_with_its_exponent():
    law = check_cosine_law(fit_weibull(points(1.0, RNG(1))), RNG(1))
    assert law.exponent.contains(1.0)
    assert not law.exponent.contains(0.0)
    assert max(law.p_value, law.matched.common_p_value) < 0.001


@pytest.mark.slow
def test_the_exponent_is_covered_as_often_as_stated():
    rng, inside = RNG(8), []
    for _ in range(40):
        fit = fit_weibull(points(0.5, rng))
        inside.append(check_cosine_law(fit, rng).exponent.contains(0.5))
    assert np.mean(inside) >= 0.85


def test_one_tilt_is_nothing_to_compare():
    assert check_cosine_law(fit_weibull(points(0.0, RNG(1), BEAMS[:5])), RNG(1)) is None


@pytest.mark.parametrize(("n", "x", "expected"), [(1, 0.3, 0.3), (2, 0.5, 0.125), (3, 1.5, 0.5), (12, 6.0, 0.5)])
def test_the_sum_of_uniform_numbers_has_its_distribution(n, x, expected):
    assert _sum_of_uniforms(n, x) == pytest.approx(expected)


@pytest.mark.parametrize("events", [4, 60])
def test_a_constant_rate_is_refused_as_often_as_stated(events):
    rng = RNG(3)
    p = np.array([dose_drift(rng.uniform(0, 1e6, events), 1e6).p_value for _ in range(400)])
    assert abs((p <= 0.1).mean() - 0.1) < 3.5 * np.sqrt(0.09 / 400)


def test_a_rate_that_doubles_is_found_with_its_change():
    u = RNG(4).uniform(size=2000)
    fluence = 1e6 * np.log1p(u * (2.0 - 1.0)) / np.log(2.0)  # density in proportion to 2^(share of the fluence)
    drift = dose_drift(fluence, 1e6)
    assert drift.change.contains(2.0)
    assert drift.change.low > 1.5
    assert drift.laplace > 5
    assert drift.p_value < 1e-6


def test_scans_find_events_late_and_that_is_no_drift():
    found_at = np.ceil(RNG(5).uniform(0, 1e6, 4000) / 1e5) * 1e5
    assert dose_drift(found_at, 1e6).p_value < 1e-6
    assert dose_drift(found_at, 1e6, scan_fluence_cm2=1e5).p_value > 0.05


def test_one_event_has_no_trend_and_one_outside_is_refused():
    assert dose_drift([5e5], 1e6) is None
    with pytest.raises(ConfigurationError, match="fluences of events"):
        dose_drift([5e5, 2e6], 1e6)
