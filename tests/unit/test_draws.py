"""Draws that carry uncertainty from one leg to the next."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import Draws, clopper_pearson, poisson_limits
from radtest.core import ConfigurationError, Estimate

N = 40_000


@settings(max_examples=20, deadline=None)
@given(trials=st.integers(1, 500), data=st.data())
def test_a_proportion_alone_gets_its_clopper_pearson_interval_back(trials, data):
    successes = data.draw(st.integers(0, trials))
    estimate = Draws.of_proportion(successes, trials, np.random.default_rng(1), N).estimate(successes / trials)
    low, high = clopper_pearson(successes, trials)
    assert estimate.low == pytest.approx(float(low), rel=0.05, abs=1e-4)
    assert estimate.high == pytest.approx(float(high), rel=0.05)


@settings(max_examples=20, deadline=None)
@given(count=st.integers(0, 300))
def test_a_count_alone_gets_its_garwood_interval_back(count):
    estimate = Draws.of_count(count, 10.0, np.random.default_rng(1), N).estimate(count / 10)
    low, high = poisson_limits(count)
    assert (estimate.low, estimate.high) == pytest.approx((float(low) / 10, float(high) / 10), rel=0.06, abs=1e-4)


def test_nothing_seen_keeps_a_lower_limit_of_zero_through_a_product():
    rng = np.random.default_rng(2)
    product = Draws.of_proportion(0, 400, rng, N).times(Draws.of_count(40, 1.0, rng, N))
    assert product.estimate(0.0).low == 0
    assert product.estimate(0.0).high > 0


def test_a_probability_with_limits_gets_them_back():
    estimate = Draws.of_probability(Estimate(0.3, 0.1, 0.4), np.random.default_rng(3), N).estimate(0.3)
    assert (estimate.low, estimate.high) == pytest.approx((0.1, 0.4), rel=0.03)


def test_sums_and_products_of_exact_quantities_are_exact():
    total = Draws.of_exact(2.0, 10).plus(Draws.of_exact(3.0, 10)).times(Draws.of_exact(4.0, 10)).scaled(0.5)
    assert total.estimate(10.0) == Estimate(10.0, 10.0, 10.0)


@pytest.mark.parametrize("limits", [(0.0, 0.2), (0.15, 0.2), (0.05, 1.0)])
def test_limits_that_cannot_be_are_refused(limits):
    low, high = limits
    with pytest.raises(ConfigurationError, match="counts instead"):
        Draws.of_probability(Estimate(0.1, low, high), np.random.default_rng(), 10)
