"""A ladder of degraders on a motion axis."""

from __future__ import annotations

import math

from radtest.instruments.station.surroundings_configuration import LadderModel

__all__ = ["Ladder"]


class Ladder:
    """Where the ladder is, and what it does to the beam.

    Parameters
    ----------
    model : LadderModel
        Its foils.
    """

    def __init__(self, model: LadderModel) -> None:
        self.model = model
        self.velocity_mm_s = model.velocity_mm_s
        self.target_mm = self._from_mm = model.foils[0].position_mm
        self._since_s = 0.0

    def position_mm(self, now_s: float) -> float:
        """Return where it is, mm."""
        travelled = self.velocity_mm_s * (now_s - self._since_s)
        distance = self.target_mm - self._from_mm
        return self.target_mm if travelled >= abs(distance) else self._from_mm + math.copysign(travelled, distance)

    def settled(self, now_s: float) -> bool:
        """Tell whether it stands at its target."""
        return self.position_mm(now_s) == self.target_mm

    def arrives_s(self, now_s: float) -> float:
        """Return when it next enters or leaves an opening or arrives, s; infinite where it stands."""
        if self.settled(now_s):
            return math.inf
        edges = [
            foil.position_mm + side * self.model.opening_mm / 2 for foil in self.model.foils for side in (-1.0, 1.0)
        ]
        here = self.position_mm(now_s)
        low, high = sorted((here, self.target_mm))
        ahead = [edge for edge in edges if low < edge < high]
        nearest = min(abs(edge - here) for edge in [*ahead, self.target_mm])
        return now_s + max(nearest / self.velocity_mm_s, 1e-4)

    def move(self, target_mm: float, now_s: float) -> None:
        """Set off."""
        self._from_mm, self._since_s, self.target_mm = self.position_mm(now_s), now_s, target_mm

    def pace(self, velocity_mm_s: float, now_s: float) -> None:
        """Go on at another velocity."""
        self._from_mm, self._since_s = self.position_mm(now_s), now_s
        self.velocity_mm_s = velocity_mm_s

    def stop(self, now_s: float) -> None:
        """Stand where it is."""
        self.move(self.position_mm(now_s), now_s)

    def pass_beam(self, let_mev_cm2_mg: float, fluence_cm2: float, now_s: float) -> tuple[float, float]:
        """Return LET and fluence behind the ladder."""
        here = self.position_mm(now_s)
        for foil in self.model.foils:
            if abs(here - foil.position_mm) <= self.model.opening_mm / 2:
                return let_mev_cm2_mg * foil.let_factor, fluence_cm2 * foil.transmission
        return let_mev_cm2_mg, 0.0
