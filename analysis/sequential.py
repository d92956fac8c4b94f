"""Campaigns that look at their interval on the way, at sample sizes declared in advance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import chdtri, ndtr, ndtri

from radtest.analysis.counting import wilson
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["DeclaredLooks", "pocock_critical_value"]

Array = NDArray[np.float64]

SHORTFALL = 0.01
"""How far below the stated confidence the exact coverage of a calibrated design may dip.

Counts are whole numbers, so that the coverage of any interval jumps with the proportion; one that never dips (Clopper
and Pearson's) covers far more than stated nearly everywhere.
"""

CALIBRATION_PROPORTIONS: Array = np.sin(np.linspace(0.0, math.pi / 4.0, 201)[1:]) ** 2
"""Where coverage is computed: even in the arcsine of √p, in which all proportions are equally hard to tell apart."""

CALIBRATION_STEPS = 24
LEAST_GROWTH = 1e-3  # looks closer together are one look, and their joint density is too sharp to integrate


def pocock_critical_value(sizes: Sequence[int], confidence: float = 0.95) -> float:
    """Number of standard errors that nested samples all stay within, with a stated probability.

    Parameters
    ----------
    sizes : sequence of int
        Cumulative sample sizes of the looks, growing.
    confidence : float
        Probability that no look's estimate is further from the truth than that.

    Returns
    -------
    float
        The normal quantile for one look; always below Bonferroni's, because looks share what they have seen.

    Raises
    ------
    ConfigurationError
        If the sizes do not grow or the confidence is not between 0 and 1.

    Notes
    -----
    The standardised estimates of the looks are jointly normal with correlation √(nᵢ/nⱼ) for i < j [1]_. They form a
    Markov chain, so that the probability is a chain of one-dimensional integrals [2]_, done by the rule of Gauss and
    Legendre.

    References
    ----------
    .. [1] S. J. Pocock, Biometrika 64, 191 (1977); C. Jennison and B. W. Turnbull, Group Sequential Methods with
       Applications to Clinical Trials, 1999, chapters 2 and 8.
    .. [2] P. Armitage, C. K. McPherson and B. C. Rowe, J. R. Stat. Soc. A 132, 235 (1969).
    """
    return _pocock(_checked_sizes(sizes), _checked_confidence(confidence))


@dataclass(frozen=True, slots=True)
class DeclaredLooks:
    """A campaign that looks at its interval at declared sample sizes, and may stop there.

    Looking at an interval again and again and stopping when it pleases covers less often than stated. Intervals at
    declared looks are made somewhat longer, so that the interval reported at stopping covers as often as stated.

    Parameters
    ----------
    sizes : tuple of int
        Cumulative sample sizes at which the campaign looks, growing; the last ends it.
    confidence : float
        Confidence level of the interval reported when the campaign stops.
    half_width : float, optional
        The stopping rule: stop at the first look whose interval is no wider than ± this. None leaves the choice free:
        stop at any look for any reason.

    Raises
    ------
    ConfigurationError
        If the sizes do not grow, or confidence or half width are not between 0 and 1.

    Notes
    -----
    With a free choice the critical value is Pocock's: the intervals of all looks contain the proportion together with
    the stated probability, whatever the rule. With a declared half width it is the smallest, of 25 between the normal
    quantile and Pocock's, for which the exact coverage of the interval at stopping is not more than 0.01 below the
    confidence at any of 200 proportions. That is a good deal less than Pocock's, under which such a campaign would be
    covered 98 or 99 % of the time: how narrow an interval is tells little about where in it the truth lies.

    Intervals are Wilson's. The side towards the boundary is Poisson's for one to three successes (or failures),
    after [1]_, without which a proportion of 0.1/n is covered 84 % of the time.

    References
    ----------
    .. [1] L. D. Brown, T. T. Cai and A. DasGupta, Stat. Sci. 16, 101 (2001), section 4.1.1.
    """

    sizes: tuple[int, ...]
    confidence: float = 0.95
    half_width: float | None = None
    critical_value: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes, confidence = _checked_sizes(self.sizes), _checked_confidence(self.confidence)
        object.__setattr__(self, "sizes", sizes)
        if self.half_width is not None and not 0 < self.half_width < 1:
            raise ConfigurationError(
                f"half_width: got {self.half_width!r}", remedy="give a half width between 0 and 1, such as 0.02."
            )
        value = (
            _pocock(sizes, confidence) if self.half_width is None else _calibrated(sizes, confidence, self.half_width)
        )
        object.__setattr__(self, "critical_value", value)

    @property
    def look_confidence(self) -> float:
        """Confidence level of a look's interval on its own, above the one that is kept."""
        return float(2.0 * ndtr(self.critical_value) - 1.0)

    def estimate(self, successes: int, trials: int) -> Estimate:
        """Estimate at a look.

        Raises
        ------
        ConfigurationError
            If `trials` is not a declared size (nothing is promised between looks), or `successes` are impossible.
        """
        if trials not in self.sizes:
            raise ConfigurationError(
                f"{trials} trials are not a declared look",
                remedy=f"report at one of {', '.join(map(str, self.sizes))}; other sizes must be declared beforehand.",
            )
        low, high = _look_limits(successes, trials, self.critical_value)
        return Estimate(successes / trials, float(low), float(high), self.confidence)

    def stops(self, successes: int, trials: int) -> bool:
        """Tell whether the campaign ends at this look: narrow enough, or the last.

        Raises
        ------
        ConfigurationError
            As `estimate`; also, before the last look, if no half width is declared: the choice is then yours.
        """
        estimate = self.estimate(successes, trials)
        if trials == self.sizes[-1]:
            return True
        if self.half_width is None:
            raise ConfigurationError(
                "no half width is declared", remedy="give half_width, or decide at each look by the estimate."
            )
        return estimate.high - estimate.low <= 2.0 * self.half_width

    def coverage(self, proportions: ArrayLike) -> Array:
        """Exact probability that the interval at stopping contains the true proportion.

        Parameters
        ----------
        proportions : array_like, any shape
            True proportions, between 0 and 1.

        Returns
        -------
        ndarray, shape of `proportions`

        Notes
        -----
        The distribution of the count is carried from look to look over the counts that have not stopped. Without a
        declared half width it is the probability that the intervals of all looks contain the proportion.
        """
        return self._followed(proportions)[0]

    def expected_trials(self, proportions: ArrayLike) -> Array:
        """Exact mean sample size at stopping, taken and given as by `coverage`. Without half width, the last size."""
        return self._followed(proportions)[1]

    def _followed(self, proportions: ArrayLike) -> tuple[Array, Array]:
        p = np.asarray(proportions, dtype=np.float64)
        if np.any(~((p >= 0) & (p <= 1))):
            raise ConfigurationError("proportions: outside 0 to 1", remedy="give true proportions between 0 and 1.")
        followed = _follow(
            _looks(self.sizes, self.critical_value, self.half_width),
            self.sizes,
            p.ravel(),
            _steps(self.sizes, p.ravel()),
        )
        return followed[0].reshape(p.shape), followed[1].reshape(p.shape)


@dataclass(frozen=True, slots=True)
class _Look:
    """Limits of every count at a look, and whether the campaign stops there (None: it goes on while it is right)."""

    low: Array
    high: Array
    stops: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Distribution of a count over a stretch of values; beyond it there is nothing that matters."""

    start: int
    probability: Array


def _look_limits(successes: ArrayLike, trials: int, critical_value: float) -> tuple[Array, Array]:
    """Wilson's limits, with Poisson's at the boundary's side of one to three successes or failures."""
    k = np.asarray(successes, dtype=np.float64)
    low, high = wilson(k, trials, 2.0 * float(ndtr(critical_value)) - 1.0)
    tail = 2.0 * float(ndtr(-critical_value))
    few, few_fail = (k >= 1) & (k <= 3), (trials - k >= 1) & (trials - k <= 3)
    # χ²(tail; 2k)/2n: the mean for which as many as k are seen with probability `tail`.
    least = chdtri(2.0 * np.where(few, k, 1.0), 1.0 - tail) / (2.0 * trials)
    least_fail = chdtri(2.0 * np.where(few_fail, trials - k, 1.0), 1.0 - tail) / (2.0 * trials)
    return np.where(few, np.minimum(low, least), low), np.where(few_fail, np.maximum(high, 1.0 - least_fail), high)


def _looks(sizes: tuple[int, ...], critical_value: float, half_width: float | None) -> list[_Look]:
    looks = []
    for n in sizes:
        low, high = _look_limits(np.arange(n + 1), n, critical_value)
        if half_width is None:
            looks.append(_Look(low, high, None))
        else:
            looks.append(_Look(low, high, (high - low <= 2.0 * half_width) | (n == sizes[-1])))
    return looks


def _stretch(trials: int, p: float) -> tuple[int, int]:
    """Counts outside these have together a probability below 10⁻¹²."""
    mean, reach = trials * p, 8.0 * math.sqrt(trials * p * (1.0 - p)) + 10.0
    return max(0, math.floor(mean - reach)), min(trials, math.ceil(mean + reach))


def _steps(sizes: tuple[int, ...], proportions: Array) -> list[list[_Stretch]]:
    """Distributions of the successes that each look adds, for every proportion."""
    from scipy.stats import binom  # noqa: PLC0415 (slow to import, and few need it)

    steps = []
    for p in proportions.tolist():
        known: dict[int, _Stretch] = {}
        for more in np.diff(sizes, prepend=0).tolist():
            if more not in known:
                first, last = _stretch(more, p)
                known[more] = _Stretch(first, np.asarray(binom.pmf(np.arange(first, last + 1), more, p)))
        steps.append([known[more] for more in np.diff(sizes, prepend=0).tolist()])
    return steps


def _follow(
    looks: list[_Look], sizes: tuple[int, ...], proportions: Array, steps: list[list[_Stretch]]
) -> tuple[Array, Array]:
    """Coverage at stopping and mean size at stopping, for every proportion."""
    from scipy.signal import convolve  # noqa: PLC0415 (slow to import, and few need it)

    covered, trials = np.zeros(proportions.size), np.zeros(proportions.size)
    for index, p in enumerate(proportions.tolist()):
        start, going = 0, np.ones(1)
        for n, look, step in zip(sizes, looks, steps[index], strict=True):
            going, start = convolve(going, step.probability), start + step.start
            first, last = _stretch(n, p)
            going = going[max(first - start, 0) : last - start + 1]
            start = max(first, start)
            here = slice(start, start + going.size)
            inside = (look.low[here] <= p) & (p <= look.high[here])
            if look.stops is None:
                going = np.where(inside, going, 0.0)
                continue
            stops = look.stops[here]
            covered[index] += going[stops & inside].sum()
            trials[index] += n * going[stops].sum()
            going = np.where(stops, 0.0, going)
            if going.sum() < 1e-13:
                break
        if looks[-1].stops is None:
            covered[index], trials[index] = going.sum(), sizes[-1]
    return covered, trials


@cache
def _calibrated(sizes: tuple[int, ...], confidence: float, half_width: float) -> float:
    steps = _steps(sizes, CALIBRATION_PROPORTIONS)
    smallest, largest = float(ndtri((1.0 + confidence) / 2.0)), _pocock(sizes, confidence)
    for value in np.linspace(smallest, largest, CALIBRATION_STEPS + 1).tolist():
        looks = _looks(sizes, value, half_width)
        if _follow(looks, sizes, CALIBRATION_PROPORTIONS, steps)[0].min() >= confidence - SHORTFALL:
            return float(value)
    return largest


@cache
def _pocock(sizes: tuple[int, ...], confidence: float) -> float:
    correlations = [math.sqrt(a / b) for a, b in pairwise(sizes)]
    quantile = float(ndtri((1.0 + confidence) / 2.0))
    if not correlations:
        return quantile
    narrowest = math.sqrt(1.0 - max(correlations) ** 2)
    nodes, weights = np.polynomial.legendre.leggauss(max(101, math.ceil(30.0 / narrowest)))
    bonferroni = float(ndtri(1.0 - (1.0 - confidence) / (2.0 * len(sizes))))

    def together(value: float) -> float:
        at = value * nodes
        density = np.exp(-at * at / 2.0)
        for r in correlations:
            spread = math.sqrt(1.0 - r * r)
            kernel = np.exp(-(((at[:, None] - r * at) / spread) ** 2) / 2.0) / (spread * math.sqrt(2.0 * math.pi))
            density = kernel @ (value * weights * density)
        return float(value * weights @ density) / math.sqrt(2.0 * math.pi)

    root: float = brentq(lambda value: together(value) - confidence, quantile, bonferroni, xtol=1e-9)
    return root


def _checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    checked = tuple(int(n) for n in sizes)
    if not checked or checked != tuple(sizes) or checked[0] < 1:
        raise ConfigurationError(
            f"sizes of looks: got {sizes!r}", remedy="give whole numbers of 1 or more: 200, 400, 800."
        )
    for before, after in pairwise(checked):
        if after < before * (1.0 + LEAST_GROWTH):
            raise ConfigurationError(
                f"sizes of looks: {after} after {before}",
                remedy="give cumulative sizes, each at least 0.1 % above the one before.",
            )
    return checked


def _checked_confidence(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    return confidence
