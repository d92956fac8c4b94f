"""Trapped protons and electrons: AP-8 and AE-8."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.irbem import Particle, Solar, geomagnetic_coordinates, integral_flux
from radtest.core.errors import ConfigurationError

__all__ = [
    "ANOMALY_DRIFT_DEG_PER_YEAR",
    "TRAPPED_FIELD_EPOCH",
    "TRAPPED_PROTON_MEV",
    "trapped_integral_flux",
    "trapped_proton_flux",
    "trapped_series",
]

Array = NDArray[np.float64]

TRAPPED_FIELD_EPOCH = {
    ("proton", "min"): 1960.0,
    ("proton", "max"): 1970.0,
    ("electron", "min"): 1960.0,
    ("electron", "max"): 1960.0,
}
"""Epoch of the field in which a model has to be read: Jensen and Cain 1960, or GSFC 12/66 at 1970."""
ANOMALY_DRIFT_DEG_PER_YEAR = 0.3
"""Drift of the South Atlantic Anomaly to the west."""
TRAPPED_PROTON_MEV: Array = np.concatenate([np.geomspace(0.1, 300.0, 44), np.linspace(325.0, 1000.0, 28)])
"""Energies at which proton spectra are computed."""
TRAPPED_PROTON_MEV.setflags(write=False)

_RANGE_MEV = {"proton": (0.1, 300.0), "electron": (0.05, 7.0)}
_SLOPE_MEV = 200.0


def trapped_integral_flux(
    particle: Particle, solar: Solar, path_km: Array, energy_mev: ArrayLike, *, drift_to_year: float | None = None
) -> Array:
    """Flux of trapped particles above energies, averaged along a path.

    Parameters
    ----------
    particle, solar, path_km, energy_mev, drift_to_year
        As of `trapped_series`.

    Returns
    -------
    ndarray, shape (m,)
        From all directions, cm⁻² s⁻¹.

    Raises
    ------
    ConfigurationError
        If an energy is below the model.
    ToolMissingError
        If aep8 is not installed.
    """
    return np.asarray(trapped_series(particle, solar, path_km, energy_mev, drift_to_year=drift_to_year).mean(axis=0))


def trapped_series(
    particle: Particle, solar: Solar, path_km: Array, energy_mev: ArrayLike, *, drift_to_year: float | None = None
) -> Array:
    """Flux of trapped particles above energies at each place of a path.

    Parameters
    ----------
    particle : str
        ``proton`` (AP-8) or ``electron`` (AE-8).
    solar : str
        Minimum or maximum of the solar cycle.
    path_km : ndarray, shape (n, 3)
        Places in coordinates that turn with the Earth, km.
    energy_mev : array_like, shape (m,)
        Energies, MeV: protons from 0.1, electrons from 0.05.
    drift_to_year : float, optional
        Year to which the South Atlantic Anomaly is turned west, by 0.3° a year since the epoch of the model's field.
        Without it the belts lie where that field has them, as SPENVIS has it.

    Returns
    -------
    ndarray, shape (n, m)
        From all directions, cm⁻² s⁻¹.

    Raises
    ------
    ConfigurationError
        If an energy is below the model.
    ToolMissingError
        If aep8 is not installed.

    Notes
    -----
    AP-8 [1]_ and AE-8 [2]_ in the fields in which they were made [3]_; another epoch of the field would sink the belts
    into the atmosphere. Protons above 300 MeV, where aep8 ends, fall on by the same factor from 100 MeV to 100 MeV as
    from 200 to 300. Electrons above 7 MeV are none, as AE-8 has it.

    References
    ----------
    .. [1] D. M. Sawyer and J. I. Vette, AP-8 Trapped Proton Environment, NSSDC/WDC-A-R&S 76-06 (1976).
    .. [2] J. I. Vette, The AE-8 Trapped Electron Model Environment, NSSDC/WDC-A-R&S 91-24 (1991).
    .. [3] D. Heynderickx, J. Lemaire and E. J. Daly, Nucl. Tracks Radiat. Meas. 26, 325 (1996).
    """
    energies = np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
    lowest, highest = _RANGE_MEV[particle]
    if not np.all(energies >= lowest):
        raise ConfigurationError(
            f"trapped {particle}s of {np.min(energies):g} MeV: below the model",
            remedy=f"ask for {lowest:g} MeV or more.",
        )
    turn = 0.0
    if drift_to_year is not None:
        turn = math.radians(ANOMALY_DRIFT_DEG_PER_YEAR * (drift_to_year - TRAPPED_FIELD_EPOCH[particle, solar]))
    path = np.ascontiguousarray(path_km, dtype=np.float64)
    if len(path) > 1 and np.array_equal(path, np.broadcast_to(path[0], path.shape)):
        still = trapped_series(particle, solar, path[:1], energies, drift_to_year=drift_to_year)
        return np.repeat(still, len(path), axis=0)
    shell, field = _shell_and_field(TRAPPED_FIELD_EPOCH[particle, solar], turn, path.tobytes())
    known = energies <= highest
    flux = np.zeros((len(path_km), energies.size))
    flux[:, known] = integral_flux(particle, solar, shell, field, energies[known])
    if particle == "proton" and not np.all(known):
        before, last = integral_flux(particle, solar, shell, field, np.array([_SLOPE_MEV, highest])).T
        ratio = np.divide(last, before, out=np.zeros_like(last), where=before > 0)
        steps = (energies[~known] - highest) / (highest - _SLOPE_MEV)
        flux[:, ~known] = last[:, None] * ratio[:, None] ** steps
    return flux


def trapped_proton_flux(integral_cm2_s: Array) -> tuple[Array, Array]:
    """Differential flux of protons from integral fluxes at `TRAPPED_PROTON_MEV`.

    Parameters
    ----------
    integral_cm2_s : ndarray, shape (..., m)
        Flux above each energy, cm⁻² s⁻¹.

    Returns
    -------
    energy_mev, flux_cm2_s_mev : ndarray, shapes (m − 1,) and (..., m − 1)
        Differences over the steps, at their geometric middles.
    """
    steps = np.maximum(-np.diff(integral_cm2_s, axis=-1) / np.diff(TRAPPED_PROTON_MEV), 0.0)
    return np.sqrt(TRAPPED_PROTON_MEV[1:] * TRAPPED_PROTON_MEV[:-1]), steps


@lru_cache(maxsize=8)
def _shell_and_field(epoch: float, turn: float, path: bytes) -> tuple[Array, Array]:
    """Return McIlwain's L (0 where there is none) and B/B0 in the field of an epoch at places turned to the east."""
    x, y, z = np.frombuffer(path).reshape(-1, 3).T
    east = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    solar: Solar = "max" if epoch == TRAPPED_FIELD_EPOCH["proton", "max"] else "min"
    shell, field = geomagnetic_coordinates("proton", solar, np.stack([*east, z], axis=1))
    inside = np.isfinite(shell) & (shell > 0)
    return np.where(inside, shell, 0.0), np.where(inside, field, 1e6)
