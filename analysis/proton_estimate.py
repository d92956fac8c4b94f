"""Proton cross sections estimated from heavy-ion data, for devices that saw no proton beam."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.figure_of_merit import limiting_proton_cross_section
from radtest.analysis.ion import Ion
from radtest.analysis.nuclear import reaction_cross_section_b
from radtest.analysis.proton import bendel_shape
from radtest.analysis.stopping import StoppingTable, stopping_table
from radtest.analysis.weibull import weibull_fraction

__all__ = ["ESTIMATE_SPREAD", "fom_proton", "recoil_proton"]

Array = NDArray[np.float64]

ESTIMATE_SPREAD = {"fom": 3.0, "recoil": 5.0}
"""Factor up and down that holds 95 % of devices or so: ours, from few published ones; the papers' was not at hand."""
_SILICON_CM3 = 4.994e22
_PROTON_MEV, _SILICON_MEV = 938.272, 28 * 931.494
_SLOWEST_MEV_U = 0.01


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


@lru_cache(maxsize=1)
def _silicon() -> StoppingTable:
    return stopping_table(Ion("Si", 28))
