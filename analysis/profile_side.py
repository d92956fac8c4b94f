"""One side of a profile of the likelihood, on its way from the best fit to a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Side", "Target"]

Array = NDArray[np.float64]

_STEEP = 0.4  # of the height asked for: a step that overshoots it by more may have lost the valley
_WIDE = 10.0  # of a logarithm: a best σ of nothing is no measure of how close a limit is


@dataclass(frozen=True, slots=True)
class Target:
    """What limits are wanted of: a coordinate of θ, or ln σ at a LET.

    Parameters
    ----------
    coordinate : int
        Index in θ; 0 for ln σ.
    let_mev_cm2_mg : float
        LET of that σ; infinite for the scale itself.
    """

    coordinate: int
    let_mev_cm2_mg: float = math.inf


@dataclass(slots=True)
class Side:
    """One side of a profile on its way to where it crosses the height that is asked for."""

    target: Target
    direction: float
    rise: float
    origin: float
    end: float
    inner: float
    below: float
    step: float
    start: Array
    outer: float = math.nan
    above: float = math.nan
    found: float = math.nan
    limit: float = math.nan
    bounded: bool = True
    last: float = 0.0
    checking: bool = False

    @property
    def done(self) -> bool:
        """Whether the limit is found."""
        return not math.isnan(self.limit)

    @property
    def close(self) -> bool:
        """Whether the bracket is narrow enough, in place or in height."""
        narrow = abs(self.outer - self.inner) <= 1e-3 * min(abs(self.outer - self.origin), _WIDE)
        return narrow or self.above < 1e-3

    def propose(self) -> float:
        """Return the next place to look at."""
        if self.checking:
            return self.outer
        if math.isnan(self.outer):
            place = self.inner + self.direction * self.step
            return place if (place - self.end) * self.direction < 0 else self.end
        return self.crossing()

    def crossing(self) -> float:
        """Return where a straight line between the ends of the bracket crosses the height asked for."""
        return (self.inner * self.above - self.outer * self.below) / (self.above - self.below)

    def advance(self, place: float, height: float, coordinates: Array) -> None:
        """Take in how high above the height asked for a place is: bracket the crossing, narrow the bracket, or end."""
        if height < 0:
            self.start = coordinates  # searches start from inside: a place far outside may lie in another valley
        if self.checking:
            # Following the profile may have missed a lower valley; the grid has looked for one.
            self.checking = False
            if height <= 0:
                self.inner, self.below, self.outer = place, height, math.nan
            elif self.close:
                self.limit = self.crossing()
            else:
                self.above = self.found = min(height, self.found)
            return
        if math.isnan(self.outer):
            if height > 0:
                self.outer, self.above, self.found = place, height, height
                self.checking = self.close or height > _STEEP * math.sqrt(self.rise)
            elif place == self.end:
                self.limit, self.bounded = place, False
            else:
                slope = (height - self.below) / abs(place - self.inner)
                far = 3.0 * self.step
                self.step = min(far, 1.2 * -height / slope) if slope > 0 else far
                self.inner, self.below = place, height
            return
        if height > 0:
            self.outer, self.above, self.found = place, height, height
            if self.last > 0:
                self.below /= 2.0
        else:
            self.inner, self.below = place, height
            if self.last < 0:
                self.above /= 2.0
        self.last = height
        self.checking = self.close
