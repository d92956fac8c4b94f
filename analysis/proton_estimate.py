"""Proton cross sections estimated from heavy-ion data, for devices that saw no proton beam."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.figure_of_merit import limiting_proton_cross_section
from radtest.analysis.ion import Ion
from radtest.analysis.nuclear import reaction_cross_section_b
from radtest.analysis.proton import bendel_shape
from radtest.analysis.stopping import StoppingTable, stopping_table
from radtest.analysis.weibull import weibull_fraction

__all__ = ["ESTIMATES", "estimate_spread", "fom_proton", "huhtinen_proton", "recoil_proton"]

Array = NDArray[np.float64]

ESTIMATES = ("fom", "huhtinen", "recoil")
"""Names of the estimates in device files."""
_SPREAD = {"fom": 3.0, "huhtinen": 5.0, "recoil": 6.0}
_SPREAD_BEYOND = {"fom": 100.0, "huhtinen": 200.0, "recoil": 6.0}
_SEEN_BY_RECOILS = {"fom": 0.25, "huhtinen": 0.03, "recoil": 0.0}
_LARGEST_RECOIL_LET = 13.0
_SILICON_CM3 = 4.994e22
_PROTON_MEV, _SILICON_MEV = 938.272, 28 * 931.494
_SLOWEST_MEV_U = 0.01
_MEV_PER_LET = 0.232
_CUBE_CM2 = 1e-8
_HADRON_THRESHOLD_MEV = 20.0
_DEPOSITS = 400


def estimate_spread(name: str, let0: float, width: float, shape: float) -> tuple[float, bool]:
    """Return the factor up and down that holds about 95 % of devices, and whether the device is an ordinary one.

    Parameters
    ----------
    name : {"fom", "huhtinen", "recoil"}
        The estimate.
    let0, width, shape : float
        Heavy-ion Weibull parameters: MeV·cm²/mg, MeV·cm²/mg, 1.

    Returns
    -------
    factor : float
        Ours, from the devices of docs/models.md, which are six: those of the papers were not at hand.
    ordinary : bool
        Whether the recoils of protons in silicon, with LETs to 13 MeV·cm²/mg, see enough of the heavy-ion curve: a
        quarter of the saturation for `fom`, 3 % for `huhtinen`. Else the estimate is far too low, and the factor large.
    """
    seen = float(weibull_fraction(_LARGEST_RECOIL_LET, let0, width, shape))
    ordinary = seen >= _SEEN_BY_RECOILS[name]
    return (_SPREAD if ordinary else _SPREAD_BEYOND)[name], ordinary


def fom_proton(
    energy_mev: ArrayLike,
    sigma_sat_cm2: ArrayLike,
    let0: ArrayLike,
    width: ArrayLike,
    shape: ArrayLike,
    a: float = 10.0,
) -> Array:
    """Estimate the proton cross section from the heavy-ion figure of merit.

    Parameters
    ----------
    energy_mev : array_like, shape (n,)
        Proton energies, MeV.
    sigma_sat_cm2, let0, width, shape : array_like, shapes that broadcast to (...)
        Heavy-ion Weibull parameters: cm², MeV·cm²/mg, MeV·cm²/mg, 1.
    a : float
        Apparent threshold of Bendel's curve, MeV, that gives the dependence on energy.

    Returns
    -------
    ndarray, shape (..., n)
        In the unit of `sigma_sat_cm2`.

    Notes
    -----
    σ(E) = σ_sat/(4.5·10⁴ L₀.₂₅²) · [1 − exp(−0.18 Y^½)]⁴ with Y = (18/a)^½ (E − a). The figure of merit says the
    height only.

    References
    ----------
    E. L. Petersen, IEEE Trans. Nucl. Sci. 45, 2550 (1998).
    """
    limit = limiting_proton_cross_section(sigma_sat_cm2, let0, width, shape)
    return np.asarray(limit[..., None] * bendel_shape(energy_mev, a))


def recoil_proton(
    energy_mev: ArrayLike,
    sigma_sat_cm2: ArrayLike,
    let0: ArrayLike,
    width: ArrayLike,
    shape: ArrayLike,
    depth_um: float = 2.0,
    angle_deg: float = 90.0,
) -> Array:
    """Estimate the proton cross section from recoils of silicon at one angle.

    Parameters
    ----------
    energy_mev : array_like, shape (n,)
        Proton energies, MeV.
    sigma_sat_cm2, let0, width, shape : array_like, shapes that broadcast to (...)
        Heavy-ion Weibull parameters: cm², MeV·cm²/mg, MeV·cm²/mg, 1.
    depth_um : float
        Depth in which a reaction counts, µm.
    angle_deg : float
        Angle of scattering in the centre of mass, degrees.

    Returns
    -------
    ndarray, shape (..., n)
        In the unit of `sigma_sat_cm2`; 0 below 10 MeV.

    Raises
    ------
    ToolMissingError
        If pycatima, an optional extra, is not installed.

    Notes
    -----
    σ(E) = N d σ_reaction(E) σ_ion(L(E_recoil)): every reaction within the depth of the cross section makes one silicon
    recoil of energy E_max sin²(θ/2), and that counts as an ion of its LET. The idea, and the angle, are those of
    PROFIT [1]_; its constants were not at hand, so this is not that model.

    References
    ----------
    .. [1] P. Calvel et al., IEEE Trans. Nucl. Sci. 43, 2827 (1996).
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    total = _PROTON_MEV + _SILICON_MEV
    largest = 2.0 * _SILICON_MEV * energy * (energy + 2.0 * _PROTON_MEV) / (total**2 + 2.0 * _SILICON_MEV * energy)
    recoil = largest * np.sin(np.radians(angle_deg) / 2.0) ** 2
    let = _silicon().let_at(np.maximum(recoil / 28.0, _SLOWEST_MEV_U))
    reactions = _SILICON_CM3 * depth_um * 1e-4 * 1e-24 * reaction_cross_section_b(Ion("H", 1), Ion("Si", 28), energy)
    columns = [np.asarray(value, dtype=np.float64)[..., None] for value in (let0, width, shape)]
    return np.asarray(reactions * np.asarray(sigma_sat_cm2)[..., None] * weibull_fraction(let, *columns))


def huhtinen_proton(
    energy_mev: ArrayLike,
    sigma_sat_cm2: ArrayLike,
    let0: ArrayLike,
    width: ArrayLike,
    shape: ArrayLike,
    a: float | None = None,
) -> Array:
    """Estimate the proton cross section from the energy that secondaries leave in a cube of 1 µm.

    Parameters
    ----------
    energy_mev : array_like, shape (n,)
        Proton energies, MeV.
    sigma_sat_cm2, let0, width, shape : array_like, shapes that broadcast to (...)
        Heavy-ion Weibull parameters: cm², MeV·cm²/mg, MeV·cm²/mg, 1.
    a : float, optional
        Apparent threshold of Bendel's curve, MeV, that gives the dependence on energy. Without it the cross section is
        0 below 20 MeV and constant above, as for the high-energy hadrons of accelerators.

    Returns
    -------
    ndarray, shape (..., n)
        In the unit of `sigma_sat_cm2`.

    Notes
    -----
    σ = ∫ P(0.232 L) (dσ_ion/dL) dL / (1 µm)², with P(E) the cross section for a deposit of more than E (MeV) in a cube
    of silicon with sides of 1 µm, from simulated nuclear reactions of hadrons above 20 MeV at the LHC [1]_. The Weibull
    curve of ions takes the place of the circuit: a share of its area needs the deposit that an ion of LET L leaves.

    References
    ----------
    .. [1] M. Huhtinen and F. Faccio, Nucl. Instr. Meth. A 450, 155 (2000).
    """
    let, probability = _deposits()
    columns = [np.asarray(value, dtype=np.float64)[..., None] for value in (let0, width, shape)]
    share = weibull_fraction(let, *columns)
    first = share[..., :1] * probability[0]
    steps = np.diff(share, axis=-1) * (probability[1:] + probability[:-1]) / 2.0
    folded = np.concatenate([first, steps], axis=-1).sum(axis=-1)
    limit = np.asarray(sigma_sat_cm2) * folded / _CUBE_CM2
    energy = np.asarray(energy_mev, dtype=np.float64)
    rise = np.where(energy >= _HADRON_THRESHOLD_MEV, 1.0, 0.0) if a is None else bendel_shape(energy, a)
    return np.asarray(limit[..., None] * rise)


@lru_cache(maxsize=1)
def _deposits() -> tuple[Array, Array]:
    """Return LETs (MeV·cm²/mg) and the cross sections of deposits (cm²) they stand for, straight in logarithms."""
    text = resources.files("radtest.analysis").joinpath("huhtinen_deposits.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if line[:1].isdigit()]
    energy, probability = np.array(rows, dtype=np.float64).T
    fine = np.geomspace(energy[0], energy[-1], _DEPOSITS)
    return fine / _MEV_PER_LET, np.exp(np.interp(np.log(fine), np.log(energy), np.log(probability)))


@lru_cache(maxsize=1)
def _silicon() -> StoppingTable:
    return stopping_table(Ion("Si", 28))
