"""Weibull fits to many simulated campaigns at once: the deviances behind a bootstrap, without a search for each."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.likelihood import PoissonWeibull

__all__ = ["smallest_deviances"]

Array = NDArray[np.float64]

_STEPS = 60
_NOWHERE = (
    -1e4
)  # ln F below threshold: enough to rule a curve out where there are events, harmless where there are none
_CHUNK = 250


def smallest_deviances(likelihood: PoissonWeibull, group: NDArray[np.int64]) -> Array:
    """Return the smallest deviance of each campaign, its groups sharing one curve up to a factor each.

    Parameters
    ----------
    likelihood : PoissonWeibull
        Its `count` has the shape (campaigns, points).
    group : ndarray of int, shape (points,)
        Group of each point, from 0; all 0 for one curve without factors.

    Returns
    -------
    ndarray, shape (campaigns,)

    Notes
    -----
    Starts are the best of a grid over threshold, width and shape, where the factors have a closed form; then Fisher
    scoring with Levenberg's damping, all campaigns side by side, within the bounds of the single fit.
    """
    counts = np.atleast_2d(likelihood.count)
    parts = [
        _deviances(
            PoissonWeibull(
                likelihood.let_mev_cm2_mg,
                counts[start : start + _CHUNK],
                likelihood.exposure_cm2,
                likelihood.fluence_uncertainty,
            ),
            group,
        )
        for start in range(0, len(counts), _CHUNK)
    ]
    return np.concatenate(parts)


def _deviances(likelihood: PoissonWeibull, group: NDArray[np.int64]) -> Array:
    members = (group[:, None] == np.arange(group.max() + 1)).astype(np.float64)
    found = [_descend(likelihood, members, start) for start in _grid_starts(likelihood, members)]
    return np.where(likelihood.count.sum(axis=1) > 0, np.min(found, axis=0), 0.0)


def _descend(likelihood: PoissonWeibull, members: Array, start: Array) -> Array:
    low, high = _bounds(likelihood, members.shape[1])
    reached = np.empty(len(start))
    going, counts = np.arange(len(start)), likelihood.count
    position = np.clip(start, low, high)
    value, gradient, curvature = _expansion(likelihood, members, position)
    damping = np.full(len(position), 1e-3)
    for _ in range(_STEPS):
        # A parameter at its bound that would leave it stays there.
        stuck = ((position <= low) & (gradient > 0)) | ((position >= high) & (gradient < 0))
        slope = np.where(stuck, 0.0, gradient)
        held = np.where(stuck[:, :, None] | stuck[:, None, :], 0.0, curvature)
        diagonal = np.einsum("rii->ri", held)
        matrix = held + np.eye(held.shape[1]) * (damping[:, None] * diagonal + stuck + 1e-9)[:, :, None]
        tried = np.clip(position - np.linalg.solve(matrix, slope[..., None])[..., 0], low, high)
        some = dataclasses.replace(likelihood, count=counts[going])
        new_value, new_gradient, new_curvature = _expansion(some, members, tried)
        better = new_value < value
        finished = (better & (value - new_value < 1e-5)) | (damping > 1e8)
        position = np.where(better[:, None], tried, position)
        gradient = np.where(better[:, None], new_gradient, gradient)
        curvature = np.where(better[:, None, None], new_curvature, curvature)
        value = np.where(better, new_value, value)
        damping = np.where(better, damping / 5.0, damping * 8.0)
        reached[going] = value
        on = ~finished
        if not on.any():
            break
        going, value, damping = going[on], value[on], damping[on]
        position, gradient, curvature, low, high = position[on], gradient[on], curvature[on], low[on], high[on]
    return reached


def _bounds(likelihood: PoissonWeibull, groups: int) -> tuple[Array, Array]:
    lets = likelihood.let_mev_cm2_mg
    first = np.where(likelihood.count > 0, lets, np.inf).min(axis=1)
    first = np.where(np.isfinite(first), first, lets.min()) * (1.0 - 1e-9)
    low = [0.0, np.log(1e-3 * lets.min()), np.log(0.05), *[-200.0] * groups]
    high = np.array([np.inf, np.log(1e6 * lets.max()), np.log(30.0), *[50.0] * groups])
    highs = np.tile(high, (len(first), 1))
    highs[:, 0] = first
    return np.tile(np.array(low), (len(first), 1)), highs


def _grid_starts(likelihood: PoissonWeibull, members: Array) -> list[Array]:
    """Return the best places of the grid without and with a threshold: two valleys that few events tell apart."""
    lets, exposure, counts = likelihood.let_mev_cm2_mg, likelihood.exposure_cm2, likelihood.count
    edges = np.concatenate([[0.0], np.unique(lets)])
    thresholds = (edges[:-1, None] + np.diff(edges)[:, None] * np.array([0.0, 0.35, 0.7, 0.93])).ravel()
    axes = (
        thresholds,
        np.log(np.geomspace(0.02 * lets.min(), 30.0 * lets.max(), 20)),
        np.log(np.geomspace(0.3, 12.0, 11)),
    )
    shapes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    theta = np.concatenate([np.zeros((len(shapes), 1)), shapes], axis=1)
    log_f = np.maximum(likelihood.log_fraction(theta)[0], _NOWHERE)
    # Per group: events expected per unit of its factor; a floor, for curves that are 0 at all its points.
    expected = np.maximum((np.exp(log_f) * exposure) @ members, 1e-300)
    events = counts @ members
    deviance = 2.0 * (events @ np.log(expected).T - counts @ log_f.T)
    starts = []
    for inside in (shapes[:, 0] == 0.0, shapes[:, 0] > 0.0):
        chosen = np.flatnonzero(inside)[deviance[:, inside].argmin(axis=1)]
        factors = np.log(np.maximum(events, 0.1) / expected[chosen])
        starts.append(np.concatenate([shapes[chosen], factors], axis=1))
    return starts


def _expansion(likelihood: PoissonWeibull, members: Array, position: Array) -> tuple[Array, Array, Array]:
    """Return deviance, gradient and expected curvature for (let0, ln width, ln shape, ln factor of each group)."""
    theta = np.concatenate([np.zeros((len(position), 1)), position[:, :3]], axis=1)
    log_f, derivatives = likelihood.log_fraction(theta)
    log_sigma = log_f + position[:, 3:] @ members.T
    jacobian = np.concatenate([derivatives, np.broadcast_to(members, (*log_f.shape, members.shape[1]))], axis=-1)
    mean = likelihood.exposure_cm2 * np.exp(np.minimum(log_sigma, 50.0))
    weight = 2.0 * mean / (1.0 + mean * np.asarray(likelihood.fluence_uncertainty) ** 2)
    gradient = np.einsum("rp,rpq->rq", likelihood.slope(log_sigma), jacobian)
    curvature = np.einsum("rp,rpq,rps->rqs", weight, jacobian, jacobian, optimize=True)
    with np.errstate(divide="ignore"):  # a step too far has an infinite deviance and is not taken
        deviance = likelihood.deviance(log_sigma)
    return deviance, gradient, curvature
