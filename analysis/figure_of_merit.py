"""Petersen's figure of merit, and the rates and proton cross sections that go with it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.weibull import Weibull
from radtest.core.errors import ConfigurationError

__all__ = [
    "GEOSTATIONARY_COEFFICIENT",
    "figure_of_merit",
    "limiting_proton_cross_section",
    "orbit_coefficients",
]

Array = NDArray[np.float64]

GEOSTATIONARY_COEFFICIENT = 200.0
"""Upsets per day and unit of the figure of merit, geostationary orbit at solar minimum."""
_PER_PROTON_CROSS_SECTION = 4.5e4
_MIL_MM = 0.0254
_THINNEST_MM = 2.5

_ALTITUDE_KM: Array = np.array(
    [200, 300, 400, 500, 600, 700, 800, 900, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000.0]
)
_INCLINATION_DEG: Array = np.array([0.0, 30.0, 60.0, 90.0])
# fmt: off
_PROTON: Array = np.array([
    [0, 0, 0, 0, 0.1, 3.6, 88.5, 293.6, 567.1, 14208.4, 23427.5, 12461.4, 5600.0, 2561.3, 1254.4, 460.8, 145.5, 40.8],
    [0.1, 1.6, 9.9, 41.6, 101.8, 196.5, 309.6, 496.2, 706.7, 7467.1, 9882.7, 4828.0, 1771.0, 719.4, 346.4, 181.6, 54.7,
     28.6],
    [0.1, 0.8, 4.7, 18.2, 44.4, 93.3, 160.0, 252.1, 371.4, 3729.4, 5020.2, 2624.4, 1065.7, 440.3, 191.5, 84.8, 54.7,
     28.6],
    [0.1, 0.6, 4.4, 17.9, 44.4, 80.1, 128.4, 198.9, 298.0, 3202.8, 4691.5, 2411.7, 1065.6, 391.1, 194.8, 84.8, 54.7,
     28.6],
])
_HEAVY_ION: Array = np.array([
    [4.7, 5.1, 5.5, 5.9, 6.2, 6.6, 6.9, 7.4, 7.6, 11.8, 16.8, 23.0, 29.3, 36.2, 46.2, 57.5, 67.1, 74.0],
    [7.3, 7.9, 8.5, 9.0, 9.5, 10.0, 10.5, 10.9, 11.4, 17.2, 26.7, 35.4, 45.9, 56.7, 68.8, 79.7, 90.0, 100.0],
    [48.9, 52.1, 53.8, 56.0, 58.2, 59.6, 61.6, 63.6, 63.5, 84.9, 106.4, 124.1, 136.7, 149.4, 161.9, 175.6, 187.3,
     196.6],
    [85.1, 88.5, 93.6, 97.4, 99.7, 103.8, 104.5, 108.8, 108.8, 129.7, 147.4, 163.7, 174.5, 187.6, 196.9, 210.0, 218.6,
     224.0],
])
# fmt: on


def figure_of_merit(weibull: Weibull) -> float:
    """Return the figure of merit of a cross section, σ_sat/L₀.₂₅², in its unit over (MeV·cm²/mg)².

    Notes
    -----
    L₀.₂₅ is the LET at a quarter of the saturation. Upsets per day are about `GEOSTATIONARY_COEFFICIENT` times the
    figure in geostationary orbit at solar minimum [1]_.

    References
    ----------
    .. [1] E. L. Petersen, IEEE Trans. Nucl. Sci. 45, 2550 (1998).
    """
    return weibull.sigma_sat_cm2 / weibull.let_at_fraction(0.25) ** 2


def limiting_proton_cross_section(
    sigma_sat_cm2: ArrayLike, let0: ArrayLike, width: ArrayLike, shape: ArrayLike
) -> Array:
    """Return the proton cross section at high energy that the figure of merit stands for, σ_sat/(4.5·10⁴ L₀.₂₅²).

    Parameters
    ----------
    sigma_sat_cm2, let0, width, shape : array_like, shapes that broadcast to (...)
        Heavy-ion Weibull parameters: cm² (per bit or per device), MeV·cm²/mg, MeV·cm²/mg, 1.

    Returns
    -------
    ndarray, shape (...)
        In the unit of `sigma_sat_cm2`.

    References
    ----------
    E. L. Petersen, IEEE Trans. Nucl. Sci. 45, 2550 (1998).
    """
    depth = -math.log1p(-0.25)
    quarter = np.asarray(let0) + np.asarray(width) * depth ** (1.0 / np.asarray(shape))
    return np.asarray(np.asarray(sigma_sat_cm2) / (_PER_PROTON_CROSS_SECTION * quarter**2))


def orbit_coefficients(altitude_km: float, inclination_deg: float, aluminium_mm: float) -> tuple[float, float]:
    """Return Petersen's rate coefficients of a circular orbit: upsets per day and unit of the figure of merit.

    Parameters
    ----------
    altitude_km : float
        200 to 10,000 km.
    inclination_deg : float
        0 to 180 degrees; a retrograde orbit counts as its mirror image.
    aluminium_mm : float
        Shield, mm; 2.5 or more.

    Returns
    -------
    heavy_ion, proton : float
        Solar minimum.

    Raises
    ------
    ConfigurationError
        If the orbit or the shield is outside the table.

    Notes
    -----
    A table over altitude and inclination, read off the figures of [1]_ by others (a public notebook) and not checked
    against the paper; here logarithmic between altitudes, straight between inclinations, and times 2 − ½ log₁₀ of the
    shield in mils.

    References
    ----------
    .. [1] E. L. Petersen, IEEE Trans. Nucl. Sci. 45, 2550 (1998).
    """
    if not _ALTITUDE_KM[0] <= altitude_km <= _ALTITUDE_KM[-1]:
        raise ConfigurationError(f"altitude {altitude_km:g} km: the table has 200 to 10,000 km")
    if aluminium_mm < _THINNEST_MM:
        raise ConfigurationError(f"shield {aluminium_mm:g} mm: the table has 2.5 mm of aluminium and more")
    inclination = min(inclination_deg, 180.0 - inclination_deg)
    shield = 2.0 - 0.5 * math.log10(aluminium_mm / _MIL_MM)

    def at(table: Array) -> float:
        floor = np.log(np.maximum(table, 1e-2))
        rows = [float(np.interp(math.log(altitude_km), np.log(_ALTITUDE_KM), row)) for row in floor]
        return shield * float(np.interp(inclination, _INCLINATION_DEG, np.exp(rows)))

    return at(_HEAVY_ION), at(_PROTON)
