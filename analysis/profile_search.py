"""Best fit and profile-likelihood limits of the Weibull parameters: the searches behind `fit_weibull`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.likelihood import PoissonWeibull
from radtest.analysis.minimise import Minimum, minimise
from radtest.core.errors import FitError

__all__ = ["Limits", "Optimum", "ProfileSearch"]

Array = NDArray[np.float64]

SIGMA_SAT, LET0, WIDTH, SHAPE = range(4)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one parameter, in the coordinate of the search, and whether the data set them.

    Parameters
    ----------
    low, high : float
        Limits; where the data set none, the end of the search.
    bounded_below, bounded_above : bool
        Whether the likelihood falls enough on that side.
    """

    low: float
    high: float
    bounded_below: bool
    bounded_above: bool


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The best fit.

    Parameters
    ----------
    theta : ndarray, shape (4,)
        (ln σ_sat, let0, ln width, ln shape).
    deviance : float
        Deviance there.
    """

    theta: Array
    deviance: float


class _BetterMinimum(Exception):  # noqa: N818 (it is news, not an error)
    """A profile went below what was taken for the minimum."""

    def __init__(self, scaled: Array) -> None:
        self.scaled = scaled


class ProfileSearch:
    """Searches over θ = (ln σ_sat, let0, ln width, ln shape) for one set of points.

    Parameters
    ----------
    likelihood : PoissonWeibull
        The data; events at two LETs or more.
    common_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences.

    Notes
    -----
    The searches move κ instead of ln σ_sat, with ln σ_sat = κ + ln(Σ n / Σ exposure · F): where fluences are exact, κ
    = 0 at every conditional minimum, and the strongest correlation of the four parameters is gone. That, and starts
    from a grid over the other three, is what makes the fit converge on every set of points met so far. Width and
    shape are searched on a range so wide that reaching its end means that the data do not bound them; let0 between 0
    and the lowest LET with events.
    """

    def __init__(self, likelihood: PoissonWeibull, common_uncertainty: float = 0.0) -> None:
        self.likelihood = likelihood
        self.common_uncertainty = common_uncertainty
        seen = likelihood.count > 0
        self._log_total = math.log(likelihood.count.sum())
        first, last = likelihood.let_mev_cm2_mg[seen].min(), likelihood.let_mev_cm2_mg.max()
        self._largest: float = np.log((likelihood.count[seen] / likelihood.exposure_cm2[seen]).max())
        self.box = [
            (-60.0, 60.0),
            (0.0, float(first) * (1.0 - 1e-9)),
            (math.log(1e-3 * likelihood.let_mev_cm2_mg.min()), math.log(1e6 * last)),
            (math.log(0.05), math.log(30.0)),
        ]
        self.optimum = self._global_minimum()

    def limits(self, parameter: int, rise: float) -> Limits:
        """Return where the profile of the deviance has risen by `rise` above its minimum.

        Raises
        ------
        FitError
            If a search along the profile does not converge, or keeps finding better minima.
        """
        for _ in range(5):
            try:
                low, bounded_below = self._limit(parameter, -1.0, rise)
                high, bounded_above = self._limit(parameter, 1.0, rise)
            except _BetterMinimum as news:
                self.optimum = self._polish(news.scaled)
                continue
            return Limits(low, high, bounded_below, bounded_above)
        raise FitError("the Weibull fit keeps finding better minima", remedy="check the points for outliers.")

    def profile(self, parameter: int, value: float) -> float:
        """Return the smallest deviance with one coordinate of θ held at `value`."""
        return self._conditional(parameter, value, self._scaled(self.optimum.theta)).value

    def _global_minimum(self) -> Optimum:
        best: Optimum | None = None
        for start in self._starts():
            found = self._minimum_from(start)
            if found is not None and (best is None or found.deviance < best.deviance):
                best = found
        if best is None:
            raise FitError(
                "the Weibull fit did not converge from any of its starts",
                remedy="check the points for typing errors; state cross sections per LET if they are right.",
            )
        return best

    def _starts(self, held: tuple[int, float] | None = None) -> list[Array]:
        """Return the best points of a grid for the three best thresholds, with one coordinate of θ held if asked."""
        lets = self.likelihood.let_mev_cm2_mg
        axes = [
            np.zeros(1),
            self.box[LET0][1] * np.array([0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95]),
            np.log(np.geomspace(0.02 * lets.min(), 10.0 * lets.max(), 18)),
            np.log(np.geomspace(0.4, 12.0, 10)),
        ]
        if held and held[0] != SIGMA_SAT:
            axes[held[0]] = np.array([held[1]])
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)[0]
        log_f, _ = self.likelihood.log_fraction(grid)
        if held and held[0] == SIGMA_SAT:
            log_sigma = held[1] + log_f
        else:
            log_sigma = (self._log_total - self.likelihood.log_sum(log_f))[..., None] + log_f
        deviance = self.likelihood.deviance(log_sigma).reshape(len(grid), -1)
        chosen = [grid.reshape(len(grid), -1, 4)[row, column] for row, column in enumerate(deviance.argmin(axis=1))]
        return [chosen[row] for row in np.argsort(deviance.min(axis=1))[:3]]

    def _polish(self, scaled: Array) -> Optimum:
        found = self._minimum_from(scaled)
        if found is None:
            raise FitError("the Weibull fit did not converge", remedy="check the points for outliers.")
        return found

    def _minimum_from(self, scaled: Array) -> Optimum | None:
        # With exact fluences the best scale is known: κ = 0.
        fixed: tuple[int, ...] = (SIGMA_SAT,) if self.likelihood.fluence_is_exact else ()
        minimum = self._minimise(self._free, scaled, fixed)
        if not minimum.converged:
            return None
        return Optimum(self._theta(minimum.position), minimum.value)

    def _limit(self, parameter: int, direction: float, rise: float) -> tuple[float, bool]:
        scaled = self._scaled(self.optimum.theta)
        origin = float(self.optimum.theta[parameter])
        end = self._end(parameter, direction)
        if (end - origin) * direction <= 0:
            return end, False
        target = math.sqrt(rise)

        def height_of(value: float, found: Minimum) -> float:
            nonlocal scaled
            if found.value < self.optimum.deviance - 1e-3 * rise:
                raise _BetterMinimum(self._rescaled(parameter, value, found.position))
            above = math.sqrt(max(found.value - self.optimum.deviance, 0.0)) - target
            if above < 0:
                scaled = found.position  # searches start from inside: a place far outside may lie in another valley
            return above

        def height(value: float) -> float:
            return height_of(value, self._conditional(parameter, value, scaled))

        inner, low, step = origin, -target, target * self._spread(parameter)
        while True:
            outer = inner + direction * step
            if (outer - end) * direction >= 0:
                outer = end
            high = height(outer)
            if high > 0:
                crossing = _crossing(height, (inner, low), (outer, high), 1e-3 * abs(outer - origin))
                # Following the profile may have missed a lower valley; the grid looks for one before the limit stands.
                low = height_of(crossing, self._conditional_from_grid(parameter, crossing))
                if low > -0.01 * target:
                    return crossing, True
                inner = crossing
            elif outer == end:
                return end, False
            else:
                inner, low = outer, high
            step *= 2.0

    def _end(self, parameter: int, direction: float) -> float:
        if parameter == SIGMA_SAT:
            return float(self._largest) + direction * math.log(1e3)
        return self.box[parameter][0 if direction < 0 else 1]

    def _spread(self, parameter: int) -> float:
        """Return about one standard deviation of a coordinate, for the first step of a search."""
        log_f, derivatives = self.likelihood.log_fraction(self.optimum.theta)
        information = self.likelihood.information(self.optimum.theta[0] + log_f, derivatives)
        covariance = np.linalg.pinv(information, hermitian=True)
        largest = 0.1 * self.box[LET0][1] if parameter == LET0 else 0.5
        return float(np.clip(math.sqrt(max(covariance[parameter, parameter], 0.0)), 1e-3 * largest, largest))

    def _conditional(self, parameter: int, value: float, scaled: Array) -> Minimum:
        """Minimise with one coordinate of θ held, from `scaled`, or from a grid where that leads nowhere."""
        found = self._held_minimum(parameter, value, scaled)
        return found if found.converged else self._conditional_from_grid(parameter, value)

    def _conditional_from_grid(self, parameter: int, value: float) -> Minimum:
        tried = [self._held_minimum(parameter, value, start) for start in self._starts((parameter, value))]
        converged = [minimum for minimum in tried if minimum.converged]
        if not converged:
            raise FitError(
                f"a profile of the Weibull fit did not converge (parameter {parameter} at {value:.6g})",
                remedy="check the points for outliers and for LETs in the wrong unit.",
            )
        return min(converged, key=lambda minimum: minimum.value)

    def _held_minimum(self, parameter: int, value: float, scaled: Array) -> Minimum:
        start = scaled.copy()
        if parameter == SIGMA_SAT:
            start[0] = 0.0
            fixed: tuple[int, ...] = () if self.common_uncertainty else (SIGMA_SAT,)
            return self._minimise(lambda s: self._held(s, value), start, fixed)
        start[parameter] = value
        fixed = (SIGMA_SAT, parameter) if self.likelihood.fluence_is_exact else (parameter,)
        return self._minimise(self._free, start, fixed)

    def _minimise(
        self, objective: Callable[[Array], tuple[float, Array]], start: Array, fixed: tuple[int, ...]
    ) -> Minimum:
        low, high = np.array(self.box).T
        inside = np.clip(start, low, high)  # rounding only: every start is built inside the box
        scale = np.array([0.1, 0.05 * (high[1] - low[1]), 0.1, 0.1])
        remembered: dict[bytes, tuple[float, Array]] = {}

        def both(position: Array) -> tuple[float, Array]:
            key = np.asarray(position).tobytes()
            if key not in remembered:
                remembered.clear()
                remembered[key] = objective(np.asarray(position))
            return remembered[key]

        return minimise(lambda p: both(p)[0], lambda p: both(p)[1], inside, self.box, scale=scale, fixed=fixed)

    def _free(self, scaled: Array) -> tuple[float, Array]:
        """Deviance and gradient for (κ, let0, ln width, ln shape)."""
        log_f, derivatives = self.likelihood.log_fraction(scaled)
        log_sum = self.likelihood.log_sum(log_f)
        log_sigma = scaled[0] + self._log_total - log_sum + log_f
        slope = self.likelihood.slope(log_sigma)
        share = self.likelihood.exposure_cm2 * np.exp(log_f - log_sum)
        whole = slope.sum()
        rest = slope @ derivatives - whole * (share @ derivatives)
        return float(self.likelihood.deviance(log_sigma)), np.concatenate([[whole], rest])

    def _held(self, scaled: Array, log_sigma_sat: float) -> tuple[float, Array]:
        """Deviance and gradient for (ln c, let0, ln width, ln shape), with c common to all fluences and σ_sat held."""
        log_f, derivatives = self.likelihood.log_fraction(scaled)
        log_sigma = log_sigma_sat + scaled[0] + log_f
        slope = self.likelihood.slope(log_sigma)
        value, gradient = (
            float(self.likelihood.deviance(log_sigma)),
            np.concatenate([[slope.sum()], slope @ derivatives]),
        )
        if self.common_uncertainty:
            factor = math.exp(scaled[0])
            pull = (factor - 1.0) / self.common_uncertainty
            value += pull**2
            gradient[0] += 2.0 * pull * factor / self.common_uncertainty
        return value, gradient

    def _best_log_sigma_sat(self, theta: Array) -> float:
        """Return ln σ_sat at which as many events are expected as were seen; the first of θ is not used."""
        log_f, _ = self.likelihood.log_fraction(theta)
        return self._log_total - float(self.likelihood.log_sum(log_f))

    def _theta(self, scaled: Array) -> Array:
        theta = np.array(scaled, dtype=np.float64)
        theta[0] += self._best_log_sigma_sat(scaled)
        return theta

    def _scaled(self, theta: Array) -> Array:
        scaled = theta.copy()
        scaled[0] -= self._best_log_sigma_sat(theta)
        return scaled

    def _rescaled(self, parameter: int, value: float, position: Array) -> Array:
        if parameter != SIGMA_SAT:
            return position
        theta = position.copy()
        theta[0] = value + position[0]
        return self._scaled(theta)


def _crossing(
    height: Callable[[float], float], inner: tuple[float, float], outer: tuple[float, float], tolerance: float
) -> float:
    """Find where a height crosses 0 between a place below it and a place above it, each given with its height.

    Regula falsi with the Illinois rule. A profile is known by search and may differ a little from one visit to the
    next, so no place is visited twice.
    """
    (a, below), (b, above) = inner, outer
    while abs(b - a) > tolerance:
        middle = (a * above - b * below) / (above - below)
        found = height(middle)
        if abs(found) < 1e-3:
            return middle
        if found > 0:
            b, above, below = middle, found, below / 2.0
        else:
            a, below, above = middle, found, above / 2.0
    return (a + b) / 2.0
