"""Parameters on the contour of a fit's likelihood, and profile-likelihood limits of what is computed from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.contour_search import ContourSearch
from radtest.analysis.curve_starts import Starts
from radtest.analysis.likelihood import PoissonCurve

__all__ = ["contour_parameters", "stretched_draws"]

Array = NDArray[np.float64]


def contour_parameters(
    likelihood: PoissonCurve,
    best: Array,
    rise: float,
    prior: tuple[Array, Array] | None = None,
    starts: Starts | None = None,
) -> Array:
    """Return parameters on the contour of the deviance, spread so that limits of a quantity can be read from them.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data; events at two LETs or more, and a form with a threshold.
    best : ndarray, shape (k + 1,)
        Best fit, (ln scale, coordinates of the form).
    rise : float
        Rise of the deviance; the χ² quantile of one degree of freedom for limits of one quantity.
    prior : (ndarray, ndarray), shapes (k + 1,), optional
        Mean and standard deviation of Gaussian priors on θ, infinite where there is none.
    starts : Starts, optional
        Where searches begin; by default what `Starts.make` finds.

    Returns
    -------
    ndarray, shape (m, k + 1)
        The best fit first; the same for the same data. The largest and smallest value that a quantity takes on them are
        its profile-likelihood limits, if the quantity is σ at a LET or a sum of σ over LETs with weights that are not
        negative: a rate.

    Notes
    -----
    See `ContourSearch`. Against profiles followed one by one (`ProfileSearch`), limits of σ between 2 and 90 % of
    saturation end where the deviance has risen by 3.6 to 3.84 instead of 3.84, and by 3.0 in odd corners.
    """
    return np.concatenate([best[None], ContourSearch(likelihood, best, rise, prior, starts).extremes()])


def stretched_draws(values: ArrayLike, best: float, limits: tuple[float, float], confidence: float) -> Array:
    """Stretch draws of a quantity so that their quantiles are given limits.

    Parameters
    ----------
    values : array_like, shape (n,)
        Draws, 0 or more.
    best : float
        Best value.
    limits : (float, float)
        Limits that the quantiles shall have, about the best value.
    confidence : float
        Confidence level of the limits.

    Returns
    -------
    ndarray, shape (n,)
        In the same order: below and above the best value by factors of their own, in the logarithm.
    """
    draws = np.asarray(values, dtype=np.float64)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail])
    wanted_low, wanted_high = limits
    result = draws.copy()
    below = draws < best
    # Where a quantile lies on the wrong side of the best value there is nothing to stretch: the tail goes to the limit.
    if wanted_high > best > 0 and high > best:
        power = np.log(wanted_high / best) / np.log(high / best)
        result[~below] = best * (draws[~below] / best) ** power
    elif wanted_high > best:
        result = np.where(draws >= high, np.maximum(draws, wanted_high), draws)
    if 0 < wanted_low < best and 0 < low < best:
        power = np.log(wanted_low / best) / np.log(low / best)
        result[below] = best * (draws[below] / best) ** power
    elif wanted_low < best:
        result = np.where(draws <= low, np.minimum(draws, wanted_low), result)
    return result
