"""Solar protons over years: the ESP total-fluence model."""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from radtest.core.errors import ConfigurationError

__all__ = ["ESP_ENERGY_MEV", "esp_solar_proton_fluence", "esp_validity", "solar_active_years"]

Array = NDArray[np.float64]
ESP_ENERGY_MEV = (1.0, 300.0)
"""Energies between which the model gives fluences, MeV."""
_YEARS = (1.0, 7.0)
_CONFIDENCE = (0.5, 0.99)
_CYCLE_YEARS, _ACTIVE_YEARS = 11.0, 7.0
# Fluence above an energy as a share of that above 100 MeV, ECSS-E-ST-10-04C (2008), table B-8.
_ABOVE_100 = {125: 0.603, 150: 0.390, 175: 0.267, 200: 0.191, 225: 0.141, 250: 0.107, 275: 0.0823, 300: 0.0647}


def esp_solar_proton_fluence(energy_mev: ArrayLike, years: float, confidence: float) -> Array:
    """Fluence of solar protons above energies that a mission does not exceed with a confidence, at 1 AU.

    Parameters
    ----------
    energy_mev : array_like
        Energies, MeV, 1 to 300.
    years : float
        Years of an active sun in the mission, above 0; none in the model's four quiet years of a cycle.
    confidence : float
        Probability that the fluence is not exceeded, between 0 and 1.

    Returns
    -------
    ndarray
        Protons from all directions outside the Earth's field, cm⁻².

    Raises
    ------
    ConfigurationError
        If an energy, the years or the confidence are outside what the formula can be asked for.

    Notes
    -----
    ESP [1]_, [2]_, as tabulated in ECSS-E-ST-10-04C (2008), annex B.6 and tables B-7 and B-8: the fluence of T active
    years is lognormal, σ² = ln(1 + RV/T), μ = ln(T·mean) − σ²/2 with the mean and the relative variance RV of one year;
    F = exp(μ + z σ). Between the tabulated energies log F runs straight over log E; above 100 MeV it is that above
    100 MeV times the share of table B-8. Made for 1 to 7 years and confidences of 0.5 to 0.99 (`esp_validity`).

    References
    ----------
    .. [1] M. A. Xapsos, G. P. Summers et al., IEEE Trans. Nucl. Sci. 46, 1481 (1999).
    .. [2] M. A. Xapsos, G. P. Summers et al., IEEE Trans. Nucl. Sci. 47, 486 (2000).
    """
    energies = np.asarray(energy_mev, dtype=np.float64)
    low, high = ESP_ENERGY_MEV
    if not np.all((energies >= low) & (energies <= high)):
        raise ConfigurationError(
            f"solar protons of {float(np.min(energies)):g} to {float(np.max(energies)):g} MeV: outside ESP",
            remedy=f"ask for {low:g} to {high:g} MeV.",
        )
    if not (years > 0 and math.isfinite(years)):
        raise ConfigurationError(f"{years:g} years of solar protons", remedy="give years above 0.")
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"solar protons at a confidence of {confidence:g}", remedy="give one between 0 and 1, such as 0.95."
        )
    table, mean, variance = _table()
    sigma2 = np.log1p(variance / years)
    fluence = np.exp(np.log(years * mean) - sigma2 / 2.0 + ndtri(confidence) * np.sqrt(sigma2))
    at = np.concatenate([table, np.array(list(_ABOVE_100), dtype=np.float64)])
    above = np.concatenate([fluence, fluence[-1] * np.array(list(_ABOVE_100.values()))])
    return np.asarray(np.exp(np.interp(np.log(energies), np.log(at), np.log(above))))


def esp_validity(years: float, confidence: float) -> str | None:
    """Say how years or a confidence lie outside what the model was made for; None where they do not."""
    parts = []
    if not _YEARS[0] <= years <= _YEARS[1]:
        parts.append(f"{years:g} active years (made for {_YEARS[0]:g} to {_YEARS[1]:g})")
    if not _CONFIDENCE[0] <= confidence <= _CONFIDENCE[1]:
        parts.append(f"a confidence of {confidence:g} (tabled from {_CONFIDENCE[0]:g} to {_CONFIDENCE[1]:g})")
    return "solar protons outside the validity of ESP: " + " and ".join(parts) if parts else None


def solar_active_years(years: float) -> float:
    """Return the most years of an active sun that a mission of some years can meet: 7 of each cycle of 11."""
    cycles, rest = divmod(years, _CYCLE_YEARS)
    return cycles * _ACTIVE_YEARS + min(rest, _ACTIVE_YEARS)


@lru_cache(maxsize=1)
def _table() -> tuple[Array, Array, Array]:
    text = resources.files("radtest.analysis").joinpath("esp_solar_protons.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    values = np.array([[float(row[key]) for key in ("energy_mev", "phi_mean_cm2", "rv")] for row in rows])
    return values[:, 0], values[:, 1], values[:, 2]
