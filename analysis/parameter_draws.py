"""Draws of parameters of which only a value and an interval were published."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from radtest.core.errors import ConfigurationError

__all__ = ["interval_draws", "spread_draws"]

Array = NDArray[np.float64]


def interval_draws(
    name: str, value: float, interval: tuple[float, float], confidence: float, rng: np.random.Generator, n: int
) -> Array:
    """Draw a parameter that is 0 or more from its value and its interval.

    Parameters
    ----------
    name : str
        What it is called, for the message of an error.
    value : float
        The published value.
    interval : tuple of float
        Lower and upper limit about it.
    confidence : float
        Confidence level of the interval.
    rng : numpy.random.Generator
        Source of randomness.
    n : int
        Number of draws.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ConfigurationError
        If the limits do not lie about the value.

    Notes
    -----
    Two halves of a normal distribution about the value, one for each limit, in the logarithm where the lower limit is
    above 0; otherwise straight, and what falls below 0 is 0.
    """
    low, high = interval
    if not (0 <= low <= value <= high and math.isfinite(high)):
        raise ConfigurationError(
            f"{name}: the interval {low:g} to {high:g} does not lie about the value {value:g}",
            remedy="give the lower limit, then the upper limit, both finite and 0 or more.",
        )
    standard = rng.standard_normal(n)
    reach = float(ndtri((1.0 + confidence) / 2.0))
    if low > 0:
        below, above = math.log(value / low) / reach, math.log(high / value) / reach
        return np.asarray(value * np.exp(np.where(standard < 0, below, above) * standard))
    below, above = (value - low) / reach, (high - value) / reach
    return np.maximum(value + np.where(standard < 0, below, above) * standard, 0.0)


def spread_draws(factor: float, rng: np.random.Generator, n: int, confidence: float = 0.95) -> Array:
    """Draw factors about 1, logarithmically normal, of which a share of `confidence` lies within 1/factor to factor."""
    return np.asarray(np.exp(math.log(factor) / float(ndtri((1.0 + confidence) / 2.0)) * rng.standard_normal(n)))
