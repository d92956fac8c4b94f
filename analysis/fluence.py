"""Spectra of particles from what lies above each energy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from radtest.core.errors import ConfigurationError

__all__ = ["Fluence", "falling_fluence"]

Array = NDArray[np.float64]
Fluence = Callable[[Array], Array]
"""Fluence from all directions, cm⁻² MeV⁻¹, at energies in MeV."""


def falling_fluence(energy_mev: ArrayLike, above_cm2: ArrayLike) -> Fluence:
    """Return the differential of a fluence that is given above energies.

    Parameters
    ----------
    energy_mev : array_like, shape (n,)
        Energies, MeV, rising and above 0.
    above_cm2 : array_like, shape (n,)
        Fluence above each, cm⁻², nowhere rising. What follows the first 0 is left out.

    Returns
    -------
    callable
        Fluence per MeV; none outside the energies.

    Raises
    ------
    ConfigurationError
        If energies do not rise or fluences do.

    Notes
    -----
    The slope of a monotone cubic (Fritsch and Carlson 1980) through the logarithms: no particle is lost or made
    between the first energy and the last with a fluence.
    """
    energy, above = (np.asarray(values, dtype=np.float64) for values in (energy_mev, above_cm2))
    if not (np.all(np.diff(energy) > 0) and energy[0] > 0 and np.all(np.diff(above) <= 0) and np.all(above >= 0)):
        raise ConfigurationError(
            "spectrum: energies have to rise from above 0, and the fluence above them has to fall",
            remedy="sort by energy; check that fluences are those above each energy.",
        )
    some = above > 0
    if np.count_nonzero(some) < 2:
        return np.zeros_like
    low, high = float(energy[0]), float(energy[some][-1])
    curve = PchipInterpolator(np.log(energy[some]), np.log(above[some]), extrapolate=False)
    slope = curve.derivative()

    def per_mev(at: Array) -> Array:
        within = (at >= low) & (at <= high)
        x = np.log(np.clip(at, low, high))
        return np.where(within, -slope(x) * np.exp(curve(x)) / at, 0.0)

    return per_mev
