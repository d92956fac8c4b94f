"""The beam: ions, and a flux that wanders around the one requested."""

from __future__ import annotations

import math

import numpy as np

from radtest.instruments.station.configuration import BeamModel, IonModel

__all__ = ["Beam"]


class Beam:
    """A beam line.

    Parameters
    ----------
    model : BeamModel
        Its ions and limits.
    rng : numpy.random.Generator
        Where the drift comes from.
    """

    def __init__(self, model: BeamModel, rng: np.random.Generator) -> None:
        self.model = model
        self._rng = rng
        self.ion: IonModel = model.ions[0]
        self.flux_cm2_s = model.lowest_flux_cm2_s
        self.on = False
        self.ready_at_s = 0.0
        self._drift = 0.0

    def select(self, particle: str, now_s: float) -> None:
        """Tune to an ion of the cocktail; takes the changeover time unless it is selected already."""
        ion = next(ion for ion in self.model.ions if ion.particle == particle)
        if ion is not self.ion:
            self.ion = ion
            self.ready_at_s = now_s + self.model.changeover_s

    def fluence_cm2(self, step_s: float) -> float:
        """Let the flux drift for `step_s` and return the fluence delivered in it, cm⁻².

        The drift x follows dx = −x·dt/T + s·√(2/T)·dW, solved exactly over the step; flux = requested·exp(x).
        """
        keep = math.exp(-step_s / self.model.drift_time_s)
        spread = self.model.drift_relative * math.sqrt(1.0 - keep * keep)
        self._drift = self._drift * keep + spread * float(self._rng.standard_normal())
        return self.flux_cm2_s * math.exp(self._drift) * step_s if self.on else 0.0
