"""LET and range of an ion, behind layers, at the surface of the die and in its depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.atima import EffectiveCharge, atima_version, range_g_cm2, stopping_power
from radtest.analysis.ion import Ion
from radtest.analysis.material import MATERIALS, Layer, Material
from radtest.core.errors import ConfigurationError

__all__ = [
    "ENERGY_LIMITS_MEV_U",
    "Crossing",
    "Stopping",
    "StoppingTable",
    "energy_suspicion",
    "let_source",
    "stopping",
    "stopping_table",
]

Array = NDArray[np.float64]
ENERGY_LIMITS_MEV_U = (0.01, 1e4)
"""Energies between which stopping powers are given, MeV/u."""
_POINTS = 1200
_HEAVY = 45
_DEFAULT: EffectiveCharge = "pierce-blann"


@dataclass(frozen=True, slots=True, eq=False)
class StoppingTable:
    """LET and range of one ion in one material against energy.

    Parameters
    ----------
    ion : Ion
        The ion.
    material : Material
        The material.
    energy_mev_u : ndarray, shape (n,)
        Energies, MeV/u, rising.
    let_mev_cm2_mg : ndarray, shape (n,)
        LET at each energy, MeV·cm²/mg of the material.
    range_um : ndarray, shape (n,)
        Range along the track, µm, rising.
    """

    ion: Ion
    material: Material
    energy_mev_u: Array
    let_mev_cm2_mg: Array
    range_um: Array

    def let_at(self, energy_mev_u: ArrayLike) -> Array:
        """Return the LET at energies, MeV·cm²/mg, log-log between the points of the table."""
        return _interpolate(energy_mev_u, self.energy_mev_u, self.let_mev_cm2_mg)

    def range_at(self, energy_mev_u: ArrayLike) -> Array:
        """Return the range along the track at energies, µm."""
        return _interpolate(energy_mev_u, self.energy_mev_u, self.range_um)

    def energy_at_range(self, range_um: ArrayLike) -> Array:
        """Return the energy at which an ion has this range, MeV/u; 0 for a range below the table's lowest."""
        wanted = np.asarray(range_um, dtype=np.float64)
        energy = _interpolate(np.maximum(wanted, self.range_um[0]), self.range_um, self.energy_mev_u)
        return np.where(wanted > self.range_um[0], energy, 0.0)

    def energy_after(self, energy_mev_u: float, thickness_um: float) -> float:
        """Return the energy left after a path, MeV/u; 0 where the ion stops in it."""
        return float(self.energy_at_range(float(self.range_at(energy_mev_u)) - thickness_um))

    def energy_before(self, energy_mev_u: float, thickness_um: float) -> float:
        """Return the energy an ion must have to leave a path with this energy, MeV/u."""
        lowest = float(self.range_um[0]) if energy_mev_u <= 0 else float(self.range_at(energy_mev_u))
        return float(self.energy_at_range(lowest + thickness_um))

    @property
    def bragg_peak(self) -> tuple[float, float]:
        """Energy (MeV/u) and LET (MeV·cm²/mg) at which the LET is largest."""
        top = int(np.argmax(self.let_mev_cm2_mg))
        return float(self.energy_mev_u[top]), float(self.let_mev_cm2_mg[top])


@lru_cache(maxsize=512)
def stopping_table(ion: Ion, material: Material = MATERIALS["Si"], charge: EffectiveCharge = _DEFAULT) -> StoppingTable:
    """Return the table of an ion in a material; computed once, then kept.

    Parameters
    ----------
    ion : Ion
        The ion.
    material : Material
        The material; silicon by default.
    charge : str
        Parameterisation of the effective charge above 10 MeV/u, one of `EFFECTIVE_CHARGES`.

    Raises
    ------
    ToolMissingError
        If pycatima is not installed.

    Notes
    -----
    ATIMA [1]_: Lindhard-Sørensen theory above 30 MeV/u, stopping powers after Ziegler [2]_ below 10 MeV/u, and a joint
    between them.

    References
    ----------
    .. [1] H. Geissel, C. Scheidenberger et al., ATIMA, GSI; A. Prochazka, catima.
    .. [2] J. F. Ziegler, J. P. Biersack and U. Littmark, The Stopping and Range of Ions in Solids, 1985.
    """
    energy = np.geomspace(*ENERGY_LIMITS_MEV_U, _POINTS)
    let = stopping_power(ion, energy, material, charge)
    length = range_g_cm2(ion, energy, material, charge) / material.density_g_cm3 * 1e4
    for array in (energy, let, length):
        array.setflags(write=False)
    return StoppingTable(ion, material, energy, let, length)


def let_source(charge: EffectiveCharge = _DEFAULT) -> str:
    """Return the words that the record keeps as the source of a computed LET."""
    return f"pycatima {atima_version()} (ATIMA, effective charge {charge})"


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a layer does to an ion.

    Parameters
    ----------
    layer : Layer
        The layer.
    energy_in_mev, energy_out_mev : float
        Total kinetic energy before and behind it, MeV.
    """

    layer: Layer
    energy_in_mev: float
    energy_out_mev: float


@dataclass(frozen=True, slots=True, eq=False)
class Stopping:
    """An ion that arrives at a target behind layers.

    Parameters
    ----------
    ion : Ion
        The ion.
    energy_mev : float
        Total kinetic energy before the layers, MeV.
    crossings : tuple of Crossing
        The layers, in order.
    surface_energy_mev : float
        Total kinetic energy at the surface of the target, MeV.
    let_mev_cm2_mg : float
        LET at the surface, MeV·cm²/mg of the target.
    range_um : float
        Range in the target along the track, µm.
    peak_let_mev_cm2_mg : float
        Largest LET on the way to the end, MeV·cm²/mg.
    peak_depth_um : float
        How far into the target along the track that is, µm.
    table : StoppingTable
        The ion in the target.
    source : str
        Where the LET comes from.
    notes : tuple of str
        What the user should know.
    """

    ion: Ion
    energy_mev: float
    crossings: tuple[Crossing, ...]
    surface_energy_mev: float
    let_mev_cm2_mg: float
    range_um: float
    peak_let_mev_cm2_mg: float
    peak_depth_um: float
    table: StoppingTable
    source: str
    notes: tuple[str, ...]

    def energy_at_depth(self, depth_um: ArrayLike) -> Array:
        """Return the total energy at depths along the track, MeV; 0 beyond the range."""
        return self.table.energy_at_range(self.range_um - np.asarray(depth_um)) * self.ion.mass_number

    def let_at_depth(self, depth_um: ArrayLike) -> Array:
        """Return the LET at depths along the track, MeV·cm²/mg; 0 beyond the range."""
        energy = self.table.energy_at_range(self.range_um - np.asarray(depth_um, dtype=np.float64))
        let = self.table.let_at(np.maximum(energy, ENERGY_LIMITS_MEV_U[0]))
        return np.where(energy > 0, let, 0.0)


def stopping(
    ion: Ion,
    energy_mev: float,
    layers: Sequence[Layer] = (),
    *,
    material: Material = MATERIALS["Si"],
    charge: EffectiveCharge = _DEFAULT,
) -> Stopping:
    """Follow an ion through layers into a target.

    Parameters
    ----------
    ion : Ion
        The ion.
    energy_mev : float
        Total kinetic energy, MeV (not MeV/u).
    layers : sequence of Layer
        What it crosses first, in order.
    material : Material
        The target; silicon by default.
    charge : str
        Parameterisation of the effective charge above 10 MeV/u, one of `EFFECTIVE_CHARGES`.

    Returns
    -------
    Stopping

    Raises
    ------
    ConfigurationError
        If the energy is outside what the stopping powers are valid for, or the ion stops in a layer.
    ToolMissingError
        If pycatima is not installed.

    Notes
    -----
    Continuous slowing down along a straight track: straggling and scattering are left out.
    """
    energy_mev_u = _checked(ion, energy_mev)
    crossings: list[Crossing] = []
    for number, layer in enumerate(layers, start=1):
        table = stopping_table(ion, layer.material, charge)
        left = table.energy_after(energy_mev_u, layer.thickness_um)
        if left <= 0:
            raise _stops(ion, energy_mev, energy_mev_u, layers, number, charge)
        crossings.append(Crossing(layer, energy_mev_u * ion.mass_number, left * ion.mass_number))
        energy_mev_u = left
    table = stopping_table(ion, material, charge)
    length = float(table.range_at(energy_mev_u))
    let = float(table.let_at(energy_mev_u))
    peak_energy, peak_let = table.bragg_peak
    depth = length - float(table.range_at(peak_energy)) if peak_energy < energy_mev_u else 0.0
    return Stopping(
        ion=ion,
        energy_mev=energy_mev,
        crossings=tuple(crossings),
        surface_energy_mev=energy_mev_u * ion.mass_number,
        let_mev_cm2_mg=let,
        range_um=length,
        peak_let_mev_cm2_mg=peak_let if depth else let,
        peak_depth_um=depth,
        table=table,
        source=let_source(charge),
        notes=_notes(ion, energy_mev_u),
    )


def energy_suspicion(ion: Ion, energy_mev: float, *, per_nucleon: bool) -> str | None:
    """Tell whether an energy looks as if MeV and MeV/u had been mixed up.

    Parameters
    ----------
    ion : Ion
        The ion.
    energy_mev : float
        Total kinetic energy, MeV.
    per_nucleon : bool
        Whether it was given in MeV/u.

    Returns
    -------
    str or None
        What to ask the user, or None where nothing is odd. Beams for single-event tests have 3 to 60 MeV/u.
    """
    nucleons = ion.mass_number
    each = energy_mev / nucleons
    if nucleons < 4:
        return None
    if per_nucleon and each > 80 and 2.5 <= each / nucleons <= 60:
        return (
            f"{each:g} MeV/u is {energy_mev:.4g} MeV in all; if {each:g} MeV was the total energy, "
            f"that is {each / nucleons:.3g} MeV/u"
        )
    if not per_nucleon and each < 1 and 2.5 <= energy_mev <= 60:
        return f"{energy_mev:g} MeV in all is only {each:.3g} MeV/u; were {energy_mev:g} MeV/u meant?"
    return None


def _checked(ion: Ion, energy_mev: float) -> float:
    """Return the energy per nucleon, or refuse."""
    low, high = ENERGY_LIMITS_MEV_U
    energy_mev_u = energy_mev / ion.mass_number
    if low <= energy_mev_u <= high:
        return energy_mev_u
    raise ConfigurationError(
        f"{ion} of {energy_mev:g} MeV: {energy_mev_u:.3g} MeV/u is outside what the stopping powers are valid for, "
        f"{low:g} to {high:g} MeV/u",
        remedy=f"for {ion} give {low * ion.mass_number:.3g} to {high * ion.mass_number:.3g} MeV in all; "
        "mind whether the energy is in MeV or in MeV/u.",
    )


def _stops(
    ion: Ion, energy_mev: float, energy_mev_u: float, layers: Sequence[Layer], number: int, charge: EffectiveCharge
) -> ConfigurationError:
    """Say where an ion stops and what energy would get it through."""
    layer = layers[number - 1]
    depth = float(stopping_table(ion, layer.material, charge).range_at(energy_mev_u))
    needed = 0.0
    for behind in reversed(layers):
        needed = stopping_table(ion, behind.material, charge).energy_before(needed, behind.thickness_um)
    return ConfigurationError(
        f"{ion} of {energy_mev:g} MeV stops in layer {number} of {len(layers)} ({layer.label}, "
        f"{layer.thickness_um:g} µm) after {depth:.4g} µm of it: nothing arrives behind",
        remedy=f"take a thinner layer, or more than {needed * ion.mass_number:.4g} MeV ({needed:.3g} MeV/u).",
    )


def _notes(ion: Ion, energy_mev_u: float) -> tuple[str, ...]:
    notes = []
    if energy_mev_u < 0.1:
        notes.append(f"{energy_mev_u:.2g} MeV/u: below 0.1 MeV/u LET and range are uncertain by tens of per cent")
    if ion.atomic_number >= _HEAVY and 1 <= energy_mev_u <= 60:
        notes.append(
            f"{ion}: for ions as heavy as this ATIMA and SRIM, which the tables of the facilities come from, differ by "
            "up to 10 % (xenon is low); where a facility gives a LET, take that"
        )
    return tuple(notes)


def _interpolate(at: ArrayLike, x: Array, y: Array) -> Array:
    """Interpolate between logarithms; the ends are held, and callers stay between them."""
    return np.asarray(np.exp(np.interp(np.log(np.asarray(at, dtype=np.float64)), np.log(x), np.log(y))))
