"""Places along an orbit, in coordinates that turn with the Earth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.thermal import EARTH_RADIUS_KM
from radtest.core.errors import ConfigurationError

__all__ = [
    "GEOSTATIONARY_RADIUS_KM",
    "PATH_DAYS",
    "PATH_STEP_S",
    "geostationary_path_km",
    "orbit_path_km",
    "orbit_period_s",
    "path_times_s",
    "sun_synchronous_inclination_deg",
]

Array = NDArray[np.float64]
PATH_DAYS, PATH_STEP_S = 2.0, 60.0
"""Length and step of a path where the file of the orbit gives none."""
_MU, _J2, _EQUATOR_KM = 398600.4418, 1.08262668e-3, 6378.137
_EARTH_TURN = 7.2921159e-5
_SUN_TURN = 2.0 * math.pi / (365.2422 * 86400.0)
GEOSTATIONARY_RADIUS_KM = (_MU / _EARTH_TURN**2) ** (1.0 / 3.0)
"""Radius at which a circular orbit turns with the Earth, km."""


def orbit_period_s(perigee_km: float, apogee_km: float) -> float:
    """Return the time of one turn of an ellipse, s; altitudes above the mean radius of the Earth."""
    return 2.0 * math.pi / _motion(_axis(perigee_km, apogee_km))


def path_times_s(period_s: float, days: float | None = None, step_s: float | None = None) -> Array:
    """Times of the places of a path, s.

    Parameters
    ----------
    period_s : float
        Time of one turn, s.
    days, step_s : float, optional
        Length in days and step in seconds. Without them two days (two turns, if longer) of 60 s, or 5000 places.
    """
    duration = max(PATH_DAYS * 86400.0, 2.0 * period_s) if days is None else days * 86400.0
    step = max(PATH_STEP_S, duration / 5000.0) if step_s is None else step_s
    return np.arange(0.0, duration - 1e-6 * step, step)


def orbit_path_km(
    perigee_km: float,
    apogee_km: float,
    inclination_deg: float,
    argument_of_perigee_deg: float = 0.0,
    ascending_node_deg: float = 0.0,
    *,
    days: float | None = None,
    step_s: float | None = None,
) -> Array:
    """Return places at even times, km, shape (n, 3); it starts at the perigee.

    Parameters
    ----------
    perigee_km, apogee_km : float
        Altitudes above the mean radius of the Earth, 6371 km.
    inclination_deg, argument_of_perigee_deg : float
        As usual.
    ascending_node_deg : float
        Longitude of the ascending node at the start.
    days, step_s : float, optional
        As in `path_times_s`.

    Notes
    -----
    The axes: x to Greenwich, z to the north. Kepler's ellipse whose node, perigee and mean anomaly drift as J2 makes
    them drift in the mean [1]_; its waves within a turn, some 10 km, drag, Sun and Moon are left out.

    References
    ----------
    .. [1] Y. Kozai, Astron. J. 64, 367 (1959).
    """
    axis = _axis(perigee_km, apogee_km)
    eccentricity = (apogee_km - perigee_km) / 2.0 / axis
    motion = _motion(axis)
    time = path_times_s(2.0 * math.pi / motion, days, step_s)
    inclination = math.radians(inclination_deg)
    flat = 1.0 - eccentricity**2
    drift = 1.5 * motion * _J2 * (_EQUATOR_KM / (axis * flat)) ** 2
    mean = (motion + drift * math.sqrt(flat) * (1.0 - 1.5 * math.sin(inclination) ** 2)) * time
    anomaly = mean + eccentricity * np.sin(mean)
    for _ in range(20):
        anomaly -= (anomaly - eccentricity * np.sin(anomaly) - mean) / (1.0 - eccentricity * np.cos(anomaly))
    true = 2.0 * np.arctan2(
        math.sqrt(1 + eccentricity) * np.sin(anomaly / 2), math.sqrt(1 - eccentricity) * np.cos(anomaly / 2)
    )
    node = math.radians(ascending_node_deg) - (drift * math.cos(inclination) + _EARTH_TURN) * time
    perigee = math.radians(argument_of_perigee_deg) + drift * (2.0 - 2.5 * math.sin(inclination) ** 2) * time
    along = perigee + true
    x, y, z = np.cos(along), np.sin(along) * math.cos(inclination), np.sin(along) * math.sin(inclination)
    radius = axis * (1.0 - eccentricity * np.cos(anomaly))
    return radius[:, None] * np.stack(
        [x * np.cos(node) - y * np.sin(node), x * np.sin(node) + y * np.cos(node), z], axis=1
    )


def sun_synchronous_inclination_deg(altitude_km: float) -> float:
    """Inclination at which the node of a circular orbit follows the Sun.

    Parameters
    ----------
    altitude_km : float
        Altitude above the mean radius of the Earth.

    Returns
    -------
    float
        Degrees, above 90.

    Raises
    ------
    ConfigurationError
        If the orbit is so high that J2 cannot turn it once a year.

    Notes
    -----
    cos i = −(2/3) (2π/365.2422 d) / [n J2 (R/a)²].
    """
    axis = _axis(altitude_km, altitude_km)
    cosine = -_SUN_TURN / (1.5 * _motion(axis) * _J2 * (_EQUATOR_KM / axis) ** 2)
    if cosine < -1.0:
        raise ConfigurationError(
            f"orbit altitude_km: {altitude_km:g} km is too high for a sun-synchronous orbit",
            remedy="give less than about 5980 km, or an inclination of your own without kind.",
        )
    return math.degrees(math.acos(cosine))


def geostationary_path_km(longitude_deg: float, *, days: float | None = None, step_s: float | None = None) -> Array:
    """Return the place of a geostationary satellite at even times, km, shape (n, 3): the same place again and again."""
    count = path_times_s(86164.1, days, step_s).size
    longitude = math.radians(longitude_deg)
    place = GEOSTATIONARY_RADIUS_KM * np.array([math.cos(longitude), math.sin(longitude), 0.0])
    return np.tile(place, (count, 1))


def _axis(perigee_km: float, apogee_km: float) -> float:
    return EARTH_RADIUS_KM + (perigee_km + apogee_km) / 2.0


def _motion(axis_km: float) -> float:
    return math.sqrt(_MU / axis_km**3)
