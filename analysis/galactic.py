"""Galactic cosmic rays after the model of DLR (Matthiä 2013), and heavier ones by abundance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.abundances import abundance_to_iron
from radtest.analysis.ion import ELEMENTS, most_abundant_mass_number
from radtest.core.errors import ConfigurationError

__all__ = [
    "GALACTIC_PRESETS",
    "HIGHEST_GALACTIC_Z",
    "HIGHEST_MODEL_Z",
    "galactic_flux",
    "galactic_weight",
    "rigidity_gv",
]

Array = NDArray[np.float64]

HIGHEST_MODEL_Z = 28
"""Heaviest element of the model: nickel."""
HIGHEST_GALACTIC_Z = 92
"""Heaviest element that is here: uranium."""
GALACTIC_PRESETS = {"solar_minimum": 20.0, "solar_maximum": 150.0}
"""W by name. At 20 protons lie within 6 % of CREME96's minimum of 1977, LET spectra within 5 %; 150 is that of a strong
solar maximum, as those of 1981 and 1990 were."""

_MASS = np.array([
    1, 4, 6.9, 9, 10.8, 12, 14, 16, 19, 20.2, 23, 24.3, 27, 28.1, 31, 32.1, 35.4, 39.9, 39.1, 40.1, 44.9, 47.9,
    50.9, 52, 54.9, 55.8, 58.9, 58.7,
])  # fmt: skip
_C = np.array([
    1.85e4, 3.69e3, 19.5, 17.7, 49.2, 103, 36.7, 87.4, 3.19, 16.4, 4.43, 19.3, 4.17, 13.4, 1.15, 3.06, 1.30, 2.33,
    1.87, 2.17, 0.74, 2.63, 1.23, 2.12, 1.14, 9.32, 0.10, 0.48,
])  # fmt: skip
_GAMMA = np.array([
    2.74, 2.77, 2.82, 3.05, 2.96, 2.76, 2.89, 2.70, 2.82, 2.76, 2.84, 2.70, 2.77, 2.66, 2.89, 2.71, 3.00, 2.93,
    3.05, 2.77, 2.97, 2.99, 2.94, 2.89, 2.74, 2.63, 2.63, 2.63,
])  # fmt: skip
_ALPHA = np.array([
    2.85, 3.12, 3.41, 4.30, 3.93, 3.18, 3.77, 3.11, 4.05, 3.11, 3.14, 3.65, 3.46, 3.00, 4.04, 3.30, 4.40, 4.33,
    4.49, 2.93, 3.78, 3.79, 3.50, 3.28, 3.29, 3.01, 4.25, 3.52,
])  # fmt: skip


def galactic_weight(atomic_number: int) -> float:
    """Return the mean mass number of an element; above nickel that of its most abundant isotope."""
    if HIGHEST_MODEL_Z < atomic_number <= HIGHEST_GALACTIC_Z:
        return float(most_abundant_mass_number(ELEMENTS[atomic_number - 1]))
    return float(_MASS[_index(atomic_number)])


def rigidity_gv(atomic_number: int, energy_mev_u: ArrayLike) -> Array:
    """Return the rigidity of fully stripped ions, GV, at energies in MeV/u."""
    energy = np.asarray(energy_mev_u, dtype=np.float64) / 1e3
    rest = 0.938 if atomic_number == 1 else 0.939
    return np.asarray(galactic_weight(atomic_number) / atomic_number * np.sqrt(energy * (energy + 2.0 * rest)))


def galactic_flux(atomic_number: int, energy_mev_u: ArrayLike, w: float) -> Array:
    """Flux of a galactic element near the Earth, outside its field.

    Parameters
    ----------
    atomic_number : int
        1 to 92. Above 28 the model ends: the flux is that of iron times the abundance in the solar system; an element
        without a lasting isotope has none.
    energy_mev_u : array_like
        Energies, MeV/u. The model holds from 11 MeV/u; below, the formula is merely continued.
    w : float
        Parameter of the solar modulation, 0 (none) to 200.

    Returns
    -------
    ndarray
        1/(m² s sr MeV/u).

    Raises
    ------
    ConfigurationError
        If the element or W is outside the model.

    Notes
    -----
    dJ/dE = C β^α / R^γ · [R / (R + R0)]^Δ · (A/Z) · 10⁻³ / β, with R the rigidity in GV,
    R0 = 0.37 + 3·10⁻⁴ W^1.45 GV and Δ = 0.02 W + 4.7 [1]_.

    References
    ----------
    .. [1] D. Matthiä, T. Berger, A. I. Mrigakshi and G. Reitz, Adv. Space Res. 51, 329 (2013).
    """
    if HIGHEST_MODEL_Z < atomic_number <= HIGHEST_GALACTIC_Z:
        return abundance_to_iron(atomic_number) * galactic_flux(26, energy_mev_u, w)
    place = _index(atomic_number)
    if not (math.isfinite(w) and 0 <= w <= 200):
        raise ConfigurationError(f"galactic cosmic rays: W is {w:g}", remedy="the model holds for W from 0 to 200.")
    energy = np.asarray(energy_mev_u, dtype=np.float64) / 1e3
    rest = 0.938 if atomic_number == 1 else 0.939
    rigidity = rigidity_gv(atomic_number, energy_mev_u)
    beta = np.sqrt(energy * (energy + 2.0 * rest)) / (energy + rest)
    turn, slope = 0.37 + 3e-4 * w**1.45, 0.02 * w + 4.7
    flux = (
        _C[place] * beta ** (_ALPHA[place] - 1.0) / rigidity ** _GAMMA[place] * (rigidity / (rigidity + turn)) ** slope
    )
    return np.asarray(flux * _MASS[place] / atomic_number * 1e-3)


def _index(atomic_number: int) -> int:
    if not 1 <= atomic_number <= HIGHEST_MODEL_Z:
        raise ConfigurationError(
            f"galactic cosmic rays: atomic number {atomic_number}", remedy="give one from 1 (H) to 92 (U)."
        )
    return atomic_number - 1
