"""Fits against proton energy."""

import numpy as np
import pytest

from radtest.analysis.proton import bendel_one, bendel_two, proton_weibull
from radtest.analysis.proton_fit import fit_protons
from radtest.analysis.proton_points import ProtonPoint
from radtest.core import ConfigurationError, FitError

ENERGIES = np.array([15.0, 30.0, 50.0, 100.0, 200.0, 500.0])
BITS = 1 << 22


def points(sigma, fluence, rng=None):
    mean = sigma(ENERGIES) * BITS * fluence
    counts = np.round(mean) if rng is None else rng.poisson(mean)
    return [ProtonPoint(float(e), int(n), fluence, BITS) for e, n in zip(ENERGIES, counts, strict=True)]


def test_bendel_two_gives_back_the_parameters_its_counts_come_from():
    # A and B of the validation list: 5.35e-11 at 50 MeV, 1.21e-10 cm²/bit at 200 MeV.
    fit = fit_protons(points(lambda e: bendel_two(e, 6.5, 9.26), 1e9))
    assert fit.parameters["a"].value == pytest.approx(6.5, rel=1e-3)
    assert fit.parameters["b"].value == pytest.approx(9.26, rel=1e-3)
    assert fit.cross_section(np.array([50.0, 200.0])) == pytest.approx([5.35e-11, 1.21e-10], rel=0.01)
    assert (fit.per, fit.degrees_of_freedom) == ("bit", 4)
    assert fit.deviance < 0.1


def test_bendel_one_gives_back_its_parameter():
    fit = fit_protons(points(lambda e: bendel_one(e, 18.0), 1e6), "bendel1")
    assert fit.parameters["a"].value == pytest.approx(18.0, rel=2e-3)
    assert fit.degrees_of_freedom == 5


def test_a_weibull_in_energy_gives_back_its_parameters():
    fit = fit_protons(points(lambda e: proton_weibull(e, 1e-12, 10.0, 60.0, 1.2), 1e10), "weibull")
    values = [estimate.value for estimate in fit.parameters.values()]
    assert values == pytest.approx([1e-12, 10.0, 60.0, 1.2], rel=0.02)


def test_the_limits_are_where_the_profile_has_risen_by_3_84():
    data = points(lambda e: bendel_two(e, 8.0, 9.0), 2e7, np.random.default_rng(2))
    fit = fit_protons(data)

    def deviance(a, b):
        mean = bendel_two(ENERGIES, a, b) * BITS * 2e7
        n = np.array([p.count for p in data])
        return 2 * (mean - n + n * np.log(np.maximum(n, 1) / mean)).sum(axis=-1)

    for place, free in ((fit.parameters["a"], "b"), (fit.parameters["b"], "a")):
        for limit in (place.low, place.high):
            others = np.linspace(5.0, 14.0, 60_001)
            column = others[:, None]
            profile = deviance(limit, column) if free == "b" else deviance(column, limit)
            assert profile.min() - fit.deviance == pytest.approx(3.84, abs=0.03)


def test_uncertain_fluences_widen_the_intervals():
    data = points(lambda e: bendel_two(e, 8.0, 9.0), 1e9)
    exact, loose = fit_protons(data), fit_protons(data, fluence_uncertainty=0.1)
    assert loose.parameters["a"].high - loose.parameters["a"].low > 3 * (
        exact.parameters["a"].high - exact.parameters["a"].low
    )


@pytest.mark.parametrize(
    ("counts", "model", "words"),
    [
        ([0, 0, 0], "bendel2", "below"),
        ([0, 0, 9], "bendel2", "cannot constrain 2"),
        ([1, 5, 9], "weibull", "constrain 4"),
    ],
)
def test_too_little_is_refused_with_what_can_be_said(counts, model, words):
    few = [ProtonPoint(e, n, 1e9) for e, n in zip((30.0, 60.0, 200.0), counts, strict=True)]
    with pytest.raises(FitError, match=words):
        fit_protons(few, model)


def test_one_energy_is_enough_for_one_parameter():
    fit = fit_protons([ProtonPoint(200.0, 9, 1e9, BITS)], "bendel1")
    assert fit.parameters["a"].low < fit.parameters["a"].value < fit.parameters["a"].high
    assert fit.p_value is None


def test_nothing_or_no_bits_is_refused():
    with pytest.raises(ConfigurationError, match="no points"):
        fit_protons([])
    with pytest.raises(ConfigurationError, match="no bits"):
        fit_protons([ProtonPoint(30.0, 4, 1e9)], per="bit")


def covered(campaigns):
    rng, inside = np.random.default_rng(9), np.zeros(2)
    for _ in range(campaigns):
        fit = fit_protons(points(lambda e: bendel_two(e, 8.0, 8.6), 2e8, rng))
        inside += [fit.parameters["a"].contains(8.0), fit.parameters["b"].contains(8.6)]
    return inside / campaigns


@pytest.mark.slow
def test_a_sample_of_campaigns_is_covered():
    assert covered(40).min() >= 0.85


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_stated():
    share = covered(500)
    assert share.min() > 0.93
    assert share.max() < 0.97


@pytest.mark.parametrize("model", ["bendel1", "bendel2", "weibull"])
def test_a_common_factor_of_the_fluences_widens_what_it_can_move(model):
    # So many counts that the factor is all there is: the height goes with 1 / (1 ± 1.96 · 0.1).
    truth = {
        "bendel1": lambda e: bendel_one(e, 18.0),
        "bendel2": lambda e: bendel_two(e, 8.0, 9.0),
        "weibull": lambda e: proton_weibull(e, 1e-12, 10.0, 60.0, 1.2),
    }[model]
    data = points(truth, {"bendel1": 1e9, "bendel2": 1e13, "weibull": 1e15}[model])
    exact, loose = fit_protons(data, model), fit_protons(data, model, common_fluence_uncertainty=0.1)
    power = {"bendel1": None, "bendel2": 14.0, "weibull": 1.0}[model]
    moved = {"bendel1": "a", "bendel2": "b", "weibull": "sigma_sat_cm2"}[model]
    wide, narrow = loose.parameters[moved], exact.parameters[moved]
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)
    if power is not None:
        assert power * np.log(wide.high / wide.value) == pytest.approx(-np.log(1 - 0.196), rel=0.02)
        assert power * np.log(wide.value / wide.low) == pytest.approx(np.log(1 + 0.196), rel=0.02)
    for name, estimate in loose.parameters.items():
        assert estimate.value == pytest.approx(exact.parameters[name].value, rel=1e-4)
        if name not in {moved, "a"}:
            assert estimate.low == pytest.approx(exact.parameters[name].low, rel=1e-3)


def test_the_factor_of_the_calibration_is_the_best_one():
    data = points(lambda e: bendel_one(e, 14.0), 3e5, np.random.default_rng(3))
    fit = fit_protons(data, "bendel1", common_fluence_uncertainty=0.2)
    n = np.array([p.count for p in data])
    shift = np.linspace(-1.5, 1.5, 3001)[:, None]

    def profile(a):
        mean = bendel_one(ENERGIES, a) * BITS * 3e5 * np.exp(shift)
        deviance = 2 * (mean - n + n * np.log(np.maximum(n, 1) / mean)).sum(axis=-1)
        return float((deviance + (np.expm1(shift[:, 0]) / 0.2) ** 2).min())

    for limit in (fit.parameters["a"].low, fit.parameters["a"].high):
        assert profile(limit) - profile(fit.parameters["a"].value) == pytest.approx(3.84, abs=0.02)


def test_a_line_may_state_its_own_uncertainty():
    data = points(lambda e: bendel_two(e, 8.0, 9.0), 1e9)
    own = [ProtonPoint(p.energy_mev, p.count, p.fluence_cm2, p.bits, 0.1) for p in data]
    assert fit_protons(own).points == fit_protons(data, fluence_uncertainty=0.1).points
    assert fit_protons(own).parameters["a"].high == pytest.approx(
        fit_protons(data, fluence_uncertainty=0.1).parameters["a"].high, rel=1e-6
    )


def test_an_uncertainty_in_percent_is_refused():
    with pytest.raises(ConfigurationError, match="common fluence uncertainty: got 10"):
        fit_protons(points(lambda e: bendel_two(e, 8.0, 9.0), 1e9), common_fluence_uncertainty=10)
