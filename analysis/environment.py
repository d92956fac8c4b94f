"""The particles that reach a device in orbit, behind its shield."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.galactic import HIGHEST_GALACTIC_Z, galactic_flux, rigidity_gv
from radtest.analysis.geomagnetic import IGRF_EPOCH, geomagnetic_transmission
from radtest.analysis.orbit_path import elements_path_km, orbit_path_km
from radtest.analysis.shielding import TRANSPORT_ENERGY_MEV_U, let_spectrum_inside, transmitted_flux
from radtest.analysis.solar_particles import solar_flux
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.trapped import trapped_integral_flux
from radtest.core.errors import ConfigurationError

if TYPE_CHECKING:
    from radtest.analysis.orbit_configuration import OrbitConfiguration, TrajectoryConfiguration

__all__ = ["InsideEnvironment", "inside_environment"]

Array = NDArray[np.float64]
Source = Callable[[int, Array], Array]
_TRAPPED_MEV: Array = np.array([0.1, 0.5, 1, 2, 4, 7, 10, 15, 20, 30, 40, 50, 60, 80, 100, 125, 150, 200, 250, 300.0])
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
    path = _path(configuration.orbit)
    storm = configuration.orbit.storm
    if path is not None:
        notes.append(
            f"cutoff 16/L² GV in the eccentric dipole of IGRF-14, epoch {IGRF_EPOCH:g}, and the Earth's shadow,"
            f" means over {len(path)} places; ions fully stripped"
        )
    fluxes = {number: np.zeros_like(TRANSPORT_ENERGY_MEV_U) for number in range(1, HIGHEST_GALACTIC_Z + 1)}
    outside: list[tuple[Source, bool]] = []
    if configuration.gcr is not None:
        modulation = configuration.gcr.modulation
        notes.append(f"galactic cosmic rays Z 1 to {HIGHEST_GALACTIC_Z}, DLR model, W = {modulation:g}")
        outside.append((partial(_galactic, w=modulation), storm))
    if configuration.solar is not None:
        event = configuration.solar.event
        notes.append(f"solar event {event} of CREME96 (Z up to 28 by abundance), with the cutoff of a storm")
        outside.append((partial(_solar, event=event), True))
    for source, stormy in outside:
        for number in fluxes:
            flux = partial(_arriving, number=number, source=source, path=path, storm=stormy)
            fluxes[number] += transmitted_flux(number, flux, {thickness: 1.0})
    if configuration.trapped is not None:
        if path is None:
            raise ConfigurationError(
                "[trapped]: needs an orbit with altitudes or tle",
                remedy="leave [trapped] out of geo and interplanetary.",
            )
        solar = configuration.trapped.solar
        notes.append(f"trapped protons, AP-8 {solar.upper()}; up to 300 MeV; no trapped electrons")
        fluxes[1] += transmitted_flux(1, _trapped(path, solar), {thickness: 1.0})
    return InsideEnvironment(
        let_spectrum_inside(fluxes, "; ".join(notes)),
        TRANSPORT_ENERGY_MEV_U,
        fluxes[1] * _SPHERE_PER_CM2,
        tuple(notes),
    )


def _path(orbit: TrajectoryConfiguration) -> Array | None:
    if orbit.tle is not None:
        return elements_path_km(*orbit.tle)
    altitudes = orbit.altitudes_km
    if altitudes is None or orbit.inclination_deg is None:
        return None
    return orbit_path_km(*altitudes, orbit.inclination_deg, orbit.argument_of_perigee_deg, orbit.ascending_node_deg)


def _galactic(number: int, energy: Array, *, w: float) -> Array:
    return galactic_flux(number, energy, w)


def _solar(number: int, energy: Array, *, event: str) -> Array:
    return solar_flux(number, energy, event)


def _arriving(energy: Array, *, number: int, source: Source, path: Array | None, storm: bool) -> Array:
    flux = source(number, energy)
    if path is None:
        return flux
    return flux * geomagnetic_transmission(rigidity_gv(number, energy), path, storm=storm)


def _trapped(path: Array, solar: Literal["min", "max"]) -> Callable[[Array], Array]:
    """Return the flux of trapped protons, 1/(m² sr s MeV), from differences of the integral flux."""
    integral = trapped_integral_flux("proton", solar, path, _TRAPPED_MEV)
    steps = np.maximum(-np.diff(integral) / np.diff(_TRAPPED_MEV), 0.0)
    middle = np.sqrt(_TRAPPED_MEV[1:] * _TRAPPED_MEV[:-1])

    def flux(energy: Array) -> Array:
        return np.interp(energy, middle, steps, right=0.0) / _SPHERE_PER_CM2

    return flux
