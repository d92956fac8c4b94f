"""A count against a fluence: one point of a cross section."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CrossSectionPoint"]


@dataclass(frozen=True, slots=True)
class CrossSectionPoint:
    """Events counted while a fluence passed.

    Parameters
    ----------
    let_mev_cm2_mg : float
        LET of the beam at the die, MeV·cm²/mg.
    count : int
        Number of events.
    fluence_cm2 : float
        Live fluence, cm⁻²: the particles that arrived while the device could show an event.
    bits : int, optional
        Bits under observation; None where the cross section is per device only.
    device : str
        Serial number or other name of the device.
    tilt_deg : float
        Angle of incidence, degrees.
    label : str
        Where the point comes from (file, run).
    fluence_uncertainty : float, optional
        Relative standard uncertainty of this fluence, independent of the others; None where none is stated.
    multiplicities : tuple of (int, int)
        How many of the events had so many bits: ((1, 950), (2, 40)); empty where it is not known. Their events add up
        to `count`.
    """

    let_mev_cm2_mg: float
    count: int
    fluence_cm2: float
    bits: int | None = None
    device: str = ""
    tilt_deg: float = 0.0
    label: str = ""
    fluence_uncertainty: float | None = None
    multiplicities: tuple[tuple[int, int], ...] = ()
