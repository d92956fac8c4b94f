"""A proportion over strata that are sampled separately, and how to share a sample among them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtri

from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["neyman_allocation", "proportional_allocation", "proportional_sequence", "stratified_proportion"]

Array = NDArray[np.float64]


def stratified_proportion(
    weights: ArrayLike, successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95
) -> Estimate:
    """Estimate a proportion of a whole from samples of its strata, with a score interval.

    Parameters
    ----------
    weights : array_like, shape (s,)
        Size of each stratum, above 0: its bits, or bits times cross section for a proportion of upsets as they happen.
        Only their ratios matter.
    successes, trials : array_like, shape (s,)
        Successes among the trials of each stratum; every stratum needs at least one trial.
    confidence : float
        Confidence level of the two-sided interval.

    Returns
    -------
    Estimate
        Weighted mean of the proportions, with limits inside [0, 1].

    Raises
    ------
    ConfigurationError
        If shapes differ, a weight is not above 0, counts are impossible, or a stratum has no trial.

    Notes
    -----
    With weights W of sum 1 the limits are the values θ for which the score statistic [1]_

    ``(Σ W p − θ) / √(Σ v n/(n − 1 + v/Σv)),  v = W² p̃(1 − p̃)/n``

    is ± the normal quantile z; p are the observed proportions, p̃ those of largest likelihood with Σ W p̃ = θ. With a
    multiplier λ, k − n p̃ = λ W p̃(1 − p̃) is a quadratic in each stratum and Σ W p − θ = λ Σ v, so that each limit is one
    root in λ. The factor n/(n − 1 + v/Σv) is ours: each p̃ follows its own few trials but for the one constraint, which
    makes p̃(1 − p̃) too small. One stratum gives Wilson's interval exactly. Unlike the stratified Wilson interval of Yan
    and Su it needs no success in any stratum.

    References
    ----------
    .. [1] A. Martín Andrés, M. Álvarez Hernández and I. Herranz Tejedor, Stat. Methods Med. Res. 20, 369 (2011).
    """
    w = _shares(weights)
    k, n = _samples(successes, trials, w.size)
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    z = float(ndtri((1.0 + confidence) / 2.0))
    value = float(w @ (k / n))
    low = _limit(z, w, k, n) if np.any(k > 0) else 0.0
    # The upper limit of the successes is the lower limit of the failures, which saves a second set of formulas.
    high = 1.0 - _limit(z, w, n - k, n) if np.any(k < n) else 1.0
    return Estimate(value, low, high, confidence)


def proportional_allocation(total: int, weights: ArrayLike) -> NDArray[np.int64]:
    """Share a sample among strata in proportion to their weights, with at least one trial each.

    Parameters
    ----------
    total : int
        Trials to share, at least as many as strata.
    weights : array_like, shape (s,)
        Sizes of the strata, above 0.

    Returns
    -------
    ndarray of int, shape (s,)
        Trials of each stratum; they add up to `total`.

    Raises
    ------
    ConfigurationError
        If a weight is not above 0, or the sample is smaller than the number of strata.

    Notes
    -----
    Strata whose share is below one trial get one; the rest is rounded by largest remainders (Hamilton's method), the
    first of equal remainders first.
    """
    shares = _shares(weights)
    if total < shares.size or total != int(total):
        raise ConfigurationError(
            f"{total!r} trials for {shares.size} strata",
            remedy="give each stratum at least one trial, or merge strata.",
        )
    trials = np.ones(shares.size, dtype=np.int64)
    rest = np.ones(shares.size, dtype=bool)
    while True:
        left = total - np.count_nonzero(~rest)
        quota = np.where(rest, shares, 0.0) / shares[rest].sum() * left
        below = rest & (quota < 1.0)
        if not below.any():
            break
        rest &= ~below
    trials[rest] = np.floor(quota[rest]).astype(np.int64)
    remainder = np.where(rest, quota - np.floor(quota), -1.0)
    trials[np.argsort(-remainder, kind="stable")[: total - int(trials.sum())]] += 1
    return trials


def proportional_sequence(
    total: int, weights: ArrayLike, *, minimum: int = 1, capacities: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Put a stratified sample in such an order that it is in proportion wherever it ends.

    Parameters
    ----------
    total : int
        Trials in all.
    weights : array_like, shape (s,)
        Sizes of the strata, above 0.
    minimum : int
        Trials that every stratum has at least, or all that its capacity allows; they come first.
    capacities : array_like of int, shape (s,), optional
        Trials that a stratum can have at most; without limit where this is not given.

    Returns
    -------
    ndarray of int, shape (total,)
        The stratum of each trial. The sequence of a smaller total is the beginning of that of a larger one.

    Raises
    ------
    ConfigurationError
        If a weight is not above 0, the total is too small for the minimum or larger than all capacities together.

    Notes
    -----
    The next trial goes to the stratum with the smallest (n + ½)/W, n being the trials it has: the divisor method of
    Webster and Sainte-Laguë, which unlike that of `proportional_allocation` never takes a trial back as the total grows
    [1]_. The first of equal strata comes first.

    References
    ----------
    .. [1] M. L. Balinski and H. P. Young, Fair Representation, 1982, appendix A.
    """
    shares = _shares(weights)
    most = np.full(shares.size, total) if capacities is None else np.minimum(np.asarray(capacities), total)
    least = np.minimum(minimum, most)
    if minimum < 0 or total < int(least.sum()) or total > int(most.sum()):
        raise ConfigurationError(
            f"{total!r} trials for {shares.size} strata",
            remedy=f"give at least {int(least.sum())}, which is {minimum} for each, and at most {int(most.sum())}.",
        )
    # Every stratum as far as its turns come before a moment, and that moment as early as there are turns enough.
    early, late = 0.0, float((most / shares).max()) + 1.0
    while late - early > 1e-9 * late:
        moment = (early + late) / 2.0
        early, late = (early, moment) if _turns(shares, least, most, moment).sum() >= total else (moment, late)
    # One more of each, for those whose moment is this one but for rounding.
    counts = np.minimum(_turns(shares, least, most, late) + 1, most)
    stratum = np.repeat(np.arange(shares.size), counts)
    turn = np.arange(len(stratum)) - np.repeat(np.cumsum(counts) - counts, counts)
    # The minimum comes in rounds, before all else.
    moments = np.where(turn < least[stratum], turn - float(minimum), (turn + 0.5) / shares[stratum])
    return np.asarray(stratum[np.lexsort((stratum, moments))][:total])


def _turns(shares: Array, least: NDArray[np.int64], most: NDArray[np.int64], moment: float) -> NDArray[np.int64]:
    """Return how many turns of each stratum come up to a moment."""
    turns = np.minimum(np.floor(shares * moment + 0.5), most).astype(np.int64)
    return np.asarray(np.maximum(turns, least))


def neyman_allocation(total: int, weights: ArrayLike, successes: ArrayLike, trials: ArrayLike) -> NDArray[np.int64]:
    """Share a sample so that the stratified estimate is as sharp as it can be, after a pilot sample.

    Parameters
    ----------
    total : int
        Trials to share, at least as many as strata.
    weights : array_like, shape (s,)
        Sizes of the strata, above 0.
    successes, trials : array_like, shape (s,)
        Outcome of the pilot in each stratum.

    Returns
    -------
    ndarray of int, shape (s,)
        Trials of each stratum, rounded as by `proportional_allocation`.

    Raises
    ------
    ConfigurationError
        As `proportional_allocation` and `stratified_proportion`.

    Notes
    -----
    In proportion to W √(p(1 − p)) [1]_, with p = (k + 1)/(n + 2): a stratum in which the pilot saw nothing, or nothing
    else, keeps a share that fits what the pilot could have missed.

    References
    ----------
    .. [1] J. Neyman, J. R. Stat. Soc. 97, 558 (1934).
    """
    shares = _shares(weights)
    k, n = _samples(successes, trials, shares.size)
    p = (k + 1.0) / (n + 2.0)
    return proportional_allocation(total, shares * np.sqrt(p * (1.0 - p)))


def _limit(z: float, w: Array, k: Array, n: Array) -> float:
    """Lower limit: the weighted sum of the constrained proportions at the multiplier where the statistic is z."""

    def constrained(multiplier: float) -> Array:
        a = multiplier * w
        # The smaller root of a p² − (n + a) p + k, without cancellation.
        return np.asarray(2.0 * k / (n + a + np.sqrt((n - a) ** 2 + 4.0 * a * (n - k))))

    def excess(log_multiplier: float) -> float:
        multiplier = math.exp(log_multiplier)
        p = constrained(multiplier)
        parts = w * w * p * (1.0 - p) / n
        whole = float(parts.sum())
        if whole <= 0.0:
            return -z  # all or nothing in every stratum, and not yet moved from there
        # A fit to each stratum's own sample takes from its p(1 − p), as a variance divided by n instead of n − 1 does.
        moved = parts > 0.0
        freed = parts[moved] * n[moved] / (n[moved] - 1.0 + parts[moved] / whole)
        return multiplier * whole / math.sqrt(float(freed.sum())) - z

    inner, outer = 0.0, 1.0
    while excess(inner) > 0.0:
        inner -= 2.0
    while excess(outer) < 0.0:
        outer += 2.0
    root: float = brentq(excess, inner, outer, xtol=1e-12)
    return float(w @ constrained(math.exp(root)))


def _shares(weights: ArrayLike) -> Array:
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 1 or not w.size:
        raise ConfigurationError(f"weights of strata: shape {w.shape}", remedy="give one weight for each stratum.")
    bad = ~(np.isfinite(w) & (w > 0))
    if np.any(bad):
        raise ConfigurationError(
            f"weights of strata: got {w[bad][0]:g}", remedy="weights are above 0; leave out a stratum without bits."
        )
    return np.asarray(w / w.sum())


def _samples(successes: ArrayLike, trials: ArrayLike, strata: int) -> tuple[Array, Array]:
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if k.shape != (strata,) or n.shape != (strata,):
        raise ConfigurationError(
            f"{strata} weights, successes of shape {k.shape}, trials of shape {n.shape}",
            remedy="give one weight, one count of successes and one of trials for each stratum.",
        )
    bad = ~((n >= 1) & (k >= 0) & (k <= n) & (k == np.floor(k)) & (n == np.floor(n)))
    if np.any(bad):
        where = int(np.argmax(bad))
        raise ConfigurationError(
            f"stratum {where}: {k[where]:g} successes among {n[where]:g} trials",
            remedy="give 0 to N successes among N trials, N 1 or more; a stratum that was not sampled is not known.",
        )
    return k, n
