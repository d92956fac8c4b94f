"""Solar particle events: the worst five minutes, day and week of CREME96."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError

__all__ = ["SOLAR_EVENTS", "solar_flux"]

Array = NDArray[np.float64]
SOLAR_EVENTS = ("worst_5min", "worst_day", "worst_week")
"""Events that `solar_flux` knows."""

_TABULATED = {1: "H", 2: "He", 6: "C", 7: "N", 8: "O", 26: "Fe"}
# Abundances in gradual events relative to O = 1000, D. V. Reames, Space Sci. Rev. 90, 413 (1999), table of the review.
_ABUNDANCE = {
    10: 152.0, 11: 10.4, 12: 196.0, 13: 15.7, 14: 152.0, 15: 0.65, 16: 31.8, 17: 0.24, 18: 3.3, 19: 0.55, 20: 10.6,
    22: 0.34, 24: 2.1, 28: 6.4,
}  # fmt: skip
_IRON = 134.0


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
    H, He, C, N, O, Fe as tabulated in ECSS-E-ST-10-04C (2008), tables B-9 to B-11. Up to calcium other elements have
    the spectrum of oxygen, above it that of iron, times their abundance in gradual events [1]_.

    References
    ----------
    .. [1] D. V. Reames, Space Sci. Rev. 90, 413 (1999).
    """
    if event not in SOLAR_EVENTS:
        raise ConfigurationError(f"solar event {event!r}: unknown", remedy=f"legal: {', '.join(SOLAR_EVENTS)}.")
    at = np.asarray(energy_mev_u, dtype=np.float64)
    scale, name = 1.0, _TABULATED.get(atomic_number, "")
    if not name:
        if atomic_number not in _ABUNDANCE:
            return np.zeros_like(at)
        name, whole = ("O", 1000.0) if atomic_number <= 20 else ("Fe", _IRON)
        scale = _ABUNDANCE[atomic_number] / whole
    log_energy, log_flux = _table(event, name)
    x = np.log(np.maximum(at, 1.0))
    slope = (log_flux[-1] - log_flux[-2]) / (log_energy[-1] - log_energy[-2])
    beyond = log_flux[-1] + slope * (x - log_energy[-1])
    return scale * np.exp(np.where(x > log_energy[-1], beyond, np.interp(x, log_energy, log_flux)))


@lru_cache(maxsize=32)
def _table(event: str, name: str) -> tuple[Array, Array]:
    text = resources.files("radtest.analysis").joinpath("creme96_solar_ions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    pairs = [(float(row["energy_mev_u"]), float(row[name])) for row in rows if row["spectrum"] == event and row[name]]
    table = np.log(np.array([pair for pair in pairs if pair[1] > 0]))
    return table[:, 0], table[:, 1]
