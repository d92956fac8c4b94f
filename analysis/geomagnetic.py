"""The Earth's field as a filter: cutoff rigidities in a tilted, eccentric dipole, and the Earth's shadow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.thermal import EARTH_RADIUS_KM

__all__ = [
    "IGRF_EPOCH",
    "STORMER_GV",
    "CutoffModel",
    "GeomagneticFilter",
    "dipole_latitude_and_distance",
    "directional_cutoff_gv",
    "earth_shadow",
    "geomagnetic_filter",
    "geomagnetic_filters",
    "geomagnetic_transmission",
    "vertical_cutoff_gv",
]

Array = NDArray[np.float64]
CutoffModel = Literal["directional", "vertical"]
IGRF_EPOCH = 2025.0
"""Epoch of the coefficients: IGRF-14, nT."""
_G10, _G11, _H11 = -29350.0, -1410.3, 4545.5
_G20, _G21, _H21, _G22, _H22 = -2556.2, 2950.9, -3133.6, 1648.7, -814.2
STORMER_GV = 299792458.0 * math.sqrt(_G10**2 + _G11**2 + _H11**2) * 1e-9 * EARTH_RADIUS_KM * 1e3 * 1e-9
"""Störmer's constant of the dipole of the epoch, GV: c B₀ R_E, four times the vertical cutoff at the equator."""
_QUIET_GV = 0.363
_STORM_GV, _STORM_SCALE_GV = 0.54, 2.9
_DIRECTIONS = 24


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


def dipole_latitude_and_distance(path_km: Array) -> tuple[Array, Array]:
    """Return latitude (rad) and distance (Earth radii) about the eccentric dipole, each of shape (n,)."""
    centre, axis = _dipole()
    away = path_km / EARTH_RADIUS_KM - centre
    distance = np.linalg.norm(away, axis=1)
    return np.arcsin(np.clip(away @ axis / distance, -1.0, 1.0)), distance


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
    latitude, distance = dipole_latitude_and_distance(path_km)
    cutoff = 16.0 * np.cos(latitude) ** 4 / distance**2
    return np.asarray(np.maximum(cutoff - _storm(cutoff), 0.0) if storm else cutoff)


def directional_cutoff_gv(path_km: Array, cosine_to_east: ArrayLike, *, storm: bool = False) -> Array:
    """Rigidity that a particle from a direction needs, GV.

    Parameters
    ----------
    path_km : ndarray, shape (n, 3)
        Places in coordinates that turn with the Earth, km.
    cosine_to_east : array_like, shape (k,)
        Cosines of the angle between the direction it comes from and magnetic east: 1 from the east, −1 from the west.
    storm : bool
        Whether a geomagnetic storm lowers the cutoff further.

    Returns
    -------
    ndarray, shape (n, k)

    Notes
    -----
    Störmer's cone in the eccentric dipole [1]_, [2]_: P = P_v {2 / [1 + (1 − cos γ cos³λ)^½]}² for a positive particle,
    with γ the angle to magnetic east and P_v = c B₀ R_E cos⁴λ / (4 ρ²) the cutoff from the zenith. The magnetosphere
    around the dipole lowers P_v by 0.363 GV as measured from 0.5 to 1.7 GV in orbit [3]_, a storm by another
    0.54 exp(−P_v/2.9) GV [4]_; where nothing is left, from L of 6.3 in quiet times, all rigidities arrive from all
    directions.

    References
    ----------
    .. [1] C. Störmer, The Polar Aurora, Oxford 1955.
    .. [2] D. F. Smart and M. A. Shea, Adv. Space Res. 36, 2012 (2005).
    .. [3] R. C. Ogliore et al., Proc. 27th Int. Cosmic Ray Conf., 4112 (2001): 15.062 cos⁴Λ − 0.363 GV.
    .. [4] J. H. Adams, CREME, Naval Research Laboratory Memorandum Report 4506 (1981).
    """
    latitude, distance = dipole_latitude_and_distance(path_km)
    east = np.asarray(cosine_to_east, dtype=np.float64)
    cosine = np.cos(latitude)[:, None]
    root = np.sqrt(np.maximum(1.0 - east * cosine**3, 0.0))
    vertical = STORMER_GV / 4.0 * np.cos(latitude) ** 4 / distance**2
    lowered = np.maximum(vertical - _QUIET_GV - (_storm(vertical) if storm else 0.0), 0.0)
    return np.asarray(lowered[:, None] * (2.0 / (1.0 + root)) ** 2)


def _storm(cutoff_gv: Array) -> Array:
    return np.asarray(_STORM_GV * np.exp(-cutoff_gv / _STORM_SCALE_GV))


def earth_shadow(path_km: Array) -> Array:
    """Return the fraction of all directions that the Earth hides at each place."""
    ratio = np.minimum(EARTH_RADIUS_KM / np.linalg.norm(path_km, axis=1), 1.0)
    return np.asarray((1.0 - np.sqrt(1.0 - ratio**2)) / 2.0)


@dataclass(frozen=True, slots=True, eq=False)
class GeomagneticFilter:
    """Which rigidities reach a path, averaged over directions and places.

    Parameters
    ----------
    cutoff_gv : ndarray, shape (m,)
        Cutoffs of places and directions, GV, rising.
    open_below : ndarray, shape (m + 1,)
        Fraction of all directions and places that are open to a rigidity above that many of the cutoffs.
    """

    cutoff_gv: Array
    open_below: Array

    def transmission(self, rigidity_gv: ArrayLike) -> Array:
        """Fraction of the flux outside the field that arrives, at rigidities in GV."""
        rigidity = np.asarray(rigidity_gv, dtype=np.float64)
        return np.asarray(self.open_below[np.searchsorted(self.cutoff_gv, rigidity, side="right")])


def geomagnetic_filter(path_km: Array, *, model: CutoffModel = "directional", storm: bool = False) -> GeomagneticFilter:
    """Average the field's cutoff and the Earth's shadow over directions and places.

    Parameters
    ----------
    path_km : ndarray, shape (n, 3)
        Places at even times, in coordinates that turn with the Earth, km.
    model : str
        ``directional`` (`directional_cutoff_gv` over the sky that the Earth does not hide) or ``vertical``
        (`vertical_cutoff_gv` for all directions).
    storm : bool
        Whether a geomagnetic storm lowers the cutoff.

    Returns
    -------
    GeomagneticFilter

    Notes
    -----
    Over a sphere of directions the cosine c to the east is uniform; at a place where the Earth hides a cap of half
    angle θ about the nadir, arccos(cos θ / √(1 − c²))/π of the ring at c is hidden. Beyond that the Earth is taken not
    to stop particles: those that would have come through it (the penumbra) are let in.
    """
    cutoff, weight = geomagnetic_filters(path_km, model=model, storm=storm)
    order = np.argsort(cutoff, axis=None)
    open_below = np.concatenate([[0.0], np.cumsum(weight.ravel()[order])]) / len(path_km)
    return GeomagneticFilter(cutoff.ravel()[order], open_below)


def geomagnetic_filters(
    path_km: Array, *, model: CutoffModel = "directional", storm: bool = False
) -> tuple[Array, Array]:
    """Return cutoffs (GV) and open shares of the directions at each place of a path, each of shape (n, k).

    Parameters and model as of `geomagnetic_filter`; a sum over the directions of a place is what is open there.
    """
    if model == "vertical":
        return vertical_cutoff_gv(path_km, storm=storm)[:, None], (1.0 - earth_shadow(path_km))[:, None]
    east = (2.0 * np.arange(_DIRECTIONS) + 1.0) / _DIRECTIONS - 1.0
    return directional_cutoff_gv(path_km, east, storm=storm), _visible_of_ring(path_km, east) / _DIRECTIONS


def _visible_of_ring(path_km: Array, east: Array) -> Array:
    """Return the fraction of the directions at cosines to the east that the Earth does not hide, shape (n, k)."""
    ratio = np.minimum(EARTH_RADIUS_KM / np.linalg.norm(path_km, axis=1), 1.0)
    edge = np.sqrt(1.0 - ratio**2)[:, None] / np.sqrt(1.0 - east**2)
    return np.asarray(1.0 - np.arccos(np.minimum(edge, 1.0)) / math.pi)


def geomagnetic_transmission(
    rigidity_gv: Array, path_km: Array, *, model: CutoffModel = "directional", storm: bool = False
) -> Array:
    """Fraction of the flux outside the field that arrives, over directions and along the path.

    For many particles on one path compute `geomagnetic_filter` once.
    """
    return geomagnetic_filter(path_km, model=model, storm=storm).transmission(rigidity_gv)
