"""Published limits of counts and proportions, and published sample sizes."""

import pytest

from radtest.analysis import leveugle_sample_size, poisson_limits, poisson_upper, proportion

# N. Gehrels, Astrophys. J. 303, 336 (1986), and the tables of Garwood, Biometrika 28, 437 (1936): 95 %, two-sided.
GARWOOD = [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39), (100, 81.36, 121.6)]


@pytest.mark.parametrize(("count", "low", "high"), GARWOOD)
def test_garwood_limits_at_95_percent(count, low, high):
    assert poisson_limits(count) == pytest.approx((low, high), rel=1e-3, abs=1e-12)


def test_one_sided_upper_limit_of_nothing_seen_is_three():
    assert float(poisson_upper(0, 0.95)) == pytest.approx(2.996, rel=2e-4)


@pytest.mark.parametrize(("margin", "injections"), [(0.05, 385), (0.01, 9604)])
def test_leveugle_sample_size_for_many_targets(margin, injections):
    """R. Leveugle et al., DATE 2009: 95 %, p = 0.5."""
    assert leveugle_sample_size(margin) == injections


def test_leveugle_sample_size_saturates_at_the_population():
    assert leveugle_sample_size(0.01, population=1000) == 906  # N t² p q / (e² (N − 1) + t² p q), rounded up
    assert leveugle_sample_size(0.01, population=10) == 10


def test_rule_of_three():
    """No failure among n bounds the probability at about 3/n, one-sided 95 % (90 % two-sided)."""
    assert proportion(0, 3000, 0.90).high == pytest.approx(3 / 3000, rel=2e-3)
