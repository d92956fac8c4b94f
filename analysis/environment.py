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

__all__ = ["InsideEnvironment", "inside_environment"]

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
    fluxes = {number: np.zeros_like(TRANSPORT_ENERGY_MEV_U) for number in range(1, HIGHEST_GALACTIC_Z + 1)}
    outside: list[Source] = []
    if configuration.gcr is not None:
        modulation = configuration.gcr.modulation
        notes.append(f"galactic cosmic rays Z 1 to {HIGHEST_GALACTIC_Z}, DLR model, W = {modulation:g}")
        outside.append(partial(_galactic, w=modulation))
    if configuration.solar is not None:
        event = configuration.solar.event
        notes.append(f"solar event {event} of CREME96 (Z up to 28 by abundance)")
        outside.append(partial(_solar, event=event))
    for source in outside:
        for number in fluxes:
            flux = partial(_arriving, number=number, source=source, field=field)
            fluxes[number] += transmitted_flux(number, flux, {thickness: 1.0})
    if configuration.trapped is not None:
        if not track.near_earth:
            raise ConfigurationError(
                f'[trapped]: there are no belts where kind = "{configuration.orbit.kind}" is',
                remedy="leave [trapped] out, or give an orbit around the Earth.",
            )
        notes.append(_trapped_note(configuration.trapped))
        fluxes[1] += transmitted_flux(1, _trapped(track.place_km, configuration.trapped), {thickness: 1.0})
    return InsideEnvironment(
        let_spectrum_inside(fluxes, "; ".join(notes)),
        TRANSPORT_ENERGY_MEV_U,
        fluxes[1] * _SPHERE_PER_CM2,
        tuple(notes),
    )


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


def _trapped(path_km: Array, trapped: TrappedConfiguration) -> Callable[[Array], Array]:
    """Return the flux of trapped protons, 1/(m² sr s MeV), averaged along the path."""
    middle, steps = trapped_proton_flux(
        trapped_integral_flux("proton", trapped.solar, path_km, TRAPPED_PROTON_MEV, drift_to_year=trapped.drift_to_year)
    )

    def flux(energy: Array) -> Array:
        return np.interp(energy, middle, steps, right=0.0) / _SPHERE_PER_CM2

    return flux
