"""Counts of which a few are grossly wrong: a likelihood that lets no single point drag the fit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from radtest.analysis.curve_starts import Starts
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.overdispersion import NegativeBinomialCurve, half_deviance

__all__ = ["OUTLIER_SCATTER", "OUTLIER_SHARE", "ContaminatedCurve", "RobustStarts", "starts_of"]

Array = NDArray[np.float64]

OUTLIER_SHARE = 0.05
"""Share of runs that are expected to be wrong."""
OUTLIER_SCATTER = 1.0
"""Relative scatter of what a wrong run counts, about what it should."""

_NEARLY_POISSON = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class ContaminatedCurve(NegativeBinomialCurve):
    """Counts of which a share comes from runs that went wrong.

    Notes
    -----
    A count has the probability (1 − ε) p(n | μ) + ε q(n | μ): p is Poisson's, or negative binomial where runs scatter
    or fluences are uncertain, q negative binomial with a relative scatter of 1 (variance μ + μ²), ε = 5 %. This is the
    contaminated distribution of Tukey and of Box and Tiao (Biometrika 55, 119, 1968) for counts. What a point adds to
    the deviance grows with the logarithm of its residual only, so that its pull stays finite.
    """

    _good_peak: Array = field(init=False, repr=False)
    _wrong_peak: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Both laws peak where the mean is the count.
        good = _log_peak(self.count, self._alpha) + np.log1p(-OUTLIER_SHARE)
        object.__setattr__(self, "_good_peak", good)
        object.__setattr__(self, "_wrong_peak", _log_peak(self.count, OUTLIER_SCATTER**2) + np.log(OUTLIER_SHARE))

    @property
    def lowest(self) -> float:
        """−2 ln of the probability of counts that all are what they should be, which the deviance leaves out."""
        return float(-2.0 * self._weighted(np.logaddexp(self._good_peak, self._wrong_peak)).sum())

    def deviance_terms(self, log_sigma: Array) -> Array:
        """Return the deviance of each point, shape (..., points), from ln σ there; weights are not in it."""
        good, wrong = self._log_shares(log_sigma)
        return np.asarray(2.0 * (np.logaddexp(self._good_peak, self._wrong_peak) - np.logaddexp(good, wrong)))

    def slope(self, log_sigma: Array) -> Array:
        """Return the derivative of the deviance for ln σ at each point, shape (..., points)."""
        mean = self._mean(log_sigma)
        return self._weighted(2.0 * (mean - self.count) * self._pull(mean, self.outlier_probability(log_sigma)))

    def curvature(self, log_sigma: Array) -> Array:
        """Return about the Fisher information for ln σ at each point, shape (..., points)."""
        mean = self._mean(log_sigma)
        return self._weighted(mean * self._pull(mean, self.outlier_probability(log_sigma)))

    def _pull(self, mean: Array, wrong: Array) -> Array:
        return np.asarray((1.0 - wrong) / (1.0 + self._alpha * mean) + wrong / (1.0 + OUTLIER_SCATTER**2 * mean))

    def outlier_probability(self, log_sigma: Array) -> Array:
        """Return the probability that each point is wrong, shape (..., points), from ln σ there."""
        good, wrong = self._log_shares(log_sigma)
        return np.asarray(np.exp(wrong - np.logaddexp(good, wrong)))

    def log_sum(self, log_fraction: Array) -> Array:
        """Return ln of the events expected per unit of a scale that no wrong point drags, shape (...).

        The scales at which one of the points is met are tried; that of the smallest deviance is taken.
        """
        seen = np.broadcast_to(self.count > 0, log_fraction.shape)
        tried = np.where(seen, np.log(np.maximum(self.count, 1.0)) - np.log(self.exposure_cm2) - log_fraction, 0.0)
        weight = self.weight if self.weight is None else self.weight[..., None, :]
        each = replace(self, count=self.count[..., None, :], weight=weight)
        deviance = each.deviance(tried[..., :, None] + log_fraction[..., None, :])
        chosen = np.argmin(np.where(seen, deviance, np.inf), axis=-1)
        scale = np.take_along_axis(tried, chosen[..., None], axis=-1)[..., 0]
        return np.asarray(np.log(self.weighted_total) - scale)

    def _log_shares(self, log_sigma: Array) -> tuple[Array, Array]:
        """Return ln of the two parts of the probability of each count."""
        log_mean = np.minimum(np.log(self.exposure_cm2) + log_sigma, 300.0)
        good = self._good_peak - half_deviance(self.count, log_mean, self._alpha)
        return good, self._wrong_peak - half_deviance(self.count, log_mean, OUTLIER_SCATTER**2)


def starts_of(likelihood: PoissonCurve) -> RobustStarts | None:
    """Return where searches begin that no wrong point may lead; None where there are none."""
    return RobustStarts.of(likelihood) if isinstance(likelihood, ContaminatedCurve) else None


@dataclass(frozen=True, slots=True, eq=False)
class RobustStarts(Starts):
    """A grid of coordinates on which no wrong point chooses where searches begin.

    Parameters
    ----------
    likelihood : ContaminatedCurve
        The data; the counts asked for are its own.
    node_deviance : ndarray, shape (parts, nodes)
        Deviance of each node at its best scale.
    """

    likelihood: ContaminatedCurve
    node_deviance: Array

    @staticmethod
    def of(likelihood: ContaminatedCurve) -> RobustStarts:
        """Lay the grid over the whole range of the LETs."""
        plain = Starts.make(likelihood)
        log_scale = np.log(likelihood.weighted_total) - plain.log_sum
        deviance = likelihood.deviance(log_scale[..., None] + plain.log_fraction)
        return RobustStarts(plain.grid, plain.low, plain.high, plain.log_fraction, plain.log_sum, likelihood, deviance)

    def best(self, counts: Array) -> tuple[Array, Array]:  # noqa: ARG002 (they are its own)
        """Return the best node of each part, (1, parts, k), and the deviance there, (1, parts)."""
        node = self.node_deviance.argmin(axis=1)
        part = np.arange(len(self.grid))
        return self.grid[part, node][None], self.node_deviance[part, node][None]

    def best_with(self, counts: Array, exposure_cm2: Array, coordinate: int, value: float) -> Array:  # noqa: ARG002 (they are its own)
        """Return the best node of each part, shape (parts, k), where one coordinate of θ is held."""
        if coordinate == 0:
            deviance = self.likelihood.deviance(value + self.log_fraction)
        else:
            distance = np.abs(self.grid[..., coordinate - 1] - value)
            nearest = distance.min(axis=1, keepdims=True)
            deviance = np.where(distance <= nearest * 1.001 + 1e-12, self.node_deviance, np.inf)
        start = self.grid[np.arange(len(self.grid)), deviance.argmin(axis=1)].copy()
        if coordinate:
            start[:, coordinate - 1] = value
        return np.asarray(start)


def _log_peak(count: Array, alpha: float | Array) -> Array:
    """Return ln of the negative binomial probability of a count at a mean that equals it."""
    n, a = np.broadcast_arrays(count, np.asarray(alpha, dtype=np.float64))
    size = 1.0 / a
    scattered = gammaln(n + size) - gammaln(size) + xlogy(n, a * n) - (n + size) * np.log1p(a * n)
    return np.asarray(np.where(a < _NEARLY_POISSON, xlogy(n, n) - n, scattered) - gammaln(n + 1.0))
