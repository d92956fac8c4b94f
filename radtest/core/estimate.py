"""A number with its interval."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Estimate"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point estimate and the interval that belongs to it.

    Parameters
    ----------
    value : float
        Point estimate.
    low, high : float
        Limits of the interval, in the unit of `value`. A limit the data do not constrain is infinite or at the
        physical boundary.
    confidence : float
        Confidence level of the interval, between 0 and 1.
    """

    value: float
    low: float
    high: float
    confidence: float = 0.95

    def contains(self, truth: float) -> bool:
        """Tell whether `truth` lies in the closed interval."""
        return self.low <= truth <= self.high

    def scaled(self, factor: float) -> Estimate:
        """Return the estimate times a positive, exactly known factor."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.confidence)
