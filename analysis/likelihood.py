"""The Poisson likelihood of a cross section: deviance, gradient and Fisher information, vectorised."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from radtest.analysis.curve_forms import FORMS, CurveForm

__all__ = ["PoissonCurve", "PoissonWeibull"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PoissonCurve:
    """Counts that follow a cross section of a given form.

    The parameters are θ = (ln scale, coordinates of the form): for a Weibull (ln σ_sat, let0, ln width, ln shape).
    Searches and draws need the same few quantities at every step, so the methods share them: ln F and its derivatives
    first, then what follows from ln σ = ln scale + ln F.

    Parameters
    ----------
    let_mev_cm2_mg : ndarray, shape (points,)
        Effective LET.
    count : ndarray, shape (points,) or (..., points)
        Events; of several campaigns with the same exposures where it has more dimensions.
    exposure_cm2 : ndarray, shape (points,)
        Fluence times bits (or fluence, for a cross section per device), cm⁻².
    fluence_uncertainty : float or ndarray, shape (points,)
        Relative standard uncertainty of each fluence, independent from point to point.
    form : CurveForm
        The form of the cross section.
    weight : ndarray, shape (points,) or (..., points), optional
        Factors on the terms of the deviance: 1, or less where a robust fit takes a point down.

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
    form: CurveForm = field(default=FORMS["weibull"])
    weight: Array | None = None

    @property
    def fluence_is_exact(self) -> bool:
        """Whether no fluence is uncertain."""
        return not np.any(self.fluence_uncertainty)

    @property
    def weighted_total(self) -> Array:
        """Events in all, each with the weight of its point; shape (...)."""
        return np.asarray(self._weighted(self.count).sum(axis=-1))

    def log_fraction(self, theta: Array) -> tuple[Array, Array]:
        """Return ln F and its derivatives for the coordinates of the form.

        Parameters
        ----------
        theta : ndarray, shape (..., k + 1)
            The first is not used.

        Returns
        -------
        log_fraction : ndarray, shape (..., points)
            Very low (−2000) at and below threshold.
        derivatives : ndarray, shape (..., points, k)
            0 at and below threshold.
        """
        return self.form.log_fraction(self.let_mev_cm2_mg, theta[..., 1:])

    def log_sum(self, log_fraction: Array) -> Array:
        """Return ln Σ exposure · F, shape (...): ln of the events expected per unit of the scale."""
        log_share = np.log(self._weighted(self.exposure_cm2)) + log_fraction
        largest = log_share.max(axis=-1)
        # Far below threshold every F underflows, its logarithm does not.
        return np.asarray(largest + np.log(np.sum(np.exp(log_share - largest[..., None]), axis=-1)))

    def deviance_terms(self, log_sigma: Array) -> Array:
        """Return the deviance of each point, shape (..., points), from ln σ there; weights are not in it."""
        n = self.count
        mean = self._mean(log_sigma)
        ratio = self._fluence_ratio(mean)
        seen = n > 0
        # n ln(n / μf), through the logarithm of the cross section because the cross section itself may underflow
        log_mean = np.log(self.exposure_cm2) + np.where(seen, log_sigma, 0.0) + np.log(np.where(seen, ratio, 1.0))
        terms = 2.0 * (mean * ratio - n + xlogy(n, n) - np.where(seen, n * log_mean, 0.0))
        if not self.fluence_is_exact:
            tau = np.asarray(self.fluence_uncertainty)
            terms = terms + ((ratio - 1.0) / np.where(tau > 0, tau, 1.0)) ** 2  # an exact fluence has a ratio of 1
        return np.asarray(terms)

    def deviance(self, log_sigma: Array) -> Array:
        """Return the deviance, shape (...), from ln σ at the points."""
        return np.asarray(self._weighted(self.deviance_terms(log_sigma)).sum(axis=-1))

    def expansion(self, log_sigma: Array) -> tuple[Array, Array, Array]:
        """Return `deviance`, `slope` and `curvature` at once, from ln σ at the points."""
        if not self.fluence_is_exact:
            return self.deviance(log_sigma), self.slope(log_sigma), self.curvature(log_sigma)
        n, log_mean = self.count, np.log(self.exposure_cm2) + log_sigma
        mean = np.exp(np.minimum(log_mean, 300.0))
        surplus = mean - n
        terms = surplus - n * log_mean + xlogy(n, n)
        return np.asarray(2.0 * self._weighted(terms).sum(axis=-1)), self._weighted(2.0 * surplus), self._weighted(mean)

    def slope(self, log_sigma: Array) -> Array:
        """Return the derivative of the deviance for ln σ at each point, shape (..., points)."""
        mean = self._mean(log_sigma)
        return self._weighted(2.0 * (mean * self._fluence_ratio(mean) - self.count))

    def curvature(self, log_sigma: Array) -> Array:
        """Return the Fisher information for ln σ at each point, shape (..., points)."""
        mean = self._mean(log_sigma)
        return self._weighted(mean / (1.0 + mean * self.fluence_uncertainty**2))

    def information(self, log_sigma: Array, derivatives: Array) -> Array:
        """Return the Fisher information for θ, shape (..., k + 1, k + 1), with the derivatives of `log_fraction`."""
        jacobian = np.concatenate([np.ones_like(derivatives[..., :1]), derivatives], axis=-1)
        return np.asarray(np.swapaxes(jacobian * self.curvature(log_sigma)[..., None], -1, -2) @ jacobian)

    def _weighted(self, terms: Array) -> Array:
        return terms if self.weight is None else terms * self.weight

    def _fluence_ratio(self, mean: Array) -> Array:
        if self.fluence_is_exact:
            return np.ones_like(mean)
        tau2 = self.fluence_uncertainty**2
        linear = 1.0 - mean * tau2
        root = np.sqrt(linear**2 + 4.0 * self.count * tau2)
        # Far more expected than seen: the plain formula would take two large numbers from each other.
        few = linear < 0
        return np.where(few, 2.0 * self.count * tau2 / np.where(few, root - linear, 1.0), (linear + root) / 2.0)

    def _mean(self, log_sigma: Array) -> Array:
        """Return the events expected at the measured fluences; what is beyond every number is cut at 10¹³⁰."""
        return np.asarray(np.exp(np.minimum(np.log(self.exposure_cm2) + log_sigma, 300.0)))


PoissonWeibull = PoissonCurve
"""A curve that is a Weibull, the form it has where none is named."""
