"""Passes of a path through the proton belt: in low orbits, through the South Atlantic Anomaly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.orbit_track import OrbitTrack
from radtest.core.errors import ConfigurationError

__all__ = ["BELT_FLUX_CM2_S", "BELT_PROTON_MEV", "BeltPass", "belt_passes"]

Array = NDArray[np.float64]
BELT_PROTON_MEV = 10.0
"""Energy above which protons make a pass."""
BELT_FLUX_CM2_S = 1.0
"""Flux from which on a place is inside: AP-8 knows no smaller one."""


@dataclass(frozen=True, slots=True)
class BeltPass:
    """One pass.

    Parameters
    ----------
    start_s, end_s : float
        First and last place inside, each with half a step around it; cut off where the path starts or ends inside.
    peak_s, peak_cm2_s : float
        Time and flux of the peak.
    peak_latitude_deg, peak_longitude_deg : float
        Where it is.
    share : float
        Share of the fluence of the whole path.
    """

    start_s: float
    end_s: float
    peak_s: float
    peak_cm2_s: float
    peak_latitude_deg: float
    peak_longitude_deg: float
    share: float

    @property
    def duration_s(self) -> float:
        """How long it takes."""
        return self.end_s - self.start_s


def belt_passes(track: OrbitTrack, flux_cm2_s: Array, threshold_cm2_s: float = BELT_FLUX_CM2_S) -> tuple[BeltPass, ...]:
    """Find the passes of a path.

    Parameters
    ----------
    track : OrbitTrack
        The path.
    flux_cm2_s : ndarray, shape (n,)
        Flux at its places.
    threshold_cm2_s : float
        Flux from which on a place is inside.

    Returns
    -------
    tuple of BeltPass
        In the order of time.

    Raises
    ------
    ConfigurationError
        If the path and the flux differ in length, or the threshold is not above 0.
    """
    if len(flux_cm2_s) != len(track.place_km):
        raise ConfigurationError(
            f"passes: {len(flux_cm2_s)} fluxes for {len(track.place_km)} places", remedy="give one for each place."
        )
    if not threshold_cm2_s > 0:
        raise ConfigurationError(
            f"passes: the threshold is {threshold_cm2_s!r}", remedy="give a flux above 0, such as 1 /(cm² s)."
        )
    inside = flux_cm2_s >= threshold_cm2_s
    edges = np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8))
    whole = float(np.sum(flux_cm2_s))
    half = track.step_s / 2.0
    latitude, longitude = track.latitude_deg, track.longitude_deg
    passes = []
    for first, after in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        peak = int(first + np.argmax(flux_cm2_s[first:after]))
        passes.append(
            BeltPass(
                float(track.time_s[first]) - half,
                float(track.time_s[after - 1]) + half,
                float(track.time_s[peak]),
                float(flux_cm2_s[peak]),
                float(latitude[peak]),
                float(longitude[peak]),
                float(np.sum(flux_cm2_s[first:after])) / whole,
            )
        )
    return tuple(passes)
