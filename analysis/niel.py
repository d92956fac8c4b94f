"""Displacement damage in silicon: non-ionising energy loss of protons and electrons, and doses of it."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.dose import Geometry, at_depths, plate_responses, protons_inside
from radtest.analysis.electron_slowing import electron_energy_left, electron_stopping_silicon
from radtest.analysis.fluence import Fluence
from radtest.analysis.plan_statistics import RAD_PER_MEV_MG
from radtest.analysis.shieldose import ELECTRON_MEV, Plane

__all__ = ["NEUTRON_1_MEV_NIEL", "electron_tnid_mev_g", "niel_mev_cm2_g", "proton_tnid_mev_g"]

Array = NDArray[np.float64]
NEUTRON_1_MEV_NIEL = 95e-27 * 6.02214076e23 / 28.0855
"""Non-ionising energy loss of neutrons of 1 MeV in silicon, MeV·cm²/g: the 95 MeV mb of ASTM E722."""
_MEV_G_PER_RAD = 1e3 / RAD_PER_MEV_MG


def niel_mev_cm2_g(particle: Literal["proton", "electron"], energy_mev: ArrayLike) -> Array:
    """Non-ionising energy loss in silicon.

    Parameters
    ----------
    particle : str
        ``proton`` (0.02 to 2000 MeV) or ``electron`` (0.25 to 10 MeV).
    energy_mev : array_like
        Energies, MeV. Below the table electrons displace nothing, protons have the value of its end; above it both.

    Returns
    -------
    ndarray
        MeV·cm²/g.

    Notes
    -----
    SR-NIEL [1]_ with a displacement threshold of 21 eV, straight lines between logarithms.

    References
    ----------
    .. [1] M. J. Boschini, P. G. Rancoita et al., Radiat. Phys. Chem. 90, 39 (2013) and arXiv:1312.0402; sr-niel.org.
    """
    at = np.asarray(energy_mev, dtype=np.float64)
    energy, niel = _table()[particle]
    value = np.exp(np.interp(np.log(np.maximum(at, 1e-9)), energy, niel))
    return np.where(at < np.exp(energy[0]) * (1 - 1e-9), 0.0, value) if particle == "electron" else np.asarray(value)


def proton_tnid_mev_g(fluence: Fluence, depth_g_cm2: ArrayLike, geometry: Geometry = "solid_sphere") -> Array:
    """Non-ionising dose of protons in silicon behind aluminium, MeV/g.

    Parameters and errors are those of `radtest.analysis.dose.proton_dose_rad`.
    """
    energy, flux = protons_inside(fluence, depth_g_cm2, geometry)
    return np.asarray(np.trapezoid(flux * niel_mev_cm2_g("proton", energy) * energy, np.log(energy), axis=-1))


def electron_tnid_mev_g(fluence: Fluence, depth_g_cm2: ArrayLike, geometry: Geometry = "solid_sphere") -> Array:
    """Non-ionising dose of electrons in silicon behind aluminium, MeV/g.

    Parameters and errors are those of `radtest.analysis.dose.electron_dose_rad`.

    Notes
    -----
    The ionising dose of SHIELDOSE-2 for each energy outside, times the ratio of non-ionising to collision energy loss
    at the energy left after that depth by practical range. An approximation of ours: an energy stands for the spectrum
    into which scattering spreads it.
    """
    depth = np.atleast_1d(np.asarray(depth_g_cm2, dtype=np.float64))
    sphere = geometry in ("solid_sphere", "spherical_shell")
    plane: Plane = "semi_infinite" if geometry in ("solid_sphere", "semi_infinite") else "finite_slab"
    grid, electrons, _ = plate_responses(plane)
    left = np.maximum(electron_energy_left(ELECTRON_MEV, grid[:, None]), 1e-3)
    ratio = niel_mev_cm2_g("electron", left) / electron_stopping_silicon(left)
    slab = np.trapezoid(electrons * ratio * fluence(ELECTRON_MEV) * ELECTRON_MEV, np.log(ELECTRON_MEV), axis=1)
    return at_depths(np.asarray(slab * _MEV_G_PER_RAD), depth, sphere=sphere)


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[Array, Array]]:
    """Return the logarithms of energies and losses by particle."""
    text = resources.files("radtest.analysis").joinpath("niel_silicon.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    answer = {}
    for particle in ("proton", "electron"):
        pairs = np.log(
            [(float(row["energy_mev"]), float(row["niel_mev_cm2_g"])) for row in rows if row["particle"] == particle]
        )
        answer[particle] = (pairs[:, 0], pairs[:, 1])
    return answer
