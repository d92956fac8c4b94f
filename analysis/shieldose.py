"""Dose of electrons and their bremsstrahlung behind aluminium: the responses of SHIELDOSE-2."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ELECTRON_MEV", "bremsstrahlung_response", "electron_response"]

Array = NDArray[np.float64]
Plane = Literal["semi_infinite", "finite_slab"]
ELECTRON_MEV: Array = np.geomspace(0.04, 10.0, 241)
"""Energies at which the responses are given, MeV."""
ELECTRON_MEV.setflags(write=False)
_LEAST = 1e-40


def electron_response(depth_g_cm2: ArrayLike, plane: Plane) -> Array:
    """Dose in silicon of electrons of one energy behind plane aluminium.

    Parameters
    ----------
    depth_g_cm2 : array_like, shape (n,)
        Depths, g/cm².
    plane : str
        ``semi_infinite``: in the depth of a thick plate; ``finite_slab``: at the far surface of a plate.

    Returns
    -------
    ndarray, shape (n, 241)
        rad(Si) cm² for each energy of `ELECTRON_MEV`, for the omnidirectional fluence of which half arrives, on one
        side.

    Notes
    -----
    SHIELDOSE-2 [1]_, computed once for beams of one energy and stored; straight lines of the logarithm between those.

    References
    ----------
    .. [1] S. M. Seltzer, Updated calculations for routine space-shielding radiation dose estimates: SHIELDOSE-2,
       NISTIR 5477 (1994).
    """
    depth = np.atleast_1d(np.asarray(depth_g_cm2, dtype=np.float64))
    energy, relative, table = _table("shieldose2_electrons.csv", "relative_depth", plane)
    ends = np.exp(np.interp(np.log(ELECTRON_MEV), np.log(energy), np.log(_ends())))
    rows = [
        np.where(depth < end, np.exp(np.interp(depth / end, relative, row)), 0.0)
        for end, row in zip(ends, _between(energy, table), strict=True)
    ]
    return np.array(rows).T


def bremsstrahlung_response(depth_g_cm2: ArrayLike, plane: Plane) -> Array:
    """Dose in silicon of the bremsstrahlung of electrons of one energy; as `electron_response`."""
    depth = np.atleast_1d(np.asarray(depth_g_cm2, dtype=np.float64))
    energy, deep, table = _table("shieldose2_bremsstrahlung.csv", "depth_g_cm2", plane)
    rows = [np.exp(np.interp(np.log(depth), np.log(deep), row)) for row in _between(energy, table)]
    return np.array(rows).T


def _between(energy: Array, table: Array) -> Array:
    """Return the rows of a table at `ELECTRON_MEV`."""
    at = np.log(ELECTRON_MEV)
    return np.stack([np.interp(at, np.log(energy), column) for column in table.T], axis=1)


@lru_cache(maxsize=4)
def _table(name: str, along: str, plane: Plane) -> tuple[Array, Array, Array]:
    """Return energies, depths and the logarithm of the response, shapes (e,), (d,) and (e, d)."""
    rows = _rows(name)
    energy = np.unique([float(row["energy_mev"]) for row in rows])
    shape = (energy.size, len(rows) // energy.size)
    depth = np.array([float(row[along]) for row in rows]).reshape(shape)[0]
    response = np.array([float(row[f"{plane}_rad_cm2"]) for row in rows]).reshape(shape)
    return energy, depth, np.log(np.maximum(response, _LEAST))


@lru_cache(maxsize=1)
def _ends() -> Array:
    rows = _rows("shieldose2_electrons.csv")
    ends = {float(row["energy_mev"]): float(row["end_g_cm2"]) for row in rows}
    return np.array([ends[energy] for energy in sorted(ends)])


@lru_cache(maxsize=2)
def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("radtest.analysis").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
