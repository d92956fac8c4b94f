"""Published figures of the statistics of sampled fault injection."""

import pytest

from radtest.analysis import proportion_ratio


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
