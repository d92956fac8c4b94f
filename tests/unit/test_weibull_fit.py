"""The Poisson-likelihood fit of a Weibull cross section."""

import dataclasses
import math
import sys

import numpy as np
import pytest
from fit_campaign_samples import DEVICES, simulated_campaign
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from radtest.analysis import Weibull, fit_weibull
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.minimise import minimise
from radtest.core import ConfigurationError, CrossSectionPoint, FitError, ToolMissingError

LETS = (1.16, 2.39, 7.27, 16.5, 25.0, 49.3)
TRUTH = Weibull(3e-9, 0.6, 12.0, 1.4)
BITS = 1 << 24
PARAMETERS = ("sigma_sat_cm2", "let0_mev_cm2_mg", "width_mev_cm2_mg", "shape")


def points_of(counts, fluences, lets=LETS, **fields):
    return [CrossSectionPoint(let, n, f, **fields) for let, n, f in zip(lets, counts, fluences, strict=True)]


def expected_points(curve=TRUTH, lets=LETS, events=1000.0, bits=BITS):
    """Points whose counts are as near to their expectation as whole numbers allow."""
    points = []
    for let in lets:
        sigma = float(curve.cross_section(let)) * bits
        fluence = 1e6 if sigma * 1e6 < events else events / sigma
        points.append(CrossSectionPoint(let, round(sigma * fluence), fluence, bits))
    return points


def deviance(points, curve, bits=BITS):
    """Twice the log likelihood ratio to the saturated model, written out plainly."""
    total = 0.0
    for point in points:
        mean = float(curve.cross_section(point.let_mev_cm2_mg)) * point.fluence_cm2 * bits
        total += 2 * (mean - point.count + (point.count * math.log(point.count / mean) if point.count else 0))
    return total


def test_fit_finds_the_curve_that_made_the_counts():
    fit = fit_weibull(expected_points())
    for name in PARAMETERS:
        assert getattr(fit, name).value == pytest.approx(getattr(TRUTH, name), rel=0.01)
    assert fit.per == "bit"
    assert fit.constrained == set(PARAMETERS)
    assert fit.converged
    assert fit.degrees_of_freedom == 2
    assert fit.p_value > 0.99
    assert fit.notes == ()


def test_reported_deviance_is_that_of_the_reported_curve():
    points = points_of([682, 1016, 1020, 1006, 1013, 1019], [1e6, 1.9e5, 4.1e4, 2.5e4, 2.1e4, 2.0e4], bits=BITS)
    fit = fit_weibull(points)
    assert fit.deviance == pytest.approx(deviance(points, fit.weibull), rel=1e-6)


def test_limits_are_where_the_profile_of_the_deviance_has_risen_by_3_84():
    """A brute-force search over a fine grid of the other parameters finds the same limits."""
    points = points_of([0, 3, 21, 60, 88, 97], [1e6] * 6)
    fit = fit_weibull(points)
    let0 = np.linspace(0, 2.389, 60)[:, None, None]
    width = np.geomspace(2, 200, 150)[None, :, None]
    shape = np.geomspace(0.3, 12, 150)[None, None, :]
    counts = np.array([p.count for p in points], dtype=float)
    fractions = []
    for let in LETS:
        x = np.maximum(let - let0, 0) / width
        fractions.append(-np.expm1(-(x**shape)))
    total = sum(f * 1e6 for f in fractions)
    sigma = counts.sum() / total  # best saturation for each of the other three
    value = 0.0
    for n, f in zip(counts, fractions, strict=True):
        mean = sigma * f * 1e6
        with np.errstate(divide="ignore", invalid="ignore"):
            value = value + 2 * (mean - n + (n * np.log(n / mean) if n else 0))
    inside = value - fit.deviance <= 3.841459
    assert np.nanmin(value) == pytest.approx(fit.deviance, abs=0.05)
    for name, axis, grid in (("width_mev_cm2_mg", 1, width.ravel()), ("shape", 2, shape.ravel())):
        allowed = grid[inside.any(axis=tuple(a for a in range(3) if a != axis))]
        assert (getattr(fit, name).low, getattr(fit, name).high) == pytest.approx(
            (allowed.min(), allowed.max()), rel=0.04
        )


def test_order_of_the_points_does_not_matter_and_repeated_lets_are_pooled():
    points = expected_points()
    twice = [CrossSectionPoint(p.let_mev_cm2_mg, p.count, p.fluence_cm2, p.bits) for p in points for _ in (0, 1)]
    fit, other = fit_weibull(points), fit_weibull(twice[::-1])
    for name in PARAMETERS:
        assert getattr(other, name).value == pytest.approx(getattr(fit, name).value, rel=1e-3)
        narrower = getattr(other, name).high - getattr(other, name).low
        assert narrower == pytest.approx((getattr(fit, name).high - getattr(fit, name).low) / math.sqrt(2), rel=0.1)


def test_tilted_points_enter_at_effective_let_and_fluence():
    tilted = [
        CrossSectionPoint(p.let_mev_cm2_mg / 2, p.count, p.fluence_cm2 * 2, p.bits, tilt_deg=60)
        for p in expected_points()
    ]
    assert fit_weibull(tilted).weibull.width_mev_cm2_mg == pytest.approx(12.0, rel=0.01)


def test_zero_counts_are_data_that_hold_the_curve_down():
    with_zero = fit_weibull(points_of([0, 0, 40, 80, 97, 99], [1e7, 1e7, 1e6, 1e6, 1e6, 1e6]))
    without = fit_weibull(points_of([40, 80, 97, 99], [1e6] * 4, lets=LETS[2:]))
    high_with, high_without = (fit.band([2.39]).high[0] for fit in (with_zero, without))
    assert high_with < 6e-7  # nothing in 1e7 cm⁻² bounds it near 3e-7 cm²
    assert high_with < high_without / 10


def test_a_threshold_that_may_be_zero_is_bounded_from_above_only():
    fit = fit_weibull(points_of([5, 12, 40, 80, 95, 99], [1e6] * 6))
    assert fit.let0_mev_cm2_mg.low == 0
    assert "let0_mev_cm2_mg" not in fit.bounded_below
    assert "let0_mev_cm2_mg" in fit.bounded_above
    assert "threshold of 0" in fit.notes[0]


def test_saturation_that_was_never_reached_has_no_upper_limit():
    power_law = [round(20 * (let - 0.5) ** 1.5) for let in LETS]
    fit = fit_weibull(points_of(power_law, [1e6] * 6))
    assert math.isinf(fit.sigma_sat_cm2.high)
    assert math.isinf(fit.width_mev_cm2_mg.high)
    assert fit.sigma_sat_cm2.low >= 0.9 * power_law[-1] / 1e6
    assert not {"sigma_sat_cm2", "width_mev_cm2_mg"} & fit.constrained
    assert "do not reach saturation" in " ".join(fit.notes)


def test_a_step_leaves_width_and_shape_open():
    fit = fit_weibull(points_of([0, 0, 0, 100, 104, 98], [1e6] * 6))
    assert fit.width_mev_cm2_mg.low == 0
    assert "allow a step" in " ".join(fit.notes)
    assert fit.sigma_sat_cm2.contains(1e-4)


def test_points_that_scatter_more_than_counting_allows_are_called_out():
    fit = fit_weibull(points_of([680, 1600, 700, 1500, 800, 1900], [1e6, 1.9e5, 4.1e4, 2.5e4, 2.1e4, 2.0e4]))
    assert fit.p_value < 1e-6
    assert "outlier" in fit.notes[-1]


def test_fluence_uncertainty_widens_every_interval():
    exact = fit_weibull(expected_points())
    loose = fit_weibull(expected_points(), fluence_uncertainty=0.1)
    for name in PARAMETERS:
        wide, narrow = getattr(loose, name), getattr(exact, name)
        assert wide.value == pytest.approx(narrow.value, rel=0.02)
        assert wide.low < narrow.low
        assert wide.high > narrow.high


def test_common_fluence_uncertainty_widens_the_saturation_only():
    exact = fit_weibull(expected_points())
    loose = fit_weibull(expected_points(), common_fluence_uncertainty=0.1)
    for name in PARAMETERS[1:]:
        assert getattr(loose, name).low == pytest.approx(getattr(exact, name).low, rel=1e-3)
    # c of the truth is 1.196 to 0.804 at 95 %; together with 5 % of counting
    assert loose.sigma_sat_cm2.high / exact.sigma_sat_cm2.value == pytest.approx(1.25, abs=0.03)
    assert loose.sigma_sat_cm2.low / exact.sigma_sat_cm2.value == pytest.approx(0.83, abs=0.03)


def test_cross_sections_per_device_are_bits_times_those_per_bit():
    bit, device = fit_weibull(expected_points()), fit_weibull(expected_points(), per="device")
    assert device.sigma_sat_cm2.value == pytest.approx(bit.sigma_sat_cm2.value * BITS, rel=1e-4)


def test_band_encloses_the_curve_and_opens_where_there_are_no_points():
    fit = fit_weibull(points_of([0, 3, 21, 60, 88, 97], [1e6] * 6))
    band = fit.band([5.0, 20.0, 45.0])
    assert np.all((band.low < band.value) & (band.value < band.high))
    assert band.high[0] / band.low[0] > band.high[2] / band.low[2]


@pytest.mark.parametrize(
    ("counts", "words"),
    [([0] * 6, "no events at any of 6 LETs"), ([0, 0, 0, 0, 0, 4], "events at one LET only")],
)
def test_too_few_events_are_refused_with_words(counts, words):
    with pytest.raises(FitError, match=words):
        fit_weibull(points_of(counts, [1e6] * 6))


def test_no_events_are_answered_with_an_upper_limit():
    with pytest.raises(FitError, match=r"4\.99e-07 cm²/device at 95%"):  # 2.996 / 6e6
        fit_weibull(points_of([0] * 6, [1e6] * 6))


def test_three_lets_are_too_few_for_four_parameters():
    with pytest.raises(FitError, match="3 different LETs"):
        fit_weibull(points_of([10, 20, 30], [1e6] * 3, lets=LETS[:3]))


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (CrossSectionPoint(1.0, -3, 1e6), "count is -3"),
        (CrossSectionPoint(1.0, 3, 0.0), "fluence_cm2 is 0"),
        (CrossSectionPoint(1160.0, 3, 1e6), "divide by 1000"),
        (CrossSectionPoint(1.0, 3, 1e6, bits=0), "bits is 0"),
        (CrossSectionPoint(1.0, 3, 1e6, tilt_deg=90.0), "tilt_deg is 90"),
        (CrossSectionPoint(0.0, 3, 1e6), "let_mev_cm2_mg is 0"),
    ],
)
def test_impossible_points_are_refused_by_place(point, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        fit_weibull([*expected_points(), point])
    assert "point 7" in str(caught.value)


def test_per_bit_needs_the_bits_of_every_point():
    with pytest.raises(ConfigurationError, match="no bits"):
        fit_weibull(points_of([1, 2, 3, 4, 5, 6], [1e6] * 6), per="bit")


def test_a_fit_needs_no_iminuit(monkeypatch):
    monkeypatch.setitem(sys.modules, "iminuit", None)
    assert fit_weibull(expected_points()).converged


def test_without_iminuit_what_needs_it_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "iminuit", None)
    with pytest.raises(ToolMissingError, match=r"pip install 'radtest\[fit\]'"):
        minimise(lambda x: float(x @ x), lambda x: 2 * x, [1.0], [(-5.0, 5.0)], scale=[1.0])


@pytest.mark.parametrize("number", range(6))
def test_minuit_finds_no_better_fit(number):
    """Searched from the best fit and from the truth, with all four parameters free."""
    device = DEVICES[number]
    fit = fit_weibull(simulated_campaign(device, np.random.default_rng(number)))
    likelihood = fit.likelihood
    first = likelihood.let_mev_cm2_mg[likelihood.count > 0].min()
    box = [(-60.0, 60.0), (0.0, float(first) * (1 - 1e-9)), (-5.0, 20.0), (math.log(0.05), math.log(30.0))]

    def gradient(theta):
        log_f, derivatives = likelihood.log_fraction(theta)
        slope = likelihood.slope(theta[0] + log_f)
        return np.concatenate([[slope.sum()], slope @ derivatives])

    for curve in (fit.weibull, device.truth):
        start = [
            math.log(curve.sigma_sat_cm2),
            min(curve.let0_mev_cm2_mg, box[1][1]),
            math.log(curve.width_mev_cm2_mg),
            math.log(curve.shape),
        ]
        found = minimise(
            lambda t: float(likelihood.deviance(t[0] + likelihood.log_fraction(t)[0])),
            gradient,
            start,
            box,
            scale=[0.1, 0.1, 0.1, 0.1],
        )
        assert fit.deviance <= found.value + 1e-3


@settings(max_examples=12, deadline=None)
@given(
    let0=st.floats(0, 20),
    width=st.floats(2, 60),
    shape=st.floats(0.7, 5),
    events=st.floats(20, 2000),
    seed=st.integers(0, 10_000),
)
def test_fit_converges_on_whatever_a_weibull_can_produce(let0, width, shape, events, seed):
    rng = np.random.default_rng(seed)
    lets = np.array([1.2, 2.4, 7.3, 11.0, 16.5, 25.0, 49.3, 62.5])
    counts = rng.poisson(events * Weibull(1.0, let0, width, shape).cross_section(lets))
    assume(np.count_nonzero(counts) >= 2)
    fit = fit_weibull(points_of(counts.tolist(), [1e6] * 8, lets=lets.tolist()))
    for name in PARAMETERS:
        estimate = getattr(fit, name)
        assert 0 <= estimate.low <= estimate.value <= estimate.high
    truth = Weibull(events / 1e6, let0, width, shape)
    plain = sum(
        2 * (m - n + (n * math.log(n / m) if n else 0))
        for n, m in zip(counts, events * Weibull(1.0, let0, width, shape).cross_section(lets), strict=True)
    )
    assert fit.deviance <= plain + 1e-3, truth


@given(
    theta=st.tuples(st.floats(-15, -8), st.floats(0, 1.9), st.floats(0.5, 4), st.floats(-0.7, 1.5)),
    tau=st.sampled_from([0.0, 0.1]),
)
def test_gradient_of_the_deviance_is_its_derivative(theta, tau):
    likelihood = PoissonCurve(np.array([1.0, 2.0, 8.0, 30.0]), np.array([0.0, 3.0, 40.0, 90.0]), np.full(4, 1e6), tau)

    def at(position):
        log_f, _ = likelihood.log_fraction(position)
        return float(likelihood.deviance(position[0] + log_f))

    position = np.array(theta)
    assume(abs(position[1] - 1.0) > 1e-3)  # the curve has a corner where the threshold meets a point
    log_f, derivatives = likelihood.log_fraction(position)
    slope = likelihood.slope(position[0] + log_f)
    gradient = np.concatenate([[slope.sum()], slope @ derivatives])
    for index in range(4):
        step = np.zeros(4)
        step[index] = 1e-6
        numeric = (at(position + step) - at(position - step)) / 2e-6
        assert gradient[index] == pytest.approx(numeric, rel=1e-3, abs=1e-4 * abs(gradient).max() + 1e-3)


def test_fluence_nuisance_is_at_its_best_value():
    """No other true fluence of a point gives a smaller deviance."""
    likelihood = PoissonCurve(np.array([10.0]), np.array([50.0]), np.array([1e6]), 0.2)
    log_sigma = np.log(np.array([8e-5]))
    f = np.linspace(0.2, 2, 200_001)
    mean = 80 * f
    plain = 2 * (mean - 50 + 50 * np.log(50 / mean)) + ((f - 1) / 0.2) ** 2
    assert float(likelihood.deviance(log_sigma)) == pytest.approx(plain.min(), abs=1e-8)


def test_points_may_state_the_uncertainty_of_their_own_fluence():
    alike = fit_weibull(expected_points(), fluence_uncertainty=0.1)
    stated = [dataclasses.replace(point, fluence_uncertainty=0.1) for point in expected_points()]
    assert fit_weibull(stated).shape.high == pytest.approx(alike.shape.high, rel=1e-6)
    one_exact = [dataclasses.replace(stated[0], fluence_uncertainty=0.0), *stated[1:]]
    assert np.isfinite(fit_weibull(one_exact).deviance)


def test_a_point_of_doubtful_fluence_pulls_less():
    points = expected_points()
    wrong = dataclasses.replace(points[2], count=round(points[2].count * 1.5))
    trusted = fit_weibull([*points[:2], wrong, *points[3:]])
    doubted = fit_weibull([*points[:2], dataclasses.replace(wrong, fluence_uncertainty=0.5), *points[3:]])
    assert doubted.deviance < trusted.deviance / 5
    assert doubted.weibull.width_mev_cm2_mg == pytest.approx(12.0, rel=0.03)
