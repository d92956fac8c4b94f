"""Proton cross sections against published figures, and their rates."""

from __future__ import annotations

import math

import numpy as np
import pytest

from radtest.analysis.device_configuration import ProtonConfiguration
from radtest.analysis.proton import bendel_one, bendel_two, proton_rate_per_day, proton_weibull


@pytest.mark.parametrize(
    ("a", "b", "figures"),
    [(6.5, 9.26, (5.35e-11, 9.06e-11, 1.21e-10)), (3.5, 4.03, (3.63e-12, 5.39e-12, 6.58e-12))],
)
def test_bendel_two_parameters_at_50_100_and_200_mev(a, b, figures):
    # CREME96's form of the model; within 1 %.
    assert bendel_two([50.0, 100.0, 200.0], a, b) == pytest.approx(figures, rel=0.01)
    assert bendel_two([0.0, a], a, b).tolist() == [0.0, 0.0]


def test_the_one_parameter_model_is_the_other_with_b_at_24():
    energy = np.geomspace(10, 1000, 9)
    assert bendel_one(energy, 15.0) == pytest.approx(bendel_two(energy, 15.0, 24.0))
    assert np.all(np.diff(bendel_one(energy, 15.0)) >= 0)


def test_the_rate_of_a_step_is_the_flux_above_it():
    energy = np.geomspace(1.0, 1000.0, 4000)
    flux = energy**-2.0
    rate = proton_rate_per_day(lambda e: np.where(e >= 50.0, 1e-9, 0.0), energy, flux)
    assert rate == pytest.approx(1e-9 * (1 / 50.0 - 1 / 1000.0) * 86400, rel=2e-3)


def test_a_weibull_in_energy():
    assert proton_weibull([10.0, 20.0, 40.0], 1e-13, 20.0, 20.0, 1.0) == pytest.approx(
        [0.0, 0.0, 1e-13 * (1 - math.exp(-1))]
    )


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"model": "bendel2", "a": 6.5}, "needs a, b; missing b"),
        ({"model": "bendel1", "a": 6.5, "b": 9.0}, "b: model = 'bendel1' has only a"),
        ({"model": "weibull", "sigma_sat_cm2": 1e-13}, "missing energy0_mev, width_mev, shape"),
    ],
)
def test_a_model_needs_its_own_keys(keys, said):
    with pytest.raises(ValueError, match=said):
        ProtonConfiguration.model_validate(keys)
