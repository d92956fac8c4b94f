"""Quantities on their way from rates to the figures of a payload."""

from __future__ import annotations

from dataclasses import dataclass

from radtest.analysis.draws import Draws
from radtest.analysis.modelled_estimate import ModelledEstimate, scaled_bounds
from radtest.analysis.rate_results import Rate

__all__ = ["Uncertain"]


@dataclass(frozen=True, slots=True, eq=False)
class Uncertain:
    """A quantity on its way through an estimate: value, draws, and bounds of the model and of the geometry.

    Parameters
    ----------
    value : float
        Point value, 0 or more.
    draws : Draws
        Draws of it.
    model : (float, float)
        Bounds of the model.
    geometry : (float, float) or None
        Bounds of the geometry; None where the sensitive volumes are known.
    """

    value: float
    draws: Draws
    model: tuple[float, float]
    geometry: tuple[float, float] | None = None

    @classmethod
    def of_rate(cls, rate: Rate, n: int) -> Uncertain:
        """Take a rate; `n` is the number of draws where it came without uncertainty."""
        draws = Draws.of_exact(rate.value, n) if rate.draws is None else Draws.of_sample(rate.draws)
        return cls(rate.value, draws, (rate.model_low, rate.model_high), rate.geometry)

    @classmethod
    def nothing(cls, n: int) -> Uncertain:
        """Return a quantity that is 0."""
        return cls(0.0, Draws.of_exact(0.0, n), (0.0, 0.0))

    def scaled(self, factor: float) -> Uncertain:
        """Return the product with an exact factor."""
        low, high = self.model
        return Uncertain(
            self.value * factor,
            self.draws.scaled(factor),
            (low * factor, high * factor),
            scaled_bounds(self.geometry, factor),
        )

    def times(self, probability: float, draws: Draws) -> Uncertain:
        """Return the product with an independent probability, which no model is behind."""
        scaled = self.scaled(probability)
        return Uncertain(scaled.value, self.draws.times(draws), scaled.model, scaled.geometry)

    def plus(self, other: Uncertain) -> Uncertain:
        """Return the sum with an independent quantity whose model errs in the same direction."""
        bounds = None
        if self.geometry is not None or other.geometry is not None:
            mine, others = self.geometry or (self.value,) * 2, other.geometry or (other.value,) * 2
            bounds = (mine[0] + others[0], mine[1] + others[1])
        return Uncertain(
            self.value + other.value,
            self.draws.plus(other.draws),
            (self.model[0] + other.model[0], self.model[1] + other.model[1]),
            bounds,
        )

    def share_up(self) -> Uncertain:
        """Return the share of the time that is up, 1/(1 + down), of times down per time up."""
        # More down time is less availability, so lower and upper change places.
        draws = Draws(1.0 / (1.0 + self.draws.upper), 1.0 / (1.0 + self.draws.lower))
        model = (1.0 / (1.0 + self.model[1]), 1.0 / (1.0 + self.model[0]))
        bounds = None
        if self.geometry is not None:
            bounds = (1.0 / (1.0 + self.geometry[1]), 1.0 / (1.0 + self.geometry[0]))
        return Uncertain(1.0 / (1.0 + self.value), draws, model, bounds)

    def to_the_power(self, n: int) -> Uncertain:
        """Return the power of a quantity by a whole number."""
        draws = Draws(self.draws.lower**n, self.draws.upper**n)
        bounds = None if self.geometry is None else (self.geometry[0] ** n, self.geometry[1] ** n)
        return Uncertain(self.value**n, draws, (self.model[0] ** n, self.model[1] ** n), bounds)

    def figure(self, confidence: float) -> ModelledEstimate:
        """Return value, interval and bounds."""
        return ModelledEstimate(self.draws.estimate(self.value, confidence), *self.model, self.geometry)
