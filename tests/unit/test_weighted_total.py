"""A sum over the parts of a device, with what is not known of their cells and of their upsets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import clopper_pearson, stratified_proportion, weighted_total
from radtest.core import ConfigurationError, Estimate


def known_to(value: float, factor: float) -> Estimate:
    return Estimate(value, value / factor, value * factor)


@st.composite
def devices(draw):
    parts = draw(st.integers(1, 4))
    bits = draw(st.lists(st.integers(1, 10**6), min_size=parts, max_size=parts))
    values = draw(st.lists(st.floats(1e-16, 1e-10), min_size=parts, max_size=parts))
    n = draw(st.lists(st.integers(1, 300), min_size=parts, max_size=parts))
    k = [draw(st.integers(0, trials)) for trials in n]
    return bits, values, k, n


@given(device=devices())
@settings(deadline=None, max_examples=40)
def test_exact_cells_give_the_stratified_interval(device):
    bits, values, k, n = device
    total = weighted_total(bits, [known_to(value, 1.0) for value in values], k, n)
    weights = np.multiply(bits, values)
    share = stratified_proportion(weights, k, n)
    assert (total.value, total.low, total.high) == pytest.approx(
        tuple(weights.sum() * part for part in (share.value, share.low, share.high))
    )


@given(device=devices())
@settings(deadline=None, max_examples=30)
def test_cells_known_almost_exactly_give_almost_the_same(device):
    bits, values, k, n = device
    exact = weighted_total(bits, [known_to(value, 1.0) for value in values], k, n)
    nearly = weighted_total(bits, [known_to(value, 1.0 + 1e-9) for value in values], k, n)
    scale = exact.high
    assert (nearly.low / scale, nearly.high / scale) == pytest.approx((exact.low / scale, exact.high / scale), abs=0.02)


@given(device=devices(), doubt=st.floats(1.1, 5.0))
@settings(deadline=None, max_examples=30)
def test_the_estimate_lies_inside_its_limits_and_doubt_widens_them(device, doubt):
    bits, values, k, n = device
    exact = weighted_total(bits, [known_to(value, 1.0) for value in values], k, n)
    doubtful = weighted_total(bits, [known_to(value, doubt) for value in values], k, n)
    assert doubtful.value == pytest.approx(exact.value)
    assert 0 <= doubtful.low <= doubtful.value <= doubtful.high
    # The limits are quantiles of some two thousand draws, so they are known to a few per cent.
    assert doubtful.high - doubtful.low >= 0.95 * (exact.high - exact.low)


def test_nothing_seen_still_has_an_upper_limit_that_grows_with_the_doubt():
    limits = [weighted_total([1000], [known_to(1e-14, f)], [0], [300]).high for f in (1.0, 2.0, 10.0)]
    assert limits[0] == pytest.approx(1e-11 * float(clopper_pearson(0, 300)[1]), rel=0.05)
    assert limits[0] < limits[1] < limits[2]


def test_all_seen_leaves_the_doubt_of_the_cells_alone():
    total = weighted_total([1000], [known_to(1e-14, 1.5)], [10**6], [10**6])
    assert (total.low, total.high) == pytest.approx((1e-11 / 1.5, 1e-11 * 1.5), rel=0.02)


def test_parts_of_the_same_cells_share_their_doubt():
    """Two halves with independent doubts average them out; with one common doubt they do not."""
    cells = [known_to(1e-14, 2.0)] * 2
    apart = weighted_total([500, 500], cells, [10**6] * 2, [10**6] * 2)
    together = weighted_total([500, 500], cells, [10**6] * 2, [10**6] * 2, groups=[0, 0])
    assert together.high == pytest.approx(2e-11, rel=0.02)
    assert apart.high < 0.9 * together.high


CASES = {
    "two kinds of cell": ([1000, 1000], [1.0, 1.0], [1.3, 1.3], [0.2, 0.3], [250, 250]),
    "rare": ([1000, 500, 200], [1.0, 2.0, 5.0], [1.5, 1.2, 2.0], [0.01, 0.02, 0.0], [200, 200, 200]),
    "cells hardly known": ([1000, 500], [1.0, 2.0], [2.0, 1.5], [0.4, 0.5], [500, 500]),
    "one part, few": ([1000], [1.0], [1.5], [0.01], [300]),
    "cells well known": ([1000, 100], [1.0, 3.0], [1.02, 1.02], [0.1, 0.4], [400, 120]),
}


def coverage(case: str, campaigns: int) -> float:
    bits, values, factors, p, n = (np.array(column) for column in CASES[case])
    truth = float(np.sum(bits * values * p))
    rng = np.random.default_rng([7, list(CASES).index(case)])
    covered = 0
    for _ in range(campaigns):
        seen = values * np.exp(rng.standard_normal(len(values)) * np.log(factors) / 1.959964)
        cells = [known_to(value, factor) for value, factor in zip(seen, factors, strict=True)]
        covered += weighted_total(bits, cells, rng.binomial(n, p), n).contains(truth)
    return covered / campaigns


@pytest.mark.parametrize("case", ["two kinds of cell", "rare"])
def test_100_simulated_campaigns_and_fits_are_covered_about_as_often_as_stated(case):
    assert 0.9 <= coverage(case, 100) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_500_simulated_campaigns_and_fits_are_covered_as_often_as_stated(case):
    assert 0.93 <= coverage(case, 500) <= 0.98


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Estimate(1.0, 0.0, 2.0), "sensitivity of a cell: 1 with limits 0 and 2"),
        (Estimate(1.0, 0.5, math.inf), "limits 0.5 and inf"),
        (Estimate(3.0, 0.5, 2.0), "sensitivity of a cell: 3"),
    ],
)
def test_cells_without_value_between_limits_are_refused(cell, said):
    with pytest.raises(ConfigurationError, match=said):
        weighted_total([1], [cell], [1], [2])


def test_a_size_for_each_part_is_needed():
    with pytest.raises(ConfigurationError, match="2 sizes, 1 sensitivities"):
        weighted_total([1, 2], [known_to(1.0, 2.0)], [1], [2])
