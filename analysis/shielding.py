"""Ions behind a shield: slowing down, nuclear loss, fragments, and the LET spectrum inside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.atima import stopping_power
from radtest.analysis.fragments import HEAVIEST_PARENT_Z, LIGHTEST_FRAGMENT_Z, fragment_yield_cm2_g
from radtest.analysis.ion import ELEMENTS, Ion, most_abundant_mass_number
from radtest.analysis.material import MATERIALS, Material
from radtest.analysis.nuclear import reaction_loss_cm2_g
from radtest.analysis.shield_paths import ShieldPath, aluminium_paths
from radtest.analysis.spectrum import SPHERE_DAY_PER_CM2, LetSpectrum

__all__ = [
    "LET_EDGES",
    "TRANSPORT_ENERGY_MEV_U",
    "let_flux_inside",
    "let_spectrum_inside",
    "transmitted_flux",
    "transmitted_fluxes",
]

Array = NDArray[np.float64]
Flux = Callable[[Array], Array]
Paths = Mapping[float, float] | Sequence[ShieldPath]

TRANSPORT_ENERGY_MEV_U: Array = np.geomspace(0.02, 1e4, 1400)
"""Energies inside at which fluxes are computed, MeV/u."""
TRANSPORT_ENERGY_MEV_U.setflags(write=False)
LET_EDGES: Array = np.geomspace(1e-3, 150.0, 1133)
"""LETs in silicon at which spectra inside are computed, MeV·cm²/mg."""
LET_EDGES.setflags(write=False)
_COARSE: Array = np.geomspace(0.01, 1e4, 241)
_LOG_COARSE: Array = np.log(_COARSE)
_STEP_G_CM2 = 2.0
_FEWEST_STEPS = 3
_FRAGMENT_LOG_ENERGY: Array = np.linspace(math.log(0.02), math.log(1e4), 281)
_LOG_ENERGY: Array = np.log(TRANSPORT_ENERGY_MEV_U)


@lru_cache(maxsize=512)
def _tables(atomic_number: int, material: Material) -> tuple[Array, Array, Array]:
    """Return the log of range (g/cm²) and stopping power (MeV·cm²/mg), and reactions until rest, at `_COARSE`."""
    ion = _ion(atomic_number)
    stopping = stopping_power(ion, _COARSE, material, "pierce-blann")
    # Between two energies both E and the stopping power are taken as powers, so that their quotient can be summed.
    per_mev = ion.mass_number / (stopping * 1e3)
    power = np.diff(np.log(per_mev)) / np.diff(_LOG_COARSE) + 1.0
    power = np.where(np.abs(power) < 1e-9, 1e-9, power)
    steps = np.diff(per_mev * _COARSE) / power
    # Below the table the stopping power falls as the speed.
    start = 2.0 * per_mev[0] * _COARSE[0]
    ranges = start + np.concatenate([[0.0], np.cumsum(steps)])
    per_gram = reaction_loss_cm2_g(atomic_number, _COARSE, material)
    reactions = np.concatenate([[0.0], np.cumsum(np.diff(ranges) * (per_gram[1:] + per_gram[:-1]) / 2.0)])
    return np.log(ranges), np.log(stopping), reactions


@lru_cache(maxsize=128)
def _let_bins(atomic_number: int) -> NDArray[np.intp]:
    """Return the step of `LET_EDGES` into which ions between two of `TRANSPORT_ENERGY_MEV_U` fall."""
    middle = (_LOG_ENERGY[1:] + _LOG_ENERGY[:-1]) / 2.0
    log_let = np.interp(middle, _LOG_COARSE, _tables(atomic_number, MATERIALS["Si"])[1])
    return np.clip(np.searchsorted(LET_EDGES, np.exp(log_let), side="right") - 1, 0, LET_EDGES.size - 2)


def _ion(atomic_number: int) -> Ion:
    symbol = ELEMENTS[atomic_number - 1]
    return Ion(symbol, most_abundant_mass_number(symbol))


def transmitted_flux(atomic_number: int, flux: Flux, paths: Paths) -> Array:
    """Flux of one element behind a shield, without the fragments of others.

    Parameters
    ----------
    atomic_number : int
        Of the element; its most abundant isotope stands for it.
    flux : callable
        Flux outside at energies in MeV/u, per MeV/u.
    paths : mapping or sequence of ShieldPath
        Ways through the shield; or thickness of aluminium in g/cm² to the fraction of directions that see it.

    Returns
    -------
    ndarray
        Flux inside at `TRANSPORT_ENERGY_MEV_U`, in the unit of `flux`.

    Notes
    -----
    Continuous slowing down on straight tracks: φ(E') = φ0(E) S(E)/S(E') exp(−∫ N σ dx), with R(E) = R(E') + t in each
    layer and σ that of `reaction_cross_section_b` along the way.
    """
    total = np.zeros_like(TRANSPORT_ENERGY_MEV_U)
    for path in _as_paths(paths):
        energy, factor = _before(atomic_number, path.layers)
        total += path.fraction * flux(energy) * factor
    return total


def transmitted_fluxes(fluxes: Mapping[int, Flux], paths: Paths, *, fragments: bool = True) -> dict[int, Array]:
    """Fluxes of many elements behind a shield, with the fragments that one makes of another.

    Parameters
    ----------
    fluxes : mapping
        Atomic number to the flux outside, as for `transmitted_flux`.
    paths : mapping or sequence of ShieldPath
        As for `transmitted_flux`.
    fragments : bool
        Whether to follow fragments, from lithium to nickel.

    Returns
    -------
    dict
        Atomic number to the flux inside at `TRANSPORT_ENERGY_MEV_U`.

    Notes
    -----
    Fragments go on straight at the speed of their parent and are slowed and lost like other ions; those of fragments
    too. The shield is taken in steps of 2 g/cm² or less, three at least. Hydrogen and helium from break-up, and
    nucleons knocked out of the shield, are not in it.
    """
    inside = {number: transmitted_flux(number, flux, paths) for number, flux in fluxes.items()}
    if not fragments:
        return inside
    for path in _as_paths(paths):
        for number, more in _fragments(fluxes, path.layers).items():
            inside[number] += path.fraction * more
    return inside


def let_flux_inside(fluxes: Mapping[int, Array]) -> dict[int, Array]:
    """Particles of each element with at least the LETs `LET_EDGES`, cm⁻² day⁻¹.

    Parameters
    ----------
    fluxes : mapping
        Atomic number to flux at `TRANSPORT_ENERGY_MEV_U`, 1/(m² s sr MeV/u) over the whole sphere.
    """
    energy = TRANSPORT_ENERGY_MEV_U
    integrals = {}
    for atomic_number, flux in fluxes.items():
        particles = np.diff(energy) * (flux[1:] + flux[:-1]) / 2.0
        # Particles above the table have nearly the LET of its end; a spectrum E^−2.7 goes on there.
        particles[-1] += flux[-1] * energy[-1] / 1.7
        counts = np.bincount(_let_bins(atomic_number), particles, LET_EDGES.size - 1) * SPHERE_DAY_PER_CM2
        integrals[atomic_number] = np.concatenate([np.cumsum(counts[::-1])[::-1], [0.0]])
    return integrals


def let_spectrum_inside(fluxes: Mapping[int, Array], description: str = "") -> LetSpectrum:
    """Add the elements inside up to a spectrum of LET in silicon.

    Parameters
    ----------
    fluxes : mapping
        As for `let_flux_inside`.
    description : str
        What the spectrum is.
    """
    parts = let_flux_inside(fluxes).values()
    return LetSpectrum.from_integral(LET_EDGES, sum(parts, np.zeros_like(LET_EDGES)), description)


def _as_paths(paths: Paths) -> Sequence[ShieldPath]:
    return aluminium_paths(paths) if isinstance(paths, Mapping) else paths


@lru_cache(maxsize=2048)
def _before(atomic_number: int, layers: tuple[tuple[Material, float], ...], fine: bool = True) -> tuple[Array, Array]:
    """Return energies outside layers, by energies inside, and the factor by which the layers change the flux."""
    log_energy = _LOG_ENERGY if fine else _FRAGMENT_LOG_ENERGY
    log_factor = np.zeros_like(log_energy)
    for material, thickness in reversed(layers):
        log_energy, log_step = _outside(atomic_number, material, thickness, log_energy)
        log_factor = log_factor + log_step
    return np.exp(log_energy), np.exp(log_factor)


@lru_cache(maxsize=256)
def _step(atomic_number: int, material: Material, thickness: float) -> tuple[Array, Array]:
    return _outside(atomic_number, material, thickness, _FRAGMENT_LOG_ENERGY)


def _outside(atomic_number: int, material: Material, thickness: float, log_energy: Array) -> tuple[Array, Array]:
    """Return the log of the energy before a layer, and of the factor by which the layer changes the flux."""
    log_range, log_stopping, reactions = _tables(atomic_number, material)
    after_range = np.exp(_extended(log_energy, _LOG_COARSE, log_range))
    before_range = after_range + thickness
    before = _extended(np.log(before_range), log_range, _LOG_COARSE)
    slowing = _extended(before, _LOG_COARSE, log_stopping) - _extended(log_energy, _LOG_COARSE, log_stopping)
    ranges = np.exp(log_range)
    return before, slowing - (_extended(before_range, ranges, reactions) - _extended(after_range, ranges, reactions))


def _fragments(fluxes: Mapping[int, Flux], layers: tuple[tuple[Material, float], ...]) -> dict[int, Array]:
    """Return the fluxes of fragments behind layers."""
    numbers = [number for number in sorted(fluxes) if LIGHTEST_FRAGMENT_Z <= number <= HEAVIEST_PARENT_Z]
    if not (numbers and layers):
        return {}
    longest = min(_STEP_G_CM2, sum(thickness for _, thickness in layers) / _FEWEST_STEPS)
    made = np.zeros((len(numbers), _FRAGMENT_LOG_ENERGY.size))
    crossed: tuple[tuple[Material, float], ...] = ()
    for material, thickness in layers:
        yields = fragment_yield_cm2_g(material, numbers[-1])[np.ix_(numbers, numbers)].T
        count = math.ceil(thickness / longest)
        step = thickness / count
        halves = [_step(number, material, step / 2.0) for number in numbers]
        for place in range(count):
            half_way = (*crossed, (material, (place + 0.5) * step))
            made = _on(made, halves)
            parents = made.copy()
            for row, number in enumerate(numbers):
                energy, factor = _before(number, half_way, fine=False)
                parents[row] += fluxes[number](energy) * factor
            made = _on(made + yields @ parents * step, halves)
        crossed = (*crossed, (material, thickness))
    logs = np.log(np.maximum(made, 1e-300))
    return {
        number: np.exp(np.interp(_LOG_ENERGY, _FRAGMENT_LOG_ENERGY, row))
        for number, row in zip(numbers, logs, strict=True)
    }


def _on(fluxes: Array, steps: Sequence[tuple[Array, Array]]) -> Array:
    """Return fluxes by element and energy after a step, given as energies before it and factors of the flux."""
    rows = zip(np.log(np.maximum(fluxes, 1e-300)), steps, strict=True)
    return np.exp([_extended(before, _FRAGMENT_LOG_ENERGY, row) + log_factor for row, (before, log_factor) in rows])


def _extended(at: Array, x: Array, y: Array) -> Array:
    """Interpolate, and go on along the last step above the table."""
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    return np.where(at > x[-1], y[-1] + slope * (at - x[-1]), np.interp(at, x, y))
