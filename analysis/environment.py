"""The particles that reach a device in orbit, behind its shield."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.galactic import HIGHEST_GALACTIC_Z, galactic_flux, rigidity_gv
from radtest.analysis.geomagnetic import IGRF_EPOCH, GeomagneticFilter, geomagnetic_filter
from radtest.analysis.orbit_track import OrbitTrack, orbit_track
from radtest.analysis.shielding import TRANSPORT_ENERGY_MEV_U, let_spectrum_inside, transmitted_flux
from radtest.analysis.solar_particles import solar_flux
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.trapped import TRAPPED_PROTON_MEV, trapped_integral_flux, trapped_proton_flux
from radtest.core.errors import ConfigurationError

if TYPE_CHECKING:
    from radtest.analysis.orbit_configuration import OrbitConfiguration, TrajectoryConfiguration, TrappedConfiguration

__all__ = [
    "InsideEnvironment",
    "environment_of_protons",
    "environment_through",
    "inside_environment",
    "orbit_filter",
]

Array = NDArray[np.float64]
Source = Callable[[int, Array], Array]
_SPHERE_PER_CM2 = 4.0 * np.pi * 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class InsideEnvironment:
    """What reaches a device behind its shield, averaged along its orbit.

    Parameters
    ----------
    let_spectrum : LetSpectrum
        Ions, protons included, by LET in silicon.
    proton_energy_mev : ndarray, shape (n,)
        Energies, MeV, rising.
    proton_flux_cm2_s_mev : ndarray, shape (n,)
        Protons from all directions, cm⁻² s⁻¹ MeV⁻¹.
    notes : tuple of str
        What is in it, and what is not.
    """

    let_spectrum: LetSpectrum
    proton_energy_mev: Array
    proton_flux_cm2_s_mev: Array
    notes: tuple[str, ...]


def inside_environment(configuration: OrbitConfiguration) -> InsideEnvironment:
    """Compute the environment of an orbit file.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file.

    Returns
    -------
    InsideEnvironment

    Raises
    ------
    ConfigurationError
        If a part of it is not computed yet, or outside its model.
    ToolMissingError
        If pycatima is not installed.
    """
    thickness = configuration.shielding.thickness_g_cm2
    notes = [
        f"behind {thickness:.4g} g/cm² of aluminium in all directions: slowing down and nuclear loss, "
        "no fragments, no secondaries"
    ]
    track = orbit_track(configuration.orbit)
    notes.append(track.note)
    field = orbit_filter(configuration.orbit, track)
    if field is not None:
        notes.append(_cutoff_note(configuration.orbit))
    fluxes = _charged(configuration, field)
    notes.extend(_source_notes(configuration))
    if configuration.trapped is not None:
        if not track.near_earth:
            raise ConfigurationError(
                f'[trapped]: there are no belts where kind = "{configuration.orbit.kind}" is',
                remedy="leave [trapped] out, or give an orbit around the Earth.",
            )
        notes.append(_trapped_note(configuration.trapped))
        energy, flux = _trapped(track.place_km, configuration.trapped)
        fluxes[1] += _protons(configuration, energy, flux)
    return _inside(fluxes, tuple(notes))


def environment_through(configuration: OrbitConfiguration, field: GeomagneticFilter | None) -> InsideEnvironment:
    """Compute what galactic and solar particles of an orbit file make behind its shield through a filter of your own.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file; neither its orbit nor trapped particles are looked at.
    field : GeomagneticFilter or None
        What arrives of each rigidity; None lets all in.
    """
    return _inside(_charged(configuration, field), tuple(_source_notes(configuration)))


def environment_of_protons(
    configuration: OrbitConfiguration, energy_mev: Array, flux_cm2_s_mev: Array
) -> InsideEnvironment:
    """Compute what protons make behind the shield of an orbit file.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file, for its shield.
    energy_mev, flux_cm2_s_mev : ndarray, shape (n,)
        Protons outside, from all directions, cm⁻² s⁻¹ MeV⁻¹; straight lines in between, none beyond.
    """
    return _inside({1: _protons(configuration, energy_mev, flux_cm2_s_mev)}, ())


def _inside(fluxes: dict[int, Array], notes: tuple[str, ...]) -> InsideEnvironment:
    return InsideEnvironment(
        let_spectrum_inside(fluxes, "; ".join(notes)), TRANSPORT_ENERGY_MEV_U, fluxes[1] * _SPHERE_PER_CM2, notes
    )


def _charged(configuration: OrbitConfiguration, field: GeomagneticFilter | None) -> dict[int, Array]:
    """Return galactic and solar particles behind the shield, by atomic number."""
    paths = {configuration.shielding.thickness_g_cm2: 1.0}
    sources: list[Source] = []
    if configuration.gcr is not None:
        sources.append(partial(_galactic, w=configuration.gcr.modulation))
    if configuration.solar is not None:
        sources.append(partial(_solar, event=configuration.solar.event))
    fluxes = {number: np.zeros_like(TRANSPORT_ENERGY_MEV_U) for number in range(1, HIGHEST_GALACTIC_Z + 1)}
    for source in sources:
        for number in fluxes:
            fluxes[number] += transmitted_flux(
                number, partial(_arriving, number=number, source=source, field=field), paths
            )
    return fluxes


def _source_notes(configuration: OrbitConfiguration) -> list[str]:
    notes = []
    if configuration.gcr is not None:
        w = configuration.gcr.modulation
        notes.append(f"galactic cosmic rays Z 1 to {HIGHEST_GALACTIC_Z}, DLR model, W = {w:g}")
    if configuration.solar is not None:
        notes.append(f"solar event {configuration.solar.event} of CREME96 (Z up to 28 by abundance)")
    return notes


def _protons(configuration: OrbitConfiguration, energy_mev: Array, flux_cm2_s_mev: Array) -> Array:
    """Return protons behind the shield, 1/(m² sr s MeV)."""

    def flux(energy: Array) -> Array:
        return np.interp(energy, energy_mev, flux_cm2_s_mev, left=0.0, right=0.0) / _SPHERE_PER_CM2

    return transmitted_flux(1, flux, {configuration.shielding.thickness_g_cm2: 1.0})


def orbit_filter(orbit: TrajectoryConfiguration, track: OrbitTrack) -> GeomagneticFilter | None:
    """Return the cutoff of an orbit averaged along its path; None where the field keeps nothing out."""
    if orbit.cutoff_model is None or not track.near_earth:
        return None
    return geomagnetic_filter(track.place_km, model=orbit.cutoff_model, storm=orbit.storm)


def _cutoff_note(orbit: TrajectoryConfiguration) -> str:
    model = "Störmer's cutoff by direction" if orbit.cutoff_model == "directional" else "vertical cutoff 16/L² GV"
    times = "a storm" if orbit.storm else "quiet times"
    return (
        f"{model} in the eccentric dipole of IGRF-14, epoch {IGRF_EPOCH:g}, in {times}, and the Earth's shadow; "
        "ions fully stripped"
    )


def _trapped_note(trapped: TrappedConfiguration) -> str:
    where = (
        "in the field of the model" if trapped.drift_to_year is None else f"turned west to {trapped.drift_to_year:g}"
    )
    return (
        f"trapped protons, AP-8 {trapped.solar.upper()} {where}; above 300 MeV they fall on as from 200 to 300; "
        "no trapped electrons"
    )


def _galactic(number: int, energy: Array, *, w: float) -> Array:
    return galactic_flux(number, energy, w)


def _solar(number: int, energy: Array, *, event: str) -> Array:
    return solar_flux(number, energy, event)


def _arriving(energy: Array, *, number: int, source: Source, field: GeomagneticFilter | None) -> Array:
    flux = source(number, energy)
    if field is None:
        return flux
    return flux * field.transmission(rigidity_gv(number, energy))


def _trapped(path_km: Array, trapped: TrappedConfiguration) -> tuple[Array, Array]:
    """Return energies and the flux of trapped protons, cm⁻² s⁻¹ MeV⁻¹, averaged along the path."""
    return trapped_proton_flux(
        trapped_integral_flux("proton", trapped.solar, path_km, TRAPPED_PROTON_MEV, drift_to_year=trapped.drift_to_year)
    )
