"""Proton spectra from CSV, for rates in an environment that was computed elsewhere."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.table_file import read_cells
from radtest.core.errors import ConfigurationError

__all__ = ["read_proton_spectrum"]

Array = NDArray[np.float64]

_UNITS = {"flux_cm2_s_mev": 1.0, "flux_m2_s_sr_mev": 4.0 * math.pi * 1e-4, "flux_cm2_day_mev": 1.0 / 86400.0}
_TEMPLATE = f"head the columns energy_mev and one of {', '.join(_UNITS)} (differential, behind the shield)."


def read_proton_spectrum(path: str | Path) -> tuple[Array, Array]:
    """Read a proton spectrum behind a shield.

    Parameters
    ----------
    path : str or Path
        Header ``energy_mev`` and ``flux_cm2_s_mev`` (from all directions), ``flux_m2_s_sr_mev`` or
        ``flux_cm2_day_mev``; energies rising; lines that begin with ``#`` are comments.

    Returns
    -------
    energy_mev, flux_cm2_s_mev : ndarray, shape (n,)

    Raises
    ------
    ConfigurationError
        If the file cannot be read, or a column or a value is wrong.
    """
    path = Path(path)
    names, lines = read_cells(path, _TEMPLATE)
    units = [name for name in names if name in _UNITS]
    if "energy_mev" not in names or len(units) != 1:
        raise ConfigurationError(f"{path}: columns {', '.join(names) or 'none'}", remedy=_TEMPLATE)
    rows = []
    for number, texts in lines:
        try:
            cells = [float(text) for text in texts]
        except ValueError:
            cells = [math.nan]
        if not all(math.isfinite(cell) and cell >= 0 for cell in cells):
            raise ConfigurationError(
                f"{path}: line {number}: {', '.join(texts)!r} is not {len(names)} numbers, 0 or more",
                remedy="correct that line.",
            )
        rows.append(cells)
    table = np.array(rows, dtype=np.float64).reshape(-1, len(names))
    energy, flux = table[:, names.index("energy_mev")], table[:, names.index(units[0])] * _UNITS[units[0]]
    if energy.size < 2 or energy[0] <= 0 or np.any(np.diff(energy) <= 0):
        raise ConfigurationError(
            f"{path}: {energy.size} energies, not rising from above 0",
            remedy="give two or more, in rising order, once each.",
        )
    return energy, flux
