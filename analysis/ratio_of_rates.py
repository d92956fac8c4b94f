"""The ratio of two Poisson rates that several strata share, with its exact interval."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit

from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["rate_ratio"]

Array = NDArray[np.float64]

_LARGEST_LOG_RATIO = 60.0
_MOST_EVENTS = 2_000_000


def rate_ratio(
    count: ArrayLike,
    exposure: ArrayLike,
    reference_count: ArrayLike,
    reference_exposure: ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """Estimate the ratio of two Poisson rates that is the same in every stratum.

    Parameters
    ----------
    count, exposure : array_like, shape (strata,)
        Events and exposure of what stands above the line.
    reference_count, reference_exposure : array_like, shape (strata,)
        Those of what stands below it.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        Ratio of largest conditional likelihood, with equal-tailed exact limits. Without events above the line it is 0,
        without events below it infinite; without any the data say nothing (NaN, from 0 to infinity).

    Raises
    ------
    ConfigurationError
        If an exposure is not above 0, a count is negative, there are more than two million events, or the confidence
        is no level.

    Notes
    -----
    Given the total N of a stratum, the events above the line are binomial with p = ρ e / (ρ e + e'). Their sum T over
    the strata is a sum of binomials, whose distribution is computed by its characteristic function; the limits are the
    ρ at which a tail, T included, is half of what the confidence leaves [1]_. One stratum gives the limits of Clopper
    and Pearson. The rates of the strata themselves, unknown as they are, do not matter.

    References
    ----------
    .. [1] D. O. Martin and H. Austin, Exact estimates for a rate ratio, Epidemiology 7, 29 (1996).
    """
    k, e, other, reference = (
        np.atleast_1d(np.asarray(values, dtype=np.float64))
        for values in (count, exposure, reference_count, reference_exposure)
    )
    if np.any(k < 0) or np.any(other < 0):
        raise ConfigurationError("counts of a ratio of rates: one is negative", remedy="counts are 0 or more.")
    if not (np.all(e > 0) and np.all(reference > 0)):
        raise ConfigurationError("exposures of a ratio of rates: one is not above 0", remedy="leave that stratum out.")
    if not 0 < confidence < 1:
        raise ConfigurationError(f"confidence: got {confidence!r}", remedy="give a level between 0 and 1.")
    total, above = k + other, float(k.sum())
    if total.sum() > _MOST_EVENTS:
        raise ConfigurationError(
            f"{total.sum():g} events: an exact ratio is computed for up to {_MOST_EVENTS:g}",
            remedy="take a likelihood ratio: with so many events it is as good.",
        )
    if total.sum() == 0:
        return Estimate(math.nan, 0.0, math.inf, confidence)
    offset = np.log(e / reference)
    tail = (1.0 - confidence) / 2.0

    def probability(log_ratio: float) -> Array:
        return np.asarray(expit(log_ratio + offset))

    def excess(log_ratio: float) -> float:
        return float(total @ probability(log_ratio)) - above

    def at_least(log_ratio: float) -> float:
        return float(_distribution(total, probability(log_ratio))[round(above) :].sum()) - tail

    def at_most(log_ratio: float) -> float:
        return tail - float(_distribution(total, probability(log_ratio))[: round(above) + 1].sum())

    ends = (-_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO)
    value = 0.0 if above == 0 else math.inf if above == total.sum() else math.exp(_root(excess, *ends))
    low = 0.0 if above == 0 else math.exp(_root(at_least, *ends))
    high = math.inf if above == total.sum() else math.exp(_root(at_most, *ends))
    return Estimate(value, low, high, confidence)


def _distribution(total: Array, probability: Array) -> Array:
    """Return the probabilities of 0, 1, ... events in the sum of binomials."""
    length = int(total.sum()) + 1
    wave = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    product = np.ones(len(wave), dtype=complex)
    for n, p in zip(total, probability, strict=True):
        product *= (1.0 - p + p * wave) ** int(n)
    return np.maximum(np.fft.irfft(product, length), 0.0)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-10))
