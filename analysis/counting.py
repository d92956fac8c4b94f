"""Intervals for counts and proportions, and what they say about a cross section."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammaincinv, ndtri

from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = [
    "clopper_pearson",
    "cross_section",
    "leveugle_sample_size",
    "poisson_limits",
    "poisson_lower",
    "poisson_upper",
    "proportion",
    "sample_size_for_width",
    "wilson",
]

Array = NDArray[np.float64]


def poisson_upper(count: ArrayLike, confidence: float = 0.95) -> Array:
    """One-sided exact upper limit of the mean of a Poisson count.

    Parameters
    ----------
    count : array_like, any shape
        Observed counts, 0 or more.
    confidence : float
        Probability, before the count is taken, that the limit is not below the mean.

    Returns
    -------
    ndarray, shape of `count`

    Raises
    ------
    ConfigurationError
        If a count is negative or no whole number, or the confidence is not between 0 and 1.

    Notes
    -----
    Half the chi-squared quantile: χ²(confidence; 2n + 2) / 2 [1]_.

    References
    ----------
    .. [1] F. Garwood, Biometrika 28, 437 (1936).
    """
    counts = _counts(count)
    return np.asarray(gammaincinv(counts + 1.0, _level(confidence)), dtype=np.float64)


def poisson_lower(count: ArrayLike, confidence: float = 0.95) -> Array:
    """One-sided exact lower limit of the mean of a Poisson count; 0 where nothing was counted.

    Parameters, errors and reference are those of `poisson_upper`; the limit is χ²(1 − confidence; 2n) / 2.
    """
    counts = _counts(count)
    level = _level(confidence)
    seen = counts > 0
    return np.where(seen, gammaincinv(np.where(seen, counts, 1.0), 1.0 - level), 0.0)


def poisson_limits(count: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array]:
    """Two-sided exact (Garwood) limits of the mean of a Poisson count, with equal tails.

    Parameters
    ----------
    count : array_like, any shape
        Observed counts, 0 or more.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    low, high : ndarray, shape of `count`

    Notes
    -----
    low = χ²(α/2; 2n) / 2 and high = χ²(1 − α/2; 2n + 2) / 2, with α = 1 − confidence. Each covers at least the stated
    level for every mean; for small means it covers more.
    """
    one_sided = (1.0 + _level(confidence)) / 2.0
    return poisson_lower(count, one_sided), poisson_upper(count, one_sided)


def clopper_pearson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array]:
    """Two-sided exact (Clopper-Pearson) limits of a proportion.

    Parameters
    ----------
    successes, trials : array_like, shapes that broadcast
        Successes among trials.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    low, high : ndarray
        Limits within [0, 1].

    Raises
    ------
    ConfigurationError
        If there is no trial, or more successes than trials.

    Notes
    -----
    Quantiles of beta distributions: low = B(α/2; k, n − k + 1), high = B(1 − α/2; k + 1, n − k) [1]_.

    References
    ----------
    .. [1] C. J. Clopper and E. S. Pearson, Biometrika 26, 404 (1934).
    """
    return _clopper_pearson(*_trials(successes, trials), _level(confidence))


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array]:
    """Two-sided score (Wilson) limits of a proportion: shorter than Clopper-Pearson, right on average.

    Parameters, returns and errors are those of `clopper_pearson`.

    Notes
    -----
    (k + z²/2 ± z √(k (n − k)/n + z²/4)) / (n + z²) with z the normal quantile [1]_.

    References
    ----------
    .. [1] E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927).
    """
    return _wilson(*_trials(successes, trials), _level(confidence))


def proportion(
    successes: int,
    trials: int,
    confidence: float = 0.95,
    *,
    method: str = "clopper-pearson",
    population: int | None = None,
) -> Estimate:
    """Estimate a proportion from successes among trials.

    Parameters
    ----------
    successes, trials : int
        Successes among trials.
    confidence : float
        Confidence level of the interval.
    method : {"clopper-pearson", "wilson"}
        Exact interval, or score interval.
    population : int, optional
        Size of the population, at least `trials`, of which they were drawn without repetition and whose proportion is
        meant. None for one so large that it does not matter, or for the proportion of what it was made by.

    Returns
    -------
    Estimate

    Raises
    ------
    ConfigurationError
        If an argument is not legal.

    Notes
    -----
    n of N trials count as n (N − 1)/(N − n) with the same proportion, by the variance of the hypergeometric
    distribution; all N of them leave no doubt. `sample_size_for_width` and `leveugle_sample_size` count likewise.
    """
    methods = {"clopper-pearson": _clopper_pearson, "wilson": _wilson}
    if method not in methods:
        raise ConfigurationError(f"method of a proportion: got {method!r}", remedy=f"use one of {', '.join(methods)}.")
    k, n = _trials(successes, trials)
    value, level = successes / trials, _level(confidence)
    if population is not None:
        if population < trials:
            raise ConfigurationError(
                f"population: got {population!r} for {trials} trials",
                remedy="give its size, as many as trials or more.",
            )
        if population == trials:
            return Estimate(value, value, value, level)
        larger = (population - 1.0) / (population - trials)
        k, n = k * larger, n * larger
    low, high = methods[method](k, n, level)
    return Estimate(value, float(low), float(high), level)


def leveugle_sample_size(
    margin: float, *, population: int | None = None, confidence: float = 0.95, probability: float = 0.5
) -> int:
    """Injections needed for a proportion to be known to within a margin.

    Parameters
    ----------
    margin : float
        Half width of the interval, between 0 and 1.
    population : int, optional
        Number of possible injections (bits times cycles); None for so many that it does not matter.
    confidence : float
        Confidence level.
    probability : float
        Proportion expected; 0.5 asks for the most.

    Returns
    -------
    int
        Sample size, rounded up; never above `population`.

    Notes
    -----
    n = N t² p (1 − p) / (e² (N − 1) + t² p (1 − p)), equation 1 of [1]_ in another form.

    References
    ----------
    .. [1] R. Leveugle et al., Statistical fault injection: quantified error and confidence, DATE 2009.
    """
    if not 0 < margin < 1:
        raise ConfigurationError(f"margin: got {margin!r}", remedy="give a half width between 0 and 1, such as 0.05.")
    if not 0 < probability < 1:
        raise ConfigurationError(f"probability: got {probability!r}", remedy="give a proportion between 0 and 1.")
    variance = float(ndtri((1.0 + _level(confidence)) / 2.0)) ** 2 * probability * (1.0 - probability)
    if population is None:
        return math.ceil(variance / margin**2)
    if population < 1:
        raise ConfigurationError(f"population: got {population!r}", remedy="give the number of possible injections.")
    return math.ceil(population * variance / (margin**2 * (population - 1) + variance))


def sample_size_for_width(
    half_width: float,
    expected: float = 0.5,
    confidence: float = 0.95,
    population: int | None = None,
    *,
    method: str = "wilson",
) -> int:
    """Injections after which the interval of a proportion is as narrow as wanted.

    Parameters
    ----------
    half_width : float
        Half the distance between the limits, between 0 and 0.5.
    expected : float
        Proportion expected, 0 and 1 included; 0.5 asks for the most.
    confidence : float
        Confidence level.
    population : int, optional
        Number of possible injections (bits times cycles), drawn without repetition; None for so many that it does not
        matter.
    method : {"wilson", "clopper-pearson"}
        Interval that shall be that narrow.

    Returns
    -------
    int
        Smallest sample whose interval around the expected proportion is no wider; never above `population`.

    Raises
    ------
    ConfigurationError
        If an argument is out of its range.

    Notes
    -----
    Wilson's width set to 2h is a quadratic in n: n = z²/(2h²) · (pq − 2h² + √((pq)² − 4 pq h² + h²)). At p = ½ that is
    z² fewer than `leveugle_sample_size` asks for; at p = 0, where that formula asks for nothing, it is z²(1/(2h) − 1).
    Clopper and Pearson's is found by bisection, at the expected number of successes, whole or not. A finite population
    counts as in that formula: n of N give the width of n (N − 1)/(N − n).
    """
    if not 0 < half_width < 0.5:
        raise ConfigurationError(f"half_width: got {half_width!r}", remedy="give one between 0 and 0.5, such as 0.02.")
    if not 0 <= expected <= 1:
        raise ConfigurationError(f"expected: got {expected!r}", remedy="give a proportion, 0 to 1.")
    if population is not None and population < 1:
        raise ConfigurationError(f"population: got {population!r}", remedy="give the number of possible injections.")
    z2, pq, h2 = float(ndtri((1.0 + _level(confidence)) / 2.0)) ** 2, expected * (1.0 - expected), half_width**2
    needed = z2 / (2.0 * h2) * (pq - 2.0 * h2 + math.sqrt(pq * pq - 4.0 * pq * h2 + h2))
    if method == "clopper-pearson":
        needed = _clopper_pearson_size(half_width, expected, confidence)
    elif method != "wilson":
        raise ConfigurationError(
            f"method of a sample size: got {method!r}", remedy="use one of wilson, clopper-pearson."
        )
    if population is not None:
        needed = needed * population / (needed + population - 1.0)
    return max(math.ceil(needed), 1)


def cross_section(count: int, fluence_cm2: float, bits: int | None = None, confidence: float = 0.95) -> Estimate:
    """Cross section from a count, with its exact Poisson interval.

    Parameters
    ----------
    count : int
        Number of events, 0 or more. A zero is data: it bounds the cross section from above.
    fluence_cm2 : float
        Fluence, cm⁻², above 0.
    bits : int, optional
        Bits that could be upset; given, the cross section is per bit, else per device.
    confidence : float
        Confidence level of the two-sided interval.

    Returns
    -------
    Estimate
        Cross section, cm²/bit or cm²/device.

    Raises
    ------
    ConfigurationError
        If the count is negative, or fluence or bits are not above 0.

    Notes
    -----
    The interval holds the counting error only; the fluence is taken as exact (`fit_weibull` can do better).
    """
    if not (math.isfinite(fluence_cm2) and fluence_cm2 > 0):
        raise ConfigurationError(
            f"fluence_cm2: got {fluence_cm2!r}",
            remedy="give the live fluence of the run, above 0; a run without fluence says nothing.",
        )
    if bits is not None and bits < 1:
        raise ConfigurationError(f"bits: got {bits!r}", remedy="give the number of bits under observation, 1 or more.")
    low, high = poisson_limits(count, confidence)
    exposure = fluence_cm2 * (1 if bits is None else bits)
    return Estimate(count / exposure, float(low) / exposure, float(high) / exposure, confidence)


def _clopper_pearson(k: Array, n: Array, confidence: float) -> tuple[Array, Array]:
    alpha = 1.0 - confidence
    some, not_all = k > 0, k < n
    low = np.where(some, betaincinv(np.where(some, k, 1.0), n - k + 1.0, alpha / 2.0), 0.0)
    high = np.where(not_all, betaincinv(k + 1.0, np.where(not_all, n - k, 1.0), 1.0 - alpha / 2.0), 1.0)
    return low, high


def _wilson(k: Array, n: Array, confidence: float) -> tuple[Array, Array]:
    z = float(ndtri((1.0 + confidence) / 2.0))
    centre = k + z * z / 2.0
    half = z * np.sqrt(k * (n - k) / n + z * z / 4.0)
    # The formula gives exactly 0 and 1 at the ends only in exact arithmetic.
    low = np.where(k > 0, (centre - half) / (n + z * z), 0.0)
    high = np.where(k < n, (centre + half) / (n + z * z), 1.0)
    return low, high


def _counts(count: ArrayLike) -> Array:
    counts = np.asarray(count, dtype=np.float64)
    bad = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    if np.any(bad):
        _refuse("count", counts[bad], "counts are whole numbers, 0 or more.")
    return counts


def _trials(successes: ArrayLike, trials: ArrayLike) -> tuple[Array, Array]:
    k, n = np.broadcast_arrays(_counts(successes), _counts(trials))
    if np.any(n < 1):
        _refuse("trials", n[n < 1], "at least one trial is needed.")
    if np.any(k > n):
        _refuse("successes", k[k > n], "there cannot be more successes than trials.")
    return k, n


def _refuse(what: str, values: NDArray[Any], remedy: str) -> None:
    raise ConfigurationError(f"{what}: got {values.flat[0]:g}", remedy=remedy)


def _level(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    return confidence


def _clopper_pearson_size(half_width: float, expected: float, confidence: float) -> int:
    """Smallest sample whose exact interval, around as many successes as expected, is no wider than twice that."""

    def width(n: int) -> float:
        low, high = _clopper_pearson(np.asarray(expected * n), np.asarray(float(n)), confidence)
        return float(high - low)

    enough = 1
    while width(enough) > 2.0 * half_width:
        enough *= 2
    return bisect_left(range(enough), -2.0 * half_width, lo=1, key=lambda n: -width(n))
