"""Electrons in matter: practical range in aluminium, and collision stopping power in silicon."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["electron_energy_left", "electron_practical_range_g_cm2", "electron_stopping_silicon"]

Array = NDArray[np.float64]
_REST_MEV = 0.51099895
_TABLE_MEV: Array = np.geomspace(1e-3, 30.0, 400)


def electron_practical_range_g_cm2(energy_mev: ArrayLike) -> Array:
    """Extrapolated range of electrons in aluminium, g/cm².

    Notes
    -----
    R = a1 [ln(1 + a2 τ)/a2 − a3 τ/(1 + a4 τ^a5)], τ the kinetic energy in rest energies, the constants those of
    aluminium [1]_: 0.3 keV to 30 MeV.

    References
    ----------
    .. [1] T. Tabata, R. Ito and S. Okabe, Nucl. Instrum. Methods 103, 85 (1972).
    """
    tau = np.asarray(energy_mev, dtype=np.float64) / _REST_MEV
    z, a = 13.0, 26.98
    a1, a2, a3 = 0.2335 * a / z**1.209, 1.78e-4 * z, 0.9891 - 3.01e-4 * z
    a4, a5 = 1.468 - 1.180e-2 * z, 1.232 / z**0.109
    return np.asarray(a1 * (np.log1p(a2 * tau) / a2 - a3 * tau / (1.0 + a4 * tau**a5)))


def electron_energy_left(energy_mev: ArrayLike, depth_g_cm2: ArrayLike) -> Array:
    """Return the energy that electrons have left in a depth of aluminium, MeV; 0 beyond their practical range."""
    left = electron_practical_range_g_cm2(energy_mev) - np.asarray(depth_g_cm2, dtype=np.float64)
    return np.interp(left, electron_practical_range_g_cm2(_TABLE_MEV), _TABLE_MEV, left=0.0)


def electron_stopping_silicon(energy_mev: ArrayLike) -> Array:
    """Collision stopping power of electrons in silicon, MeV·cm²/g.

    Notes
    -----
    Bethe's formula with the exchange term of Møller and the density effect of Sternheimer, as ICRU Report 37 (1984)
    has them; I = 173 eV.
    """
    tau = np.asarray(energy_mev, dtype=np.float64) / _REST_MEV
    beta2 = tau * (tau + 2.0) / (tau + 1.0) ** 2
    x = 0.5 * np.log10(tau * (tau + 2.0))
    high = 2.0 * np.log(10.0) * x - 4.4351
    density = np.where(x > 0.2014, high + 0.1492 * np.maximum(2.8715 - x, 0.0) ** 3.2546, 0.0)
    exchange = (1.0 - beta2) * (1.0 + tau**2 / 8.0 - (2.0 * tau + 1.0) * np.log(2.0))
    bracket = np.log(tau**2 * (tau + 2.0) / (2.0 * (173e-6 / _REST_MEV) ** 2)) + exchange - density
    return np.asarray(0.153536 * 14.0 / 28.0855 / beta2 * bracket)
