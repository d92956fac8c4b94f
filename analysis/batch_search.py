"""Minimise the deviance of many campaigns, or of one campaign under many conditions, all at once.

Each problem is a few coordinates in a box; thousands of them take the same few numpy calls per step as one does. The
scale of the curve is not searched: for given other coordinates its best value is known in closed form, or by a Newton
search in one dimension. That takes the strongest correlation out of the problem.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.likelihood import PoissonCurve

__all__ = ["Contest", "Place", "Problems", "Solutions", "evaluate", "minimise_batch"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MOST_STEPS = 200
_PRECISION = 1e-6  # of the deviance, whose natural unit is 1
_IDLE_STEPS = 7
_FIRST_LOOK = 6
_LONGEST_STEP = 2.0  # in a logarithm
_NOTHING_HELD: Array = np.zeros(1)


@dataclass(frozen=True, slots=True, eq=False)
class Problems:
    """What is to be minimised, a row for each problem.

    Parameters
    ----------
    likelihood : PoissonCurve
        The data; its counts of shape (points,), or (problems, points).
    low, high : ndarray, shape (problems, k)
        The box of the coordinates of the form. A coordinate with equal ends is held.
    log_held : ndarray, shape (problems,)
        ln σ that is held, in cm²; not a number where the scale is free.
    held_let : ndarray, shape (problems,)
        LET at which it is held; infinite for the scale itself.
    common_uncertainty : float
        Relative standard uncertainty of a factor common to all fluences; it matters where ln σ is held.
    centre, spread : ndarray, shape (k + 1,)
        Mean and standard deviation of Gaussian priors on θ, infinite spread where there is none.
    """

    likelihood: PoissonCurve
    low: Array
    high: Array
    log_held: Array
    held_let: Array
    common_uncertainty: float = 0.0
    centre: Array | None = None
    spread: Array | None = None

    def rows(self, chosen: NDArray[np.intp]) -> Problems:
        """Return some of the problems."""
        likelihood = self.likelihood
        if likelihood.count.ndim > 1:
            weight = likelihood.weight
            if weight is not None and weight.ndim > 1:
                weight = weight[chosen]
            likelihood = replace(likelihood, count=likelihood.count[chosen], weight=weight)
        return replace(
            self,
            likelihood=likelihood,
            low=self.low[chosen],
            high=self.high[chosen],
            log_held=self.log_held[chosen],
            held_let=self.held_let[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Solutions:
    """Where the searches ended.

    Parameters
    ----------
    theta : ndarray, shape (problems, k + 1)
        (ln scale, coordinates).
    deviance : ndarray, shape (problems,)
        Deviance there, with what priors and a common factor add.
    converged : ndarray of bool, shape (problems,)
        Whether nothing better than a negligible step is left.
    """

    theta: Array
    deviance: Array
    converged: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The deviance, with all that adds to it, at some coordinates of each problem.

    Parameters
    ----------
    theta : ndarray, shape (problems, k + 1)
        Best ln scale, and the coordinates.
    value : ndarray, shape (problems,)
        Deviance.
    gradient : ndarray, shape (problems, k)
        Its derivatives for the coordinates.
    curvature : ndarray, shape (problems, k, k)
        Twice their Fisher information.
    """

    theta: Array
    value: Array
    gradient: Array
    curvature: Array


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """Which problems compete for the smallest deviance.

    Parameters
    ----------
    number : ndarray of int, shape (problems,)
        Number of the contest of each, from 0.
    lowest : ndarray, shape (contests,)
        Deviance that is known already; infinite where there is none.
    """

    number: NDArray[np.intp]
    lowest: Array

    @staticmethod
    def open(number: NDArray[np.intp]) -> Contest:
        """Return contests of which nothing is known."""
        return Contest(number, np.full(int(number.max()) + 1, np.inf))

    def rows(self, chosen: NDArray[np.intp]) -> Contest:
        """Return the contests of some of the problems."""
        return Contest(self.number[chosen], self.lowest)


def minimise_batch(
    problems: Problems, start: Array, contest: Contest | None = None, precision: float = _PRECISION
) -> Solutions:
    """Minimise the deviance of each problem from its start.

    Parameters
    ----------
    problems : Problems
        What is to be minimised.
    start : ndarray, shape (problems, k)
        Coordinates to begin with, in the box.
    contest : Contest, optional
        Where only the smallest deviance of several problems matters: what will not win is given up.
    precision : float
        A gain of the deviance that is none.

    Returns
    -------
    Solutions

    Notes
    -----
    Fisher scoring with Levenberg's damping [1]_ [2]_: (H + λ diag H) δ = −g, with H the Fisher information of the
    coordinates, what the free scale takes from it removed (Schur complement). Coordinates that leave the box stay at
    its wall as long as the gradient pushes them there. A step that does not lower the deviance is taken back, with
    four times the damping, then eight times and so on [3]_. A problem is solved when the undamped step promises less
    than a tenth of the precision, or when seven steps in a row have not brought the precision: on a valley floor that
    falls to infinity, or at a corner where a threshold meets a LET.
    After six steps, a search whose deviance lies above that of a rival by more than twice what its next undamped step
    promises is given up where it stands.

    References
    ----------
    .. [1] P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed. (1989), section 2.5.
    .. [2] D. W. Marquardt, J. Soc. Indust. Appl. Math. 11, 431 (1963).
    .. [3] H. B. Nielsen, Damping Parameter in Marquardt's Method, IMM-REP-1999-05, Technical University of Denmark.
    """
    number, size = start.shape
    theta = np.empty((number, size + 1))
    value, converged = np.empty(number), np.zeros(number, dtype=bool)
    rows = np.arange(number)
    coordinates = np.clip(start, problems.low, problems.high)
    place = evaluate(problems, coordinates)
    damping, growth, idle = np.full(number, 1e-3), np.full(number, 4.0), np.zeros(number, dtype=np.intp)
    leading = None if contest is None else contest.lowest.copy()
    for made in range(_MOST_STEPS):
        step, promise = _step(problems, coordinates, place, damping)
        done = (promise < 0.1 * precision) | (idle >= _IDLE_STEPS)
        if contest is not None and leading is not None:
            number_of = contest.number[rows]
            np.minimum.at(leading, number_of, place.value)
            if made >= _FIRST_LOOK:
                # The deviance would fall by half the promise.
                done |= place.value - promise > leading[number_of] + precision
        if np.any(done):
            theta[rows[done]], value[rows[done]], converged[rows[done]] = place.theta[done], place.value[done], True
            left = np.flatnonzero(~done)
            rows, problems, coordinates, step = rows[left], problems.rows(left), coordinates[left], step[left]
            place, damping, growth, idle = _chosen(place, left), damping[left], growth[left], idle[left]
        if not rows.size:
            break
        tried = np.clip(coordinates + step, problems.low, problems.high)
        there = evaluate(problems, tried)
        better = there.value <= place.value
        idle = np.where(place.value - there.value > precision, 0, idle + 1)
        coordinates = np.where(better[:, None], tried, coordinates)
        place = _merged(better, there, place)
        damping = np.where(better, np.maximum(damping * 0.2, 1e-9), damping * growth)
        growth = np.where(better, 4.0, 2.0 * growth)
    theta[rows], value[rows] = place.theta, place.value
    return Solutions(theta, value, converged)


def _step(problems: Problems, coordinates: Array, place: Place, damping: Array) -> tuple[Array, Array]:
    """Return the damped steps, and what the undamped ones promise."""
    gradient, curvature = place.gradient, place.curvature
    stays = ((coordinates <= problems.low) & (gradient > 0)) | ((coordinates >= problems.high) & (gradient < 0))
    stays |= problems.low >= problems.high
    gradient = np.where(stays, 0.0, gradient)
    matrix = np.where(stays[:, :, None] | stays[:, None, :], 0.0, curvature)
    diagonal = np.einsum("rii->ri", matrix)
    # Where the data say nothing about a coordinate its curvature vanishes: then it stays.
    floor = np.maximum(diagonal, 1e-12 + 1e-9 * diagonal.max(axis=1, keepdims=True))
    identity = np.eye(coordinates.shape[1])
    damped = matrix + (floor * (damping[:, None] + 1e-9))[:, :, None] * identity
    step = np.linalg.solve(damped, -gradient[:, :, None])[:, :, 0]
    loose = matrix + (floor * 1e-6)[:, :, None] * identity
    promise = np.abs(np.einsum("ri,ri->r", gradient, np.linalg.solve(loose, gradient[:, :, None])[:, :, 0]))
    longest = np.full(coordinates.shape[1], _LONGEST_STEP)
    step = np.clip(step, -longest, longest) if not _has_threshold(problems) else _clipped(step, problems)
    return step, promise


def _has_threshold(problems: Problems) -> bool:
    return problems.likelihood.form.has_threshold


def _clipped(step: Array, problems: Problems) -> Array:
    longest = np.full(step.shape, _LONGEST_STEP)
    longest[:, 0] = problems.high[:, 0] - problems.low[:, 0]
    return np.clip(step, -longest, longest)


def evaluate(problems: Problems, coordinates: Array) -> Place:
    """Return the deviance of each problem and its derivatives at coordinates of shape (problems, k)."""
    likelihood = problems.likelihood
    log_f, derivatives = likelihood.form.log_fraction(likelihood.let_mev_cm2_mg, coordinates)
    held = ~np.isnan(problems.log_held)
    any_held = bool(held.any())
    at, held_derivatives = _at_held(problems, coordinates) if any_held else (_NOTHING_HELD, _NOTHING_HELD)
    log_scale, log_common, free = _best_scale(problems, log_f, held, at)
    value, slope, weight = likelihood.expansion((log_scale + log_common)[:, None] + log_f)
    weight = 2.0 * weight
    # Where σ at a LET is held, the scale follows the coordinates.
    if any_held:
        derivatives = derivatives - np.where(held[:, None], held_derivatives, 0.0)[:, None, :]
    gradient = (slope[:, None, :] @ derivatives)[:, 0]
    weighted = weight[:, :, None] * derivatives
    curvature = np.swapaxes(derivatives, 1, 2) @ weighted
    cross = weighted.sum(axis=1)
    stiffness = weight.sum(axis=1)
    if problems.common_uncertainty:
        factor = np.exp(log_common)
        pull = (factor - 1.0) / problems.common_uncertainty
        value = value + pull**2
        stiffness = stiffness + 2.0 * (factor / problems.common_uncertainty) ** 2
    if problems.spread is not None and problems.centre is not None:
        pulls = (np.concatenate([log_scale[:, None], coordinates], axis=1) - problems.centre) / problems.spread
        value = value + (pulls**2).sum(axis=1)
        gradient = gradient + 2.0 * (pulls / problems.spread)[:, 1:]
        curvature = curvature + np.diag(2.0 / problems.spread[1:] ** 2)
        along = np.where(held[:, None], -held_derivatives, 0.0)
        gradient = gradient + 2.0 * (pulls[:, 0] / problems.spread[0])[:, None] * along
        curvature = curvature + 2.0 / problems.spread[0] ** 2 * along[:, :, None] * along[:, None, :]
        stiffness = stiffness + 2.0 / problems.spread[0] ** 2
    taken = cross[:, :, None] * cross[:, None, :] / np.maximum(stiffness, 1e-300)[:, None, None]
    curvature = curvature - (taken if free is None else np.where(free[:, None, None], taken, 0.0))
    return Place(np.concatenate([log_scale[:, None], coordinates], axis=1), value, gradient, curvature)


def _at_held(problems: Problems, coordinates: Array) -> tuple[Array, Array]:
    """Return ln F at the LETs where σ is held, and its derivatives; 0 where the scale itself is."""
    at, derivatives = np.zeros(len(coordinates)), np.zeros_like(coordinates)
    inside = np.isfinite(problems.held_let) & np.isfinite(problems.log_held)
    for let in np.unique(problems.held_let[inside]):
        rows = inside & (problems.held_let == let)
        form = problems.likelihood.form
        # A power law is scaled at the highest LET of the data, which therefore has to be among them.
        lets = np.array([let, problems.likelihood.let_mev_cm2_mg.max()])
        log_f, slope = form.log_fraction(lets, coordinates[rows])
        at[rows], derivatives[rows] = log_f[:, 0], slope[:, 0]
    return at, derivatives


def _best_scale(problems: Problems, log_f: Array, held: Mask, at: Array) -> tuple[Array, Array, Mask | None]:
    """Return ln scale, the logarithm of the common factor, and where either of the two is free; None for everywhere."""
    likelihood = problems.likelihood
    best = np.log(likelihood.weighted_total) - likelihood.log_sum(log_f)
    zero = np.zeros(len(best))
    any_held = bool(held.any())
    fixed = np.where(held, problems.log_held - at, 0.0) if any_held else zero
    common = problems.common_uncertainty
    prior = problems.spread is not None and np.isfinite(problems.spread[0])
    free = None if common or not any_held else ~held
    if likelihood.fluence_is_exact and not prior and not (common and any_held):
        return np.where(held, fixed, best) if any_held else best, zero, free
    # One dimension: ln scale where it is free, the common factor where ln σ is held.
    position = np.where(held, 0.0, best)
    for _ in range(50):
        log_sigma = (np.where(held, fixed, 0.0) + position)[:, None] + log_f
        slope = likelihood.slope(log_sigma).sum(axis=-1)
        stiffness = 2.0 * likelihood.curvature(log_sigma).sum(axis=-1)
        if common:
            factor = np.exp(position)
            slope += np.where(held, 2.0 * (factor - 1.0) * factor / common**2, 0.0)
            stiffness += np.where(held, 2.0 * (factor / common) ** 2, 0.0)
        if prior and problems.centre is not None and problems.spread is not None:
            variance = problems.spread[0] ** 2
            slope += np.where(held, 0.0, 2.0 * (position - problems.centre[0]) / variance)
            stiffness += np.where(held, 0.0, 2.0 / variance)
        change = np.clip(-slope / np.maximum(stiffness, 1e-300), -2.0, 2.0)
        if not common:
            change = np.where(held, 0.0, change)
        position = position + change
        if np.all(np.abs(change) < 1e-9):
            break
    return np.where(held, fixed, position), np.where(held, position, 0.0), free


def _chosen(place: Place, rows: NDArray[np.intp]) -> Place:
    return Place(place.theta[rows], place.value[rows], place.gradient[rows], place.curvature[rows])


def _merged(better: Mask, there: Place, here: Place) -> Place:
    return Place(
        np.where(better[:, None], there.theta, here.theta),
        np.where(better, there.value, here.value),
        np.where(better[:, None], there.gradient, here.gradient),
        np.where(better[:, None, None], there.curvature, here.curvature),
    )
