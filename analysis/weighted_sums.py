"""A sum over parts of a device: so many cells, so often hit, of which so many hits matter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from radtest.analysis.stratified import stratified_proportion
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["weighted_total"]

Array = NDArray[np.float64]

_DRAWS = 2048
_STEPS = 45


def weighted_total(
    sizes: ArrayLike,
    per_cell: Sequence[Estimate],
    successes: ArrayLike,
    trials: ArrayLike,
    confidence: float = 0.95,
    *,
    groups: Sequence[int] | None = None,
    seed: int = 1,
) -> Estimate:
    """Estimate Σ cells × sensitivity of a cell × proportion of its upsets, over the parts of a device.

    Parameters
    ----------
    sizes : array_like, shape (s,)
        Cells of each part, above 0: its bits.
    per_cell : sequence of Estimate, s of them
        Sensitivity of one cell, above 0: a cross section, cm²/bit, or upsets per bit and day. Equal limits stand for an
        exact figure.
    successes, trials : array_like, shape (s,)
        Successes (upsets with the outcome in question) among the trials of each part; one trial at least.
    confidence : float
        Confidence level of the two-sided interval.
    groups : sequence of int, s of them, optional
        Parts with the same number have the same cells: what is not known of their sensitivity is common to them. Every
        part by itself by default.
    seed : int
        Seed of the draws.

    Returns
    -------
    Estimate
        In the unit of `per_cell`, per device.

    Raises
    ------
    ConfigurationError
        If numbers of parts differ, a size or sensitivity is not above 0, limits do not enclose their value, or counts
        are impossible.

    Notes
    -----
    With exact sensitivities this is the score interval of `stratified_proportion` times Σ cells × sensitivity.
    Otherwise the score limit is taken at a random level, with sensitivities drawn, and the limits are quantiles of the
    product: the score limits at all levels are a confidence distribution of the proportion [1]_, from which uncertainty
    is propagated as from any other. A sensitivity is drawn log-normal, with its own spread on either side of the value;
    draws are spread evenly (Latin hypercube).

    References
    ----------
    .. [1] M. Xie and K. Singh, Int. Stat. Rev. 81, 3 (2013).
    """
    cells = np.asarray(sizes, dtype=np.float64)
    group = list(range(len(per_cell))) if groups is None else list(groups)
    if cells.shape != (len(per_cell),) or len(group) != len(per_cell):
        raise ConfigurationError(
            f"{cells.size} sizes, {len(per_cell)} sensitivities, {len(group)} groups",
            remedy="give one of each for every part.",
        )
    for estimate in per_cell:
        if not (0 < estimate.low <= estimate.value <= estimate.high and math.isfinite(estimate.high)):
            raise ConfigurationError(
                f"sensitivity of a cell: {estimate.value:g} with limits {estimate.low:g} and {estimate.high:g}",
                remedy="give a value above 0, between finite limits above 0.",
            )
    values = np.array([estimate.value for estimate in per_cell])
    total = float(cells @ values)
    share = stratified_proportion(cells * values, successes, trials, confidence)
    if all(estimate.low == estimate.high for estimate in per_cell):
        return share.scaled(total)
    rng = np.random.default_rng(seed)
    factors = {}
    for number, estimate in zip(group, per_cell, strict=True):
        if number not in factors:
            factors[number] = _log_factors(estimate, rng)
        # The same cells, with the same doubt about them.
    weights = cells * values * np.exp(np.stack([factors[number] for number in group], axis=1))
    levels = _even(rng)
    sums = weights.sum(axis=1) * _score_limits(
        weights, np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64), levels
    )
    low, high = np.quantile(sums, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return Estimate(total * share.value, float(low), float(high), confidence)


def _even(rng: np.random.Generator) -> Array:
    """Draw numbers between 0 and 1, one from each of as many equal parts, in random order."""
    return np.asarray((rng.permutation(_DRAWS) + rng.random(_DRAWS)) / _DRAWS)


def _log_factors(estimate: Estimate, rng: np.random.Generator) -> Array:
    normal = ndtri(_even(rng)) / float(ndtri((1.0 + estimate.confidence) / 2.0))
    below, above = math.log(estimate.value / estimate.low), math.log(estimate.high / estimate.value)
    return np.asarray(normal * np.where(normal < 0, below, above))


def _score_limits(weights: Array, k: Array, n: Array, levels: Array) -> Array:
    """Return, for each row of weights, the one-sided score limit of the weighted proportion at a level."""
    shares = weights / weights.sum(axis=1, keepdims=True)
    z = ndtri(levels)
    limits = np.empty(len(z))
    below = z < 0
    limits[below] = _lower(shares[below], k, n, -z[below]) if np.any(k > 0) else 0.0
    limits[~below] = 1.0 - _lower(shares[~below], n - k, n, z[~below]) if np.any(k < n) else 1.0
    return limits


def _lower(w: Array, k: Array, n: Array, z: Array) -> Array:
    """Lower limits, as in `stratified_proportion`, by bisection of the logarithm of the multiplier."""

    def constrained(log_multiplier: Array) -> Array:
        a = np.exp(log_multiplier)[:, None] * w
        return np.asarray(2.0 * k / (n + a + np.sqrt((n - a) ** 2 + 4.0 * a * (n - k))))

    def reaches(log_multiplier: Array) -> NDArray[np.bool_]:
        p = constrained(log_multiplier)
        parts = w * w * p * (1.0 - p) / n
        whole = parts.sum(axis=1)
        share = parts / np.where(whole > 0, whole, 1.0)[:, None]
        # Where nothing has moved yet the statistic is 0.
        freed = np.where(parts > 0, parts * n / np.where(parts > 0, n - 1.0 + share, 1.0), 0.0).sum(axis=1)
        score = np.exp(log_multiplier) * whole / np.sqrt(np.where(freed > 0, freed, 1.0))
        return np.asarray(score >= z)

    inner, outer = np.full(len(z), -60.0), np.full(len(z), 60.0)
    for _ in range(_STEPS):
        middle = (inner + outer) / 2.0
        high_enough = reaches(middle)
        outer = np.where(high_enough, middle, outer)
        inner = np.where(high_enough, inner, middle)
    return np.asarray((w * constrained(outer)).sum(axis=1))
