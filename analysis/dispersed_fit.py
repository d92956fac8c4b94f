"""What a fit of overdispersed counts, or with priors, searches with: likelihood, heights of limits, pulls."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from radtest.analysis.bootstrap import bootstrap_curve
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.outliers import ContaminatedCurve, starts_of
from radtest.analysis.overdispersion import (
    NegativeBinomialCurve,
    Overdispersion,
    asked_overdispersion,
    cluster_overdispersion,
    run_scatter,
)
from radtest.analysis.profile_search import ProfileSearch
from radtest.core.errors import ConfigurationError, FitError

__all__ = ["curve_deviance", "height_of_limits", "pulls_of", "with_overdispersion"]

Array = NDArray[np.float64]
PriorArrays = tuple[Array, Array]

_REPLICAS = 499
_MOST_ROUNDS = 40
_SETTLED = 1e-3
_TRIED = 6


def with_overdispersion(
    likelihood: PoissonCurve,
    asked: str | float,
    confidence: float,
    prior: PriorArrays | None = None,
    *,
    robust: bool = False,
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
    robust : bool
        Whether a few points may be wrong; such points do not count for the scatter.

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
    if robust and what != "runs":
        raise ConfigurationError(
            f"robust with overdispersion {asked}: outliers of counts in clusters are not modelled",
            remedy="ask for runs, or fit events in place of bits.",
        )
    best = _search(likelihood, prior).optimum
    if isinstance(what, float):
        return likelihood, cluster_overdispersion(likelihood, best.theta, confidence, known=what)
    p_value = None
    if prior is None and not robust:  # the campaigns know of no prior
        rng = np.random.default_rng(1)
        p_value = bootstrap_curve(likelihood, best.theta, best.deviance, rng, _REPLICAS).p_value
    precision = None if prior is None else prior[1] ** -2.0
    found = cluster_overdispersion(likelihood, best.theta, confidence, p_value=p_value, precision=precision)
    if what == "clusters":
        return likelihood, found
    if robust:
        return _robust_scatter(likelihood, found, best.theta, confidence, prior)
    curve, theta, amount = likelihood, best.theta, 0.0
    for _ in range(_MOST_ROUNDS):
        scattered = run_scatter(likelihood, theta, found)
        step = scattered.amount.value - amount
        amount = scattered.amount.value
        if abs(step) <= _SETTLED * max(amount, 0.01):
            return curve, scattered
        curve = NegativeBinomialCurve.of(likelihood, amount)
        theta = _search(curve, prior).optimum.theta
    raise _unsettled()


def _robust_scatter(
    likelihood: PoissonCurve, first: Overdispersion, theta: Array, confidence: float, prior: PriorArrays | None
) -> tuple[PoissonCurve, Overdispersion]:
    """Return likelihood and scatter of the points that are not wrong."""
    precision = None if prior is None else prior[1] ** -2.0
    # A wrong point may pass for scatter, and scatter for wrong points: the likelihood chooses where to begin.
    largest = max(run_scatter(likelihood, theta, first).amount.value, 0.02)
    amount = min(np.geomspace(0.01, largest, _TRIED).tolist(), key=lambda s: _improbability(likelihood, s, prior))
    for _ in range(_MOST_ROUNDS):
        curve = ContaminatedCurve.of(likelihood, amount)
        theta = _search(curve, prior).optimum.theta
        kept = 1.0 - curve.outlier_probability(theta[0] + curve.log_fraction(theta)[0])
        weighted = replace(likelihood, weight=np.maximum(kept, 1e-9))
        found = cluster_overdispersion(weighted, theta, confidence, precision=precision)
        scattered = run_scatter(weighted, theta, found)
        step, amount = scattered.amount.value - amount, scattered.amount.value
        if abs(step) <= _SETTLED * max(amount, 0.01):
            return curve, scattered
    raise _unsettled()


def _improbability(likelihood: PoissonCurve, scatter: float, prior: PriorArrays | None) -> float:
    """Return −2 ln of the largest likelihood with a scatter."""
    curve = ContaminatedCurve.of(likelihood, scatter)
    return _search(curve, prior).optimum.deviance + curve.lowest


def _unsettled() -> FitError:
    return FitError("the scatter from run to run does not settle", remedy="state fluence_uncertainty instead.")


def height_of_limits(overdispersion: Overdispersion | None, confidence: float) -> float:
    """Return how much the deviance rises at limits."""
    return float(chdtri(1.0, 1.0 - confidence)) if overdispersion is None else overdispersion.rise(confidence)


def pulls_of(prior: PriorArrays | None, overdispersion: Overdispersion | None) -> PriorArrays | None:
    """Return priors whose pulls weigh as much against a deviance that is not divided by the variance ratio."""
    if prior is None or overdispersion is None:
        return prior
    return prior[0], prior[1] / math.sqrt(overdispersion.variance_ratio)


def curve_deviance(likelihood: PoissonCurve, theta: Array, prior: PriorArrays | None) -> float:
    """Return the deviance at a curve, with what priors add."""
    deviance = float(likelihood.deviance(theta[0] + likelihood.log_fraction(theta)[0]))
    return deviance if prior is None else deviance + float((((theta - prior[0]) / prior[1]) ** 2).sum())


def _search(likelihood: PoissonCurve, prior: PriorArrays | None) -> ProfileSearch:
    centre, spread = prior or (None, None)
    return ProfileSearch(likelihood, centre=centre, spread=spread, starts=starts_of(likelihood))
