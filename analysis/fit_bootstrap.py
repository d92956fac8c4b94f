"""Parametric bootstrap of a Weibull fit: a goodness of fit that holds at low counts, and the scatter of refits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.bootstrap import bootstrap_curve
from radtest.analysis.weibull_fit import PARAMETERS, WeibullFit
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["FitBootstrap", "bootstrap_fit", "chi_squared_is_poor"]

Array = NDArray[np.float64]

_FEW_EVENTS = 5.0
_SHARE_OF_FEW = 0.2
# Nearer to its box than this, in the logarithm, a coordinate was not bounded by the counts.
_AT_THE_EDGE = 1e-3


@dataclass(frozen=True, slots=True)
class FitBootstrap:
    """What refits of campaigns drawn from a fit say.

    Parameters
    ----------
    replicates : int
        Simulated campaigns.
    converged : int
        Refits that ended at a minimum; the others are in no interval.
    p_value : float or None
        Share of the campaigns, the data among them, whose deviance is not below that of the data; None without degrees
        of freedom.
    intervals : mapping of str to Estimate
        For each parameter the fitted value and the percentile interval of the refits. A limit that lies among refits
        which their counts do not bound is infinite, or the physical bound (0).
    """

    replicates: int
    converged: int
    p_value: float | None
    intervals: Mapping[str, Estimate]


def chi_squared_is_poor(expected: ArrayLike) -> bool:
    """Return whether a fifth or more of the points expect under five events, so that χ² misleads.

    Parameters
    ----------
    expected : array_like
        Events expected at each point.

    Notes
    -----
    The rule of thumb of W. G. Cochran, Some methods for strengthening the common χ² tests, Biometrics 10, 417 (1954).
    """
    return bool((np.asarray(expected, dtype=np.float64) < _FEW_EVENTS).mean() >= _SHARE_OF_FEW)


def bootstrap_fit(fit: WeibullFit, rng: np.random.Generator, replicates: int) -> FitBootstrap:
    """Draw campaigns from a fit, fit each again, and look at their deviances and parameters.

    Parameters
    ----------
    fit : WeibullFit
        A fit.
    rng : numpy.random.Generator
        Source of randomness; the same state gives the same result.
    replicates : int
        Number of campaigns: 499 for a p-value, 1999 and more for intervals.

    Returns
    -------
    FitBootstrap

    Raises
    ------
    ConfigurationError
        If `replicates` is below 1.

    Notes
    -----
    Percentile intervals [1]_. They hold the counting error and that of each fluence, and a factor common to all
    fluences drawn along for σ_sat. Profile-likelihood intervals are the better ones where counts are low: a refit can
    only scatter about the fit, whose own error at a bound (let0 = 0, no saturation) is not seen.

    References
    ----------
    .. [1] B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
    """
    if replicates < 1:
        raise ConfigurationError(f"number of replicates: got {replicates}", remedy="ask for 1 or more, such as 499.")
    best = fit.weibull
    values = np.array([getattr(best, name) for name in PARAMETERS])
    theta = np.array([np.log(values[0]), values[1], np.log(values[2]), np.log(values[3])])
    found = bootstrap_curve(fit.likelihood, theta, fit.deviance, rng, replicates)
    good = found.theta[found.converged]
    if fit.common_fluence_uncertainty:
        good[:, 0] += np.log1p(fit.common_fluence_uncertainty) * rng.standard_normal(len(good))
    columns = _natural(good, *fit.likelihood.form.box(fit.likelihood.let_mev_cm2_mg))
    tail = (1.0 - fit.confidence) / 2.0
    intervals = {
        name: Estimate(float(value), *_quantiles(column, tail), fit.confidence)
        for name, value, column in zip(PARAMETERS, values, columns.T, strict=True)
    }
    return FitBootstrap(
        replicates=replicates,
        converged=len(good),
        p_value=found.p_value if fit.degrees_of_freedom else None,
        intervals=intervals,
    )


def _natural(theta: Array, lowest: Array, highest: Array) -> Array:
    """Return parameters; where the search ended at its box, what the counts do not bound is infinite or 0."""
    columns = theta.copy()
    columns[:, [0, 2, 3]] = np.exp(theta[:, [0, 2, 3]])
    for column in (2, 3):
        columns[theta[:, column] >= highest[column - 1] - _AT_THE_EDGE, column] = np.inf
        columns[theta[:, column] <= lowest[column - 1] + _AT_THE_EDGE, column] = 0.0
    # A curve so wide does not saturate: only σ_sat / width^shape is known.
    columns[np.isinf(columns[:, 2]), 0] = np.inf
    return columns


def _quantiles(column: Array, tail: float) -> tuple[float, float]:
    if not len(column):
        return 0.0, np.inf
    # Of the sorted refits, not between them: an infinite neighbour would spoil the other.
    low, high = np.quantile(column, [tail, 1.0 - tail], method="inverted_cdf").tolist()
    return float(low), float(high)
