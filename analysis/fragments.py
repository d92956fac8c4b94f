"""Fragments of ions that break up in a shield: how many of which element."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.ion import ELEMENTS, most_abundant_mass_number
from radtest.analysis.material import Material
from radtest.analysis.nuclear import atoms_per_gram

__all__ = [
    "HEAVIEST_PARENT_Z",
    "LIGHTEST_FRAGMENT_Z",
    "fragment_cross_section_b",
    "fragment_yield_cm2_g",
    "isotope_shares",
]

Array = NDArray[np.float64]

LIGHTEST_FRAGMENT_Z = 3
"""Below lithium the parameterisation does not hold: hydrogen and helium from break-up are left out."""
HEAVIEST_PARENT_Z = 28
"""Heavier ions are too rare for their fragments to count."""


def fragment_cross_section_b(parent_z: int, fragment_z: int, target_mass: float) -> float:
    """Cross section for fragments of one element, all its isotopes, barn.

    Parameters
    ----------
    parent_z : int
        Element that breaks up, 3 to 28; its most abundant isotope stands for it.
    fragment_z : int
        Element of the fragment, from 3 to `parent_z`; for `parent_z` itself, what is left after the loss of neutrons.
    target_mass : float
        Mass number of the target nuclei.

    Notes
    -----
    EPAX, version 2 [1]_: σ(A, Z) = 0.27 (A_P^⅓ + A_T^⅓ − 2.38) P exp(−P (A_P − A)) · √(R/π) exp(−R |Z_prob − Z|^U),
    P = exp(−2.584 − 0.00757 A_P), with its modifications close to the projectile. It does not depend on the energy,
    and was made for parents from argon to lead above some 200 MeV/u: for lighter parents it is an extrapolation.

    References
    ----------
    .. [1] K. Sümmerer and B. Blank, Phys. Rev. C 61, 034607 (2000).
    """
    parent_mass = _mass(parent_z)
    return float(_overlap_b(parent_mass, target_mass) * _shares(parent_z)[fragment_z])


@lru_cache(maxsize=64)
def fragment_yield_cm2_g(material: Material, heaviest_z: int) -> Array:
    """Fragments of each element from a parent of each element, per g/cm² of path in a material.

    Returns
    -------
    ndarray, shape (heaviest_z + 1, heaviest_z + 1)
        By parent and fragment; 0 for parents above `HEAVIEST_PARENT_Z` and below lithium.
    """
    yields = np.zeros((heaviest_z + 1, heaviest_z + 1))
    for parent_z in range(LIGHTEST_FRAGMENT_Z, min(heaviest_z, HEAVIEST_PARENT_Z) + 1):
        parent_mass = _mass(parent_z)
        shares = _shares(parent_z)
        for target, amount in atoms_per_gram(material):
            overlap = amount * 1e-24 * _overlap_b(parent_mass, float(target.mass_number))
            yields[parent_z, : parent_z + 1] += overlap * shares
    return yields


def _mass(atomic_number: int) -> float:
    return float(most_abundant_mass_number(ELEMENTS[atomic_number - 1]))


def _overlap_b(parent_mass: float, target_mass: float) -> float:
    return 0.27 * max(float(parent_mass ** (1 / 3) + target_mass ** (1 / 3) - 2.38), 0.0)


@lru_cache(maxsize=64)
def _shares(parent_z: int) -> Array:
    """Return the yield of each element, over `_overlap_b`; below lithium 0."""
    parent = _mass(parent_z)
    mass, charge = np.meshgrid(np.arange(1.0, parent), np.arange(1.0, parent_z + 1.0), indexing="ij")
    possible = (mass >= charge) & (mass - charge <= parent - parent_z) & (charge >= LIGHTEST_FRAGMENT_Z)
    shares = np.zeros(parent_z + 1)
    shares[1:] = np.sum(np.where(possible, isotope_shares(parent, parent_z, mass, charge), 0.0), axis=0)
    return shares


def isotope_shares(parent_mass: float, parent_z: int, mass: Array, charge: Array) -> Array:
    """Return the cross sections of isotopes over 0.27 (A_P^⅓ + A_T^⅓ − 2.38) b, after `fragment_cross_section_b`."""
    near = mass / parent_mass
    steepness = np.exp(-2.584 - 7.57e-3 * parent_mass)
    by_mass = steepness * np.exp(-steepness * (parent_mass - mass))
    by_mass = by_mass * np.where(near > 0.9, 200.0 * (near - 0.9) ** 2 + 1.0, 1.0)
    off_stability = parent_z - float(_stable_charge(parent_mass))
    shift = np.where(mass > 71.35, -1.087 + 3.047e-2 * mass, 2.1353e-4 * mass**2)
    shift = shift * np.where(near > 0.8, 1.0 - 25.0 * (near - 0.8) ** 2, 1.0)
    memory = np.exp(-10.25 + 10.1 * near) if off_stability > 0 else 0.4 * near**2 + 0.6 * near**4
    centre = _stable_charge(mass) + shift + memory * off_stability + 2e-3 * mass
    width = np.exp(0.885 - 9.816e-3 * mass)
    width = width * np.where(near > 0.82, 20.0 * parent_mass * (near - 0.82) ** 4 + 1.0, 1.0)
    if off_stability < 0:
        width = width * (1.0 - 0.0833 * abs(off_stability))
    power = np.where(charge < centre, 1.65, 1.788 + 4.721e-3 * mass - 1.303e-5 * mass**2)
    slope = 1.2 + 0.647 * (mass / 2.0) ** 0.3
    turn = centre + slope * np.log(10.0) / (2.0 * width)
    beyond = np.maximum(charge - turn, 0.0)
    spread = np.exp(-width * np.abs(centre - (charge - beyond)) ** power) * np.sqrt(width / np.pi)
    return np.asarray(by_mass * spread * 10.0 ** (-slope * beyond))


def _stable_charge(mass: Array | float) -> Array:
    return np.asarray(mass / (1.98 + 0.0155 * np.asarray(mass) ** (2 / 3)))
