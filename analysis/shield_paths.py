"""Ways through a shield: spheres, slabs, layers, and distributions of thickness over the directions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radtest.analysis.material import MATERIALS, Material
from radtest.analysis.table_file import read_cells
from radtest.core.errors import ConfigurationError

__all__ = [
    "LARGEST_PATH_G_CM2",
    "VALID_TO_G_CM2",
    "ShieldPath",
    "aluminium_paths",
    "mean_thickness_g_cm2",
    "read_shield_distribution",
    "slab_paths",
]

LARGEST_PATH_G_CM2 = 200.0
"""Longest way through a shield, g/cm²: what arrives through more is taken to be nothing."""
VALID_TO_G_CM2 = 20.0
"""Up to here the transport holds; beyond, what break-up makes matters too much."""
_SLAB_ANGLES = 24
_TEMPLATE = (
    "head the columns aluminium_mm or aluminium_g_cm2, and fraction or solid_angle_sr; "
    "a line for each part of the directions."
)
_ALUMINIUM_G_CM3 = 2.699


@dataclass(frozen=True, slots=True)
class ShieldPath:
    """A way through a shield.

    Parameters
    ----------
    fraction : float
        Share of all directions that see it, 0 to 1.
    layers : tuple of (Material, float)
        From the outside to the inside, each with its thickness along the way, g/cm²; none for an open direction.
    """

    fraction: float
    layers: tuple[tuple[Material, float], ...]

    @property
    def thickness_g_cm2(self) -> float:
        """Thickness of all layers, g/cm²."""
        return sum(thickness for _, thickness in self.layers)


def aluminium_paths(thicknesses: Mapping[float, float]) -> tuple[ShieldPath, ...]:
    """Return ways through aluminium from thickness in g/cm² to the share of the directions."""
    aluminium = MATERIALS["Al"]
    return tuple(
        ShieldPath(fraction, ((aluminium, thickness),) if thickness > 0 else ())
        for thickness, fraction in thicknesses.items()
    )


def slab_paths(layers: Sequence[tuple[Material, float]]) -> tuple[ShieldPath, ...]:
    """Return the ways through a wide wall on both sides of the device: each layer is 1/cos θ times as thick.

    Parameters
    ----------
    layers : sequence of (Material, float)
        From the outside to the inside, with thickness across the wall, g/cm².

    Notes
    -----
    Directions are spread evenly over cos θ, at 24 places of Gauss and Legendre; those along which the wall is thicker
    than `LARGEST_PATH_G_CM2` let nothing through.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_SLAB_ANGLES)
    whole = sum(thickness for _, thickness in layers)
    return tuple(
        ShieldPath(float(weight) / 2.0, tuple((material, thickness / cosine) for material, thickness in layers))
        for cosine, weight in zip((nodes + 1.0) / 2.0, weights, strict=True)
        if whole / cosine <= LARGEST_PATH_G_CM2
    )


def mean_thickness_g_cm2(paths: Sequence[ShieldPath]) -> float:
    """Return the thickness averaged over the directions."""
    return sum(path.fraction * path.thickness_g_cm2 for path in paths)


def read_shield_distribution(path: str | Path) -> tuple[ShieldPath, ...]:
    """Read how thick a shield of aluminium is over which shares of the directions.

    Parameters
    ----------
    path : str or Path
        CSV with a header: ``aluminium_mm`` or ``aluminium_g_cm2``, and ``fraction`` (shares that add up to 1) or
        ``solid_angle_sr`` (that add up to 4π). Lines that begin with ``#`` are comments, columns of other names are
        left; semicolons and tabs separate columns, too.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, has other columns, or its shares do not add up to the whole sphere within 0.5 %.
    """
    path = Path(path)
    names, rows = read_cells(path, _TEMPLATE)
    thickness_names = [name for name in names if name in {"aluminium_g_cm2", "aluminium_mm"}]
    share_names = [name for name in names if name in {"fraction", "solid_angle_sr"}]
    if len(thickness_names) != 1 or len(share_names) != 1:
        raise ConfigurationError(f"{path}: columns {', '.join(names) or 'none'}", remedy=_TEMPLATE)
    (thickness_name,), (share_name,) = thickness_names, share_names
    density = _ALUMINIUM_G_CM3 / 10.0 if thickness_name == "aluminium_mm" else 1.0
    sphere = 4.0 * math.pi if share_name == "solid_angle_sr" else 1.0
    paths = []
    for line, cells in rows:
        thickness = _number(path, line, thickness_name, cells[names.index(thickness_name)]) * density
        fraction = _number(path, line, share_name, cells[names.index(share_name)]) / sphere
        if thickness > LARGEST_PATH_G_CM2:
            raise ConfigurationError(
                f"{path}: line {line}: {thickness:g} g/cm² of aluminium",
                remedy=f"the transport holds up to {LARGEST_PATH_G_CM2:g} g/cm²; put that for what is thicker.",
            )
        paths.append(ShieldPath(fraction, ((MATERIALS["Al"], thickness),) if thickness > 0 else ()))
    whole = sum(item.fraction for item in paths)
    if not math.isclose(whole, 1.0, abs_tol=5e-3):
        raise ConfigurationError(
            f"{path}: the column {share_name} adds up to {whole * sphere:.5g}",
            remedy=f"it must add up to {sphere:.5g}, the whole sphere; an open direction has thickness 0.",
        )
    return tuple(ShieldPath(item.fraction / whole, item.layers) for item in paths)


def _number(path: Path, line: int, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ConfigurationError(f"{path}: line {line}: {name} is {text!r}", remedy="give a number from 0 up.")
    return value
