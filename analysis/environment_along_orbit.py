"""Trapped particles and the cutoff in time along an orbit, and over the Earth at its altitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.belt_passes import BELT_PROTON_MEV, BeltPass, belt_passes
from radtest.analysis.geomagnetic import directional_cutoff_gv, vertical_cutoff_gv
from radtest.analysis.orbit_configuration import OrbitConfiguration, TrajectoryConfiguration, TrappedConfiguration
from radtest.analysis.orbit_track import OrbitTrack, orbit_track
from radtest.analysis.thermal import EARTH_RADIUS_KM
from radtest.analysis.trapped import trapped_series
from radtest.core.errors import ConfigurationError

__all__ = [
    "SAME_ALTITUDE_KM",
    "TIMELINE_ELECTRON_MEV",
    "TIMELINE_PROTON_MEV",
    "EarthGrid",
    "EnvironmentAlongOrbit",
    "EnvironmentMap",
    "earth_grid",
    "environment_along_orbit",
    "environment_map",
    "map_altitude_km",
    "moving_track",
]

Array = NDArray[np.float64]
TIMELINE_PROTON_MEV = (BELT_PROTON_MEV, 30.0, 100.0)
"""Energies above which protons are followed in time, MeV."""
TIMELINE_ELECTRON_MEV = 1.0
"""Energy above which electrons are, MeV."""
SAME_ALTITUDE_KM = 100.0
"""How much the altitude may change along a path for which a map at one altitude makes sense."""


@dataclass(frozen=True, slots=True, eq=False)
class EnvironmentAlongOrbit:
    """What is outside a shield at each place of a path.

    Parameters
    ----------
    track : OrbitTrack
        The path.
    proton_cm2_s : ndarray, shape (n, 3)
        Trapped protons above `TIMELINE_PROTON_MEV`; shape (n, 0) without ``[trapped]``.
    electron_cm2_s : ndarray, shape (n,)
        Trapped electrons above `TIMELINE_ELECTRON_MEV`; shape (0,) without ``[trapped]``.
    cutoff_gv : ndarray, shape (n,)
        Cutoff from the zenith; shape (0,) without a cutoff.
    passes : tuple of BeltPass
        Passes through the proton belt: in low orbits, the South Atlantic Anomaly.
    """

    track: OrbitTrack
    proton_cm2_s: Array
    electron_cm2_s: Array
    cutoff_gv: Array
    passes: tuple[BeltPass, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EarthGrid:
    """Places over the whole Earth at one altitude, row by row from the south, each row from 180° west.

    Parameters
    ----------
    altitude_km : float
        Altitude above the mean radius of the Earth.
    latitude_deg, longitude_deg : ndarray, shapes (p,) and (q,)
        Of rows and columns.
    place_km : ndarray, shape (p·q, 3)
        The places.
    """

    altitude_km: float
    latitude_deg: Array
    longitude_deg: Array
    place_km: Array


@dataclass(frozen=True, slots=True, eq=False)
class EnvironmentMap:
    """What is outside a shield over the whole Earth at one altitude.

    Parameters
    ----------
    grid : EarthGrid
        The places.
    proton_cm2_s : ndarray, shape (p, q)
        Trapped protons above `BELT_PROTON_MEV`; shape (0, 0) without ``[trapped]``.
    cutoff_gv : ndarray, shape (p, q)
        Cutoff from the zenith; shape (0, 0) without a cutoff.
    """

    grid: EarthGrid
    proton_cm2_s: Array
    cutoff_gv: Array


def moving_track(configuration: OrbitConfiguration) -> OrbitTrack:
    """Return the path of an orbit file that moves over the Earth.

    Raises
    ------
    ConfigurationError
        If nothing changes along it: far from the Earth, and geostationary.
    """
    track = orbit_track(configuration.orbit)
    if not track.near_earth or configuration.orbit.kind == "geo":
        raise ConfigurationError(
            f'[orbit] kind = "{configuration.orbit.kind}": nothing changes along the path',
            remedy="give an orbit that moves over the Earth, or leave out map and timeline.",
        )
    return track


def environment_along_orbit(configuration: OrbitConfiguration) -> EnvironmentAlongOrbit:
    """Compute trapped particles and the cutoff at each place of an orbit's path.

    Parameters
    ----------
    configuration : OrbitConfiguration
        The orbit file; ``days`` and ``step_s`` of ``[orbit]`` set the path.

    Raises
    ------
    ConfigurationError
        If it is far from the Earth.
    ToolMissingError
        If trapped particles are asked for and aep8 is not installed.
    """
    track = moving_track(configuration) if configuration.orbit.kind != "geo" else orbit_track(configuration.orbit)
    protons, electrons = np.zeros((len(track.place_km), 0)), np.zeros(0)
    passes: tuple[BeltPass, ...] = ()
    if configuration.trapped is not None:
        solar, year = configuration.trapped.solar, configuration.trapped.drift_to_year
        protons = trapped_series("proton", solar, track.place_km, TIMELINE_PROTON_MEV, drift_to_year=year)
        electrons = trapped_series("electron", solar, track.place_km, TIMELINE_ELECTRON_MEV, drift_to_year=year)[:, 0]
        passes = belt_passes(track, protons[:, 0])
    return EnvironmentAlongOrbit(track, protons, electrons, _zenith(configuration.orbit, track.place_km), passes)


def map_altitude_km(track: OrbitTrack) -> float | None:
    """Return the altitude of a path for a map; None where it changes by more than `SAME_ALTITUDE_KM`."""
    altitude = track.altitude_km
    if float(np.ptp(altitude)) > SAME_ALTITUDE_KM:
        return None
    return float(np.mean(altitude))


def earth_grid(altitude_km: float, step_deg: float = 4.0) -> EarthGrid:
    """Return places over the whole Earth at an altitude, poles and both ends of a row included."""
    latitude = np.linspace(-90.0, 90.0, round(180.0 / step_deg) + 1)
    longitude = np.linspace(-180.0, 180.0, round(360.0 / step_deg) + 1)
    north, east = (part.ravel() for part in np.meshgrid(np.radians(latitude), np.radians(longitude), indexing="ij"))
    unit = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    return EarthGrid(altitude_km, latitude, longitude, (EARTH_RADIUS_KM + altitude_km) * unit)


def environment_map(configuration: OrbitConfiguration, step_deg: float = 4.0) -> EnvironmentMap | None:
    """Compute trapped protons and the cutoff over the Earth at the altitude of an orbit.

    Returns
    -------
    EnvironmentMap or None
        None where the altitude changes by more than `SAME_ALTITUDE_KM` along the path.

    Raises
    ------
    ConfigurationError
        If nothing changes along the path.
    ToolMissingError
        If trapped particles are asked for and aep8 is not installed.
    """
    altitude = map_altitude_km(moving_track(configuration))
    if altitude is None:
        return None
    grid = earth_grid(altitude, step_deg)
    shape = grid.latitude_deg.size, grid.longitude_deg.size
    cutoff = _zenith(configuration.orbit, grid.place_km)
    protons = _belt(configuration.trapped, grid.place_km)
    return EnvironmentMap(
        grid,
        protons.reshape(shape) if protons.size else np.zeros((0, 0)),
        cutoff.reshape(shape) if cutoff.size else np.zeros((0, 0)),
    )


def _belt(trapped: TrappedConfiguration | None, place_km: Array) -> Array:
    if trapped is None:
        return np.zeros(0)
    return trapped_series("proton", trapped.solar, place_km, BELT_PROTON_MEV, drift_to_year=trapped.drift_to_year)[:, 0]


def _zenith(orbit: TrajectoryConfiguration, place_km: Array) -> Array:
    if orbit.cutoff_model is None:
        return np.zeros(0)
    if orbit.cutoff_model == "vertical":
        return vertical_cutoff_gv(place_km, storm=orbit.storm)
    return directional_cutoff_gv(place_km, [0.0], storm=orbit.storm)[:, 0]
