"""What a fit of overdispersed counts, or with priors, searches with: likelihood, heights of limits, pulls."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from radtest.analysis.bootstrap import bootstrap_curve
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.overdispersion import (
    NegativeBinomialCurve,
    Overdispersion,
    asked_overdispersion,
    cluster_overdispersion,
    run_scatter,
)
from radtest.analysis.profile_search import ProfileSearch
from radtest.core.errors import FitError

__all__ = ["height_of_limits", "pulls_of", "with_overdispersion"]

Array = NDArray[np.float64]
PriorArrays = tuple[Array, Array]

_REPLICAS = 499
_MOST_ROUNDS = 40
_SETTLED = 1e-3


def with_overdispersion(
    likelihood: PoissonCurve, asked: str | float, confidence: float, prior: PriorArrays | None = None
) -> tuple[PoissonCurve, Overdispersion]:
    """Return the likelihood to fit with, and how much the counts scatter.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data.
    asked : {"runs", "clusters"} or float
        What scatters them, or the known ratio of the variance to Poisson's.
    confidence : float
        Confidence level of the interval of the amount.
    prior : (ndarray, ndarray), optional
        Mean and standard deviation of Gaussian priors on θ, infinite where there is none.

    Raises
    ------
    FitError
        If too few points are left to find the amount with, or a search does not converge.
    ConfigurationError
        If what is asked for is neither.

    Notes
    -----
    The scatter from run to run and the curve are found in turn until the scatter settles. Whether it is needed is
    tested by the deviance of the Poisson fit against those of 499 campaigns drawn from that fit, where there is no
    prior.
    """
    what = asked_overdispersion(asked)
    poisson = _search(likelihood, prior)
    best = poisson.optimum
    if isinstance(what, float):
        return likelihood, cluster_overdispersion(likelihood, best.theta, confidence, known=what)
    p_value = None
    if prior is None:  # the campaigns know of no prior
        rng = np.random.default_rng(1)
        p_value = bootstrap_curve(likelihood, best.theta, best.deviance, rng, _REPLICAS).p_value
    precision = None if prior is None else prior[1] ** -2.0
    found = cluster_overdispersion(likelihood, best.theta, confidence, p_value=p_value, precision=precision)
    if what == "clusters":
        return likelihood, found
    curve, theta = likelihood, best.theta
    amount, step = 0.0, math.inf
    for _ in range(_MOST_ROUNDS):
        scattered = run_scatter(likelihood, theta, found)
        step = scattered.amount.value - amount
        amount = scattered.amount.value
        if abs(step) <= _SETTLED * max(amount, 0.01):
            return curve, scattered
        curve = NegativeBinomialCurve(
            likelihood.let_mev_cm2_mg,
            likelihood.count,
            likelihood.exposure_cm2,
            likelihood.fluence_uncertainty,
            scatter=amount,
        )
        theta = _search(curve, prior).optimum.theta
    raise FitError(
        "the scatter from run to run does not settle", remedy="ask for clusters, or state fluence_uncertainty instead."
    )


def height_of_limits(overdispersion: Overdispersion | None, confidence: float) -> float:
    """Return how much the deviance rises at limits."""
    return float(chdtri(1.0, 1.0 - confidence)) if overdispersion is None else overdispersion.rise(confidence)


def pulls_of(prior: PriorArrays | None, overdispersion: Overdispersion | None) -> PriorArrays | None:
    """Return priors whose pulls weigh as much against a deviance that is not divided by the variance ratio."""
    if prior is None or overdispersion is None:
        return prior
    return prior[0], prior[1] / math.sqrt(overdispersion.variance_ratio)


def _search(likelihood: PoissonCurve, prior: PriorArrays | None) -> ProfileSearch:
    centre, spread = prior or (None, None)
    return ProfileSearch(likelihood, centre=centre, spread=spread)
