"""Draws from the likelihood of a Weibull fit.

Where counts are low or a parameter is not bounded, a parametric bootstrap refits campaigns that carry no information
about it, and a Gaussian about the best fit crosses the bounds. So the draws come from the likelihood itself, weighted
with the prior √det I(θ), where I is the Fisher information of the planned exposures (Jeffreys). It does not depend on
how the curve is parameterised, it goes to zero where the data stop telling parameters apart, so that the draws stay
proper, and with it the intervals of what is computed from the draws cover the truth at about their stated level
(``tests/unit/test_posterior.py``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.ensemble import sample_ensemble
from radtest.analysis.likelihood import PoissonCurve
from radtest.core.errors import ConfigurationError, FitError

__all__ = ["sample_posterior"]

Array = NDArray[np.float64]

_FEWEST_WALKERS = 200
_SETTLE = 300
_SNAPSHOTS = 5
_EVERY = 40


def sample_posterior(
    likelihood: PoissonCurve,
    best: Array,
    rng: np.random.Generator,
    n: int,
    common_uncertainty: float = 0.0,
    prior: tuple[Array, Array] | None = None,
) -> Array:
    """Draw Weibull parameters from the likelihood times Jeffreys' prior.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data.
    best : ndarray, shape (4,)
        Best fit (ln σ_sat, let0, ln width, ln shape).
    rng : numpy.random.Generator
        Source of randomness.
    n : int
        Number of draws, 1 or more.
    common_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences; σ_sat is divided by a draw of it.
    prior : (ndarray, ndarray), shapes (4,), optional
        Mean and standard deviation of Gaussian priors on θ, infinite where there is none.

    Returns
    -------
    ndarray, shape (n, 4)
        (σ_sat, let0, width, shape), in rows.

    Raises
    ------
    ConfigurationError
        If `n` is below 1.
    FitError
        If no place to start from is found about the best fit.

    Notes
    -----
    An ensemble of walkers (`sample_ensemble`) over (κ, let0, ln width, ln shape), where κ is ln σ_sat less its best
    value for the other three. Snapshots are taken far enough apart that draws are nearly independent. Priors are
    measurements made elsewhere: they multiply the likelihood, and their information adds to I(θ).
    """
    if n < 1:
        raise ConfigurationError(f"number of draws: got {n}", remedy="ask for 1 or more.")
    density = _Density(likelihood, prior)
    walkers = max(_FEWEST_WALKERS, 2 * -(-n // (2 * _SNAPSHOTS)))
    start = _start(density, best, rng, walkers)
    keep = -(-n // walkers)
    scaled = sample_ensemble(density, start, rng, settle=_SETTLE, keep=keep, every=_EVERY)
    theta = density.theta(rng.permutation(scaled)[:n])
    theta[:, [0, 2, 3]] = np.exp(theta[:, [0, 2, 3]])
    if common_uncertainty:
        theta[:, 0] /= _positive_factors(common_uncertainty, rng, n)
    return theta


class _Density:
    """Logarithm of likelihood times prior, in the coordinates of the walkers."""

    def __init__(self, likelihood: PoissonCurve, prior: tuple[Array, Array] | None) -> None:
        self.likelihood, self.prior = likelihood, prior
        self._log_total = np.log(likelihood.count.sum())
        lets = likelihood.let_mev_cm2_mg
        first = lets[likelihood.count > 0].min()
        self.low = np.array([-np.inf, 0.0, np.log(1e-3 * lets.min()), np.log(0.05)])
        self.high = np.array([np.inf, first, np.log(1e6 * lets.max()), np.log(30.0)])

    def __call__(self, scaled: Array) -> Array:
        inside = np.all((scaled >= self.low) & (scaled < self.high), axis=1)
        density = np.full(len(scaled), -np.inf)
        log_f, derivatives = self.likelihood.log_fraction(scaled[inside])
        log_scale = scaled[inside, 0] + self._log_total - self.likelihood.log_sum(log_f)
        log_sigma = log_scale[:, None] + log_f
        information = self.likelihood.information(log_sigma, derivatives)
        deviance = self.likelihood.deviance(log_sigma)
        if self.prior is not None:
            centre, spread = self.prior
            information = information + np.diag(spread**-2.0)
            theta = np.concatenate([log_scale[:, None], scaled[inside, 1:]], axis=1)
            deviance = deviance + (((theta - centre) / spread) ** 2).sum(axis=1)
        with np.errstate(divide="ignore"):  # a singular matrix is outside the support
            sign, log_determinant = np.linalg.slogdet(information)
        density[inside] = np.where(sign > 0, (log_determinant - deviance) / 2.0, -np.inf)
        return density

    def theta(self, scaled: Array) -> Array:
        """Return (ln σ_sat, let0, ln width, ln shape)."""
        theta = np.array(scaled)
        log_f, _ = self.likelihood.log_fraction(scaled)
        theta[:, 0] += self._log_total - self.likelihood.log_sum(log_f)
        return theta

    def start(self, best: Array) -> tuple[Array, Array]:
        """Return the coordinates of the walkers for the best θ, and the Gaussian spread of each."""
        log_f, derivatives = self.likelihood.log_fraction(best)
        centre = best.copy()
        centre[0] -= self._log_total - self.likelihood.log_sum(log_f)
        information = self.likelihood.information(best[0] + log_f, derivatives)
        if self.prior is not None:
            information = information + np.diag(self.prior[1] ** -2.0)
        covariance = np.linalg.pinv(information, hermitian=True)
        return centre, np.sqrt(np.maximum(np.diag(covariance), 1e-12))


def _start(density: _Density, best: Array, rng: np.random.Generator, walkers: int) -> Array:
    """Scatter the walkers about the best fit, no wider than the Gaussian approximation and inside the bounds."""
    centre, spread = density.start(best)
    spread = np.minimum(spread, [0.5, 0.25 * (density.high[1] - density.low[1]), 0.5, 0.5]) / 2.0
    found = np.empty((0, 4))
    for _ in range(100):
        tried = centre + spread * rng.standard_normal((4 * walkers, 4))
        found = np.concatenate([found, tried[np.isfinite(density(tried))]])
        if len(found) >= walkers:
            return found[:walkers]
    raise FitError("no draws can be made about the best fit", remedy="propagate the limits of the parameters instead.")


def _positive_factors(spread: float, rng: np.random.Generator, n: int) -> Array:
    """Draw factors about 1, above 0."""
    factors = 1.0 + spread * rng.standard_normal(n)
    while np.any(factors <= 0):
        wrong = factors <= 0
        factors[wrong] = 1.0 + spread * rng.standard_normal(int(wrong.sum()))
    return factors
