"""Counts that scatter more than Poisson's law: how much more, and what that does to the limits of a fit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import chdtri, erfc, gammainc, gammaincinv, xlogy

from radtest.analysis.likelihood import PoissonCurve
from radtest.core.errors import ConfigurationError, FitError
from radtest.core.estimate import Estimate

__all__ = [
    "NegativeBinomialCurve",
    "Overdispersion",
    "asked_overdispersion",
    "cluster_overdispersion",
    "half_deviance",
    "run_scatter",
]

Array = NDArray[np.float64]
Kind = Literal["runs", "clusters"]

_FEWEST_EXPECTED = 1.0
_LARGEST_SCATTER = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class NegativeBinomialCurve(PoissonCurve):
    """Counts whose mean varies from run to run by a gamma-distributed factor about the cross section.

    Parameters
    ----------
    scatter : float
        Relative standard deviation of the factor. The uncertainty of each fluence is added to it in squares.

    Notes
    -----
    The factor integrated out, counts are negative binomial with variance μ + α μ², α = scatter² + fluence
    uncertainty² (Lawless, Can. J. Stat. 15, 209, 1987). The deviance is
    2 Σ [n ln(n/μ) − (n + 1/α) ln((1 + αn)/(1 + αμ))].
    """

    scatter: float = 0.0

    @classmethod
    def of(cls, likelihood: PoissonCurve, scatter: float = 0.0) -> Self:
        """Return the same data with a relative scatter from run to run."""
        return cls(
            likelihood.let_mev_cm2_mg,
            likelihood.count,
            likelihood.exposure_cm2,
            likelihood.fluence_uncertainty,
            likelihood.form,
            likelihood.weight,
            scatter=scatter,
        )

    @property
    def fluence_is_exact(self) -> bool:
        """Never: the best scale is not in closed form."""
        return False

    def deviance_terms(self, log_sigma: Array) -> Array:
        """Return the deviance of each point, shape (..., points), from ln σ there; weights are not in it."""
        log_mean = np.minimum(np.log(self.exposure_cm2) + log_sigma, 300.0)
        return 2.0 * half_deviance(self.count, log_mean, self._alpha)

    def slope(self, log_sigma: Array) -> Array:
        """Return the derivative of the deviance for ln σ at each point, shape (..., points)."""
        mean = self._mean(log_sigma)
        return self._weighted(2.0 * (mean - self.count) / (1.0 + self._alpha * mean))

    def curvature(self, log_sigma: Array) -> Array:
        """Return the Fisher information for ln σ at each point, shape (..., points)."""
        mean = self._mean(log_sigma)
        return self._weighted(mean / (1.0 + self._alpha * mean))

    @property
    def _alpha(self) -> float | Array:
        # Below 10⁻⁹ nothing tells it from Poisson.
        return np.maximum(self.scatter**2 + np.asarray(self.fluence_uncertainty) ** 2, 1e-9)


def half_deviance(count: Array, log_mean: Array, alpha: float | Array) -> Array:
    """Return half the negative binomial deviance of counts from ln of their mean; the variance is μ + α μ²."""
    seen = count > 0
    size = 1.0 / np.asarray(alpha, dtype=np.float64)
    pooled = (count + size) * (np.log1p(alpha * count) - np.log1p(alpha * np.exp(log_mean)))
    return np.asarray(xlogy(count, count) - np.where(seen, count * log_mean, 0.0) - pooled)


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """How much wider than counting explains the counts of a fit scatter.

    Parameters
    ----------
    kind : {"runs", "clusters"}
        A factor that differs from run to run (variance μ + scatter² μ²), or events in clusters (variance ratio · μ).
    amount : Estimate
        The relative scatter from run to run, or the ratio of the variance to Poisson's, with its interval.
    known : bool
        Whether it was given, not found in the counts.
    pearson : float
        Pearson's statistic of the Poisson fit, Σ (n − μ)²/V.
    degrees_of_freedom : float
        Points that expect at least one event, less what the parameters take up of them.
    p_value : float or None
        Probability of a larger deviance were the counts Poisson (simulated campaigns): small where the term is needed.
        None where it was not tested.
    """

    kind: Kind
    amount: Estimate
    known: bool
    pearson: float
    degrees_of_freedom: float
    p_value: float | None

    @property
    def variance_ratio(self) -> float:
        """Best value of the variance over Poisson's for clusters; 1 for runs, whose scatter is in the likelihood."""
        return self.amount.value if self.kind == "clusters" else 1.0

    def rise(self, confidence: float) -> float:
        """Return how much the deviance rises at limits of this confidence.

        Notes
        -----
        The ratio φ of the variance to Poisson's is not known but has the likelihood φ^(−ν/2) exp(−X²/2φ) from
        Pearson's statistic X² with ν degrees of freedom. With equal prior weight for every 1/√φ between 0 and 1 the
        rise r is where the mean of P(χ²₁ > r/φ) is 1 − confidence. For large X² it goes with the square of Student's t
        of ν + 1 degrees of freedom; for counts that show no scatter it nears the quantile of χ². The scatter of `runs`
        is in the likelihood already: its part of the rise is divided out again.
        """
        plain = float(chdtri(1.0, 1.0 - confidence))
        if self.known:
            return plain * self.variance_ratio
        marginal = _marginal_rise(self.pearson, self.degrees_of_freedom, confidence)
        if self.kind == "clusters":
            return marginal
        return max(marginal / max(self.pearson / self.degrees_of_freedom, 1.0), plain)


@cache
def _nodes() -> tuple[Array, Array]:
    """Return nodes and weights of a mean over 0 to 1, denser near 0, where the tail lies."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    root = 0.5 * (nodes + 1.0)
    return root**3, 1.5 * weights * root**2


def _marginal_rise(pearson: float, freedom: float, confidence: float) -> float:
    """Return the rise of the Poisson deviance with an unknown ratio of variances, 1 or more."""
    shape, scale = (freedom + 1.0) / 2.0, max(pearson, 1e-6) / 2.0
    # u = 1/φ has a gamma distribution that ends at 1: its quantiles are the nodes of the mean.
    nodes, weights = _nodes()
    u = gammaincinv(shape, nodes * gammainc(shape, scale)) / scale

    def excess(log_rise: float) -> float:
        return float(weights @ erfc(np.sqrt(math.exp(log_rise) * u / 2.0))) - (1.0 - confidence)

    plain = math.log(float(chdtri(1.0, 1.0 - confidence)))
    return math.exp(float(brentq(excess, plain - 0.1, plain + 60.0, xtol=1e-6)))


def asked_overdispersion(asked: str | float) -> Kind | float:
    """Return what was asked for: a kind, or a known ratio of the variance to Poisson's.

    Raises
    ------
    ConfigurationError
        If it is neither.
    """
    if asked == "runs":
        return "runs"
    if asked == "clusters":
        return "clusters"
    try:
        ratio = float(asked)
    except ValueError:
        ratio = math.nan
    if not (math.isfinite(ratio) and ratio >= 1):
        raise ConfigurationError(
            f"overdispersion is {asked!r}",
            remedy="give runs (a factor that differs from run to run), clusters (events that come together), or the "
            "known ratio of the variance to Poisson's, 1 or more: the mean square of bits per event over their mean.",
        )
    return ratio


def cluster_overdispersion(
    likelihood: PoissonCurve,
    theta: Array,
    confidence: float,
    *,
    known: float | None = None,
    p_value: float | None = None,
    precision: Array | None = None,
) -> Overdispersion:
    """Return the ratio of the variance to Poisson's: given, or Pearson's statistic over its degrees of freedom.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data.
    theta : ndarray, shape (k + 1,)
        Best Poisson fit.
    confidence : float
        Confidence level of the interval, from the χ² distribution of Pearson's statistic over the true ratio.
    known : float, optional
        The ratio, where it is known.
    p_value : float, optional
        Probability of the deviance were the counts Poisson.
    precision : ndarray, shape (k + 1,), optional
        What priors add to the diagonal of the Fisher information.

    Raises
    ------
    FitError
        If no degree of freedom is left to find it with.
    """
    pearson, freedom = _pearson(likelihood, theta, 0.0), _freedom(likelihood, theta, precision)
    if known is not None:
        amount = Estimate(known, known, known, confidence)
        return Overdispersion("clusters", amount, True, pearson, freedom, p_value)
    _refuse_no_freedom(freedom)
    ratio, low, high = (pearson / x for x in (freedom, *_quantiles(freedom, confidence)))
    amount = Estimate(max(ratio, 1.0), max(low, 1.0), max(high, 1.0), confidence)
    return Overdispersion("clusters", amount, False, pearson, freedom, p_value)


def run_scatter(likelihood: PoissonCurve, theta: Array, first: Overdispersion) -> Overdispersion:
    """Return the scatter from run to run about a curve.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data, Poisson.
    theta : ndarray, shape (k + 1,)
        The curve.
    first : Overdispersion
        What was found about the best Poisson fit; its degrees of freedom hold.

    Notes
    -----
    The scatter is where Σ (n − μ)²/(μ + α μ²) is its degrees of freedom [1]_; limits are where it is a quantile of χ²
    [2]_.

    References
    ----------
    .. [1] N. E. Breslow, Appl. Statist. 33, 38 (1984).
    .. [2] W. Viechtbauer, Stat. Med. 26, 37 (2007).
    """
    freedom = first.degrees_of_freedom
    level = first.amount.confidence
    value, low, high = (_scatter_at(likelihood, theta, x) for x in (freedom, *_quantiles(freedom, level)))
    return replace(first, kind="runs", amount=Estimate(value, min(low, value), max(high, value), level))


def _refuse_no_freedom(freedom: float) -> None:
    if freedom < 0.5:
        raise FitError(
            "no points are left to find over-dispersion with: those that expect an event are as few as the parameters",
            remedy="add runs, or give the ratio of the variance to Poisson's as a number.",
        )


def _quantiles(freedom: float, confidence: float) -> tuple[float, float]:
    """Return the quantiles of χ² that belong to the lower and upper limit of what a statistic is divided by."""
    tail = (1.0 - confidence) / 2.0
    return float(chdtri(freedom, tail)), float(chdtri(freedom, 1.0 - tail))


def _expected(likelihood: PoissonCurve, theta: Array) -> Array:
    log_f, _ = likelihood.log_fraction(theta)
    return np.asarray(likelihood.exposure_cm2 * np.exp(theta[0] + log_f))


def _pearson(likelihood: PoissonCurve, theta: Array, scatter: float) -> float:
    """Return Pearson's statistic of points that expect an event."""
    mean, weight = _expected(likelihood, theta), 1.0 if likelihood.weight is None else likelihood.weight
    alpha = scatter**2 + np.asarray(likelihood.fluence_uncertainty) ** 2
    some = mean >= _FEWEST_EXPECTED
    variance = np.where(some, mean * (1.0 + alpha * mean), 1.0)
    return float(np.where(some, weight * (likelihood.count - mean) ** 2 / variance, 0.0).sum())


def _freedom(likelihood: PoissonCurve, theta: Array, precision: Array | None) -> float:
    """Return points that expect an event, less their leverages in the fit."""
    log_f, derivatives = likelihood.log_fraction(theta)
    log_sigma = theta[0] + log_f
    jacobian = np.concatenate([np.ones_like(derivatives[:, :1]), derivatives], axis=1)
    information = likelihood.information(log_sigma, derivatives)
    if precision is not None:
        information = information + np.diag(precision)
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    inverse = np.linalg.pinv(information / np.outer(scale, scale), hermitian=True) / np.outer(scale, scale)
    leverage = likelihood.curvature(log_sigma) * np.einsum("pk,kl,pl->p", jacobian, inverse, jacobian)
    weight = 1.0 if likelihood.weight is None else likelihood.weight
    return float((weight - leverage)[_expected(likelihood, theta) >= _FEWEST_EXPECTED].sum())


def _scatter_at(likelihood: PoissonCurve, theta: Array, target: float) -> float:
    """Return the scatter at which Pearson's statistic is `target`; 0 where it is no more without any."""
    if _pearson(likelihood, theta, 0.0) <= target:
        return 0.0
    if _pearson(likelihood, theta, _LARGEST_SCATTER) >= target:
        return _LARGEST_SCATTER
    return float(brentq(lambda x: _pearson(likelihood, theta, x) - target, 0.0, _LARGEST_SCATTER, xtol=1e-6))
