"""The particles that reach a device in orbit, behind its shield."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.abundances import abundance_to_iron
from radtest.analysis.galactic import HIGHEST_GALACTIC_Z, galactic_flux, rigidity_gv
from radtest.analysis.geomagnetic import IGRF_EPOCH, GeomagneticFilter, geomagnetic_filter
from radtest.analysis.orbit_track import OrbitTrack, orbit_track
from radtest.analysis.shield_paths import VALID_TO_G_CM2
from radtest.analysis.shielding import (
    LET_EDGES,
    TRANSPORT_ENERGY_MEV_U,
    let_flux_inside,
    transmitted_flux,
    transmitted_fluxes,
)
from radtest.analysis.solar_particles import STORMY_EVENTS, solar_event_note, solar_flux
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.trapped import TRAPPED_PROTON_MEV, trapped_integral_flux, trapped_proton_flux
from radtest.core.errors import ConfigurationError

if TYPE_CHECKING:
    from radtest.analysis.orbit_configuration import OrbitConfiguration, TrajectoryConfiguration, TrappedConfiguration

__all__ = [
    "InsideEnvironment",
    "SourceContribution",
    "environment_of_protons",
    "environment_through",
    "inside_environment",
    "orbit_filter",
]

Array = NDArray[np.float64]
Source = Callable[[int, Array], Array]
_SPHERE_PER_CM2 = 4.0 * np.pi * 1e-4


_ELECTRON_MEV: Array = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7.0])
_WITHOUT_ISOTOPE = frozenset(number for number in range(29, 93) if abundance_to_iron(number) == 0)


@dataclass(frozen=True, slots=True, eq=False)
class SourceContribution:
    """What one source of particles makes behind the shield.

    Parameters
    ----------
    let_spectrum : LetSpectrum
        Its ions by LET in silicon, of the elements that were asked for.
    proton_flux_cm2_s_mev : ndarray, shape (n,)
        Its protons behind the shield at the energies of the environment, from all directions, cm⁻² s⁻¹ MeV⁻¹.
    outside_proton_flux_cm2_s_mev : ndarray, shape (n,)
        Its protons that fall on the shield.
    elements_cm2_day : mapping of int to ndarray
        Atomic number to the integral flux at the LETs of `let_spectrum`, cm⁻² day⁻¹.
    """

    let_spectrum: LetSpectrum
    proton_flux_cm2_s_mev: Array
    outside_proton_flux_cm2_s_mev: Array
    elements_cm2_day: Mapping[int, Array]


@dataclass(frozen=True, slots=True, eq=False)
class InsideEnvironment:
    """What reaches a device behind its shield, averaged along its orbit.

    Parameters
    ----------
    let_spectrum : LetSpectrum
        Ions by LET in silicon, of the elements that were asked for.
    proton_energy_mev : ndarray, shape (n,)
        Energies, MeV, rising.
    proton_flux_cm2_s_mev : ndarray, shape (n,)
        Protons from all directions, cm⁻² s⁻¹ MeV⁻¹.
    notes : tuple of str
        What is in it, and what is not.
    contributions : mapping of str to SourceContribution
        The parts of it by source: ``gcr``, ``solar``, ``trapped``.
    electron_energy_mev, electron_integral_cm2_s : ndarray, shape (m,)
        Energies, and trapped electrons above them outside the shield, from all directions; empty without ``[trapped]``.
    """

    let_spectrum: LetSpectrum
    proton_energy_mev: Array
    proton_flux_cm2_s_mev: Array
    notes: tuple[str, ...]
    contributions: Mapping[str, SourceContribution] = field(default_factory=dict)
    electron_energy_mev: Array = field(default_factory=lambda: np.zeros(0))
    electron_integral_cm2_s: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def outside_proton_flux_cm2_s_mev(self) -> Array:
        """Protons that fall on the shield, from all directions, cm⁻² s⁻¹ MeV⁻¹."""
        parts = [part.outside_proton_flux_cm2_s_mev for part in self.contributions.values()]
        return np.sum(parts, axis=0) if parts else np.zeros_like(self.proton_energy_mev)


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
        If a part of it is outside its model, or it has no particles.
    ToolMissingError
        If pycatima is not installed, or, for trapped particles, aep8.
    """
    if configuration.gcr is None and configuration.solar is None and configuration.trapped is None:
        raise ConfigurationError(
            "the orbit file has no particles for a spectrum; [mission] is for doses",
            remedy="give [gcr], [solar] or [trapped].",
        )
    track = orbit_track(configuration.orbit)
    notes = [_shield_note(configuration), track.note, *track.suspicions]
    filtered = orbit_filter(configuration.orbit, track)
    if filtered is not None:
        notes.append(_cutoff_note(configuration.orbit))
        event = None if configuration.solar is None else configuration.solar.event
        if event in STORMY_EVENTS and not configuration.orbit.storm:
            notes.append(f"CREME-MC asks for the cutoff of a storm with {event}: storm = true in [orbit] lets more in")
    elif track.near_earth:
        notes.append('no cutoff, as in CREME96 for geostationary orbits; cutoff = "directional" has the weak one there')
    parts = _charged(configuration, filtered)
    notes.extend(_source_notes(configuration))
    electrons = np.zeros(0)
    trapped = configuration.trapped
    if trapped is not None:
        if not track.near_earth:
            raise ConfigurationError(
                f'[trapped]: there are no belts where kind = "{configuration.orbit.kind}" is',
                remedy="leave [trapped] out, or give an orbit around the Earth.",
            )
        notes.append(_trapped_note(trapped))
        energy, flux = _trapped(track.place_km, trapped)
        parts["trapped"] = _proton_contribution(configuration, energy, flux)
        electrons = trapped_integral_flux(
            "electron", trapped.solar, track.place_km, _ELECTRON_MEV, drift_to_year=trapped.drift_to_year
        )
    return _inside(parts, tuple(notes), electrons)


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
    return _inside({"protons": _proton_contribution(configuration, energy_mev, flux_cm2_s_mev)}, ())


def _inside(
    parts: Mapping[str, SourceContribution], notes: tuple[str, ...], electrons: Array | None = None
) -> InsideEnvironment:
    whole, protons = np.zeros_like(LET_EDGES), np.zeros_like(TRANSPORT_ENERGY_MEV_U)
    for part in parts.values():
        whole, protons = whole + part.let_spectrum.integral_cm2_day, protons + part.proton_flux_cm2_s_mev
    seen = np.zeros(0) if electrons is None else electrons
    return InsideEnvironment(
        LetSpectrum.from_integral(LET_EDGES, whole, "; ".join(notes)),
        TRANSPORT_ENERGY_MEV_U,
        protons,
        notes,
        parts,
        _ELECTRON_MEV[: seen.size],
        seen,
    )


def _charged(configuration: OrbitConfiguration, filtered: GeomagneticFilter | None) -> dict[str, SourceContribution]:
    """Return what galactic and solar particles make behind the shield."""
    sources: dict[str, Source] = {}
    if configuration.gcr is not None:
        sources["gcr"] = partial(_galactic, w=configuration.gcr.modulation)
    if configuration.solar is not None:
        sources["solar"] = partial(_solar, event=configuration.solar.event)
    numbers = [number for number in range(1, HIGHEST_GALACTIC_Z + 1) if number not in _WITHOUT_ISOTOPE]
    parts = {}
    for name, source in sources.items():
        arriving = {number: partial(_arriving, number=number, source=source, filtered=filtered) for number in numbers}
        inside = transmitted_fluxes(
            arriving, configuration.shielding.paths, fragments=configuration.shielding.fragments
        )
        parts[name] = _contribution(configuration, inside, arriving[1](TRANSPORT_ENERGY_MEV_U), name)
    return parts


def _contribution(
    configuration: OrbitConfiguration, inside: Mapping[int, Array], outside_protons: Array, description: str
) -> SourceContribution:
    wanted = configuration.let_spectrum
    elements = let_flux_inside(
        {number: flux for number, flux in inside.items() if wanted.lightest_z <= number <= wanted.heaviest_z}
    )
    return SourceContribution(
        LetSpectrum.from_integral(LET_EDGES, sum(elements.values(), np.zeros_like(LET_EDGES)), description),
        inside[1] * _SPHERE_PER_CM2,
        outside_protons * _SPHERE_PER_CM2,
        elements,
    )


def _shield_note(configuration: OrbitConfiguration) -> str:
    shielding = configuration.shielding
    follow = "fragments from Li to Ni (EPAX)" if shielding.fragments else "no fragments"
    thick = sum(path.fraction for path in shielding.paths if path.thickness_g_cm2 > VALID_TO_G_CM2)
    beyond = (
        f"; {100 * thick:.3g} % of the directions lie behind more than {VALID_TO_G_CM2:g} g/cm², too much for this "
        "transport: what it lets through is too little"
        if thick > 0
        else ""
    )
    return (
        f"behind {shielding.summary}: slowing down (ATIMA), nuclear loss (Tripathi, Letaw), {follow}; "
        f"no H and He from break-up, no nucleons out of the shield, no neutrons{beyond}"
    )


def _source_notes(configuration: OrbitConfiguration) -> list[str]:
    notes = []
    if configuration.gcr is not None:
        w = configuration.gcr.modulation
        notes.append(
            f"galactic cosmic rays Z 1 to {HIGHEST_GALACTIC_Z}, DLR model, W = {w:.4g}; above Ni by abundance; "
            "no anomalous cosmic rays"
        )
    if configuration.solar is not None:
        notes.append(solar_event_note(configuration.solar.event))
    wanted = configuration.let_spectrum
    if (wanted.lightest_z, wanted.heaviest_z) != (1, HIGHEST_GALACTIC_Z):
        notes.append(f"LET spectrum of Z {wanted.lightest_z} to {wanted.heaviest_z} alone")
    return notes


def _proton_contribution(
    configuration: OrbitConfiguration, energy_mev: Array, flux_cm2_s_mev: Array
) -> SourceContribution:
    def flux(energy: Array) -> Array:
        return np.interp(energy, energy_mev, flux_cm2_s_mev, left=0.0, right=0.0) / _SPHERE_PER_CM2

    inside = {1: transmitted_flux(1, flux, configuration.shielding.paths)}
    return _contribution(configuration, inside, flux(TRANSPORT_ENERGY_MEV_U), "protons")


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
        "no trapped electrons behind the shield"
    )


def _galactic(number: int, energy: Array, *, w: float) -> Array:
    return galactic_flux(number, energy, w)


def _solar(number: int, energy: Array, *, event: str) -> Array:
    return solar_flux(number, energy, event)


def _arriving(energy: Array, *, number: int, source: Source, filtered: GeomagneticFilter | None) -> Array:
    flux = source(number, energy)
    if filtered is None:
        return flux
    return flux * filtered.transmission(rigidity_gv(number, energy))


def _trapped(path_km: Array, trapped: TrappedConfiguration) -> tuple[Array, Array]:
    """Return energies and the flux of trapped protons, cm⁻² s⁻¹ MeV⁻¹, averaged along the path."""
    return trapped_proton_flux(
        trapped_integral_flux("proton", trapped.solar, path_km, TRAPPED_PROTON_MEV, drift_to_year=trapped.drift_to_year)
    )
