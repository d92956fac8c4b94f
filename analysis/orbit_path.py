"""Places along an orbit, in coordinates that turn with the Earth."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.orbit_motion import EARTH_TURN_RAD_S, EQUATOR_KM, J2, MU_KM3_S2, motion_km
from radtest.analysis.thermal import EARTH_RADIUS_KM
from radtest.core.errors import ConfigurationError

__all__ = [
    "GEOSTATIONARY_RADIUS_KM",
    "PATH_DAYS",
    "PATH_STEP_S",
    "circular_path_km",
    "geostationary_path_km",
    "orbit_path_km",
    "orbit_period_s",
    "path_times_s",
    "sun_synchronous_inclination_deg",
]

Array = NDArray[np.float64]
PATH_DAYS, PATH_STEP_S = 2.0, 60.0
"""Length and step of a path where the file of the orbit gives none."""
_SUN_TURN = 2.0 * math.pi / (365.2422 * 86400.0)
GEOSTATIONARY_RADIUS_KM = (MU_KM3_S2 / EARTH_TURN_RAD_S**2) ** (1.0 / 3.0)
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
        Altitudes above the mean radius of the Earth, 6371 km, at the start.
    inclination_deg, argument_of_perigee_deg : float
        As usual.
    ascending_node_deg : float
        Longitude of the ascending node at the start.
    days, step_s : float, optional
        As in `path_times_s`.

    Notes
    -----
    The axes: x to Greenwich, z to the north. Perigee, apogee, inclination and node are those of the ellipse that
    touches the path at its first place, as in SPENVIS; from there it is integrated with the oblateness J2 of the Earth
    (`radtest.analysis.orbit_motion.motion_km`). A satellite that begins level at 530 km above the equator goes down to
    519 km and back in every turn, 523.5 km in the mean. Drag, Sun and Moon are left out.
    """
    axis = _axis(perigee_km, apogee_km)
    radius = EARTH_RADIUS_KM + perigee_km
    return _path(
        radius,
        0.0,
        math.sqrt(MU_KM3_S2 * (2.0 / radius - 1.0 / axis)),
        (math.radians(inclination_deg), math.radians(argument_of_perigee_deg), math.radians(ascending_node_deg)),
        path_times_s(2.0 * math.pi / _motion(axis), days, step_s).tobytes(),
    )


def circular_path_km(
    altitude_km: float,
    inclination_deg: float,
    start_deg: float = 0.0,
    ascending_node_deg: float = 0.0,
    *,
    days: float | None = None,
    step_s: float | None = None,
) -> Array:
    """Return places at even times of the orbit that is nearest to a circle, km, shape (n, 3).

    Parameters
    ----------
    altitude_km : float
        Mean altitude above the mean radius of the Earth, 6371 km.
    inclination_deg : float
        Inclination.
    start_deg : float
        How far after the ascending node it begins.
    ascending_node_deg : float
        Longitude of the ascending node at the start.
    days, step_s : float, optional
        As in `path_times_s`.

    Notes
    -----
    Axes and forces as in `orbit_path_km`. To first order in J2 the roundest orbit has r = a + c cos 2u with
    c = J2 R² sin²i/(4 a), some 1.7 km in low polar orbits [1]_; it begins with the radial velocity of that and the
    speed that holds it there.

    References
    ----------
    .. [1] Y. Kozai, Astron. J. 64, 367 (1959).
    """
    mean = EARTH_RADIUS_KM + altitude_km
    motion, inclination, along = _motion(mean), math.radians(inclination_deg), math.radians(start_deg)
    wave = J2 * EQUATOR_KM**2 * math.sin(inclination) ** 2 / (4.0 * mean)
    radius = mean + wave * math.cos(2.0 * along)
    height = (math.sin(inclination) * math.sin(along)) ** 2
    pull = MU_KM3_S2 / radius**2 * (1.0 + 1.5 * J2 * (EQUATOR_KM / radius) ** 2 * (1.0 - 3.0 * height))
    return _path(
        radius,
        -2.0 * wave * motion * math.sin(2.0 * along),
        math.sqrt(radius * (pull - 4.0 * wave * motion**2 * math.cos(2.0 * along))),
        (inclination, along, math.radians(ascending_node_deg)),
        path_times_s(2.0 * math.pi / motion, days, step_s).tobytes(),
    )


@lru_cache(maxsize=8)
def _path(radius: float, outwards: float, forwards: float, angles: tuple[float, float, float], time: bytes) -> Array:
    """Follow a satellite from a radius and a velocity; angles are inclination, way from the node, and the node."""
    inclination, along, node = angles
    east = np.array([math.cos(node), math.sin(node), 0.0])
    north = np.array([-math.sin(node) * math.cos(inclination), math.cos(node) * math.cos(inclination), 0.0])
    north[2] = math.sin(inclination)
    up = math.cos(along) * east + math.sin(along) * north
    ahead = math.cos(along) * north - math.sin(along) * east
    path = motion_km(radius * up, outwards * up + forwards * ahead, np.frombuffer(time))
    path.setflags(write=False)
    return path


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
    cosine = -_SUN_TURN / (1.5 * _motion(axis) * J2 * (EQUATOR_KM / axis) ** 2)
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
    return math.sqrt(MU_KM3_S2 / axis_km**3)
