"""Best fit of a curve to counts and its profile-likelihood limits, all of them searched at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.batch_search import Contest, Problems, Solutions, evaluate
from radtest.analysis.curve_starts import Starts, held_problems, minimise_from
from radtest.analysis.likelihood import PoissonCurve
from radtest.analysis.minimise import minimise
from radtest.analysis.profile_side import Side, Target
from radtest.core.errors import FitError

__all__ = ["Limits", "Optimum", "ProfileSearch"]

Array = NDArray[np.float64]

_REMEDY = "check the points for outliers and for LETs in the wrong unit."
_MOST_VISITS = 60
_PRECISION = 3e-6  # of a deviance on the way to a limit, where it has risen by about 4


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one quantity, in the coordinate of the search, and whether the data set them.

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
    theta : ndarray, shape (k + 1,)
        (ln scale, coordinates of the form).
    deviance : float
        Deviance there, with what priors add.
    """

    theta: Array
    deviance: float


class ProfileSearch:
    """Searches over θ = (ln scale, coordinates of the form) for one set of points.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data; events at two LETs or more.
    common_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences.
    centre, spread : ndarray, shape (k + 1,), optional
        Mean and standard deviation of Gaussian priors on θ; infinite where there is none.
    starts : Starts, optional
        Where searches begin; by default what `Starts.make` finds.

    Raises
    ------
    FitError
        If no search converges.

    Notes
    -----
    Every search is `minimise_batch`, from the best nodes of a grid in each cell of the threshold (`Starts`). Widths and
    shapes are searched on a range so wide that reaching its end means that the data do not bound them; let0 between 0
    and the lowest LET with events. All sides of all profiles are followed together: a step of a profile is one batch
    of a start for each cell.
    """

    def __init__(
        self,
        likelihood: PoissonCurve,
        common_uncertainty: float = 0.0,
        *,
        centre: Array | None = None,
        spread: Array | None = None,
        starts: Starts | None = None,
    ) -> None:
        self.likelihood = likelihood
        self.common_uncertainty = common_uncertainty
        self._centre, self._spread = centre, spread
        self._thorough = False
        seen = likelihood.count > 0
        self._largest = float(np.log((likelihood.count[seen] / likelihood.exposure_cm2[seen]).max()))
        self._starts = Starts.make(likelihood) if starts is None else starts
        self._parts = np.flatnonzero(self._starts.open_parts(likelihood.let_mev_cm2_mg[seen].min()))
        self._low, self._high = self._starts.low[self._parts], self._starts.high[self._parts]
        self._cells = np.flatnonzero(np.append(True, np.any(np.diff(self._low, axis=0) != 0, axis=1)))
        start, _ = self._starts.best(likelihood.count[None])
        self.optimum = self._best(start[0, self._parts], self._low, self._high)

    @property
    def box(self) -> tuple[Array, Array]:
        """Lowest and highest coordinates of the form, shape (k,) each."""
        return self._low.min(axis=0), self._high.max(axis=0)

    def limits(self, targets: Sequence[Target], rise: float | Sequence[float]) -> list[Limits]:
        """Return where the profiles of the deviance have risen by `rise` above its minimum, about one minimum.

        Parameters
        ----------
        targets : sequence of Target
            What limits are wanted of.
        rise : float or sequence of float
            Rise of the deviance; one for all, or one for the lower and upper limit of each target in turn.

        Raises
        ------
        FitError
            If a search along a profile does not converge, or keeps finding better minima.
        """
        rises = [float(rise)] * (2 * len(targets)) if isinstance(rise, int | float) else [float(r) for r in rise]
        for _ in range(5):
            sides = [
                self._side(target, direction, rises[2 * number + (direction > 0)])
                for number, target in enumerate(targets)
                for direction in (-1.0, 1.0)
            ]
            try:
                ended = self._follow(sides)
            except FitError:
                # Valleys that come and go along a profile: look on the whole grid at every step.
                if self._thorough:
                    raise
                self._thorough, ended = True, False
            if ended:
                return [
                    Limits(low.limit, high.limit, low.bounded, high.bounded)
                    for low, high in zip(sides[::2], sides[1::2], strict=True)
                ]
        raise FitError("the fit keeps finding better minima", remedy=_REMEDY)

    def profile(self, target: Target, value: float) -> float:
        """Return the smallest deviance with a coordinate, or ln σ at a LET, held at `value`."""
        return float(self.conditional([target], np.array([value])).deviance[0])

    def conditional(self, targets: Sequence[Target], values: Array) -> Solutions:
        """Return the best fits with one quantity held each, from the grid and from the optimum."""
        begin = [
            np.concatenate([self._grid_starts(target, float(value)), self._everywhere(self.optimum.theta[1:])])
            for target, value in zip(targets, values, strict=True)
        ]
        return self._held(targets, values, begin)

    def _side(self, target: Target, direction: float, rise: float) -> Side:
        origin, spread = self._at_optimum(target)
        height = math.sqrt(rise)
        low, high = self.box
        if target.coordinate == 0:
            far = math.log(1e3) if math.isinf(target.let_mev_cm2_mg) else math.log(1e6)
            end = self._largest + far if direction > 0 else min(self._largest, origin) - far
        else:
            end = float((low if direction < 0 else high)[target.coordinate - 1])
        side = Side(
            target, direction, rise, origin, end, origin, -height, height * spread, self.optimum.theta[1:].copy()
        )
        if (end - origin) * direction <= 0:
            side.limit, side.bounded = end, False
        return side

    def _at_optimum(self, target: Target) -> tuple[float, float]:
        """Return a quantity at the best fit, and about one standard deviation of it."""
        theta = self.optimum.theta
        log_f, derivatives = self.likelihood.log_fraction(theta)
        information = self.likelihood.information(theta[0] + log_f, derivatives)
        covariance = np.linalg.pinv(information, hermitian=True)
        direction = np.zeros(len(theta))
        direction[target.coordinate] = 1.0
        value, largest = float(theta[target.coordinate]), 0.5
        if target.coordinate == 0 and math.isfinite(target.let_mev_cm2_mg):
            lets = np.array([target.let_mev_cm2_mg, self.likelihood.let_mev_cm2_mg.max()])
            at, slope = self.likelihood.form.log_fraction(lets, theta[1:])
            value += float(at[0])
            direction[1:] = slope[0]
        if target.coordinate == 1 and self.likelihood.form.has_threshold:
            largest = 0.1 * float(self._high[:, 0].max())
        variance = float(direction @ covariance @ direction)
        return value, float(np.clip(math.sqrt(max(variance, 0.0)), 1e-3 * largest, largest))

    def _follow(self, sides: list[Side]) -> bool:
        """Follow all sides to their limits; False where a better minimum turned up on the way."""
        for _ in range(_MOST_VISITS):
            at_work = [side for side in sides if not side.done]
            if not at_work:
                return True
            # Looking all over the grid is dear: sides that are close wait for the others.
            at_work = [side for side in at_work if not side.checking] or at_work
            places = np.array([side.propose() for side in at_work])
            begin = [self._begin(side, place) for side, place in zip(at_work, places.tolist(), strict=True)]
            known = np.array([self._known(side) if side.checking else math.inf for side in at_work])
            found = self._held([side.target for side in at_work], places, begin, known)
            for row, (side, place) in enumerate(zip(at_work, places.tolist(), strict=True)):
                if found.deviance[row] < self.optimum.deviance - 1e-3 * side.rise:
                    self.optimum = self._best(self._everywhere(found.theta[row, 1:]), *self._cell_boxes())
                    return False
                rise = math.sqrt(max(float(found.deviance[row]) - self.optimum.deviance, 0.0))
                side.advance(place, rise - math.sqrt(side.rise), found.theta[row, 1:])
        raise FitError("a profile of the fit did not come to its end", remedy=_REMEDY)

    def _begin(self, side: Side, place: float) -> Array:
        """Return where to search from: near what was found before, or everywhere."""
        if self._thorough:
            return np.concatenate([self._grid_starts(side.target, place), self._everywhere(side.start)])
        return self._grid_starts(side.target, place) if side.checking else self._everywhere(side.start)

    def _known(self, side: Side) -> float:
        """Return the deviance that was found where a side is about to be checked."""
        return self.optimum.deviance + (side.found + math.sqrt(side.rise)) ** 2

    def _cell_boxes(self) -> tuple[Array, Array]:
        return self._low[self._cells], self._high[self._cells]

    def _everywhere(self, coordinates: Array) -> Array:
        """Return coordinates as a start for each cell: moved into it."""
        return np.clip(coordinates, *self._cell_boxes())

    def _grid_starts(self, target: Target, value: float) -> Array:
        coordinate = target.coordinate
        if coordinate == 0 and math.isfinite(target.let_mev_cm2_mg):
            start, _ = self._starts.best(self.likelihood.count[None])
            return np.asarray(start[0, self._parts])
        start = self._starts.best_with(self.likelihood.count, self.likelihood.exposure_cm2, coordinate, value)
        return np.asarray(start[self._parts])

    def _problems(self, low: Array, high: Array, held: tuple[Array, Array] | None = None) -> Problems:
        return held_problems(
            self.likelihood,
            low,
            high,
            held,
            common_uncertainty=self.common_uncertainty,
            centre=self._centre,
            spread=self._spread,
        )

    def _best(self, start: Array, low: Array, high: Array) -> Optimum:
        found = minimise_from(self._problems(low, high), start, Contest.open(np.zeros(len(start), dtype=np.intp)))
        best = int(np.argmin(found.deviance))
        if not found.converged[best]:
            near = found.converged & (found.deviance < found.deviance[best] + 1e-4)
            if not np.any(near):
                return self._polished(found.theta[best, 1:], float(found.deviance[best]), low[best], high[best])
            best = int(np.argmin(np.where(near, found.deviance, np.inf)))
        return Optimum(found.theta[best], float(found.deviance[best]))

    def _polished(self, start: Array, value: float, low: Array, high: Array) -> Optimum:
        """Go on with another method where the batch stopped short."""
        problems = self._problems(low[None], high[None])
        found = minimise(
            lambda position: float(evaluate(problems, position[None]).value[0]),
            lambda position: evaluate(problems, position[None]).gradient[0],
            start,
            list(zip(low.tolist(), high.tolist(), strict=True)),
            scale=np.minimum(0.1, 0.05 * (high - low)),
        )
        if not found.converged or found.value > value + 1e-4:
            raise FitError("the fit did not converge from any of its starts", remedy=_REMEDY)
        return Optimum(evaluate(problems, found.position[None]).theta[0], found.value)

    def _held(
        self,
        targets: Sequence[Target],
        values: Array,
        begin: Sequence[Array],
        known: Array | None = None,
    ) -> Solutions:
        """Minimise with one quantity held each; the best of each, if it is below what is known.

        Starts are one for each part, one for each cell, or both.
        """
        owner = np.concatenate([np.full(len(start), number) for number, start in enumerate(begin)])
        start = np.concatenate(begin)
        every = np.arange(len(self._low))
        boxes = {len(every) + len(self._cells): np.append(every, self._cells), len(every): every}
        boxes[len(self._cells)] = self._cells
        where = np.concatenate([boxes[len(some)] for some in begin])
        low, high = self._low[where].copy(), self._high[where].copy()
        log_held, at = np.full(len(start), np.nan), np.full(len(start), np.inf)
        for number, target in enumerate(targets):
            rows = owner == number
            if target.coordinate == 0:
                log_held[rows], at[rows] = values[number], target.let_mev_cm2_mg
                if self.likelihood.form.has_threshold:  # what is not 0 is above threshold
                    high[rows, 0] = np.minimum(high[rows, 0], target.let_mev_cm2_mg * (1.0 - 1e-9))
                    low[rows, 0] = np.minimum(low[rows, 0], high[rows, 0])
            else:
                column = target.coordinate - 1
                low[rows, column] = high[rows, column] = start[rows, column] = values[number]
        contest = Contest.open(owner) if known is None else Contest(owner, known)
        found = minimise_from(self._problems(low, high, (log_held, at)), np.clip(start, low, high), contest, _PRECISION)
        chosen = np.empty(len(targets), dtype=np.intp)
        for number in range(len(targets)):
            rows = np.flatnonzero(owner == number)
            chosen[number] = rows[int(np.argmin(found.deviance[rows]))]
        return Solutions(found.theta[chosen], found.deviance[chosen], found.converged[chosen])
