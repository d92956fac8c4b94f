"""Ionising dose in silicon behind aluminium, of protons and electrons from all directions."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.signal import savgol_filter

from radtest.analysis.fluence import Fluence
from radtest.analysis.ion import Ion
from radtest.analysis.material import MATERIALS
from radtest.analysis.plan_statistics import RAD_PER_MEV_MG
from radtest.analysis.shieldose import ELECTRON_MEV, Plane, bremsstrahlung_response, electron_response
from radtest.analysis.stopping import stopping_table
from radtest.core.errors import ConfigurationError

__all__ = ["DOSE_DEPTH_G_CM2", "GEOMETRIES", "Geometry", "electron_dose_rad", "proton_dose_rad", "protons_inside"]

Array = NDArray[np.float64]
Geometry = Literal["solid_sphere", "spherical_shell", "finite_slab", "semi_infinite"]
GEOMETRIES: tuple[Geometry, ...] = get_args(Geometry)
"""Where the silicon is. ``solid_sphere``: at the centre of a sphere, reached from all sides. ``spherical_shell``: at
the centre of a hollow one. ``finite_slab``: behind a plate, reached from one side. ``semi_infinite``: in the depth of a
thick plate, from one side. The fluence is the omnidirectional one; of it a plate gets half."""
DOSE_DEPTH_G_CM2 = (0.0135, 27.0)
"""Thinnest and thickest aluminium: 0.05 and 100 mm."""
_INSIDE_MEV: Array = np.geomspace(0.02, 2000.0, 420)
_GRID: Array = np.geomspace(0.008, 40.0, 120)
_COSINES = 32
_SMOOTHED = 15


def proton_dose_rad(fluence: Fluence, depth_g_cm2: ArrayLike, geometry: Geometry = "solid_sphere") -> Array:
    """Dose of protons in silicon behind aluminium.

    Parameters
    ----------
    fluence : callable
        Omnidirectional fluence outside, cm⁻² MeV⁻¹, at energies in MeV.
    depth_g_cm2 : array_like, shape (n,)
        Thicknesses of aluminium, g/cm², within `DOSE_DEPTH_G_CM2`.
    geometry : str
        One of `GEOMETRIES`.

    Returns
    -------
    ndarray, shape (n,)
        rad(Si).

    Raises
    ------
    ConfigurationError
        If a thickness is outside its bounds.
    ToolMissingError
        If pycatima is not installed.

    Notes
    -----
    Continuous slowing down on straight tracks: D = k ∫ φ(E) S_Al(E)/S_Al(E') S_Si(E') dE' with the range of E that of
    E' and the thickness along the track. Plates: half the mean over cosines from 0 to 1. Nuclear reactions are left
    out on both sides: what they take away and what their products leave behind nearly even out.
    """
    energy, flux = protons_inside(fluence, depth_g_cm2, geometry)
    let = stopping_table(_PROTON, MATERIALS["Si"]).let_at(energy)
    return np.asarray(RAD_PER_MEV_MG * np.trapezoid(flux * let * energy, np.log(energy), axis=-1))


def protons_inside(
    fluence: Fluence, depth_g_cm2: ArrayLike, geometry: Geometry = "solid_sphere"
) -> tuple[Array, Array]:
    """Return energies, MeV, shape (m,), and protons behind aluminium, cm⁻² MeV⁻¹, shape (n, m).

    Parameters and errors are those of `proton_dose_rad`.
    """
    depth = _checked(depth_g_cm2)
    if geometry in ("solid_sphere", "spherical_shell"):
        return _INSIDE_MEV, _slowed(fluence, depth)
    nodes, weights = np.polynomial.legendre.leggauss(_COSINES)
    cosines, weights = (nodes + 1.0) / 2.0, weights / 2.0
    slanted = _slowed(fluence, (depth[:, None] / cosines).ravel()).reshape(depth.size, _COSINES, -1)
    return _INSIDE_MEV, np.einsum("c,ncm->nm", weights, slanted) / 2.0


def electron_dose_rad(
    fluence: Fluence, depth_g_cm2: ArrayLike, geometry: Geometry = "solid_sphere"
) -> tuple[Array, Array]:
    """Dose of electrons and of their bremsstrahlung in silicon behind aluminium.

    Parameters
    ----------
    fluence : callable
        Omnidirectional fluence outside, cm⁻² MeV⁻¹; electrons of 0.04 to 10 MeV count.
    depth_g_cm2 : array_like, shape (n,)
        Thicknesses of aluminium, g/cm², within `DOSE_DEPTH_G_CM2`.
    geometry : str
        One of `GEOMETRIES`.

    Returns
    -------
    electrons, bremsstrahlung : ndarray, shape (n,)
        rad(Si).

    Raises
    ------
    ConfigurationError
        If a thickness is outside its bounds.

    Notes
    -----
    Plates: the spectrum times the responses of SHIELDOSE-2. Spheres: 2 D (1 − d ln D/d ln z) with D of the thick plate
    (`semi_infinite`), as SHIELDOSE-2 has it, which prints half of it; the shell with D of the plate with nothing behind
    it, which is ours. The straight lines between the depths of SHIELDOSE-2's table of bremsstrahlung would make the
    slope jump by several per cent: a cubic over 15 depths smooths them.
    """
    depth = _checked(depth_g_cm2)
    weight = fluence(ELECTRON_MEV) * ELECTRON_MEV
    sphere = geometry in ("solid_sphere", "spherical_shell")
    plane: Plane = "semi_infinite" if geometry in ("solid_sphere", "semi_infinite") else "finite_slab"
    slabs = [
        np.asarray(np.trapezoid(response * weight, np.log(ELECTRON_MEV), axis=1))
        for response in plate_responses(plane)[1:]
    ]
    if np.any(slabs[1] > 0):
        slabs[1] = np.exp(savgol_filter(np.log(slabs[1]), _SMOOTHED, 3))
    electrons, photons = (at_depths(slab, depth, sphere=sphere) for slab in slabs)
    return electrons, photons


@lru_cache(maxsize=2)
def plate_responses(plane: Plane) -> tuple[Array, Array, Array]:
    """Return depths, g/cm², and there the responses of plates to electrons and to their bremsstrahlung."""
    return _GRID, electron_response(_GRID, plane), bremsstrahlung_response(_GRID, plane)


def at_depths(slab: Array, depth: Array, *, sphere: bool) -> Array:
    """Return what a plate has at the depths of `plate_responses` at others, or, from its slope, a sphere's; 0 beyond.

    Notes
    -----
    `electron_dose_rad` gives the relation.
    """
    some = slab > max(float(slab.max()) * 1e-14, 1e-200)
    answer = np.zeros_like(depth)
    if np.count_nonzero(some) < 4:
        return answer
    last = int(np.flatnonzero(some)[-1])
    spline = CubicSpline(np.log(_GRID[: last + 1]), np.log(slab[: last + 1]))
    reached = depth <= _GRID[last]
    x = np.log(depth[reached])
    dose = np.exp(spline(x))
    answer[reached] = 2.0 * dose * (1.0 - spline(x, 1)) if sphere else dose
    return answer


_PROTON = Ion("H", 1)


@lru_cache(maxsize=1)
def _aluminium() -> tuple[Array, Array, Array]:
    """Return log energy, log range (g/cm²) and log stopping power of protons in aluminium."""
    table = stopping_table(_PROTON, MATERIALS["Al"])
    length = table.range_um * MATERIALS["Al"].density_g_cm3 * 1e-4
    return np.log(table.energy_mev_u), np.log(length), np.log(table.let_mev_cm2_mg)


def _slowed(fluence: Fluence, depth: Array) -> Array:
    log_energy, log_range, log_stopping = _aluminium()
    at = np.log(_INSIDE_MEV)
    left = np.exp(np.interp(at, log_energy, log_range))
    before = np.interp(np.log(left + depth[:, None]), log_range, log_energy)
    slowing = np.exp(np.interp(before, log_energy, log_stopping) - np.interp(at, log_energy, log_stopping))
    return fluence(np.exp(before)) * slowing


def _checked(depth_g_cm2: ArrayLike) -> Array:
    depth = np.atleast_1d(np.asarray(depth_g_cm2, dtype=np.float64))
    low, high = DOSE_DEPTH_G_CM2
    wrong = depth[~((depth >= low * (1 - 1e-3)) & (depth <= high * (1 + 1e-3)))]
    if wrong.size:
        density = MATERIALS["Al"].density_g_cm3 / 10.0
        raise ConfigurationError(
            f"dose behind {wrong[0]:g} g/cm² ({wrong[0] / density:.3g} mm) of aluminium: outside what is computed",
            remedy=f"take {low:g} to {high:g} g/cm² ({low / density:.2g} to {math.floor(high / density):g} mm).",
        )
    return depth
