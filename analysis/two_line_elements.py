"""Two-line elements of satellites. The only module that uses sgp4, an optional extra."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.orbit_path import path_times_s
from radtest.analysis.thermal import EARTH_RADIUS_KM
from radtest.core.errors import ConfigurationError, ToolMissingError

__all__ = ["OLDEST_ELEMENTS_DAYS", "TwoLineElements", "elements_path_km", "read_elements"]

Array = NDArray[np.float64]
OLDEST_ELEMENTS_DAYS = 60.0
"""How far from the epoch of two-line elements a path may start: by then places are off by hundreds of km."""
_LENGTH = 69
_REMEDY = "give the two lines as published, 69 characters each, without the line of the name."
_ERRORS = {
    1: "the mean elements are out of range",
    2: "the mean motion is not positive",
    3: "the perturbed eccentricity is out of range",
    4: "the semi-latus rectum is negative",
    6: "the orbit has decayed: it leads into the Earth",
}


@dataclass(frozen=True, slots=True, eq=False)
class TwoLineElements:
    """Orbital elements as published in two lines.

    Parameters
    ----------
    catalogue_number : str
        Number of the satellite.
    epoch : datetime
        Time of the elements, UTC.
    period_s : float
        Time of one turn.
    satellite : object
        The propagator of sgp4.
    """

    catalogue_number: str
    epoch: datetime
    period_s: float
    satellite: Any


def read_elements(first: str, second: str) -> TwoLineElements:
    """Read two-line elements.

    Parameters
    ----------
    first, second : str
        The lines.

    Returns
    -------
    TwoLineElements

    Raises
    ------
    ConfigurationError
        If a line is not what it should be: length, line number, checksum, the same satellite in both.
    ToolMissingError
        If sgp4, an optional extra, is not installed.
    """
    lines = []
    for number, line in enumerate((first, second), start=1):
        lines.append(_checked(line.rstrip(), number))
    if lines[0][2:7] != lines[1][2:7]:
        raise ConfigurationError(
            f"orbit tle: line 1 is of satellite {lines[0][2:7].strip()}, line 2 of {lines[1][2:7].strip()}",
            remedy="give both lines of one satellite.",
        )
    try:
        sgp4 = importlib.import_module("sgp4.api")
    except ImportError:
        raise ToolMissingError(
            "two-line elements need sgp4, which is not installed", remedy="pip install 'radtest[orbit]'"
        ) from None
    try:
        satellite = sgp4.Satrec.twoline2rv(*lines)
    except ValueError as error:
        raise ConfigurationError(f"orbit tle: {error}", remedy=_REMEDY) from None
    if satellite.error or not satellite.no_kozai > 0:
        raise ConfigurationError(f"orbit tle: {_ERRORS.get(satellite.error, 'no mean motion')}", remedy=_REMEDY)
    year = satellite.epochyr + (2000 if satellite.epochyr < 57 else 1900)
    epoch = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=satellite.epochdays - 1.0)
    return TwoLineElements(lines[0][2:7].strip(), epoch, 2.0 * np.pi / satellite.no_kozai * 60.0, satellite)


def elements_path_km(
    first: str,
    second: str,
    *,
    start: datetime | None = None,
    days: float | None = None,
    step_s: float | None = None,
) -> Array:
    """Return places at even times after the epoch of two-line elements, km, as `orbit_path_km` does.

    Parameters
    ----------
    first, second : str
        The lines.
    start : datetime, optional
        Where the path starts, UTC; the epoch of the elements without it.
    days, step_s : float, optional
        As in `path_times_s`.

    Returns
    -------
    ndarray, shape (n, 3)

    Raises
    ------
    ToolMissingError
        If sgp4, an optional extra, is not installed.
    ConfigurationError
        If the lines are not elements, are older than `OLDEST_ELEMENTS_DAYS` at the start, or lead into the Earth.

    Notes
    -----
    SGP4 in the frame of the true equator and mean equinox, turned by the mean sidereal time of 1982 [1]_; the motion of
    the pole, some 10 m, is left out.

    References
    ----------
    .. [1] D. A. Vallado et al., Revisiting Spacetrack Report #3, AIAA 2006-6753.
    """
    elements = read_elements(first, second)
    late = 0.0 if start is None else (start - elements.epoch).total_seconds()
    if abs(late) > OLDEST_ELEMENTS_DAYS * 86400.0:
        side = "after" if late > 0 else "before"
        raise ConfigurationError(
            f"orbit epoch: {abs(late) / 86400.0:.0f} days {side} that of the elements, "
            f"{elements.epoch:%Y-%m-%d %H:%M} UTC",
            remedy=f"take elements within {OLDEST_ELEMENTS_DAYS:g} days of it, or leave epoch out to start at theirs.",
        )
    offset = (late + path_times_s(elements.period_s, days, step_s)) / 86400.0
    satellite = elements.satellite
    whole = np.full_like(offset, satellite.jdsatepoch)
    fraction = satellite.jdsatepochF + offset
    errors, places, _ = satellite.sgp4_array(whole, fraction)
    if np.any(errors):
        reason = _ERRORS.get(int(errors[errors > 0][0]), "out of the bounds of SGP4")
        raise ConfigurationError(f"orbit tle: {reason}", remedy="check both lines, or take newer ones.")
    if not np.all(np.linalg.norm(places, axis=1) > EARTH_RADIUS_KM):
        raise ConfigurationError(
            "orbit tle: the elements lead into the Earth", remedy="check both lines, or take newer ones."
        )
    angle = _sidereal_angle(whole, fraction)
    x, y = places[:, 0], places[:, 1]
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([x * cosine + y * sine, -x * sine + y * cosine, places[:, 2]], axis=1)


def _checked(line: str, number: int) -> str:
    """Return a line, if it is one of two-line elements."""
    place = f"orbit tle: line {number}"
    if len(line) != _LENGTH:
        raise ConfigurationError(f"{place} has {len(line)} characters, not {_LENGTH}", remedy=_REMEDY)
    if line[:2] != f"{number} ":
        raise ConfigurationError(f"{place} begins with {line[:2]!r}, not with '{number} '", remedy=_REMEDY)
    digits = sum(int(letter) for letter in re.sub(r"[^0-9]", "", line[:-1])) + line[:-1].count("-")
    if str(digits % 10) != line[-1]:
        raise ConfigurationError(
            f"{place}: its checksum is {line[-1]!r}, its characters add up to {digits % 10}",
            remedy="copy the line again: a character was lost or changed.",
        )
    return line


def _sidereal_angle(whole_day: Array, fraction: Array) -> Array:
    """Return the mean sidereal time of Greenwich, rad, as in the model of 1982."""
    centuries = (whole_day - 2451545.0 + fraction) / 36525.0
    seconds = (
        67310.54841 + (876600.0 * 3600.0 + 8640184.812866) * centuries + 0.093104 * centuries**2 - 6.2e-6 * centuries**3
    )
    return np.radians(seconds / 240.0 % 360.0)
