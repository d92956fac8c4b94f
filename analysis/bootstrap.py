"""Parametric bootstrap of a fit: thousands of campaigns drawn from it and fitted again, all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.batch_search import Contest, Solutions
from radtest.analysis.curve_starts import Starts, held_problems, minimise_from
from radtest.analysis.likelihood import PoissonCurve
from radtest.core.errors import ConfigurationError

__all__ = ["Bootstrap", "bootstrap_curve", "refit", "simulated_counts"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Refits of campaigns drawn from a fit.

    Parameters
    ----------
    count : ndarray, shape (replicas, points)
        The simulated counts.
    theta : ndarray, shape (replicas, k + 1)
        (ln scale, coordinates of the form) of each refit; not numbers where nothing was counted.
    deviance : ndarray, shape (replicas,)
        Deviance of each refit.
    converged : ndarray of bool, shape (replicas,)
        Whether the search of each ended at a minimum.
    p_value : float
        Share of the deviances that are not below that of the data, the data among them: goodness of fit that needs no
        large counts.
    """

    count: Array
    theta: Array
    deviance: Array
    converged: NDArray[np.bool_]
    p_value: float


def simulated_counts(likelihood: PoissonCurve, theta: Array, rng: np.random.Generator, replicas: int) -> Array:
    """Draw counts of campaigns with the same exposures, shape (replicas, points), from the curve with parameters θ.

    Where fluences are uncertain, each true fluence is drawn too, normally about the measured one and above 0.
    """
    log_f, _ = likelihood.log_fraction(theta)
    mean = np.broadcast_to(
        likelihood.exposure_cm2 * np.exp(theta[0] + log_f), (replicas, likelihood.let_mev_cm2_mg.size)
    )
    if not likelihood.fluence_is_exact:
        factor = 1.0 + likelihood.fluence_uncertainty * rng.standard_normal(mean.shape)
        mean = mean * np.where(factor > 0.0, factor, 0.0)
    return rng.poisson(mean).astype(np.float64)


def refit(likelihood: PoissonCurve, counts: Array, *, starts: int = 3) -> Solutions:
    """Fit many campaigns with the same exposures.

    Parameters
    ----------
    likelihood : PoissonCurve
        Exposures, form and uncertainty of the fluences; its counts are not used.
    counts : ndarray, shape (campaigns, points)
        Events of each campaign.
    starts : int
        Searches for each, from the best parts of the grid of starts.

    Returns
    -------
    Solutions
        A row for each campaign; no numbers and a deviance of 0 where nothing was counted.
    """
    size = likelihood.form.size
    theta, deviance = np.full((len(counts), size), np.nan), np.zeros(len(counts))
    converged = np.zeros(len(counts), dtype=bool)
    some = np.flatnonzero(counts.sum(axis=1) > 0)
    if some.size:
        grid = Starts.make(likelihood)
        seen = counts[some]
        first = np.where(seen > 0, likelihood.let_mev_cm2_mg, np.inf).min(axis=1)
        begin, height = grid.best(seen)
        height = np.where(grid.open_parts(first), height, np.inf)
        number = min(starts, height.shape[1])
        parts = np.argsort(height, axis=1)[:, :number]
        owner = np.repeat(np.arange(some.size), number)
        chosen = parts.ravel()
        possible = np.isfinite(height[owner, chosen])
        owner, chosen = owner[possible], chosen[possible]
        problems = held_problems(
            replace(likelihood, count=seen[owner], weight=None), grid.low[chosen], grid.high[chosen]
        )
        found = minimise_from(problems, begin[owner, chosen], Contest.open(owner))
        order = np.lexsort((found.deviance, owner))
        best = order[np.unique(owner[order], return_index=True)[1]]
        theta[some], deviance[some], converged[some] = found.theta[best], found.deviance[best], found.converged[best]
    return Solutions(theta, deviance, converged)


def bootstrap_curve(
    likelihood: PoissonCurve, theta: Array, deviance: float, rng: np.random.Generator, replicas: int
) -> Bootstrap:
    """Draw campaigns from a fitted curve and fit each again.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data.
    theta : ndarray, shape (k + 1,)
        The best fit.
    deviance : float
        Its deviance.
    rng : numpy.random.Generator
        Source of randomness.
    replicas : int
        Number of campaigns, 1 or more.

    Returns
    -------
    Bootstrap

    Raises
    ------
    ConfigurationError
        If `replicas` is below 1.

    Notes
    -----
    The parametric bootstrap [1]_. p = (1 + #{D* ≥ D}) / (1 + replicas). The draws of the parameters show the scatter of
    the estimates; for intervals of what is computed from the fit take `WeibullFit.sample`: where counts are zero or
    saturation was not reached, refits run away from what the data allow.

    References
    ----------
    .. [1] B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), sections 6.5 and 16.
    """
    if replicas < 1:
        raise ConfigurationError(f"number of replicas: got {replicas}", remedy="ask for 1 or more.")
    counts = simulated_counts(likelihood, theta, rng, replicas)
    found = refit(likelihood, counts)
    larger = int(np.count_nonzero(found.deviance >= deviance - 1e-6))
    return Bootstrap(counts, found.theta, found.deviance, found.converged, (1 + larger) / (1 + replicas))
