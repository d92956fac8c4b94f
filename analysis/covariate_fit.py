"""A Weibull cross section times exp(covariates · coefficients): what a lot, a device or a tilt does to one curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from radtest.analysis.likelihood import PoissonWeibull
from radtest.analysis.minimise import Minimum, minimise
from radtest.analysis.profile_search import ProfileSearch
from radtest.core.errors import FitError

__all__ = ["CovariateFit", "CovariateSearch"]

Array = NDArray[np.float64]

# Coefficients are searched between these; e^30 is no ratio that counts can show.
_WIDEST = 30.0
_RESTARTS = 6
_NO_GAIN = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class CovariateFit:
    """Where a search ended.

    Parameters
    ----------
    theta : ndarray, shape (4,)
        (ln σ_sat, let0, ln width, ln shape) where every covariate is 0.
    coefficients : ndarray, shape (covariates,)
        What a covariate multiplies the cross section by, as logarithms.
    deviance : float
        Deviance there.
    """

    theta: Array
    coefficients: Array
    deviance: float


class CovariateSearch:
    """Searches over a Weibull curve and the coefficients of covariates.

    Parameters
    ----------
    likelihood : PoissonWeibull
        The data.
    covariates : ndarray, shape (points, covariates)
        What each point differs by: 1 for the points of the second lot, ln cos θ for tilt. May have no columns.

    Notes
    -----
    ln σ(L) = ln σ_sat + ln F(L) + x · β. As in `ProfileSearch` the searches move κ = ln σ_sat − ln(Σ n / Σ exposure ·
    F e^(x·β)), which is 0 at the minimum where fluences are exact.
    """

    def __init__(self, likelihood: PoissonWeibull, covariates: Array) -> None:
        self.likelihood = likelihood
        self.covariates = np.asarray(covariates, dtype=np.float64)
        lets, seen = likelihood.let_mev_cm2_mg, likelihood.count > 0
        self._total = float(likelihood.count.sum())
        first = lets[seen].min() if self._total else lets.min()
        self._box = [
            (-_WIDEST, _WIDEST),
            (0.0, float(first) * (1.0 - 1e-9)),
            (math.log(1e-3 * lets.min()), math.log(1e6 * lets.max())),
            (math.log(0.05), math.log(30.0)),
            *[(-_WIDEST, _WIDEST)] * self.covariates.shape[1],
        ]

    def best(self, starts: Sequence[CovariateFit] = (), *, must_converge: bool = True) -> CovariateFit:
        """Return the best fit from the starts given, or from the best curve without covariates where none is.

        Parameters
        ----------
        starts : sequence of CovariateFit
            Where to begin.
        must_converge : bool
            False takes the lowest place reached, for the many fits of a bootstrap: a group without events has its
            minimum at infinity, and what is left there of the deviance does not matter.

        Raises
        ------
        FitError
            If no search converges.
        """
        if self._total == 0:
            zero = np.zeros(self.covariates.shape[1])
            return CovariateFit(np.array([-math.inf, 0.0, 0.0, 0.0]), zero, 0.0)
        if not starts:
            optimum = ProfileSearch(self.likelihood).optimum
            starts = [CovariateFit(optimum.theta, np.zeros(self.covariates.shape[1]), optimum.deviance)]
        found = [self._minimise(self._position(start), ()) for start in starts]
        best = min(found, key=lambda minimum: minimum.value)
        for _ in range(_RESTARTS):
            if best.converged or not must_converge:
                return self._fit(best)
            again = self._minimise(best.position, ())
            # Where a valley runs out flat its end is never reached, and what is left of the deviance does not matter.
            if best.value - again.value < _NO_GAIN:
                return self._fit(min(again, best, key=lambda minimum: minimum.value))
            best = again
        raise FitError(
            "the Weibull fit with a factor between the groups did not converge",
            remedy="check the points for outliers and for LETs in the wrong unit.",
        )

    def limits(self, best: CovariateFit, coefficient: int, rise: float) -> tuple[float, float]:
        """Return where the profile of a coefficient has risen by `rise` above the best fit; infinite where it does not.

        Parameters
        ----------
        best : CovariateFit
            The best fit.
        coefficient : int
            Which one.
        rise : float
            Rise of the deviance: the χ² quantile of one degree of freedom.
        """
        return self._limit(best, coefficient, -1.0, rise), self._limit(best, coefficient, 1.0, rise)

    def _limit(self, best: CovariateFit, coefficient: int, direction: float, rise: float) -> float:
        centre, held = float(best.coefficients[coefficient]), 4 + coefficient
        position = self._position(best)
        target = math.sqrt(rise)

        def height(value: float) -> float:
            nonlocal position
            start = position.copy()
            start[held] = value
            found = self._minimise(start, (held,))
            position = found.position
            return math.sqrt(max(found.value - best.deviance, 0.0)) - target

        step, inner = 0.05, centre
        while True:
            outer = inner + direction * step
            if abs(outer) >= _WIDEST:
                return direction * math.inf
            if height(outer) > 0:
                break
            inner, step = outer, 2.0 * step
        low, high = sorted((inner, outer))
        if inner == centre:
            # The height at the centre is known and need not be searched.
            return float(brentq(lambda v: -target if v == centre else height(v), low, high, xtol=1e-4))
        return float(brentq(height, low, high, xtol=1e-4))

    def _objective(self, position: Array) -> tuple[float, Array]:
        log_f, derivatives = self.likelihood.log_fraction(position[:4])
        log_f = log_f + self.covariates @ position[4:]
        slopes = np.concatenate([derivatives, self.covariates], axis=-1)
        log_sum = self.likelihood.log_sum(log_f)
        log_sigma = position[0] + math.log(self._total) - log_sum + log_f
        slope = self.likelihood.slope(log_sigma)
        share = self.likelihood.exposure_cm2 * np.exp(log_f - log_sum)
        whole = slope.sum()
        rest = slope @ slopes - whole * (share @ slopes)
        return float(self.likelihood.deviance(log_sigma)), np.concatenate([[whole], rest])

    def _minimise(self, start: Array, held: tuple[int, ...]) -> Minimum:
        low, high = np.array(self._box).T
        inside = np.clip(start, low, high)  # a start from other data may lie outside the box of these
        scale = np.array([0.1, 0.05 * (high[1] - low[1]), 0.1, 0.1, *[0.1] * self.covariates.shape[1]])
        fixed = held if not self.likelihood.fluence_is_exact else (0, *held)
        remembered: dict[bytes, tuple[float, Array]] = {}

        def both(position: Array) -> tuple[float, Array]:
            key = np.asarray(position).tobytes()
            if key not in remembered:
                remembered.clear()
                remembered[key] = self._objective(np.asarray(position))
            return remembered[key]

        return minimise(lambda p: both(p)[0], lambda p: both(p)[1], inside, self._box, scale=scale, fixed=fixed)

    def _log_scale(self, position: Array) -> float:
        log_f, _ = self.likelihood.log_fraction(position[:4])
        return math.log(self._total) - float(self.likelihood.log_sum(log_f + self.covariates @ position[4:]))

    def _position(self, fit: CovariateFit) -> Array:
        position = np.concatenate([fit.theta, fit.coefficients])
        low, high = np.array(self._box).T
        position[1:] = np.clip(position[1:], low[1:], high[1:])
        position[0] = 0.0
        return position

    def _fit(self, minimum: Minimum) -> CovariateFit:
        theta = minimum.position[:4].copy()
        theta[0] += self._log_scale(minimum.position)
        return CovariateFit(theta, minimum.position[4:].copy(), minimum.value)
