"""How strongly the Sun keeps galactic cosmic rays out: W of the DLR model, from what is known of a time."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

from radtest.core.errors import ConfigurationError

__all__ = ["LARGEST_W", "w_from_date", "w_from_oulu", "w_from_sunspots"]

LARGEST_W = 200.0
"""Up to here the model holds."""
_OULU = "Oulu counts 5,000 to 6,900 a minute, corrected for pressure; give those, not counts a second."

# Extremes of the smoothed monthly sunspot number (13 months), version 1.0: D. H. Hathaway, Living Rev. Sol. Phys. 12,
# 4 (2015); cycle 25 from version 2.0, divided by 1.43.
_EXTREMES = (
    ("1954-04-15", 3.4), ("1958-03-15", 201.3), ("1964-10-15", 9.6), ("1968-11-15", 110.6), ("1976-03-15", 12.2),
    ("1979-12-15", 164.5), ("1986-09-15", 12.3), ("1989-07-15", 158.5), ("1996-05-15", 8.0), ("2000-04-15", 120.8),
    ("2008-12-15", 1.7), ("2014-04-15", 81.9), ("2019-12-15", 1.3), ("2024-10-15", 112.5),
)  # fmt: skip
_VERSION_2 = 1.43
_LAG_DAYS = 240


def w_from_oulu(counts_per_min: float) -> float:
    """W from the count rate of the neutron monitor at Oulu.

    Parameters
    ----------
    counts_per_min : float
        Counts a minute, corrected for pressure; a mean over a month or so.

    Notes
    -----
    W = 638.7 − 0.093 counts [1]_, cut off at 0: the highest rates ever seen, 6,870 and more, would give less.

    Raises
    ------
    ConfigurationError
        If the rate is not one of that monitor, or gives a W above 200.

    References
    ----------
    .. [1] D. Matthiä, T. Berger, A. I. Mrigakshi and G. Reitz, Adv. Space Res. 51, 329 (2013).
    """
    if not (math.isfinite(counts_per_min) and 4000 <= counts_per_min <= 7500):
        raise ConfigurationError(f"neutron monitor at Oulu: {counts_per_min:g} counts a minute", remedy=_OULU)
    w = 638.7 - 0.093 * counts_per_min
    if w > LARGEST_W:
        raise ConfigurationError(
            f"neutron monitor at Oulu: {counts_per_min:g} counts a minute give W = {w:.4g}",
            remedy=f"the model holds for W up to {LARGEST_W:g}, counts from 4,717 up: give a mean over some weeks.",
        )
    return max(w, 0.0)


def w_from_sunspots(sunspot_number: float) -> float:
    """W from the smoothed sunspot number.

    Parameters
    ----------
    sunspot_number : float
        Of version 2.0 (since 2015), averaged over 13 months, some 8 months before the time that is meant.

    Notes
    -----
    In ISO 15390, which the model grew out of, W is the smoothed sunspot number of version 1.0, here that of version
    2.0 over 1.43. By yearly means it is some 25 off the W of Oulu's counts.
    """
    if not (math.isfinite(sunspot_number) and 0 <= sunspot_number <= LARGEST_W * _VERSION_2):
        raise ConfigurationError(
            f"sunspot number {sunspot_number:g}", remedy=f"smoothed, of version 2.0: 0 to {LARGEST_W * _VERSION_2:g}."
        )
    return sunspot_number / _VERSION_2


def w_from_date(when: date) -> float:
    """W at a date, from the known extremes of the solar cycles.

    Parameters
    ----------
    when : date
        From 1955 to the middle of 2025.

    Notes
    -----
    The smoothed sunspot number, eight months before, by cosines between the extremes of the cycles.

    Raises
    ------
    ConfigurationError
        If the date is outside the known cycles.
    """
    days = _day(when) - _LAG_DAYS
    places = [_day(date.fromisoformat(text)) for text, _ in _EXTREMES]
    if not places[0] <= days <= places[-1]:
        raise ConfigurationError(
            f"date {when.isoformat()}: the solar cycle is known from 1955 to the middle of 2025",
            remedy="give w, preset, oulu_counts_per_min or sunspot_number instead.",
        )
    after = next(index for index, place in enumerate(places) if days <= place and index > 0)
    low, high = _EXTREMES[after - 1][1], _EXTREMES[after][1]
    share = (days - places[after - 1]) / (places[after] - places[after - 1])
    return low + (high - low) * (1.0 - math.cos(math.pi * share)) / 2.0


def _day(when: date) -> int:
    return (datetime(when.year, when.month, when.day, tzinfo=UTC) - datetime(1950, 1, 1, tzinfo=UTC)).days
