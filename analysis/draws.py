"""Uncertain quantities as draws, so that the intervals of several legs combine into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, expit, gammaincinv, logit, ndtri

from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["Draws"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Draws of a quantity that is 0 or more, in pairs: one for lower limits, one for upper limits.

    A count leaves room between the distribution whose quantiles are its exact lower limits and the one whose
    quantiles are its exact upper limits. Keeping both, a quantity that rests on one count alone gets back exactly its
    Garwood or Clopper-Pearson interval (and a lower limit of 0 where nothing was seen), and a product of several gets
    an interval that does not claim too much. Where there is no such room the two are equal.

    Parameters
    ----------
    lower, upper : ndarray, shape (n,)
        Draws, with lower ≤ upper.

    Notes
    -----
    These are the confidence boxes of M. S. Balch, Int. J. Approx. Reason. 53, 1003 (2012), and S. Ferson et al.,
    Computing with confidence, ISIPTA 2013.
    """

    lower: Array
    upper: Array

    @classmethod
    def of_sample(cls, sample: ArrayLike) -> Draws:
        """Draws that are already there, such as rates over draws of a fit."""
        values = np.asarray(sample, dtype=np.float64)
        return cls(values, values)

    @classmethod
    def of_exact(cls, value: float, n: int) -> Draws:
        """A quantity without uncertainty."""
        return cls.of_sample(np.full(n, value))

    @classmethod
    def of_proportion(cls, successes: int, trials: int, rng: np.random.Generator, n: int) -> Draws:
        """A proportion known from successes among trials: Beta(k, N − k + 1) below, Beta(k + 1, N − k) above."""
        if not 0 <= successes <= trials or trials < 1:
            raise ConfigurationError(
                f"{successes} successes among {trials} trials",
                remedy="give 0 to N successes among N trials, N 1 or more.",
            )
        u = _even_uniform(rng, n)
        lower = betaincinv(successes, trials - successes + 1.0, u) if successes else np.zeros(n)
        upper = betaincinv(successes + 1.0, trials - successes, u) if successes < trials else np.ones(n)
        return cls(lower, upper)

    @classmethod
    def of_count(cls, count: int, exposure: float, rng: np.random.Generator, n: int) -> Draws:
        """A rate known from a Poisson count over an exposure: Gamma(k) below, Gamma(k + 1) above."""
        if count < 0 or not exposure > 0:
            raise ConfigurationError(
                f"{count} events in {exposure!r}", remedy="give 0 or more events, and an exposure above 0."
            )
        u = _even_uniform(rng, n)
        lower: Array = np.asarray(gammaincinv(float(count), u)) if count else np.zeros(n)
        return cls(lower / exposure, np.asarray(gammaincinv(count + 1.0, u) / exposure, dtype=np.float64))

    @classmethod
    def of_probability(cls, estimate: Estimate, rng: np.random.Generator, n: int) -> Draws:
        """A probability known by value and limits: normal in its logit, with its own spread on either side.

        Raises
        ------
        ConfigurationError
            If the limits do not enclose the value, or are not between 0 and 1 (give the counts instead).
        """
        low, value, high = estimate.low, estimate.value, estimate.high
        if not 0 < low <= value <= high < 1:
            raise ConfigurationError(
                f"probability {value:g} with limits {low:g} and {high:g}",
                remedy="limits enclose the value, between 0 and 1; where nothing was seen give the counts instead.",
            )
        centre, below, above = float(logit(value)), float(logit(value) - logit(low)), float(logit(high) - logit(value))
        x = rng.standard_normal(n) / float(ndtri((1.0 + estimate.confidence) / 2.0))
        return cls.of_sample(np.asarray(expit(centre + x * np.where(x < 0, below, above)), dtype=np.float64))

    def times(self, other: Draws) -> Draws:
        """Product of two independent quantities."""
        return Draws(self.lower * other.lower, self.upper * other.upper)

    def plus(self, other: Draws) -> Draws:
        """Sum of two independent quantities."""
        return Draws(self.lower + other.lower, self.upper + other.upper)

    def scaled(self, factor: float) -> Draws:
        """Product with a factor that is exact, 0 or more."""
        return Draws(self.lower * factor, self.upper * factor)

    def estimate(self, value: float, confidence: float = 0.95) -> Estimate:
        """Return a point estimate with the quantiles of the draws as its limits."""
        tail = (1.0 - confidence) / 2.0
        low, high = float(np.quantile(self.lower, tail)), float(np.quantile(self.upper, 1.0 - tail))
        # At a low confidence the quantiles of a product can lie beside the product of the values.
        return Estimate(value, min(low, value), max(high, value), confidence)


def _even_uniform(rng: np.random.Generator, n: int) -> Array:
    """Draw from 0 to 1, one in each of `n` equal parts, in random order: quantiles hardly depend on the seed."""
    return np.asarray((rng.permutation(n) + rng.random(n)) / n, dtype=np.float64)
