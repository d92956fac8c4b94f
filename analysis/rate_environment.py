"""The environment that a rate is asked for, with its parts: by source, and the hydrogen in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.environment import (
    SourceContribution,
    environment_of_protons,
    environment_through,
    inside_environment,
    orbit_filter,
)
from radtest.analysis.orbit_configuration import OrbitConfiguration, ShieldingConfiguration, TrajectoryConfiguration
from radtest.analysis.orbit_track import orbit_track
from radtest.analysis.shielding import TRANSPORT_ENERGY_MEV_U, let_spectrum_inside
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.thermal import EARTH_RADIUS_KM
from radtest.analysis.trapped import TRAPPED_PROTON_MEV, trapped_integral_flux, trapped_proton_flux
from radtest.core.errors import ConfigurationError

__all__ = [
    "EVENT_DURATION_S",
    "ProtonSpectrum",
    "RateEnvironment",
    "SourceEnvironment",
    "orbit_period_s",
    "rate_environment",
    "shielded_environments",
]

ProtonSpectrum = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Energies, MeV, and protons from all directions, cm⁻² s⁻¹ MeV⁻¹."""

EVENT_DURATION_S = {"worst_5min": 300.0, "worst_day": 18 * 3600.0, "worst_week": 180 * 3600.0}
"""Times over which CREME96 averaged its solar events."""
_PEAKS = ("october_1989_19", "october_1989_22", "october_1989_24")
_MU_KM3_S2 = 398600.4418
_STAR_DAY_S = 86164.1
_SPHERE_PER_CM2 = 4.0 * math.pi * 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class SourceEnvironment:
    """What one source of particles contributes behind the shield.

    Parameters
    ----------
    let_spectrum : LetSpectrum
        Ions, protons included, by LET.
    protons : ProtonSpectrum
        Protons by energy.
    """

    let_spectrum: LetSpectrum
    protons: ProtonSpectrum


@dataclass(frozen=True, slots=True, eq=False)
class RateEnvironment:
    """Everything a rate needs to know of where the device is.

    Parameters
    ----------
    let_spectrum : LetSpectrum
        Ions, protons included, by LET.
    protons : ProtonSpectrum, optional
        Protons by energy; None for a LET spectrum alone.
    hydrogen : LetSpectrum, optional
        The protons of `let_spectrum` alone.
    sources : mapping of str to SourceEnvironment
        Parts by source, of which `let_spectrum` and `protons` are the sums; empty where they are not known.
    event : str, optional
        Solar event that is part of it; the source ``solar`` is then there only while it lasts.
    period_s : float, optional
        Period of the orbit, s.
    mission_years : float, optional
        Duration of the mission, years.
    notes : tuple of str
        What is in it, and what is not.
    """

    let_spectrum: LetSpectrum
    protons: ProtonSpectrum | None = None
    hydrogen: LetSpectrum | None = None
    sources: Mapping[str, SourceEnvironment] = field(default_factory=dict)
    event: str | None = None
    period_s: float | None = None
    mission_years: float | None = None
    notes: tuple[str, ...] = ()


def rate_environment(configuration: OrbitConfiguration) -> RateEnvironment:
    """Compute the environment of an orbit file, source by source.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file.

    Returns
    -------
    RateEnvironment

    Raises
    ------
    ConfigurationError
        If a part of it is not computed yet, or outside its model.
    ToolMissingError
        If an optional package is not installed.
    """
    _check_particles(configuration)
    inside = inside_environment(configuration)
    return replace(_environment(configuration, inside.contributions), notes=inside.notes)


def shielded_environments(
    configuration: OrbitConfiguration, thickness_g_cm2: Iterable[float]
) -> Iterator[RateEnvironment]:
    """Compute the environment of an orbit file behind several thicknesses of aluminium instead of its shield.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file.
    thickness_g_cm2 : iterable of float
        Thicknesses, g/cm².

    Yields
    ------
    RateEnvironment
        Without notes.

    Raises
    ------
    ConfigurationError
        If a thickness is out of range, or the environment is.
    ToolMissingError
        If an optional package is not installed.
    """
    _check_particles(configuration)
    track = orbit_track(configuration.orbit)
    field = orbit_filter(configuration.orbit, track)
    trapped = configuration.trapped
    belts = None
    if trapped is not None:
        belts = trapped_proton_flux(
            trapped_integral_flux(
                "proton", trapped.solar, track.place_km, TRAPPED_PROTON_MEV, drift_to_year=trapped.drift_to_year
            )
        )
    for thickness in thickness_g_cm2:
        shield = ShieldingConfiguration(aluminium_g_cm2=thickness)
        behind = configuration.model_copy(update={"shielding": shield})
        parts = dict(environment_through(behind, field).contributions)
        if belts is not None:
            parts["trapped"] = environment_of_protons(behind, *belts).contributions["protons"]
        yield _environment(configuration, parts)


def _environment(configuration: OrbitConfiguration, parts: Mapping[str, SourceContribution]) -> RateEnvironment:
    spectra = [part.let_spectrum for part in parts.values()]
    spectrum = LetSpectrum(
        spectra[0].let_mev_cm2_mg,
        np.sum([one.integral_cm2_day for one in spectra], axis=0),
        np.sum([one.differential_cm2_day for one in spectra], axis=0),
        "; ".join(one.description for one in spectra if one.description),
    )
    event = None if configuration.solar is None else configuration.solar.event
    energy = TRANSPORT_ENERGY_MEV_U
    flux = np.sum([part.proton_flux_cm2_s_mev for part in parts.values()], axis=0)
    has_hydrogen = configuration.let_spectrum.lightest_z == 1 and bool(np.any(flux > 0))
    return RateEnvironment(
        spectrum,
        (energy, flux),
        let_spectrum_inside({1: flux / _SPHERE_PER_CM2}) if has_hydrogen else None,
        {
            name: SourceEnvironment(part.let_spectrum, (energy, part.proton_flux_cm2_s_mev))
            for name, part in parts.items()
        },
        event if event in EVENT_DURATION_S or event in _PEAKS else None,
        orbit_period_s(configuration.orbit),
        None if configuration.mission is None else configuration.mission.years,
    )


def _check_particles(configuration: OrbitConfiguration) -> None:
    if configuration.gcr is None and configuration.solar is None and configuration.trapped is None:
        raise ConfigurationError(
            "the orbit file has no particles that a rate could come from; [mission] is for doses",
            remedy="give [gcr], [solar] or [trapped].",
        )


def orbit_period_s(orbit: TrajectoryConfiguration) -> float | None:
    """Return the period of an orbit, s; None where there is none."""
    if orbit.kind == "geo":
        return _STAR_DAY_S
    if orbit.tle is not None:
        return 86400.0 / float(orbit.tle[1][52:63])
    if orbit.altitudes_km is None:
        return None
    axis = EARTH_RADIUS_KM + sum(orbit.altitudes_km) / 2.0
    return 2.0 * math.pi * math.sqrt(axis**3 / _MU_KM3_S2)
