"""Proton cross sections by nuclear reactions, and the rates they give in a proton spectrum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "bendel_one",
    "bendel_shape",
    "bendel_two",
    "proton_rate_per_day",
    "proton_rate_weights",
    "proton_weibull",
]

Array = NDArray[np.float64]
_SECONDS_PER_DAY = 86400.0


def bendel_shape(energy_mev: ArrayLike, a: ArrayLike) -> Array:
    """Return how far Bendel's cross section has risen at an energy, 0 to 1.

    Parameters
    ----------
    energy_mev : array_like
        Proton energy, MeV.
    a : array_like, of a shape that broadcasts with `energy_mev`
        Apparent threshold, MeV.

    Notes
    -----
    [1 − exp(−0.18 Y^½)]⁴ with Y = (18/a)^½ (E − a); 0 below a.
    """
    threshold = np.asarray(a, dtype=float)
    above = np.maximum(np.asarray(energy_mev, dtype=float) - threshold, 0.0)
    return np.asarray((-np.expm1(-0.18 * np.sqrt(np.sqrt(18.0 / threshold) * above))) ** 4)


def bendel_two(energy_mev: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    """Return the cross section of Bendel's two-parameter model, cm²/bit.

    Parameters
    ----------
    energy_mev : array_like
        Proton energy, MeV.
    a : array_like, of a shape that broadcasts with `energy_mev`
        Apparent threshold, MeV.
    b : array_like, as `a`
        What the saturation cross section grows with: (b/a)^14 · 1e-12 cm²/bit.

    References
    ----------
    Stapor, Meyers, Langworthy and Petersen, IEEE Trans. Nucl. Sci. 37, 1966 (1990).
    """
    height = (np.asarray(b, dtype=float) / np.asarray(a, dtype=float)) ** 14 * 1e-12
    return np.asarray(height * bendel_shape(energy_mev, a))


def bendel_one(energy_mev: ArrayLike, a: ArrayLike) -> Array:
    """Return the cross section of Bendel's one-parameter model, cm²/bit: `bendel_two` with b = 24.

    References
    ----------
    Bendel and Petersen, IEEE Trans. Nucl. Sci. 30, 4481 (1983).
    """
    return bendel_two(energy_mev, a, 24.0)


def proton_weibull(
    energy_mev: ArrayLike, sigma_sat_cm2: ArrayLike, energy0_mev: ArrayLike, width_mev: ArrayLike, shape: ArrayLike
) -> Array:
    """Return a Weibull cross section in proton energy, in the unit of `sigma_sat_cm2`; 0 below `energy0_mev`."""
    above = np.maximum(np.asarray(energy_mev, dtype=float) - np.asarray(energy0_mev), 0.0)
    return np.asarray(-np.asarray(sigma_sat_cm2) * np.expm1(-((above / np.asarray(width_mev)) ** np.asarray(shape))))


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
    return float(cross_section(np.asarray(energy_mev, dtype=float)) @ proton_rate_weights(energy_mev, flux_cm2_s_mev))


def proton_rate_weights(energy_mev: ArrayLike, flux_cm2_s_mev: ArrayLike) -> Array:
    """Return the weights whose dot product with cross sections at the energies is the rate of `proton_rate_per_day`.

    Parameters
    ----------
    energy_mev : array_like, shape (n,)
        Energies, MeV, rising.
    flux_cm2_s_mev : array_like, shape (n,)
        Protons from all directions, cm⁻² s⁻¹ MeV⁻¹.

    Returns
    -------
    ndarray, shape (n,)
        cm⁻² day⁻¹.
    """
    energy = np.asarray(energy_mev, dtype=float)
    steps = np.diff(np.log(energy))
    half = np.concatenate([steps[:1], steps[1:] + steps[:-1], steps[-1:]]) / 2.0
    return np.asarray(half * energy * np.asarray(flux_cm2_s_mev, dtype=float) * _SECONDS_PER_DAY)
