"""The Earth's field as a filter: vertical cutoff in a tilted, eccentric dipole, and the Earth's shadow."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.thermal import EARTH_RADIUS_KM

__all__ = ["IGRF_EPOCH", "earth_shadow", "geomagnetic_transmission", "vertical_cutoff_gv"]

Array = NDArray[np.float64]
IGRF_EPOCH = 2025.0
"""Epoch of the coefficients: IGRF-14, nT."""
_G10, _G11, _H11 = -29350.0, -1410.3, 4545.5
_G20, _G21, _H21, _G22, _H22 = -2556.2, 2950.9, -3133.6, 1648.7, -814.2


def _dipole() -> tuple[Array, Array]:
    """Return the centre (Earth radii) and the axis to the north of the eccentric dipole."""
    root = math.sqrt(3.0)
    square = _G10**2 + _G11**2 + _H11**2
    l0 = 2 * _G10 * _G20 + root * (_G11 * _G21 + _H11 * _H21)
    l1 = -_G11 * _G20 + root * (_G10 * _G21 + _G11 * _G22 + _H11 * _H22)
    l2 = -_H11 * _G20 + root * (_G10 * _H21 - _H11 * _G22 + _G11 * _H22)
    e = (l0 * _G10 + l1 * _G11 + l2 * _H11) / (4.0 * square)
    centre = np.array([l1 - _G11 * e, l2 - _H11 * e, l0 - _G10 * e]) / (3.0 * square)
    return centre, -np.array([_G11, _H11, _G10]) / math.sqrt(square)


def vertical_cutoff_gv(path_km: Array, *, storm: bool = False) -> Array:
    """Rigidity that a particle from the zenith needs, GV.

    Parameters
    ----------
    path_km : ndarray, shape (n, 3)
        Places in coordinates that turn with the Earth, km.
    storm : bool
        Whether a geomagnetic storm lowers the cutoff.

    Notes
    -----
    16/L² with L = ρ/cos²λ about the eccentric dipole [1]_ of IGRF-14, epoch 2025; a storm lowers it by
    0.54 exp(−Pc/2.9) GV.

    References
    ----------
    .. [1] A. C. Fraser-Smith, Rev. Geophys. 25, 1 (1987).
    """
    centre, axis = _dipole()
    away = path_km / EARTH_RADIUS_KM - centre
    distance = np.linalg.norm(away, axis=1)
    sine = away @ axis / distance
    cutoff = 16.0 * ((1.0 - sine**2) ** 2 / distance**2)
    return np.asarray(np.maximum(cutoff - 0.54 * np.exp(-cutoff / 2.9), 0.0) if storm else cutoff)


def earth_shadow(path_km: Array) -> Array:
    """Return the fraction of all directions that the Earth hides at each place."""
    ratio = np.minimum(EARTH_RADIUS_KM / np.linalg.norm(path_km, axis=1), 1.0)
    return np.asarray((1.0 - np.sqrt(1.0 - ratio**2)) / 2.0)


def geomagnetic_transmission(rigidity_gv: Array, path_km: Array, *, storm: bool = False) -> Array:
    """Fraction of the flux outside the field that arrives, over directions and along the path.

    Notes
    -----
    The vertical cutoff stands for that of all directions: the flux from the west is underrated, that from the east
    overrated.
    """
    cutoff = vertical_cutoff_gv(path_km, storm=storm)
    order = np.argsort(cutoff)
    open_sky = np.concatenate([[0.0], np.cumsum((1.0 - earth_shadow(path_km))[order])]) / cutoff.size
    return open_sky[np.searchsorted(cutoff[order], rigidity_gv, side="right")]
