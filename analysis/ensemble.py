"""Drawing from a density known up to a factor, with an ensemble of walkers moved all at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["sample_ensemble"]

Array = NDArray[np.float64]


def sample_ensemble(
    log_density: Callable[[Array], Array], start: Array, rng: np.random.Generator, *, settle: int, keep: int, every: int
) -> Array:
    """Draw from a density by affine-invariant stretch moves.

    Parameters
    ----------
    log_density : callable
        Takes positions of shape (walkers, dimensions), returns shape (walkers,); −inf outside the support.
    start : ndarray, shape (walkers, dimensions)
        First positions, inside the support; an even number of walkers, more than twice the dimensions.
    rng : numpy.random.Generator
        Source of randomness.
    settle : int
        Steps before the first one kept.
    keep : int
        Snapshots of the ensemble to keep.
    every : int
        Steps from one snapshot to the next.

    Returns
    -------
    ndarray, shape (keep · walkers, dimensions)

    Notes
    -----
    Each half of the ensemble moves along lines through walkers of the other half: y = x_j + s (x_i − x_j), with s of
    density ∝ 1/√s on [1/2, 2], accepted with probability min(1, s^(d−1) p(y)/p(x_i)) [1]_. Correlated and badly
    scaled parameters cost nothing, and a step is two calls of a vectorised density.

    References
    ----------
    .. [1] J. Goodman and J. Weare, Comm. App. Math. Comp. Sci. 5, 65 (2010).
    """
    walkers, dimensions = start.shape
    if walkers % 2 or walkers <= 2 * dimensions:
        raise ValueError(f"an even number of walkers above {2 * dimensions} is needed, got {walkers}")
    position, density = start.copy(), log_density(start)
    half = walkers // 2
    halves = (slice(0, half), slice(half, walkers))
    snapshots = []
    for step in range(1, settle + keep * every + 1):
        for moving, still in (halves, halves[::-1]):
            stretch = ((rng.random(half) + 1.0) ** 2) / 2.0
            partners = position[still][rng.integers(half, size=half)]
            proposal = partners + stretch[:, None] * (position[moving] - partners)
            proposed = log_density(proposal)
            gain = (dimensions - 1) * np.log(stretch) + proposed - density[moving]
            accepted = np.log1p(-rng.random(half)) < gain
            position[moving] = np.where(accepted[:, None], proposal, position[moving])
            density[moving] = np.where(accepted, proposed, density[moving])
        if step > settle and (step - settle) % every == 0:
            snapshots.append(position.copy())
    return np.concatenate(snapshots)
