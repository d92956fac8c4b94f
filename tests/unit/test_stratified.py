"""A proportion over strata, and the allocation of a sample to them."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radtest.analysis import (
    neyman_allocation,
    proportional_allocation,
    proportional_sequence,
    stratified_proportion,
    wilson,
)
from radtest.core import ConfigurationError


@st.composite
def strata(draw):
    size = draw(st.integers(1, 6))
    n = draw(st.lists(st.integers(1, 300), min_size=size, max_size=size))
    k = [draw(st.integers(0, trials)) for trials in n]
    return draw(st.lists(st.floats(0.01, 100), min_size=size, max_size=size)), k, n


@given(trials=st.integers(1, 2000), data=st.data())
def test_one_stratum_is_the_score_interval_of_wilson(trials, data):
    successes = data.draw(st.integers(0, trials))
    estimate = stratified_proportion([7.0], [successes], [trials])
    assert (estimate.low, estimate.high) == pytest.approx(
        tuple(float(limit) for limit in wilson(successes, trials)), abs=1e-9
    )


@given(sample=strata())
@settings(deadline=None)
def test_limits_stay_inside_0_and_1_and_enclose_the_weighted_mean(sample):
    weights, k, n = sample
    estimate = stratified_proportion(weights, k, n)
    assert estimate.value == pytest.approx(np.average(np.divide(k, n), weights=weights))
    assert 0 <= estimate.low <= estimate.value + 1e-9
    assert estimate.value - 1e-9 <= estimate.high <= 1


@given(sample=strata())
@settings(deadline=None)
def test_counting_failures_mirrors_the_interval(sample):
    weights, k, n = sample
    one, other = stratified_proportion(weights, k, n), stratified_proportion(weights, np.subtract(n, k), n)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)


def test_nothing_seen_in_any_stratum_still_bounds_the_whole():
    estimate = stratified_proportion([6, 3, 1], [0, 0, 0], [120, 60, 20])
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high == pytest.approx(float(wilson(0, 200)[1]), rel=0.02)


def test_a_heavy_stratum_hardly_sampled_keeps_the_interval_long():
    scarce = stratified_proportion([9, 1], [0, 10], [3, 500])
    assert scarce.high > 0.4


CASES = {
    "equal strata": ([1, 1, 1, 1, 1], [40] * 5, [0.1] * 5),
    "in proportion to the weights": ([60, 25, 10, 5], [240, 100, 40, 20], [0.02, 0.1, 0.3, 0.5]),
    "few trials": ([60, 25, 10, 5], [40, 20, 5, 2], [0.05, 0.2, 0.3, 0.5]),
    "strata where nothing fails": ([5, 3, 2], [100, 100, 100], [0.0, 0.0, 0.1]),
    "a heavy stratum with few trials": ([9, 1], [20, 200], [0.3, 0.1]),
    "rare everywhere": ([5, 3, 2], [200, 200, 200], [0.01, 0.005, 0.001]),
    "20 strata of five trials": ([1] * 20, [5] * 20, [0.1] * 20),
}


@pytest.mark.parametrize("case", CASES)
def test_500_simulated_campaigns_are_covered_about_as_often_as_stated(case):
    weights, n, p = CASES[case]
    truth = float(np.average(p, weights=weights))
    covers = cache(lambda k: stratified_proportion(weights, k, n).contains(truth))
    counts = np.random.default_rng(20_100).binomial(n, p, (500, len(n)))
    assert 0.92 <= np.mean([covers(tuple(k)) for k in counts.tolist()]) <= 0.98


@given(
    weights=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=30),
    more=st.integers(0, 10_000),
)
def test_an_allocation_adds_up_gives_every_stratum_one_and_stays_near_its_share(weights, more):
    total = len(weights) + more
    trials = proportional_allocation(total, weights)
    assert trials.sum() == total
    assert trials.min() >= 1
    quota = total * np.divide(weights, np.sum(weights))
    assert np.all(trials <= np.maximum(np.ceil(quota + 1e-9), 1))


@st.composite
def sequences(draw):
    weights = draw(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8))
    minimum = draw(st.integers(0, 3))
    capacities = draw(st.none() | st.lists(st.integers(1, 40), min_size=len(weights), max_size=len(weights)))
    most = 200 if capacities is None else sum(capacities)
    least = sum(min(minimum, capacity) for capacity in capacities or [minimum] * len(weights))
    return weights, minimum, capacities, draw(st.integers(least, most))


@given(sequence=sequences(), data=st.data())
@settings(deadline=None)
def test_a_longer_sequence_begins_with_the_shorter_one(sequence, data):
    weights, minimum, capacities, total = sequence
    least = sum(min(minimum, capacity) for capacity in capacities or [minimum] * len(weights))
    shorter = data.draw(st.integers(least, total))
    longer = proportional_sequence(total, weights, minimum=minimum, capacities=capacities)
    assert longer.size == total
    first = proportional_sequence(shorter, weights, minimum=minimum, capacities=capacities)
    assert first.tolist() == longer[:shorter].tolist()


@given(sequence=sequences())
@settings(deadline=None)
def test_a_sequence_keeps_minimum_capacity_and_proportion(sequence):
    weights, minimum, capacities, total = sequence
    sequence = proportional_sequence(total, weights, minimum=minimum, capacities=capacities)
    trials = np.bincount(sequence, minlength=len(weights))
    capacity = np.full(len(weights), total) if capacities is None else np.array(capacities)
    assert np.all(trials >= np.minimum(minimum, capacity))
    assert np.all(trials <= capacity)
    # Webster: nobody who was given more than its minimum has overtaken one who could still take a trial.
    shares = np.divide(weights, np.sum(weights))
    last_given = ((trials - 0.5) / shares)[trials > minimum]
    next_due = ((trials + 0.5) / shares)[trials < capacity]
    if last_given.size and next_due.size:
        assert last_given.max() <= next_due.min() * (1 + 1e-6)


def test_a_sequence_gives_minimum_first_and_then_the_largest_claim():
    assert proportional_sequence(9, [6, 2, 1], minimum=1).tolist() == [0, 1, 2, 0, 0, 0, 0, 1, 0]


def test_what_one_stratum_cannot_take_goes_to_the_others():
    assert np.bincount(proportional_sequence(12, [5, 3], capacities=[2, 10])).tolist() == [2, 10]


@pytest.mark.parametrize(("total", "minimum"), [(5, 3), (21, 1)])
def test_a_sequence_that_cannot_be_is_refused(total, minimum):
    with pytest.raises(ConfigurationError, match=f"{total} trials for 2 strata"):
        proportional_sequence(total, [1, 1], minimum=minimum, capacities=[10, 10])


def test_the_largest_remainders_get_what_rounding_left():
    assert proportional_allocation(10, [44, 36, 20]).tolist() == [4, 4, 2]


def test_equal_remainders_go_to_the_first_strata():
    assert proportional_allocation(11, [1, 1, 1, 1]).tolist() == [3, 3, 3, 2]


def test_a_tiny_stratum_gets_one_and_the_others_share_the_rest():
    assert proportional_allocation(10, [1000, 1, 1, 500]).tolist() == [5, 1, 1, 3]


def test_neyman_spends_where_the_spread_is():
    """Spreads 0.5 and √(0.1 · 0.9) = 0.3 at equal weights: 5 to 3."""
    assert neyman_allocation(800, [1, 1], [4_999, 999], [9_998, 9_998]).tolist() == [500, 300]


def test_a_pilot_that_saw_nothing_leaves_a_stratum_its_share():
    few, many = (neyman_allocation(1000, [1, 1], [0, pilot // 2], [pilot, pilot])[0] for pilot in (10, 10_000))
    assert 1 < many < few < 500


def test_neyman_is_sharper_than_proportional():
    weights, p = np.array([0.5, 0.5]), np.array([0.5, 0.01])

    def variance(n):
        return float(np.sum(weights**2 * p * (1 - p) / n))

    neyman = neyman_allocation(1000, weights, (1000 * p).astype(int), [1000, 1000])
    assert variance(neyman) < 0.75 * variance(proportional_allocation(1000, weights))


@pytest.mark.parametrize(
    ("weights", "k", "n", "message"),
    [
        ([1, 0], [1, 1], [5, 5], "weights of strata"),
        ([], [], [], "weights of strata"),
        ([1, 1], [1], [5, 5], "shape"),
        ([1, 1], [1, 0], [5, 0], "stratum 1"),
        ([1, 1], [6, 0], [5, 5], "stratum 0"),
    ],
)
def test_strata_that_cannot_be_are_refused(weights, k, n, message):
    with pytest.raises(ConfigurationError, match=message):
        stratified_proportion(weights, k, n)


def test_a_sample_smaller_than_the_number_of_strata_is_refused():
    with pytest.raises(ConfigurationError, match="2 trials for 3 strata"):
        proportional_allocation(2, [1, 1, 1])
