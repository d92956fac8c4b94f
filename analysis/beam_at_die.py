"""The beam that reaches the die: behind air, windows, degraders and package, at an angle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from radtest.analysis.ion import Ion
from radtest.analysis.material import Layer
from radtest.analysis.stopping import Stopping, stopping
from radtest.core.errors import ConfigurationError

__all__ = ["BeamAtDie", "IonBeam", "beam_at_die"]


@dataclass(frozen=True, slots=True)
class IonBeam:
    """An ion of a facility's cocktail.

    Parameters
    ----------
    ion : Ion
        The ion.
    energy_mev : float
        Total kinetic energy where it leaves the facility's hands, MeV.
    let_mev_cm2_mg : float, optional
        The facility's own LET in silicon at that energy, MeV·cm²/mg.
    range_um : float, optional
        The facility's own range in silicon at that energy, µm.
    source : str
        Where these figures come from.
    """

    ion: Ion
    energy_mev: float
    let_mev_cm2_mg: float | None = None
    range_um: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class BeamAtDie:
    """What arrives at the surface of the die.

    Parameters
    ----------
    beam : IonBeam
        The ion as the facility gives it.
    tilt_deg : float
        Angle between beam and normal of the die, degrees.
    energy_mev : float
        Total kinetic energy at the surface, MeV.
    let_mev_cm2_mg : float
        LET in silicon at the surface along the track, MeV·cm²/mg.
    let_source : str
        Where that LET comes from.
    range_um : float
        Range in silicon along the track, µm.
    computed_ratio : float or None
        Computed LET over the facility's, both before the layers; None where one of them is missing.
    depths : Stopping or None
        The ion in silicon; None where LET and range are the facility's and nothing had to be computed.
    """

    beam: IonBeam
    tilt_deg: float
    energy_mev: float
    let_mev_cm2_mg: float
    let_source: str
    range_um: float
    computed_ratio: float | None
    depths: Stopping | None

    @property
    def cosine(self) -> float:
        """Cosine of the tilt."""
        return math.cos(math.radians(self.tilt_deg))

    @property
    def effective_let_mev_cm2_mg(self) -> float:
        """LET over the cosine of the tilt, MeV·cm²/mg."""
        return self.let_mev_cm2_mg / self.cosine

    @property
    def penetration_um(self) -> float:
        """How far below the surface the track ends, µm."""
        return self.range_um * self.cosine

    def let_at_depth_below_surface(self, depth_um: float) -> float | None:
        """Return the LET along the track at a depth below the surface, MeV·cm²/mg; None where nothing was computed."""
        if self.depths is None:
            return None
        computed = float(self.depths.let_at_depth(depth_um / self.cosine))
        return computed / (self.computed_ratio or 1.0)


def beam_at_die(
    beam: IonBeam, tilt_deg: float = 0.0, beam_line: Sequence[Layer] = (), package: Sequence[Layer] = ()
) -> BeamAtDie:
    """Follow an ion to the die.

    Parameters
    ----------
    beam : IonBeam
        The ion.
    tilt_deg : float
        Angle between beam and normal of the die, degrees, −90 to 90 exclusive.
    beam_line : sequence of Layer
        Windows, air and degraders: across the beam whatever the tilt.
    package : sequence of Layer
        What lies on the die: it tilts with it, and the path through it is longer by 1/cos.

    Returns
    -------
    BeamAtDie

    Raises
    ------
    ConfigurationError
        If the tilt is no tilt, or the ion does not arrive.
    ToolMissingError
        If something has to be computed and pycatima is not installed.

    Notes
    -----
    A facility's own LET and range win: with nothing in the way they are taken as they are, and behind layers the
    computed ones are multiplied by what the facility's are to the computed ones before the layers.
    """
    if not -90 < tilt_deg < 90:
        raise ConfigurationError(f"tilt {tilt_deg:g}°: legal: above -90 to below 90 degrees")
    cosine = math.cos(math.radians(tilt_deg))
    layers = [*beam_line, *(replace(layer, thickness_um=layer.thickness_um / cosine) for layer in package)]
    if not layers and beam.let_mev_cm2_mg is not None and beam.range_um is not None:
        return BeamAtDie(beam, tilt_deg, beam.energy_mev, beam.let_mev_cm2_mg, beam.source, beam.range_um, None, None)
    arrived = stopping(beam.ion, beam.energy_mev, layers)
    before = stopping(beam.ion, beam.energy_mev) if layers else arrived
    ratio = None if beam.let_mev_cm2_mg is None else before.let_mev_cm2_mg / beam.let_mev_cm2_mg
    longer = 1.0 if beam.range_um is None else beam.range_um / before.range_um
    behind = f"behind {len(layers)} layer{'s' if len(layers) > 1 else ''}"
    if ratio is None:
        source = f"{arrived.source}, {behind}" if layers else arrived.source
    else:
        source = f"{beam.source}, carried {behind} by {arrived.source}" if layers else beam.source
    return BeamAtDie(
        beam=beam,
        tilt_deg=tilt_deg,
        energy_mev=arrived.surface_energy_mev,
        let_mev_cm2_mg=arrived.let_mev_cm2_mg / (ratio or 1.0),
        let_source=source,
        range_um=arrived.range_um * longer,
        computed_ratio=ratio,
        depths=arrived,
    )
