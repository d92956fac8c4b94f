"""Proton cross sections by nuclear reactions, and the rates they give in a proton spectrum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["bendel_one", "bendel_two", "proton_rate_per_day", "proton_weibull"]

Array = NDArray[np.float64]
_SECONDS_PER_DAY = 86400.0


def bendel_two(energy_mev: ArrayLike, a: float, b: float) -> Array:
    """Return the cross section of Bendel's two-parameter model, cm²/bit.

    Parameters
    ----------
    energy_mev : array_like
        Proton energy, MeV.
    a : float
        Apparent threshold, MeV.
    b : float
        What the saturation cross section grows with: (b/a)^14 · 1e-12 cm²/bit.

    References
    ----------
    Stapor, Meyers, Langworthy and Petersen, IEEE Trans. Nucl. Sci. 37, 1966 (1990).
    """
    above = np.maximum(np.asarray(energy_mev, dtype=float) - a, 0.0)
    reached = -np.expm1(-0.18 * np.sqrt(np.sqrt(18.0 / a) * above))
    return np.asarray((b / a) ** 14 * reached**4 * 1e-12)


def bendel_one(energy_mev: ArrayLike, a: float) -> Array:
    """Return the cross section of Bendel's one-parameter model, cm²/bit: `bendel_two` with b = 24.

    References
    ----------
    Bendel and Petersen, IEEE Trans. Nucl. Sci. 30, 4481 (1983).
    """
    return bendel_two(energy_mev, a, 24.0)


def proton_weibull(
    energy_mev: ArrayLike, sigma_sat_cm2: float, energy0_mev: float, width_mev: float, shape: float
) -> Array:
    """Return a Weibull cross section in proton energy, in the unit of `sigma_sat_cm2`; 0 below `energy0_mev`."""
    above = np.maximum(np.asarray(energy_mev, dtype=float) - energy0_mev, 0.0)
    return np.asarray(sigma_sat_cm2 * -np.expm1(-((above / width_mev) ** shape)))


def proton_rate_per_day(cross_section: Callable[[Array], Array], energy_mev: Array, flux_cm2_s_mev: Array) -> float:
    """Return the rate of what a cross section gives in a proton spectrum, per day.

    Parameters
    ----------
    cross_section : callable
        Cross section by energy (MeV), cm².
    energy_mev : ndarray, shape (n,)
        Energies, MeV, rising.
    flux_cm2_s_mev : ndarray, shape (n,)
        Protons from all directions, cm⁻² s⁻¹ MeV⁻¹.

    Notes
    -----
    ∫ σ(E) φ(E) dE by the trapezoidal rule in the logarithm of the energy.
    """
    energy = np.asarray(energy_mev, dtype=float)
    integrand = cross_section(energy) * np.asarray(flux_cm2_s_mev, dtype=float) * energy
    return float(np.trapezoid(integrand, np.log(energy)) * _SECONDS_PER_DAY)
