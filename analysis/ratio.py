"""The ratio of two proportions: what a hardening bought."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import ndtri

from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["proportion_ratio", "ratio_of_estimates"]

LARGEST_LOG_RATIO = 700.0  # exp of more is no longer a float


def proportion_ratio(
    successes: int, trials: int, reference_successes: int, reference_trials: int, confidence: float = 0.95
) -> Estimate:
    """Ratio of two independent proportions, with its score interval.

    Parameters
    ----------
    successes, trials : int
        Successes among trials of the proportion above the line (the hardened design, say).
    reference_successes, reference_trials : int
        Those of the proportion below the line (the plain design).
    confidence : float
        Confidence level of the two-sided interval.

    Returns
    -------
    Estimate
        Ratio and limits. Without successes above the line, ratio and lower limit are 0 and the upper limit is finite.
        Without successes below it, ratio and upper limit are infinite and the lower limit is above 0. Without any, the
        data say nothing: the ratio is not a number (NaN), the limits are 0 and infinity.

    Raises
    ------
    ConfigurationError
        If there is no trial, more successes than trials, or the confidence is not between 0 and 1.

    Notes
    -----
    The limits are the ratios θ for which the score statistic [1]_

    ``(p₁ − θ p₂) / √(p̃₁(1 − p̃₁)/n₁ + θ² p̃₂(1 − p̃₂)/n₂)``

    reaches ± the normal quantile; p are the observed proportions, p̃ those of largest likelihood that keep p̃₁ = θ p̃₂,
    the root of a quadratic. (Miettinen and Nurminen [2]_ have a variance larger by N/(N − 1), N all trials.) Unlike the
    logarithmic interval it needs no success, and exchanging the two samples inverts it exactly.

    References
    ----------
    .. [1] P. A. R. Koopman, Biometrics 40, 513 (1984).
    .. [2] O. Miettinen and M. Nurminen, Stat. Med. 4, 213 (1985).
    """
    for what, k, n in (
        ("successes", successes, trials),
        ("reference successes", reference_successes, reference_trials),
    ):
        if n < 1 or not 0 <= k <= n or k != int(k) or n != int(n):
            raise ConfigurationError(
                f"{what}: got {k!r} among {n!r} trials", remedy="give 0 to N successes among N trials, N 1 or more."
            )
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    if successes == 0 and reference_successes == 0:
        return Estimate(math.nan, 0.0, math.inf, confidence)
    above = successes / trials
    below = reference_successes / reference_trials
    ratio = above / below if below > 0 else math.inf
    quantile = float(ndtri((1.0 + confidence) / 2.0))
    counts = (successes, trials, reference_successes, reference_trials)
    low = _where_score_is(quantile, counts) if successes > 0 else 0.0
    high = _where_score_is(-quantile, counts) if reference_successes > 0 else math.inf
    return Estimate(ratio, low, high, confidence)


def ratio_of_estimates(above: Estimate, below: Estimate) -> Estimate:
    """Ratio of two independent estimates that are 0 or more, from their values and limits.

    Parameters
    ----------
    above, below : Estimate
        What stands above and below the line, at the same confidence, with limits that enclose their values.

    Returns
    -------
    Estimate
        Ratio and limits. Nothing below the line makes the ratio infinite, and where its lower limit is 0 the upper
        limit of the ratio is infinite. Nothing above and below leaves it undefined (NaN), from 0 to infinity.

    Raises
    ------
    ConfigurationError
        If the confidences differ, or limits do not enclose their value or are below 0.

    Notes
    -----
    The method of variance estimates recovery (MOVER-R) [1]_: the distance of each limit from its value stands for the
    spread on that side, so that any interval will do, of a stratified or a sequential sample too. For two simple
    samples `proportion_ratio` is better where counts are small.

    References
    ----------
    .. [1] A. Donner and G. Y. Zou, Stat. Methods Med. Res. 21, 347 (2012); R. G. Newcombe, Stat. Methods Med. Res. 25,
       1774 (2016).
    """
    if above.confidence != below.confidence:
        raise ConfigurationError(
            f"a ratio of estimates at {above.confidence:g} and {below.confidence:g}",
            remedy="give both at the same confidence.",
        )
    for estimate in (above, below):
        if not 0 <= estimate.low <= estimate.value <= estimate.high:
            raise ConfigurationError(
                f"{estimate.value:g} with limits {estimate.low:g} and {estimate.high:g}",
                remedy="give estimates of 0 or more between their limits.",
            )
    if above.value == 0 and below.value == 0:
        return Estimate(math.nan, 0.0, math.inf, above.confidence)
    product = above.value * below.value
    ratio = above.value / below.value if below.value > 0 else math.inf

    def spread(limit: Estimate, end: float) -> float:
        return end * (2.0 * limit.value - end)

    def root(a: float, b: float) -> float:
        return math.sqrt(max(product * product - a * b, 0.0))

    a, b = spread(above, above.low), spread(below, below.high)
    low = a / (product + root(a, b)) if a > 0 else 0.0
    a, b = spread(above, above.high), spread(below, below.low)
    high = (product + root(a, b)) / b if b > 0 else math.inf
    return Estimate(ratio, low, high, above.confidence)


def _score(log_ratio: float, counts: tuple[int, int, int, int]) -> float:
    """Score statistic of a ratio; it falls as the ratio grows."""
    k1, n1, k2, n2 = counts
    theta = math.exp(log_ratio)
    # Smaller root, without cancellation, of (n1 + n2) θ p² − (n1 θ + k1 + n2 + k2 θ) p + k1 + k2 = 0.
    linear = theta * (n1 + k2) + k1 + n2
    discriminant = max(linear * linear - 4.0 * (n1 + n2) * theta * (k1 + k2), 0.0)
    p2 = 2.0 * (k1 + k2) / (linear + math.sqrt(discriminant))
    p1 = theta * p2
    difference = k1 / n1 - theta * k2 / n2
    variance = p1 * (1.0 - p1) / n1 + theta * p1 * (1.0 - p2) / n2
    if variance <= 0.0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(variance)


def _where_score_is(level: float, counts: tuple[int, int, int, int]) -> float:
    inner, outer = -1.0, 1.0
    while _score(inner, counts) < level and inner > -LARGEST_LOG_RATIO:
        inner *= 1.5
    while _score(outer, counts) > level and outer < LARGEST_LOG_RATIO:
        outer *= 1.5
    root: float = brentq(lambda x: _score(x, counts) - level, inner, outer, xtol=1e-13, rtol=1e-13)
    return math.exp(root)
