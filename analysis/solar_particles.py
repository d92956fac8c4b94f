"""Solar particle events: the worst of CREME96, the peaks of October 1989, and the mean of active years."""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.abundances import abundance_to_iron
from radtest.core.errors import ConfigurationError

__all__ = ["SOLAR_EVENTS", "STORMY_EVENTS", "solar_event_note", "solar_flux"]

Array = NDArray[np.float64]
_CREME96 = ("worst_5min", "worst_day", "worst_week")
# A, κ, α: M. A. Xapsos et al., IEEE Trans. Nucl. Sci. 47, 2218 (2000), as ECSS-E-ST-10-04C quotes it.
_OCTOBER_1989 = {
    "october_1989_19": (214.0, 0.526, 0.366),
    "october_1989_22": (429.0, 0.458, 0.3908),
    "october_1989_24": (54900.0, 2.38, 0.23),
}
_MEAN = "solar_maximum_mean"
SOLAR_EVENTS = (*_CREME96, *_OCTOBER_1989, _MEAN)
"""Events that `solar_flux` knows."""
STORMY_EVENTS = ("worst_5min", "worst_day")
"""Events for which the help of CREME-MC asks for the cutoff of a storm."""

_TABULATED = {1: "H", 2: "He", 6: "C", 7: "N", 8: "O", 26: "Fe"}
# Abundances in gradual events relative to O = 1000, D. V. Reames, Space Sci. Rev. 90, 413 (1999).
_ABUNDANCE = {
    10: 152.0, 11: 10.4, 12: 196.0, 13: 15.7, 14: 152.0, 15: 0.65, 16: 31.8, 17: 0.24, 18: 3.3, 19: 0.55, 20: 10.6,
    22: 0.34, 24: 2.1, 28: 6.4,
}  # fmt: skip
_IRON = 134.0
# Mean fluence of protons in a year of an active Sun, cm⁻², above energies in MeV: ESP, ECSS-E-ST-10-04C (2008),
# tables B-7 and B-8.
_MEAN_FLUENCE = np.array([
    (1, 8.877e10), (3, 3.297e10), (5, 1.973e10), (7, 1.371e10), (10, 9.089e9), (15, 5.476e9), (20, 3.707e9),
    (25, 2.687e9), (30, 2.034e9), (35, 1.589e9), (40, 1.273e9), (45, 1.038e9), (50, 8.602e8), (55, 7.215e8),
    (60, 6.117e8), (70, 4.518e8), (80, 3.431e8), (90, 2.665e8), (100, 2.109e8), (125, 1.272e8), (150, 8.225e7),
    (175, 5.631e7), (200, 4.028e7), (225, 2.974e7), (250, 2.257e7), (275, 1.736e7), (300, 1.365e7),
])  # fmt: skip
_YEAR_S = 365.25 * 86400.0
_SPHERE_M2 = 4.0 * math.pi * 1e-4


def solar_flux(atomic_number: int, energy_mev_u: ArrayLike, event: str) -> Array:
    """Flux of an element in a solar particle event, outside the Earth's field.

    Parameters
    ----------
    atomic_number : int
        Element; those with no known abundance have no flux.
    energy_mev_u : array_like
        Energies, MeV/u. Below 1 MeV/u the flux at 1 is held; above the table its last slope goes on.
    event : str
        One of `SOLAR_EVENTS`.

    Returns
    -------
    ndarray
        1/(m² s sr MeV/u).

    Raises
    ------
    ConfigurationError
        If there is no such event.

    Notes
    -----
    ``worst_…``: H, He, C, N, O, Fe as tabulated in ECSS-E-ST-10-04C (2008), tables B-9 to B-11, for CREME96. Up to
    calcium other elements have the spectrum of oxygen, above it that of iron, times their abundance in gradual events
    [1]_, or, where that has none, iron's times the abundance in the solar system relative to iron.

    ``october_1989_…``: protons alone, J = A κ α E^(α−1) exp(−κ E^α) [2]_ in 1/(cm² s sr MeV): the hours of the three
    ground-level events, hard and poor in slow protons, before the shocks came.

    ``solar_maximum_mean``: protons by differences of the mean fluence of a year of ESP, spread over the year; ions by
    their ratio to protons in the worst week.

    References
    ----------
    .. [1] D. V. Reames, Space Sci. Rev. 90, 413 (1999).
    .. [2] M. A. Xapsos et al., IEEE Trans. Nucl. Sci. 47, 2218 (2000).
    """
    if event not in SOLAR_EVENTS:
        raise ConfigurationError(f"solar event {event!r}: unknown", remedy=f"legal: {', '.join(SOLAR_EVENTS)}.")
    at = np.maximum(np.asarray(energy_mev_u, dtype=np.float64), 1.0)
    if event in _CREME96:
        return _creme96_flux(atomic_number, at, event)
    if event == _MEAN:
        share = _creme96_flux(atomic_number, at, "worst_week") / _creme96_flux(1, at, "worst_week")
        return np.asarray(share * _mean_protons(at))
    if atomic_number != 1:
        return np.zeros_like(at)
    amplitude, kappa, alpha = _OCTOBER_1989[event]
    return np.asarray(1e4 * amplitude * kappa * alpha * at ** (alpha - 1.0) * np.exp(-kappa * at**alpha))


def solar_event_note(event: str) -> str:
    """Say what an event is made of."""
    if event in _OCTOBER_1989:
        return (
            f"ground-level event of {event.rsplit('_', 1)[1]} October 1989 after Xapsos 2000, protons alone: hard, "
            "with far fewer protons below 100 MeV than the worst five minutes"
        )
    if event == _MEAN:
        return "mean of years of an active Sun: protons of ESP, ions by their ratio in the worst week of CREME96"
    return f"solar event {event} of CREME96 (Z up to 92 by abundance)"


def _creme96_flux(atomic_number: int, at: Array, event: str) -> Array:
    name = _TABULATED.get(atomic_number, "")
    scale = 1.0
    if not name:
        scale, name = _abundance(atomic_number)
        if scale == 0:
            return np.zeros_like(at)
    log_energy, log_flux = _table(event, name)
    return scale * np.exp(_extended(np.log(at), log_energy, log_flux))


def _abundance(atomic_number: int) -> tuple[float, str]:
    """Return an element's abundance relative to the element whose spectrum it has, and that element."""
    if atomic_number in _ABUNDANCE:
        name, whole = ("O", 1000.0) if atomic_number <= 20 else ("Fe", _IRON)
        return _ABUNDANCE[atomic_number] / whole, name
    return abundance_to_iron(atomic_number), "Fe"


def _mean_protons(at: Array) -> Array:
    """Return the mean flux of protons of an active year, 1/(m² s sr MeV)."""
    energy, fluence = _MEAN_FLUENCE.T
    middle = np.sqrt(energy[1:] * energy[:-1])
    steps = -np.diff(fluence) / np.diff(energy) / (_YEAR_S * _SPHERE_M2)
    log_flux = _extended(np.log(np.maximum(at, middle[0])), np.log(middle), np.log(steps))
    return np.exp(log_flux)


def _extended(at: Array, x: Array, y: Array) -> Array:
    """Interpolate, and go on along the last step above the table."""
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    return np.where(at > x[-1], y[-1] + slope * (at - x[-1]), np.interp(at, x, y))


@lru_cache(maxsize=32)
def _table(event: str, name: str) -> tuple[Array, Array]:
    text = resources.files("radtest.analysis").joinpath("creme96_solar_ions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    pairs = [(float(row["energy_mev_u"]), float(row[name])) for row in rows if row["spectrum"] == event and row[name]]
    table = np.log(np.array([pair for pair in pairs if pair[1] > 0]))
    return table[:, 0], table[:, 1]
