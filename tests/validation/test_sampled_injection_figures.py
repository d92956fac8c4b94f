"""Published figures of the statistics of sampled fault injection."""

import pytest

from radtest.analysis import pocock_critical_value, proportion_ratio


@pytest.mark.parametrize(
    ("counts", "ratio", "low", "high", "digits"),
    [
        # P. A. R. Koopman, Biometrics 40, 513 (1984), as computed by J. M. Nam, Biom. J. 37, 375 (1995).
        ((36, 40, 16, 80), 4.5, 2.940, 7.152, 2e-4),
        # Perondi et al., N. Engl. J. Med. 350, 1722 (2004); limits of `riskscoreci` in the R package PropCIs.
        ((7, 34, 1, 34), 7.0, 1.220853, 42.575718, 5e-7),
    ],
)
def test_score_interval_of_a_ratio(counts, ratio, low, high, digits):
    estimate = proportion_ratio(*counts)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((ratio, low, high), rel=digits)


@pytest.mark.parametrize(
    ("looks", "confidence", "critical_value"),
    [
        (1, 0.95, 1.960),
        (2, 0.95, 2.178),
        (3, 0.95, 2.289),
        (4, 0.95, 2.361),
        (5, 0.95, 2.413),
        (10, 0.95, 2.555),
        (20, 0.95, 2.672),
        (2, 0.90, 1.875),
        (5, 0.90, 2.122),
        (5, 0.99, 2.986),
    ],
)
def test_pocock_constants(looks, confidence, critical_value):
    """C. Jennison and B. W. Turnbull, Group Sequential Methods, 1999, table 2.1: equally spaced looks."""
    assert pocock_critical_value(range(100, 100 * looks + 1, 100), confidence) == pytest.approx(
        critical_value, abs=6e-4
    )
