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
        self.tilt_deg = 0.0
        self.ready_at_s = 0.0
        self.beam_time_s = 0.0
        self._drift = 0.0

    def select(self, particle: str, now_s: float) -> None:
        """Tune to an ion of the cocktail; takes the changeover time unless it is selected already."""
        ion = next(ion for ion in self.model.ions if ion.particle == particle)
        if ion is not self.ion:
            self.ion = ion
            self.ready_at_s = now_s + self.model.changeover_s

    def on_the_device(self, let_mev_cm2_mg: float, fluence_cm2: float) -> tuple[float, float]:
        """Return the LET that a tilted device sees over its depth, and the fluence through its surface."""
        cosine = math.cos(math.radians(self.tilt_deg))
        return let_mev_cm2_mg / cosine, fluence_cm2 * cosine

    @property
    def steady_s(self) -> float:
        """Time with the beam on until spill or interruption begins or ends, s; infinite where none does."""
        changes = [math.inf]
        if self.model.spill_period_s is not None and self.model.spill_s is not None:
            phase_s = math.fmod(self.beam_time_s, self.model.spill_period_s)
            changes.append(
                (self.model.spill_s if phase_s < self.model.spill_s else self.model.spill_period_s) - phase_s
            )
        for interruption in self.model.interruptions:
            edges_s = (interruption.after_s, interruption.after_s + interruption.lasts_s)
            changes += [edge_s - self.beam_time_s for edge_s in edges_s if edge_s > self.beam_time_s]
        # Not so short that a step would be lost in the rounding of time.
        return max(min(changes), 1e-6)

    @property
    def interrupted(self) -> bool:
        """Whether the accelerator has failed at this moment."""
        return any(one.after_s <= self.beam_time_s < one.after_s + one.lasts_s for one in self.model.interruptions)

    def fluence_cm2(self, step_s: float) -> float:
        """Let the flux drift for `step_s` and return the fluence delivered in it, cm⁻².

        The step must not be longer than `steady_s`. The drift x follows dx = −x·dt/T + s·√(2/T)·dW, solved exactly over
        the step; flux = requested·exp(x).
        """
        keep = math.exp(-step_s / self.model.drift_time_s)
        spread = self.model.drift_relative * math.sqrt(1.0 - keep * keep)
        self._drift = self._drift * keep + spread * float(self._rng.standard_normal())
        if not self.on:
            return 0.0
        fluence = self.flux_cm2_s * math.exp(self._drift) * self._spilled() * step_s
        jitter = self.model.jitter_relative
        if jitter:
            fluence *= math.exp(jitter * float(self._rng.standard_normal()) - jitter * jitter / 2)
        self.beam_time_s += step_s
        return fluence

    def _spilled(self) -> float:
        """Return the flux at this moment as a multiple of its mean."""
        if self.interrupted:
            return 0.0
        if self.model.spill_period_s is None or self.model.spill_s is None:
            return 1.0
        phase_s = math.fmod(self.beam_time_s, self.model.spill_period_s)
        return self.model.spill_period_s / self.model.spill_s if phase_s < self.model.spill_s else 0.0
