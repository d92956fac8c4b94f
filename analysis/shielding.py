"""Ions behind aluminium: slowing down, nuclear loss, and the LET spectrum inside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.atima import range_g_cm2, stopping_power
from radtest.analysis.ion import ELEMENTS, Ion, most_abundant_mass_number
from radtest.analysis.material import MATERIALS
from radtest.analysis.spectrum import LetSpectrum

__all__ = ["TRANSPORT_ENERGY_MEV_U", "let_spectrum_inside", "reaction_cross_section_b", "transmitted_flux"]

Array = NDArray[np.float64]
Flux = Callable[[Array], Array]

TRANSPORT_ENERGY_MEV_U: Array = np.geomspace(0.02, 1e4, 1400)
"""Energies inside at which fluxes are computed, MeV/u."""
TRANSPORT_ENERGY_MEV_U.setflags(write=False)
_COARSE: Array = np.geomspace(0.01, 1e4, 241)
_LET_EDGES: Array = np.geomspace(1e-3, 110.0, 1101)
_SPHERE_CM2 = 4.0 * math.pi * 1e-4
_PER_GRAM = 6.02214076e23


def reaction_cross_section_b(ion: Ion, energy_mev_u: Array, target_mass: float = 26.98) -> Array:
    """Cross section of an ion for nuclear reactions, barn.

    Notes
    -----
    Protons: σ = 0.045 A^0.7 [1 + 0.016 sin(5.3 − 2.63 ln A)] [1 − 0.62 exp(−E/200) sin(10.9 E^−0.28)] b [1]_, taken
    as 0 below 10 MeV. Heavier: σ = π r0² (A_P^⅓ + A_T^⅓ − b)², r0 = 1.35 fm, b = 0.83 [2]_, at
    all energies.

    References
    ----------
    .. [1] J. R. Letaw, R. Silberberg and C. H. Tsao, Astrophys. J. Suppl. 51, 271 (1983).
    .. [2] H. L. Bradt and B. Peters, Phys. Rev. 77, 54 (1950); constants of G. D. Westfall et al., Phys. Rev. C 19,
       1309 (1979).
    """
    energy = np.asarray(energy_mev_u, dtype=np.float64)
    if ion.atomic_number == 1:
        high = 0.045 * target_mass**0.7 * (1.0 + 0.016 * math.sin(5.3 - 2.63 * math.log(target_mass)))
        shape = 1.0 - 0.62 * np.exp(-energy / 200.0) * np.sin(10.9 * np.maximum(energy, 10.0) ** -0.28)
        return np.where(energy >= 10.0, high * shape, 0.0)
    overlap = ion.mass_number ** (1 / 3) + target_mass ** (1 / 3) - 0.83
    return np.full_like(energy, math.pi * 1.35**2 * 1e-2 * overlap**2)


@lru_cache(maxsize=128)
def _tables(atomic_number: int) -> tuple[Ion, Array, Array, Array]:
    """Return the ion, its log range in aluminium, and its stopping powers in aluminium and silicon, on _COARSE."""
    symbol = ELEMENTS[atomic_number - 1]
    ion = Ion(symbol, most_abundant_mass_number(symbol))
    aluminium = MATERIALS["Al"]
    return (
        ion,
        np.log(range_g_cm2(ion, _COARSE, aluminium, "pierce-blann")),
        np.log(stopping_power(ion, _COARSE, aluminium, "pierce-blann")),
        np.log(stopping_power(ion, _COARSE, MATERIALS["Si"], "pierce-blann")),
    )


def transmitted_flux(atomic_number: int, flux: Flux, paths: Mapping[float, float]) -> Array:
    """Flux of one element behind aluminium.

    Parameters
    ----------
    atomic_number : int
        Of the element; its most abundant isotope stands for it.
    flux : callable
        Flux outside at energies in MeV/u, per MeV/u.
    paths : mapping
        Thickness in g/cm² to the fraction of directions that see it.

    Returns
    -------
    ndarray
        Flux inside at `TRANSPORT_ENERGY_MEV_U`, in the unit of `flux`.

    Notes
    -----
    Continuous slowing down on straight tracks: φ(E') = φ0(E) S(E)/S(E') exp(−N σ t), with R(E) = R(E') + t. Fragments
    and secondaries are left out: good to some per cent behind 1 g/cm², too low for the light fragments behind more than
    about 10 g/cm².
    """
    energy = TRANSPORT_ENERGY_MEV_U
    ion, log_range, log_stopping, _ = _tables(atomic_number)
    log_energy = np.log(_COARSE)
    inside_range = np.exp(np.interp(np.log(energy), log_energy, log_range))
    inside_stopping = np.interp(np.log(energy), log_energy, log_stopping)
    total = np.zeros_like(energy)
    for thickness, fraction in paths.items():
        if thickness == 0:
            total += fraction * flux(energy)
            continue
        log_outside = _extended(np.log(inside_range + thickness), log_range, log_energy)
        outside = np.exp(log_outside)
        slowing = np.exp(np.interp(log_outside, log_energy, log_stopping) - inside_stopping)
        middle = np.sqrt(outside * energy)
        removed = reaction_cross_section_b(ion, middle) * 1e-24 * _PER_GRAM / 26.98 * thickness
        total += fraction * flux(outside) * slowing * np.exp(-removed)
    return total


def let_spectrum_inside(fluxes: Mapping[int, Array], description: str = "") -> LetSpectrum:
    """Add the elements inside up to a spectrum of LET in silicon.

    Parameters
    ----------
    fluxes : mapping
        Atomic number to flux at `TRANSPORT_ENERGY_MEV_U`, 1/(m² s sr MeV/u) over the whole sphere.
    description : str
        What the spectrum is.
    """
    energy = TRANSPORT_ENERGY_MEV_U
    middle = np.sqrt(energy[1:] * energy[:-1])
    counts = np.zeros(_LET_EDGES.size - 1)
    for atomic_number, flux in fluxes.items():
        _, _, _, log_let = _tables(atomic_number)
        let = np.exp(np.interp(np.log(middle), np.log(_COARSE), log_let))
        particles = np.diff(energy) * (flux[1:] + flux[:-1]) / 2.0
        # Particles above the table have nearly the LET of its end; a spectrum E^−2.7 goes on there.
        particles[-1] += flux[-1] * energy[-1] / 1.7
        counts += np.histogram(let, _LET_EDGES, weights=particles)[0]
    counts *= _SPHERE_CM2 * 86400.0
    integral = np.concatenate([np.cumsum(counts[::-1])[::-1], [0.0]])
    widths = np.diff(_LET_EDGES)
    steps = counts / widths
    differential = np.concatenate([steps[:1], (steps[1:] + steps[:-1]) / 2.0, steps[-1:]])
    return LetSpectrum(_LET_EDGES.copy(), integral, differential, description)


def _extended(at: Array, x: Array, y: Array) -> Array:
    """Interpolate, and go on along the last step above the table."""
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    return np.where(at > x[-1], y[-1] + slope * (at - x[-1]), np.interp(at, x, y))
