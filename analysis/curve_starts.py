"""Where searches for a fit begin: a grid over the coordinates of a form, parted at the LETs of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.batch_search import Contest, Problems, Solutions, minimise_batch
from radtest.analysis.likelihood import PoissonCurve

__all__ = ["FREE", "Starts", "held_problems", "minimise_from"]

Array = NDArray[np.float64]

_CHUNK = 1000
_BANDS = 3
FREE = (float("nan"), float("inf"))


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """A grid of coordinates, and what it says about the counts.

    The deviance has a corner, and may have a minimum, wherever the threshold passes a LET: so the range of the
    threshold is parted there into cells, and each is searched on its own. A form without a threshold has one cell. It
    may have a minimum for a flat and another for a steep curve, too: so the nodes of a cell are parted into three
    bands by the last coordinate, and each has a start.

    Parameters
    ----------
    grid : ndarray, shape (parts, nodes, k)
        Coordinates; a part is a band of a cell.
    low, high : ndarray, shape (parts, k)
        The box of the cell of each part.
    log_fraction : ndarray, shape (parts, nodes, points)
        ln F there.
    log_sum : ndarray, shape (parts, nodes)
        ln Σ exposure · F.
    """

    grid: Array
    low: Array
    high: Array
    log_fraction: Array
    log_sum: Array

    @staticmethod
    def make(likelihood: PoissonCurve) -> Starts:
        """Lay the grid over the whole range of the LETs."""
        let, form = likelihood.let_mev_cm2_mg, likelihood.form
        low, high = form.box(let)
        axes = form.axes(let)
        edges = np.concatenate([[0.0], np.unique(let)]) if form.has_threshold else np.array([0.0, 1.0])
        cells = len(edges) - 1
        lows, highs = np.tile(low, (cells, 1)), np.tile(high, (cells, 1))
        if form.has_threshold:
            # At the end of its cell a threshold would forbid the events of the LET there.
            lows[:, 0], highs[:, 0] = edges[:-1], edges[1:] - 1e-9 * edges[1:]
            inside = np.array([0.02, 0.35, 0.65, 0.92])
            thresholds = edges[:-1, None] + (edges[1:] - edges[:-1])[:, None] * inside
        else:
            thresholds = np.empty((1, 0))
        parts = [
            _nodes(thresholds[cell], (*axes[:-1], band)) for cell in range(cells) for band in np.split(axes[-1], _BANDS)
        ]
        grid = np.stack(parts)
        log_f, _ = form.log_fraction(let, grid)
        lows, highs = np.repeat(lows, _BANDS, axis=0), np.repeat(highs, _BANDS, axis=0)
        return Starts(grid, lows, highs, log_f, likelihood.log_sum(log_f))

    def best(self, counts: Array) -> tuple[Array, Array]:
        """Return the best node of each part for counts of exact exposures.

        Parameters
        ----------
        counts : ndarray, shape (campaigns, points)
            Events; some in every campaign.

        Returns
        -------
        start : ndarray, shape (campaigns, parts, k)
            Coordinates.
        deviance : ndarray, shape (campaigns, parts)
            Deviance there, less what does not depend on the coordinates.
        """
        parts, nodes, size = self.grid.shape
        start, deviance = np.empty((len(counts), parts, size)), np.empty((len(counts), parts))
        flat = self.log_fraction.reshape(-1, self.log_fraction.shape[-1]).T
        for begin in range(0, len(counts), _CHUNK):
            n = counts[begin : begin + _CHUNK]
            value = 2.0 * (n.sum(axis=1)[:, None] * self.log_sum.ravel() - n @ flat)
            value = value.reshape(len(n), parts, nodes)
            node = value.argmin(axis=2)
            part = slice(begin, begin + len(n))
            start[part] = self.grid[np.arange(parts), node]
            deviance[part] = np.take_along_axis(value, node[..., None], axis=2)[..., 0]
        return start, deviance

    def best_with(self, counts: Array, exposure_cm2: Array, coordinate: int, value: float) -> Array:
        """Return the best node of each part, shape (parts, k), where one coordinate of θ is held.

        Coordinate 0 is ln scale; of another, the nodes nearest to `value` are looked at, and moved there.
        """
        if coordinate == 0:
            log_mean = value + self.log_fraction + np.log(exposure_cm2)
            deviance = np.exp(log_mean).sum(axis=-1) - self.log_fraction @ counts
        else:
            deviance = counts.sum() * self.log_sum - self.log_fraction @ counts
            distance = np.abs(self.grid[..., coordinate - 1] - value)
            nearest = distance.min(axis=1, keepdims=True)
            deviance = np.where(distance <= nearest * 1.001 + 1e-12, deviance, deviance + 1e12)
        start = self.grid[np.arange(len(self.grid)), deviance.argmin(axis=1)].copy()
        if coordinate:
            start[:, coordinate - 1] = value
        return np.asarray(start)

    def open_parts(self, first_seen: Array) -> NDArray[np.bool_]:
        """Return which parts a threshold can be in, shape (..., parts), given the lowest LET with events."""
        if len(self.low) == _BANDS:
            return np.ones((*np.shape(first_seen), _BANDS), dtype=bool)
        return np.asarray(self.low[:, 0] < np.asarray(first_seen)[..., None])


def _nodes(thresholds: Array, axes: tuple[Array, ...]) -> Array:
    """Return the nodes of one part, shape (nodes, k)."""
    all_axes = (thresholds, *axes) if thresholds.size else axes
    return np.stack(np.meshgrid(*all_axes, indexing="ij"), axis=-1).reshape(-1, len(all_axes))


def held_problems(
    likelihood: PoissonCurve,
    low: Array,
    high: Array,
    held: tuple[Array, Array] | None = None,
    *,
    common_uncertainty: float = 0.0,
    centre: Array | None = None,
    spread: Array | None = None,
) -> Problems:
    """Return problems in given boxes; `held` is ln σ and the LET of each where it is held."""
    log_held, at = held if held is not None else (np.full(len(low), FREE[0]), np.full(len(low), FREE[1]))
    return Problems(likelihood, low, high, log_held, at, common_uncertainty, centre, spread)


def minimise_from(
    problems: Problems, start: Array, contest: Contest | None = None, precision: float = 1e-6
) -> Solutions:
    """Minimise; searches that stop short are tried once more from where they stand. See `minimise_batch`."""
    found = minimise_batch(problems, start, contest, precision)
    lost = np.flatnonzero(~found.converged)
    if lost.size:
        still = None if contest is None else contest.rows(lost)
        again = minimise_batch(problems.rows(lost), found.theta[lost, 1:], still, precision)
        found.theta[lost], found.deviance[lost], found.converged[lost] = again.theta, again.deviance, again.converged
    return found
