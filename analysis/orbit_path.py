"""Places along an orbit, in coordinates that turn with the Earth."""

from __future__ import annotations

import importlib
import math

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.thermal import EARTH_RADIUS_KM
from radtest.core.errors import ConfigurationError, ToolMissingError

__all__ = ["elements_path_km", "orbit_path_km"]

Array = NDArray[np.float64]
_MU, _J2, _EQUATOR_KM = 398600.4418, 1.08262668e-3, 6378.137
_EARTH_TURN = 7.2921159e-5
_DAYS, _STEP_S = 2.0, 60.0


def orbit_path_km(
    perigee_km: float,
    apogee_km: float,
    inclination_deg: float,
    argument_of_perigee_deg: float = 0.0,
    ascending_node_deg: float = 0.0,
) -> Array:
    """Return places over two days (two orbits, if longer) at even times, km, shape (n, 3).

    Notes
    -----
    The axes: x to Greenwich, z to the north. Kepler's ellipse; node and perigee drift as J2 makes them drift.
    """
    axis = EARTH_RADIUS_KM + (perigee_km + apogee_km) / 2.0
    eccentricity = (apogee_km - perigee_km) / 2.0 / axis
    motion = math.sqrt(_MU / axis**3)
    duration = max(_DAYS * 86400.0, 4.0 * math.pi / motion)
    step = max(_STEP_S, duration / 5000.0)
    time = np.arange(0.0, duration, step)
    mean = motion * time
    anomaly = mean + eccentricity * np.sin(mean)
    for _ in range(20):
        anomaly -= (anomaly - eccentricity * np.sin(anomaly) - mean) / (1.0 - eccentricity * np.cos(anomaly))
    true = 2.0 * np.arctan2(
        math.sqrt(1 + eccentricity) * np.sin(anomaly / 2), math.sqrt(1 - eccentricity) * np.cos(anomaly / 2)
    )
    inclination = math.radians(inclination_deg)
    drift = 1.5 * motion * _J2 * (_EQUATOR_KM / (axis * (1.0 - eccentricity**2))) ** 2
    node = math.radians(ascending_node_deg) - (drift * math.cos(inclination) + _EARTH_TURN) * time
    perigee = math.radians(argument_of_perigee_deg) + drift * (2.0 - 2.5 * math.sin(inclination) ** 2) * time
    along = perigee + true
    x, y, z = np.cos(along), np.sin(along) * math.cos(inclination), np.sin(along) * math.sin(inclination)
    radius = axis * (1.0 - eccentricity * np.cos(anomaly))
    return radius[:, None] * np.stack(
        [x * np.cos(node) - y * np.sin(node), x * np.sin(node) + y * np.cos(node), z], axis=1
    )


def elements_path_km(first: str, second: str) -> Array:
    """Return places over the two days after the epoch of a two-line element set, as `orbit_path_km` does.

    Raises
    ------
    ToolMissingError
        If sgp4, an optional extra, is not installed.
    ConfigurationError
        If the lines are not elements, or lead into the Earth.
    """
    try:
        sgp4 = importlib.import_module("sgp4.api")
    except ImportError:
        raise ToolMissingError(
            "two-line elements need sgp4, which is not installed", remedy="pip install 'radtest[orbit]'"
        ) from None
    try:
        satellite = sgp4.Satrec.twoline2rv(first, second)
    except ValueError as error:
        raise ConfigurationError(f"orbit tle: {error}", remedy="give the two lines as published.") from None
    offset = np.arange(0.0, _DAYS, _STEP_S / 86400.0)
    days = np.full_like(offset, satellite.jdsatepoch)
    fraction = satellite.jdsatepochF + offset
    errors, places, _ = satellite.sgp4_array(days, fraction)
    radius = np.linalg.norm(places, axis=1)
    if np.any(errors) or not np.all(radius > EARTH_RADIUS_KM):
        raise ConfigurationError(
            "orbit tle: the elements lead into the Earth or are out of SGP4's bounds", remedy="check both lines."
        )
    since = days - 2451545.0 + fraction
    angle = np.radians((280.46061837 + 360.98564736629 * since) % 360.0)
    x, y = places[:, 0], places[:, 1]
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([x * cosine + y * sine, -x * sine + y * cosine, places[:, 2]], axis=1)
