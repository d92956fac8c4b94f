"""Life against temperature."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError

__all__ = ["BOLTZMANN_EV_K", "arrhenius_acceleration"]

BOLTZMANN_EV_K = 8.617333262e-5
"""Boltzmann constant, eV/K (exact in the SI of 2019, to the digits shown)."""


def arrhenius_acceleration(activation_energy_ev: float, use_k: ArrayLike, stress_k: ArrayLike) -> NDArray[np.float64]:
    """How many times faster a thermally activated wear-out runs at one temperature than at another.

    Parameters
    ----------
    activation_energy_ev : float
        Activation energy of the mechanism, eV, 0 or more.
    use_k, stress_k : array_like, shapes that broadcast
        Temperatures, K, above 0.

    Returns
    -------
    ndarray
        exp[(Ea/k) (1/T_use − 1/T_stress)]: above 1 where `stress_k` is the hotter one. Life scales with its inverse.

    Raises
    ------
    ConfigurationError
        If the activation energy is negative or a temperature is not above 0 K.

    Notes
    -----
    Arrhenius, as in JEDEC JESD85 and JEP122. One mechanism with one activation energy; temperature cycling, humidity,
    voltage and current have their own laws.
    """
    if not (np.isfinite(activation_energy_ev) and activation_energy_ev >= 0):
        raise ConfigurationError(f"activation energy: got {activation_energy_ev!r} eV", remedy="give eV, 0 or more.")
    use, stress = np.asarray(use_k, dtype=np.float64), np.asarray(stress_k, dtype=np.float64)
    if not (np.all(use > 0) and np.all(stress > 0)):
        raise ConfigurationError("temperature: at or below 0 K", remedy="give kelvin, not degrees Celsius.")
    return np.asarray(np.exp(activation_energy_ev / BOLTZMANN_EV_K * (1.0 / use - 1.0 / stress)))
