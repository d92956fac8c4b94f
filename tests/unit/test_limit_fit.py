"""Limits of a cross section where the data cannot carry a curve."""

import math

import numpy as np
import pytest

from radtest.analysis import LimitFit, WeibullFit, fit_or_limits
from radtest.core import ConfigurationError, CrossSectionPoint

LETS = (2.4, 10.0, 30.0, 60.0)


def points_of(counts, fluences=(1e7, 1e7, 1e7, 1e6), lets=LETS):
    return [CrossSectionPoint(let, n, f) for let, n, f in zip(lets, counts, fluences, strict=True)]


def test_no_events_give_one_sided_limits_for_each_let_and_for_the_whole():
    fit = fit_or_limits(points_of([0, 0, 0, 0]))
    assert isinstance(fit, LimitFit)
    assert not fit.converged
    assert math.isnan(fit.sigma_sat_cm2.value)
    assert fit.whole.high == pytest.approx(2.9957 / 3.1e7, rel=1e-4)
    assert [at.high for _, at in fit.at_lets] == pytest.approx([2.9957e-7] * 3 + [2.9957e-6], rel=1e-4)
    assert "no events at any of 4 LETs" in fit.notes[0]


def test_a_limit_at_a_let_takes_what_passed_at_higher_ones_too():
    band = fit_or_limits(points_of([0, 0, 0, 0])).band([1.0, 30.0, 61.0])
    assert band.high[:2] == pytest.approx([2.9957 / 3.1e7, 2.9957 / 1.1e7], rel=1e-4)
    assert math.isinf(band.high[2])
    assert (band.low == 0).all()


def test_the_step_for_rates_is_nowhere_below_the_limits_up_to_the_highest_let():
    fit = fit_or_limits(points_of([0, 0, 0, 0]))
    lets = np.linspace(0.5, 60, 50)
    assert np.all(fit.step.cross_section(lets) >= 0.999 * fit.band(lets).high)
    draws = fit.sample(np.random.default_rng(1), 20_000)
    assert np.quantile(draws[:, 0], 0.025) == 0
    assert np.quantile(draws[:, 0], 0.975) == pytest.approx(3.689e-6, rel=0.05)


def test_events_at_one_let_give_the_cross_section_there_and_an_upper_bound_of_the_threshold():
    fit = fit_or_limits(points_of([0, 0, 0, 4]))
    let, there = fit.at_lets[-1]
    assert (let, there.value) == (60.0, pytest.approx(4e-6))
    assert (there.low, there.high) == pytest.approx((1.09e-6, 1.024e-5), rel=0.01)
    assert fit.let0_mev_cm2_mg.high == 60.0
    assert fit.sigma_sat_cm2.low == pytest.approx(1.09e-6, rel=0.01)
    assert math.isinf(fit.sigma_sat_cm2.high)
    assert "events at one LET only" in fit.notes[0]


def test_events_below_a_let_without_any_are_called_out():
    fit = fit_or_limits(points_of([0, 9, 0, 0]))
    assert "outlier" in " ".join(fit.notes)


def test_few_lets_give_cross_sections_for_each():
    fit = fit_or_limits([CrossSectionPoint(30.0, 7, 1e6)])
    assert fit.at_lets[0][1].value == pytest.approx(7e-6)
    both = fit_or_limits(points_of([3, 8], (1e6, 1e6), (10.0, 30.0)))
    assert "2 different LETs" in both.notes[0]


def test_uncertain_fluences_widen_the_limits():
    exact, loose = (fit_or_limits(points_of([0, 0, 0, 4]), common_fluence_uncertainty=u) for u in (0.0, 0.3))
    assert loose.at_lets[-1][1].high > exact.at_lets[-1][1].high
    assert loose.at_lets[0][1].high > exact.at_lets[0][1].high


def test_data_that_carry_a_curve_are_fitted_and_impossible_ones_refused():
    assert isinstance(fit_or_limits(points_of([1, 9, 60, 14])), WeibullFit)
    with pytest.raises(ConfigurationError, match="count is -1"):
        fit_or_limits(points_of([0, 0, 0, -1]))


@pytest.mark.parametrize(
    "counts",
    [[0, 0, 0, 5], [1, 0, 0, 0], [0, 0, 1, 1], [3, 3, 3, 3], [9, 5, 2, 1], [1, 5, 40, 400], [0, 0, 3, 900]],
)
def test_nasty_counts_have_an_honest_answer(counts):
    """Unsorted, one LET twice; saturation never reached, falling with LET, a step."""
    shuffled = [CrossSectionPoint(LETS[i], counts[i], 1e6) for i in (2, 0, 3, 1)]
    fit = fit_or_limits([*shuffled, CrossSectionPoint(10.0, counts[1], 1e6)])
    for name in ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape"):
        estimate = getattr(fit, name)
        assert math.isnan(estimate.value) or estimate.low <= estimate.value <= estimate.high
    assert fit.notes
