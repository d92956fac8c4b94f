"""Nuclear reactions of ions in a shield: cross sections, and how many ions a layer takes away."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.ion import ELEMENTS, Ion, most_abundant_mass_number
from radtest.analysis.material import Material

__all__ = ["AVOGADRO", "atoms_per_gram", "reaction_cross_section_b", "reaction_loss_cm2_g"]

Array = NDArray[np.float64]
AVOGADRO = 6.02214076e23
_NUCLEON_MEV = 931.494


def reaction_cross_section_b(projectile: Ion, target: Ion, energy_mev_u: Array) -> Array:
    """Cross section of an ion for nuclear reactions, barn.

    Parameters
    ----------
    projectile, target : Ion
        The nuclei.
    energy_mev_u : ndarray
        Energies of the projectile, MeV/u.

    Returns
    -------
    ndarray
        Barn; 0 below the Coulomb barrier, and for protons below 10 MeV.

    Notes
    -----
    Two protons: production of pions from 290 MeV, rising to 28 mb; an approximation of ours within 15 %.
    Where one of both is a proton [1]_: σ = 0.045 A^0.7 [1 + 0.016 sin(5.3 − 2.63 ln A)] [1 − 0.62 exp(−E/200)
    sin(10.9 E^−0.28)] b; for helium, 0.8 of that. Else [2]_:
    σ = π r0² (A_P^⅓ + A_T^⅓ + δ)² (1 − B/E_cm), r0 = 1.1 fm, δ = 1.85 S + 0.16 S/E_cm^⅓ − C +
    0.91 (A_T − 2 Z_T) Z_P/(A_T A_P), S = A_P^⅓ A_T^⅓/(A_P^⅓ + A_T^⅓), C = D (1 − exp(−E/40)) − 0.292 exp(−E/792)
    cos(0.229 E^0.453), B = 1.44 Z_P Z_T/R, R = r_P + r_T + 1.2 (A_P^⅓ + A_T^⅓)/E_cm^⅓, with r 1.29 times the root of
    the mean square radius. D is 1.75 (ρ_P + ρ_T)/(2 ρ_C), with ρ = A/(4π r³/3); for helium, whose transparency X is
    that of the later paper [3]_ as well, 2.77 − 0.008 A_T + 1.8·10⁻⁵ A_T² − 0.8/(1 + exp((250 − E)/G)). Radii:
    0.84 A^⅓ + 0.55 fm in place of tabulated ones; helium 1.68 fm.

    References
    ----------
    .. [1] J. R. Letaw, R. Silberberg and C. H. Tsao, Astrophys. J. Suppl. 51, 271 (1983).
    .. [2] R. K. Tripathi, F. A. Cucinotta and J. W. Wilson, NASA TP-3621 (1997); Nucl. Instr. Meth. B 117, 347 (1996).
    .. [3] R. K. Tripathi, F. A. Cucinotta and J. W. Wilson, Nucl. Instr. Meth. B 155, 349 (1999).
    """
    energy = np.asarray(energy_mev_u, dtype=np.float64)
    if projectile.mass_number == 1 and target.mass_number == 1:
        return _proton_on_proton_b(energy)
    if projectile.mass_number == 1 or target.mass_number == 1:
        nucleus = target if projectile.mass_number == 1 else projectile
        return _proton_cross_section_b(nucleus, energy)
    return _tripathi_b(projectile, target, energy)


def _proton_on_proton_b(energy: Array) -> Array:
    """Production of pions: none below 290 MeV, 28 mb above some GeV."""
    return np.where(energy > 290.0, 0.028 * -np.expm1(-(np.maximum(energy, 290.0) - 290.0) / 400.0), 0.0)


def _proton_cross_section_b(nucleus: Ion, energy: Array) -> Array:
    mass = float(nucleus.mass_number)
    high = 0.045 * mass**0.7 * (1.0 + 0.016 * math.sin(5.3 - 2.63 * math.log(mass)))
    if nucleus.atomic_number == 2:
        high *= 0.8
    shape = 1.0 - 0.62 * np.exp(-energy / 200.0) * np.sin(10.9 * np.maximum(energy, 10.0) ** -0.28)
    return np.where(energy >= 10.0, high * shape, 0.0)


def _tripathi_b(projectile: Ion, target: Ion, energy: Array) -> Array:
    if projectile.mass_number > 4 >= target.mass_number:
        projectile, target = target, projectile
    mass_p, mass_t = float(projectile.mass_number), float(target.mass_number)
    charge_p, charge_t = float(projectile.atomic_number), float(target.atomic_number)
    root_p, root_t = mass_p ** (1 / 3), mass_t ** (1 / 3)
    rest_p, rest_t = mass_p * _NUCLEON_MEV, mass_t * _NUCLEON_MEV
    whole = rest_p + rest_t
    centre = np.sqrt(whole**2 + 2.0 * mass_p * energy * rest_t) - whole
    centre = np.maximum(centre, 1e-6)
    size = root_p * root_t / (root_p + root_t)
    radius_p, radius_t, carbon = (_radius_fm(mass) for mass in (mass_p, mass_t, 12.0))
    crowd = (mass_p / radius_p**3 + mass_t / radius_t**3) / (24.0 / carbon**3)
    rise, transparency = 40.0, np.ones_like(energy)
    density: Array | float = 1.75 * crowd
    if projectile.atomic_number == 2 and projectile.mass_number == 4:
        rise, width = (25.0, 300.0) if target.atomic_number == 13 else (40.0, 75.0)
        density = 2.77 - 8e-3 * mass_t + 1.8e-5 * mass_t**2 - 0.8 / (1.0 + np.exp((250.0 - energy) / width))
        strength = 2.83 - 3.1e-2 * mass_t + 1.7e-4 * mass_t**2
        slope = 1.2 - 1.6 * np.expm1(-energy / 15.0)
        transparency = 1.0 - strength * np.exp(-energy / (strength * slope))
    blocking = -density * np.expm1(-energy / rise) - 0.292 * np.exp(-energy / 792.0) * np.cos(0.229 * energy**0.453)
    delta = 1.85 * size + 0.16 * size / centre ** (1 / 3) - blocking
    delta = delta + 0.91 * (mass_t - 2.0 * charge_t) * charge_p / (mass_t * mass_p)
    radius = radius_p + radius_t + 1.2 * (root_p + root_t) / centre ** (1 / 3)
    barrier = 1.44 * charge_p * charge_t / radius
    area = math.pi * 1.1**2 * 1e-2 * (root_p + root_t + delta) ** 2
    return np.asarray(np.maximum(area * np.maximum(1.0 - barrier / centre, 0.0) * transparency, 0.0))


def _radius_fm(mass_number: float) -> float:
    return 1.29 * (1.68 if mass_number == 4 else 0.84 * mass_number ** (1 / 3) + 0.55)


@lru_cache(maxsize=64)
def atoms_per_gram(material: Material) -> tuple[tuple[Ion, float], ...]:
    """Return the nuclei of a material, each element by its most abundant isotope, and how many of each a gram holds."""
    nuclei = [Ion(symbol, most_abundant_mass_number(symbol)) for symbol, _ in material.atoms]
    amounts = [amount for _, amount in material.atoms]
    mass = sum(amount * ion.mass_number for amount, ion in zip(amounts, nuclei, strict=True))
    return tuple((ion, AVOGADRO * amount / mass) for amount, ion in zip(amounts, nuclei, strict=True))


@lru_cache(maxsize=512)
def _loss_table(atomic_number: int, material: Material) -> tuple[Array, Array]:
    symbol = ELEMENTS[atomic_number - 1]
    energy = np.geomspace(0.01, 1e5, 281)
    loss = np.zeros_like(energy)
    for target, amount in atoms_per_gram(material):
        loss += amount * 1e-24 * reaction_cross_section_b(Ion(symbol, _mass_number(symbol)), target, energy)
    return np.log(energy), loss


def _mass_number(symbol: str) -> int:
    try:
        return most_abundant_mass_number(symbol)
    except ValueError:
        return round(2.55 * (ELEMENTS.index(symbol) + 1))


def reaction_loss_cm2_g(atomic_number: int, energy_mev_u: Array, material: Material) -> Array:
    """Reactions of an element's ions in a material, per g/cm² of path."""
    log_energy, loss = _loss_table(atomic_number, material)
    return np.interp(np.log(energy_mev_u), log_energy, loss)
