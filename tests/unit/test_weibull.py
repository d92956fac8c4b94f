"""The Weibull cross section."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.analysis import Weibull, weibull_cross_section, weibull_fraction
from radtest.core import ConfigurationError

PARAMETERS = {
    "let0": st.floats(0, 50),
    "width": st.floats(0.1, 100),
    "shape": st.floats(0.2, 10),
}


@given(let=st.floats(0, 200), **PARAMETERS)
def test_fraction_is_between_0_and_1_and_0_up_to_threshold(let, let0, width, shape):
    fraction = float(weibull_fraction(let, let0, width, shape))
    assert 0 <= fraction <= 1
    if let <= let0:
        assert fraction == 0


@given(**PARAMETERS)
def test_fraction_never_falls_with_let(let0, width, shape):
    assert np.all(np.diff(weibull_fraction(np.linspace(0, 200, 500), let0, width, shape)) >= 0)


def test_one_width_above_threshold_is_1_less_1_over_e():
    assert float(weibull_cross_section(13.0, 2e-9, 1.0, 12.0, 1.7)) == pytest.approx(2e-9 * (1 - math.exp(-1)))


def test_small_fractions_keep_their_digits():
    # (1e-6)^2 = 1e-12, of which 1 − exp would keep four digits
    assert float(weibull_fraction(1.0 + 1e-6, 1.0, 1.0, 2.0)) == pytest.approx(1e-12, rel=1e-9)


def test_a_steep_curve_far_above_threshold_is_saturated_without_a_warning():
    assert float(weibull_fraction(1e3, 0.0, 1e-3, 200.0)) == 1.0


@given(fraction=st.floats(0.01, 0.99), **PARAMETERS)
def test_let_at_fraction_inverts_the_fraction(fraction, let0, width, shape):
    let = Weibull(1e-9, let0, width, shape).let_at_fraction(fraction)
    # a threshold far above the width leaves few digits to the difference
    assert float(weibull_fraction(let, let0, width, shape)) == pytest.approx(fraction, rel=1e-4)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ((-1e-9, 1, 10, 1), "sigma_sat_cm2"),
        ((1e-9, -1, 10, 1), "let0_mev_cm2_mg"),
        ((1e-9, 1, 0, 1), "width_mev_cm2_mg"),
        ((1e-9, 1, 10, float("inf")), "shape"),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(parameters, name):
    with pytest.raises(ConfigurationError, match=name):
        Weibull(*parameters)
