"""The Poisson likelihood of a Weibull cross section: deviance, gradient and Fisher information, vectorised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

__all__ = ["PoissonWeibull"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PoissonWeibull:
    """Counts that follow a Weibull cross section.

    The four parameters are θ = (ln σ_sat, let0, ln width, ln shape). Searches and draws need the same few quantities
    at every step, so the methods share them: ln F and its derivatives first, then what follows from ln σ = ln σ_sat +
    ln F.

    Parameters
    ----------
    let_mev_cm2_mg : ndarray, shape (points,)
        Effective LET.
    count : ndarray, shape (points,)
        Events.
    exposure_cm2 : ndarray, shape (points,)
        Fluence times bits (or fluence, for a cross section per device), cm⁻².
    fluence_uncertainty : float or ndarray, shape (points,)
        Relative standard uncertainty of each fluence, independent from point to point.

    Notes
    -----
    With μ = exposure · σ(L), the deviance is 2 Σ [μ f − n + n ln(n / (μ f))] + ((f − 1)/τ)², minimised over the true
    fluence f of each point in units of the measured one. Its minimum is the positive root of f² + (μ τ² − 1) f − n τ²
    = 0, so the nuisance parameters cost nothing.
    """

    let_mev_cm2_mg: Array
    count: Array
    exposure_cm2: Array
    fluence_uncertainty: float | Array = 0.0

    @property
    def fluence_is_exact(self) -> bool:
        """Whether no fluence is uncertain."""
        return not np.any(self.fluence_uncertainty)

    def log_fraction(self, theta: Array) -> tuple[Array, Array]:
        """Return ln F and its derivatives for (let0, ln width, ln shape).

        Parameters
        ----------
        theta : ndarray, shape (..., 4)
            The first of the four is not used.

        Returns
        -------
        log_fraction : ndarray, shape (..., points)
            −inf at and below threshold.
        derivatives : ndarray, shape (..., points, 3)
            0 at and below threshold.
        """
        let0, width, shape = theta[..., 1, None], np.exp(theta[..., 2, None]), np.exp(theta[..., 3, None])
        above = self.let_mev_cm2_mg - let0
        open_ = above > 0
        safe = np.where(open_, above, width)
        log_x = np.log(safe / width)
        log_z = np.minimum(shape * log_x, 50.0)  # exp(50) is far beyond saturation; more would overflow
        z = np.exp(log_z)
        small = log_z < -30.0
        # ln(1 - exp(-z)) = ln z to double precision for small z, which may itself underflow.
        log_f = np.where(small, shape * log_x, np.log(-np.expm1(-np.where(small, 1.0, z))))
        large = z > 700.0  # expm1 would overflow; the fraction is 1 and flat
        middle = np.where(small | large, 1.0, z)
        slope = np.where(small, 1.0, np.where(large, 0.0, middle / np.expm1(middle))) * shape  # d ln F / d ln x
        derivatives = np.stack([-slope / safe, -slope, slope * log_x], axis=-1)
        return np.where(open_, log_f, -np.inf), np.where(open_[..., None], derivatives, 0.0)

    def log_sum(self, log_fraction: Array) -> Array:
        """Return ln Σ exposure · F, shape (...): ln of the events expected per unit of σ_sat."""
        log_share = np.log(self.exposure_cm2) + log_fraction
        largest = log_share.max(axis=-1)
        # Far below threshold every F underflows, its logarithm does not.
        return np.asarray(largest + np.log(np.sum(np.exp(log_share - largest[..., None]), axis=-1)))

    def deviance(self, log_sigma: Array) -> Array:
        """Return the deviance, shape (...), from ln σ at the points; infinite where events meet a σ of 0."""
        n = self.count
        mean = self.exposure_cm2 * np.exp(log_sigma)
        ratio = self._fluence_ratio(mean)
        seen = n > 0
        # n ln(n / μf), through the logarithm of the cross section because the cross section itself may underflow
        log_mean = np.log(self.exposure_cm2) + np.where(seen, log_sigma, 0.0) + np.log(np.where(seen, ratio, 1.0))
        terms = 2.0 * (mean * ratio - n + xlogy(n, n) - np.where(seen, n * log_mean, 0.0))
        if not self.fluence_is_exact:
            tau = np.asarray(self.fluence_uncertainty)
            terms = terms + ((ratio - 1.0) / np.where(tau > 0, tau, 1.0)) ** 2  # an exact fluence has a ratio of 1
        return np.asarray(terms.sum(axis=-1))

    def slope(self, log_sigma: Array) -> Array:
        """Return the derivative of the deviance for ln σ at each point, shape (..., points)."""
        mean = self.exposure_cm2 * np.exp(log_sigma)
        return np.asarray(2.0 * (mean * self._fluence_ratio(mean) - self.count))

    def information(self, log_sigma: Array, derivatives: Array) -> Array:
        """Return the Fisher information for θ, shape (..., 4, 4), with the derivatives of `log_fraction`."""
        mean = self.exposure_cm2 * np.exp(log_sigma)
        weight = mean / (1.0 + mean * self.fluence_uncertainty**2)
        jacobian = np.concatenate([np.ones_like(derivatives[..., :1]), derivatives], axis=-1)
        return np.asarray(np.swapaxes(jacobian * weight[..., None], -1, -2) @ jacobian)

    def _fluence_ratio(self, mean: Array) -> Array:
        if self.fluence_is_exact:
            return np.ones_like(mean)
        tau2 = self.fluence_uncertainty**2
        linear = 1.0 - mean * tau2
        return np.asarray((linear + np.sqrt(linear**2 + 4.0 * self.count * tau2)) / 2.0)
