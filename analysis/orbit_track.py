"""The path of an orbit file: where the device is, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.orbit_configuration import TrajectoryConfiguration
from radtest.analysis.orbit_path import (
    GEOSTATIONARY_RADIUS_KM,
    circular_path_km,
    geostationary_path_km,
    orbit_path_km,
    orbit_period_s,
    path_times_s,
    sun_synchronous_inclination_deg,
)
from radtest.analysis.thermal import EARTH_RADIUS_KM
from radtest.analysis.two_line_elements import elements_path_km, read_elements

__all__ = ["OrbitTrack", "orbit_track"]

Array = NDArray[np.float64]
_LOCAL_TIME_HOURS = 12.0
_LOWEST_ORBIT_KM, _RARELY_ABOVE_KM = 110.0, 150_000.0
_DISTANCE = {
    "lunar": "at the distance of the Moon, 1 au from the Sun: outside the Earth's field and belts",
    "interplanetary": "between the planets, 1 au from the Sun: outside the Earth's field and belts",
}


@dataclass(frozen=True, slots=True, eq=False)
class OrbitTrack:
    """A path in time.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Times since the start, at even steps.
    place_km : ndarray, shape (n, 3)
        Places in coordinates that turn with the Earth: x to Greenwich, z to the north. No places (shape (0, 3)) far
        from the Earth.
    period_s : float
        Time of one turn.
    start : datetime or None
        When it starts, UTC, if known.
    note : str
        What the path is.
    """

    time_s: Array
    place_km: Array
    period_s: float
    start: datetime | None
    note: str

    @property
    def near_earth(self) -> bool:
        """Whether there are places around the Earth."""
        return len(self.place_km) > 0

    @property
    def step_s(self) -> float:
        """Step of the path, s."""
        return float(self.time_s[1] - self.time_s[0])

    @property
    def altitude_km(self) -> Array:
        """Altitudes above the mean radius of the Earth, shape (n,)."""
        return np.asarray(np.linalg.norm(self.place_km, axis=1) - EARTH_RADIUS_KM)

    @property
    def latitude_deg(self) -> Array:
        """Geocentric latitudes, shape (n,)."""
        return np.asarray(np.degrees(np.arcsin(self.place_km[:, 2] / np.linalg.norm(self.place_km, axis=1))))

    @property
    def longitude_deg(self) -> Array:
        """Longitudes from −180 to 180, shape (n,)."""
        return np.asarray(np.degrees(np.arctan2(self.place_km[:, 1], self.place_km[:, 0])))

    @property
    def suspicions(self) -> tuple[str, ...]:
        """What looks wrong with the altitudes, in sentences."""
        if not self.near_earth:
            return ()
        lowest = float(self.altitude_km.min())
        if lowest < _LOWEST_ORBIT_KM:
            return (
                f"suspicious: at {lowest:.4g} km the air ends any orbit within hours; altitudes are km above "
                f"{EARTH_RADIUS_KM:g} km from the centre.",
            )
        if lowest > _RARELY_ABOVE_KM:
            return (f"suspicious: hardly any orbit stays above {lowest:.4g} km; was it given in metres?",)
        return ()


def orbit_track(orbit: TrajectoryConfiguration) -> OrbitTrack:
    """Compute the path of an orbit file.

    Parameters
    ----------
    orbit : TrajectoryConfiguration
        The table ``[orbit]``.

    Returns
    -------
    OrbitTrack

    Raises
    ------
    ConfigurationError
        If two-line elements are not good, or there is no sun-synchronous orbit at the altitude.
    ToolMissingError
        If two-line elements are given and sgp4 is not installed.
    """
    start = None if orbit.epoch is None else _universal(orbit.epoch)
    if orbit.tle is not None:
        elements = read_elements(*orbit.tle)
        places = elements_path_km(*orbit.tle, start=start, days=orbit.days, step_s=orbit.step_s)
        first = start or elements.epoch
        note = (
            f"two-line elements of satellite {elements.catalogue_number}, {elements.epoch:%Y-%m-%d %H:%M} UTC, by SGP4"
            f" from {first:%Y-%m-%d %H:%M} UTC"
        )
        return _track(orbit, places, elements.period_s, first, note)
    if orbit.altitudes_km is not None:
        perigee, apogee = orbit.altitudes_km
        inclination, node = orbit.inclination_deg, orbit.ascending_node_deg
        note = f"{perigee:g} km" if perigee == apogee else f"{perigee:g} to {apogee:g} km"
        if orbit.kind == "sun_synchronous":
            local = _LOCAL_TIME_HOURS if orbit.local_time_hours is None else orbit.local_time_hours
            inclination = sun_synchronous_inclination_deg(perigee)
            node = 15.0 * (local - (0.0 if start is None else start.hour + start.minute / 60.0 + start.second / 3600.0))
            note += f", sun-synchronous, node at {local:g} h"
        if inclination is None:
            raise ValueError("an orbit with altitudes has an inclination")
        start_deg, days, step = orbit.argument_of_perigee_deg, orbit.days, orbit.step_s
        if orbit.altitude_km is not None:
            places = circular_path_km(perigee, inclination, start_deg, node, days=days, step_s=step)
        else:
            places = orbit_path_km(perigee, apogee, inclination, start_deg, node, days=days, step_s=step)
        note += f", {inclination:.4g}°, of an oblate Earth"
        return _track(orbit, places, orbit_period_s(perigee, apogee), start, note)
    if orbit.kind == "geo":
        longitude = 0.0 if orbit.longitude_deg is None else orbit.longitude_deg
        places = geostationary_path_km(longitude, days=orbit.days, step_s=orbit.step_s)
        note = f"geostationary at {longitude:g}° east, {GEOSTATIONARY_RADIUS_KM - EARTH_RADIUS_KM:.0f} km"
        return _track(orbit, places, 86164.1, start, note)
    return _track(orbit, np.zeros((0, 3)), 86400.0, start, _DISTANCE[orbit.kind or "interplanetary"])


def _track(
    orbit: TrajectoryConfiguration, places: Array, period_s: float, start: datetime | None, note: str
) -> OrbitTrack:
    time = path_times_s(period_s, orbit.days, orbit.step_s)
    if len(places) and orbit.kind != "geo":
        note = f"{note}: {len(places)} places in {(time[1] * len(time)) / 86400.0:.3g} days"
    return OrbitTrack(time, places, period_s, start, note)


def _universal(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
