"""Whether upsets of one scan lie at distances that recur: bits of one event, seen without a map of the memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc

__all__ = ["recurring_pairs"]

_MOST_PER_SCAN = 1500
_ENOUGH_PAIRS = 1_000_000
_FALSE_ALARM = 1e-3


def recurring_pairs(windows: ArrayLike, addresses: ArrayLike, bits: ArrayLike, *, cells: int | None = None) -> int:
    """Count pairs of upsets of one scan whose distance, in address and bit, recurs more often than chance allows.

    Parameters
    ----------
    windows : array_like of int
        Scan in which each upset was found.
    addresses, bits : array_like of int
        Where each upset is.
    cells : int, optional
        Bits of the memory; by default as many as the addresses and bits span.

    Returns
    -------
    int
        Pairs beyond those expected by chance; 0 where no distance recurs.

    Notes
    -----
    A layout puts physical neighbours at a few fixed distances of address and bit. Of N cells, at most N of the
    N(N − 1)/2 pairs lie at one distance, so that of P pairs drawn by chance at most λ = 2P/(N − 1) are expected there.
    A distance with k pairs recurs if the chance of k or more, times the 2N distances there are, is below 0.001. That
    distances recur is used by others, too (J. A. Clemente et al., IEEE Trans. Nucl. Sci. 63, 2087 (2016), by exclusive
    or of addresses); difference and bound are ours. Of scans with more
    than 1,500 upsets the first 1,500 are looked at, and of all scans as many as hold a million pairs.
    """
    window, address, bit = (np.asarray(values, dtype=np.int64) for values in (windows, addresses, bits))
    if len(window) < 2:
        return 0
    size = cells or int((address.max() - address.min() + 1) * (bit.max() + 1))
    steps, seen = [np.empty((0, 2), dtype=np.int64)], 0
    for one in np.unique(window):
        here = np.flatnonzero(window == one)[:_MOST_PER_SCAN]
        steps.append(_steps(address[here], bit[here]))
        seen += len(steps[-1])
        if seen > _ENOUGH_PAIRS:
            break
    every = np.concatenate(steps)
    if not len(every) or size < 3:
        return 0
    _, times = np.unique(every, axis=0, return_counts=True)
    expected = 2.0 * len(every) / (size - 1)
    # P(k or more) of Poisson's law is the regularised incomplete gamma function.
    recurs = gammainc(times, expected) * 2.0 * size < _FALSE_ALARM
    recurs &= times > 1
    return int(max((times[recurs] - expected).sum(), 0.0))


def _steps(address: NDArray[np.int64], bit: NDArray[np.int64]) -> NDArray[np.int64]:
    first, second = np.triu_indices(len(address), 1)
    step = np.stack([address[second] - address[first], bit[second] - bit[first]], axis=1)
    backwards = (step[:, 0] < 0) | ((step[:, 0] == 0) & (step[:, 1] < 0))
    step[backwards] *= -1
    return step
