"""Differential evolution of the coordinates of a fit towards the extremes of σ inside a contour of the likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw

from radtest.analysis.curve_starts import Starts, held_problems, minimise_from
from radtest.analysis.likelihood import PoissonCurve

__all__ = ["ContourSearch"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_RUNGS = 48  # LETs of the quantities; σ itself is followed at every second
_SLOPES = (1.5, 2.5, 3.5)
_IRON_KNEE_MEV_CM2_MG = 28.0
_MEMBERS = 20
_CHILDREN = 12
_GENERATIONS = 60
_CLOUD = 200
_KEPT = 4
_NEAREST_TO_WALL = 1e-9


class ContourSearch:
    """Search for parameters inside a contour of the deviance at which σ, or a rate, is largest and smallest.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data; events at two LETs or more, and a form with a threshold.
    best : ndarray, shape (k + 1,)
        Best fit, (ln scale, coordinates of the form).
    rise : float
        Height of the contour above the deviance of the best fit.
    prior : (ndarray, ndarray), shapes (k + 1,), optional
        Mean and standard deviation of Gaussian priors on θ, infinite where there is none; their pulls add to the
        deviance.
    starts : Starts, optional
        Where searches begin; by default what `Starts.make` finds.

    Notes
    -----
    For given coordinates of the form the deviance is a convex function of ln scale: two scales are on the contour, and
    a quantity that goes with the cross section is largest or smallest there. With exact fluences they are in closed
    form: when the scale grows by eᵟ from its best for these coordinates, the deviance rises by 2 N (eᵟ − 1 − δ), with N
    events in all. So only the coordinates are searched, by differential evolution [1]_, for the largest and
    smallest σ at 24 LETs and the largest and smallest sum of σ over LET with weights L⁻ᵖ, p = 1.5, 2.5, 3.5, with and
    without an end at 28 MeV·cm²/mg (the iron knee): spectra of orbits lie between these. The threshold is searched as
    −ln(1 − let0/L₁), L₁ the lowest LET with events, since the curve changes ever faster as the threshold nears it.
    Seeds are the nodes of the grid of starts inside the contour, and draws from a Gaussian about the minimum of each
    cell of the threshold.

    References
    ----------
    .. [1] R. Storn and K. Price, J. Global Optim. 11, 341 (1997).
    """

    def __init__(
        self,
        likelihood: PoissonCurve,
        best: Array,
        rise: float,
        prior: tuple[Array, Array] | None = None,
        starts: Starts | None = None,
    ) -> None:
        self._likelihood, self._best, self._rise, self._prior = likelihood, best, rise, prior
        self._closed_form = likelihood.fluence_is_exact and (prior is None or not np.isfinite(prior[1][0]))
        self._random = np.random.default_rng(1)
        lets = likelihood.let_mev_cm2_mg
        self._wall = float(lets[likelihood.count > 0].min())
        self._starts = Starts.make(likelihood) if starts is None else starts
        self._parts = np.flatnonzero(self._starts.open_parts(np.array(self._wall)))
        low, high = self._starts.low[self._parts].min(axis=0), self._starts.high[self._parts].max(axis=0)
        self._low, self._high = self._unwalled(low[None])[0], self._unwalled(high[None])[0]
        self._lowest = float(likelihood.deviance(best[0] + likelihood.log_fraction(best)[0]))
        self._lowest += float(self._pulls(best[None, :1], 0)[0] + self._pulls(best[None, 1:], 1)[0])
        self._lets = np.geomspace(0.3 * lets.min(), 2.0 * lets.max(), _RUNGS)
        self._log_weights = _log_weights(self._lets)

    def extremes(self) -> Array:
        """Return parameters on the contour, shape (m, k + 1): the best that were found for each quantity."""
        members, scores = self._seeds()
        quantities, size = len(members), self._low.size
        row, whose = np.arange(quantities)[:, None], np.repeat(np.arange(quantities), _CHILDREN)
        from_best = np.arange(_CHILDREN)[None, :, None] % 2 == 0
        for _ in range(_GENERATIONS):
            one, two, three = self._random.integers(members.shape[1], size=(3, quantities, _CHILDREN))
            start = np.where(from_best, members[:, :1], members[row, one])
            stretch = self._random.uniform(0.3, 1.1, size=(quantities, _CHILDREN, 1))
            children = np.clip(start + stretch * (members[row, two] - members[row, three]), self._low, self._high)
            values = self._scores(children.reshape(-1, size), whose).reshape(quantities, _CHILDREN)
            members, scores = _fittest(
                np.concatenate([members, children], axis=1), np.concatenate([scores, values], axis=1)
            )
        places = members[:, :_KEPT].reshape(-1, size)
        low, high, inside = self._scales(places)
        coordinates = self._walled(places[inside])
        return np.concatenate(
            [np.concatenate([scale[inside, None], coordinates], axis=1) for scale in (low, high)], axis=0
        )

    def _seeds(self) -> tuple[Array, Array]:
        """Return members for each quantity, shape (quantities, members, k), best first, and how good they are."""
        nodes = self._starts.grid[self._parts].reshape(-1, self._low.size)
        places = self._unwalled(np.concatenate([self._best[None, 1:], nodes, *self._clouds()]))
        places = np.clip(places, self._low, self._high)
        low, high, inside = self._scales(places)
        places, low, high = places[inside], low[inside], high[inside]
        log_f, _ = self._likelihood.form.log_fraction(self._lets, self._walled(places))
        log_sum = np.stack([np.logaddexp.reduce(log_f + weight, axis=1) for weight in self._log_weights])
        scores = np.concatenate([log_sum + high, -log_sum - low])
        return _fittest(np.broadcast_to(places, (len(scores), *places.shape)), scores)

    def _clouds(self) -> list[Array]:
        """Return draws about the best fit and about the minimum of each part of the grid, where it is inside."""
        likelihood = self._likelihood
        start, _ = self._starts.best(likelihood.count[None])
        low, high = self._starts.low[self._parts], self._starts.high[self._parts]
        centre, spread = self._prior or (None, None)
        problems = held_problems(likelihood, low, high, centre=centre, spread=spread)
        found = minimise_from(problems, start[0, self._parts])
        minima = np.concatenate([self._best[None], found.theta[found.deviance < self._lowest + self._rise]])
        _, first = np.unique(np.round(minima, 4), axis=0, return_index=True)
        return [self._cloud(theta) for theta in minima[first]]

    def _cloud(self, theta: Array) -> Array:
        log_f, derivatives = self._likelihood.log_fraction(theta)
        information = self._likelihood.information(theta[0] + log_f, derivatives)
        if self._prior is not None:
            information = information + np.diag(self._prior[1] ** -2.0)
        covariance = np.linalg.pinv(information, hermitian=True)[1:, 1:]
        deviation = np.maximum(np.sqrt(np.diag(covariance)), 1e-12)
        normal = self._random.multivariate_normal(
            np.zeros(len(deviation)),
            covariance / np.outer(deviation, deviation),
            size=_CLOUD,
            method="eigh",
            check_valid="ignore",
        )
        reach = self._random.choice([0.3, 0.8, 1.5, 2.5], size=(_CLOUD, 1))
        longest = np.concatenate([[0.3 * self._wall], np.ones(len(deviation) - 1)])
        cloud = theta[1:] + reach * np.minimum(deviation, longest) * normal
        cloud[:, 0] = np.clip(cloud[:, 0], 0.0, self._wall)
        return np.asarray(cloud)

    def _scores(self, places: Array, quantity: NDArray[np.intp]) -> Array:
        """Return how large, or how small, the quantity of each row can be at its coordinates, as logarithms."""
        low, high, inside = self._scales(places)
        number = len(self._log_weights)
        log_f, _ = self._likelihood.form.log_fraction(self._lets, self._walled(places))
        log_sum = np.logaddexp.reduce(log_f + self._log_weights[quantity % number], axis=1)
        return np.where(inside, np.where(quantity < number, log_sum + high, -log_sum - low), -np.inf)

    def _scales(self, places: Array) -> tuple[Array, Array, Mask]:
        """Return the two ln scales on the contour, and whether the contour encloses these coordinates at all."""
        likelihood, coordinates = self._likelihood, self._walled(places)
        log_f, _ = likelihood.form.log_fraction(likelihood.let_mev_cm2_mg, coordinates)
        total = float(likelihood.weighted_total)
        centre = np.log(total) - likelihood.log_sum(log_f)
        events = np.full(len(centre), total)
        if not self._closed_form:
            centre = _newton(lambda scale: self._slope(scale, log_f), centre)
            events = self._slope(centre, log_f)[1] / 2.0
        pulls = self._pulls(coordinates, 1)
        deviance = likelihood.deviance(centre[:, None] + log_f) + pulls + self._pulls(centre[:, None], 0)
        left = self._rise - (deviance - self._lowest)
        inside = left >= 0
        low, high = (centre + reach for reach in _reach(np.where(inside, left, 0.0) / (2.0 * events)))
        if not self._closed_form:
            level, rows = self._lowest + self._rise - pulls[inside], log_f[inside]
            for side in (low, high):
                side[inside] = _newton(lambda scale: self._height(scale, rows, level), side[inside])
        return low, high, inside

    def _slope(self, log_scale: Array, log_f: Array) -> tuple[Array, Array]:
        """Return the derivative of the deviance for ln scale, and the derivative of that."""
        log_sigma, likelihood = log_scale[:, None] + log_f, self._likelihood
        slope, stiffness = likelihood.slope(log_sigma).sum(axis=-1), 2.0 * likelihood.curvature(log_sigma).sum(axis=-1)
        if self._prior is None:
            return slope, stiffness
        centre, spread = self._prior[0][0], self._prior[1][0]
        return slope + 2.0 * (log_scale - centre) / spread**2, stiffness + 2.0 / spread**2

    def _height(self, log_scale: Array, log_f: Array, level: float | Array) -> tuple[Array, Array]:
        """Return the deviance above a level, and its derivative for ln scale."""
        deviance = self._likelihood.deviance(log_scale[:, None] + log_f) + self._pulls(log_scale[:, None], 0)
        return deviance - level, self._slope(log_scale, log_f)[0]

    def _pulls(self, coordinates: Array, first: int) -> Array:
        """Return what the priors add to the deviance for coordinates of θ from `first` on, in rows."""
        if self._prior is None:
            return np.zeros(len(coordinates))
        columns = slice(first, first + coordinates.shape[1])
        return np.asarray((((coordinates - self._prior[0][columns]) / self._prior[1][columns]) ** 2).sum(axis=1))

    def _unwalled(self, coordinates: Array) -> Array:
        places = coordinates.copy()
        places[:, 0] = -np.log(np.maximum(1.0 - coordinates[:, 0] / self._wall, _NEAREST_TO_WALL))
        return places

    def _walled(self, places: Array) -> Array:
        coordinates = places.copy()
        coordinates[:, 0] = -self._wall * np.expm1(-places[:, 0])
        return coordinates


def _log_weights(lets: Array) -> Array:
    """Return ln of the weights of σ in each quantity, shape (quantities, lets)."""
    weights = list(np.eye(len(lets))[::2])
    for slope in _SLOPES:
        power = lets ** (1.0 - slope)  # per step of ln LET
        weights += [power, np.where(lets < _IRON_KNEE_MEV_CM2_MG, power, 1e-3 * power)]
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.stack(weights)))


def _fittest(places: Array, scores: Array) -> tuple[Array, Array]:
    kept = np.argsort(-scores, axis=1, kind="stable")[:, :_MEMBERS]
    return np.take_along_axis(places, kept[..., None], axis=1), np.take_along_axis(scores, kept, axis=1)


def _reach(q: Array) -> tuple[Array, Array]:
    """Return the two solutions δ of eᵟ − 1 − δ = q."""
    argument = -np.exp(-1.0 - q)
    return -1.0 - q - lambertw(argument, 0).real, -1.0 - q - lambertw(argument, -1).real


def _newton(function: Callable[[Array], tuple[Array, Array]], start: Array) -> Array:
    """Return where each of many convex functions, which come with their derivatives, is 0, from near there."""
    place = start
    for _ in range(8):
        value, slope = function(place)
        change = np.clip(-value / np.where(slope == 0.0, np.inf, slope), -1.0, 1.0)
        place = place + change
        if np.all(np.abs(change) < 1e-5):
            break
    return place
