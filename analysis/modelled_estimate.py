"""A value with its statistical interval and, apart from it, the uncertainty of the model."""

from __future__ import annotations

from dataclasses import dataclass

from radtest.core.estimate import Estimate

__all__ = ["Bounds", "ModelledEstimate", "scaled_bounds"]

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ModelledEstimate:
    """A rate per day, or a fraction that follows from rates.

    Parameters
    ----------
    estimate : Estimate
        Value and statistical interval, which follows from the data.
    model_low, model_high : float
        The value if every rate behind it were less or more by the stated factor of its model, in order; never merged
        with the interval.
    geometry : tuple of float, optional
        Where a sensitive volume is not known: the smallest and the largest value that geometries in question give.
    """

    estimate: Estimate
    model_low: float
    model_high: float
    geometry: Bounds | None = None

    @property
    def value(self) -> float:
        """Point value."""
        return self.estimate.value

    @property
    def low(self) -> float:
        """Lower limit of the interval."""
        return self.estimate.low

    @property
    def high(self) -> float:
        """Upper limit of the interval."""
        return self.estimate.high

    def scaled(self, factor: float) -> ModelledEstimate:
        """Return it times a factor that is known exactly, 0 or more."""
        return ModelledEstimate(
            self.estimate.scaled(factor),
            self.model_low * factor,
            self.model_high * factor,
            scaled_bounds(self.geometry, factor),
        )


def scaled_bounds(bounds: Bounds | None, factor: float) -> Bounds | None:
    """Return bounds times a factor, 0 or more; None where there are none."""
    return None if bounds is None else (bounds[0] * factor, bounds[1] * factor)
