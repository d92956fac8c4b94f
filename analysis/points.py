"""Points of a cross section: reading them from CSV, checking them, and the beam a tilted device sees."""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.core.counts import CrossSectionPoint
from radtest.core.errors import ConfigurationError

__all__ = ["check_points", "effective_beam", "fluence_uncertainties", "read_points"]

_REQUIRED = ("let_mev_cm2_mg", "count", "fluence_cm2")
_OPTIONAL = ("device", "tilt_deg", "bits", "label")
_TEMPLATE = f"head the columns {','.join(_REQUIRED)} and, if wanted, {', '.join(_OPTIONAL)}."
# No ion exceeds about 120 MeV·cm²/mg in silicon at normal incidence, nor 240 at 60 degrees.
_LARGEST_LET = 250.0


def effective_beam(point: CrossSectionPoint) -> tuple[float, float]:
    """Return effective LET (MeV·cm²/mg) and effective fluence (cm⁻²) of a point.

    Notes
    -----
    Cosine law: LET / cos θ and fluence · cos θ, with the fluence measured across the beam. It holds for sensitive
    volumes that are thin compared with their width.
    """
    cosine = math.cos(math.radians(point.tilt_deg))
    return point.let_mev_cm2_mg / cosine, point.fluence_cm2 * cosine


def fluence_uncertainties(points: Sequence[CrossSectionPoint], default: float = 0.0) -> float | NDArray[np.float64]:
    """Return the relative standard uncertainty of each fluence; one number where no point states its own."""
    if all(point.fluence_uncertainty is None for point in points):
        return default
    return np.array([default if p.fluence_uncertainty is None else p.fluence_uncertainty for p in points])


def check_points(points: Sequence[CrossSectionPoint]) -> None:
    """Refuse points that cannot be measurements.

    Raises
    ------
    ConfigurationError
        If there are no points, a count is negative, a fluence is not above 0, bits are below 1, a tilt reaches 90
        degrees, or a LET is not above 0 or so large that its unit is doubtful.
    """
    if not points:
        raise ConfigurationError("no points to fit", remedy="give at least four LETs.")
    for number, point in enumerate(points, start=1):
        _check(point, point.label or f"point {number}")


def read_points(path: str | Path) -> list[CrossSectionPoint]:
    """Read points of a cross section from a CSV file.

    Parameters
    ----------
    path : str or Path
        Header ``let_mev_cm2_mg,count,fluence_cm2`` in any order, optionally with ``device``, ``tilt_deg``, ``bits``,
        ``label``; lines that begin with ``#`` are comments.

    Returns
    -------
    list of CrossSectionPoint
        In the order of the file, labelled with file and line where no label is given.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, or a column or a value is wrong; the message names the line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file", remedy="check the path and the working folder.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not a text file", remedy=f"give CSV; {_TEMPLATE}") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    lines = [
        (n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise ConfigurationError(f"{path}: holds no table", remedy=_TEMPLATE)
    names = [name.strip() for name in next(csv.reader([lines[0][1]]))]
    _check_header(path, names)
    points = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        where = f"{path}: line {number}"
        if len(cells) != len(names):
            raise ConfigurationError(
                f"{where}: {len(cells)} cells under {len(names)} columns", remedy="correct that line."
            )
        point = _point(dict(zip(names, cells, strict=True)), where)
        _check(point, where)
        points.append(point)
    if not points:
        raise ConfigurationError(f"{path}: no points below the header", remedy="add one line per run.")
    return points


def _check_header(path: Path, names: list[str]) -> None:
    legal = (*_REQUIRED, *_OPTIONAL)
    for name in names:
        if name not in legal:
            near = difflib.get_close_matches(name, legal, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            unit = " Divide MeV·cm²/g by 1000." if name == "let_mev_cm2_g" else ""
            raise ConfigurationError(f"{path}: unknown column {name!r}{hint}", remedy=f"{_TEMPLATE}{unit}")
        if names.count(name) > 1:
            raise ConfigurationError(f"{path}: column {name!r} appears twice", remedy="keep one of them.")
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise ConfigurationError(f"{path}: column {missing[0]!r} is missing", remedy=_TEMPLATE)


def _point(cells: dict[str, str], where: str) -> CrossSectionPoint:
    bits = cells.get("bits", "")
    return CrossSectionPoint(
        let_mev_cm2_mg=_number(cells, "let_mev_cm2_mg", where),
        count=_whole(cells, "count", where),
        fluence_cm2=_number(cells, "fluence_cm2", where),
        bits=_whole(cells, "bits", where) if bits else None,
        device=cells.get("device", ""),
        tilt_deg=_number(cells, "tilt_deg", where) if cells.get("tilt_deg") else 0.0,
        label=cells.get("label") or where,
    )


def _number(cells: dict[str, str], name: str, where: str) -> float:
    try:
        return float(cells[name])
    except ValueError:
        raise ConfigurationError(f"{where}: {name} = {cells[name]!r} is not a number", remedy="correct it.") from None


def _whole(cells: dict[str, str], name: str, where: str) -> int:
    value = _number(cells, name, where)
    if not value.is_integer():
        raise ConfigurationError(f"{where}: {name} = {cells[name]!r} is not a whole number", remedy="correct it.")
    return int(value)


def _check(point: CrossSectionPoint, where: str) -> None:
    if point.count < 0:
        raise ConfigurationError(f"{where}: count is {point.count}", remedy="a count is 0 or more.")
    if not (math.isfinite(point.fluence_cm2) and point.fluence_cm2 > 0):
        raise ConfigurationError(
            f"{where}: fluence_cm2 is {point.fluence_cm2:g}",
            remedy="give the live fluence, above 0; leave out a run without fluence, it says nothing.",
        )
    if point.bits is not None and point.bits < 1:
        raise ConfigurationError(f"{where}: bits is {point.bits}", remedy="give 1 or more, or leave it empty.")
    if not -90 < point.tilt_deg < 90:
        raise ConfigurationError(f"{where}: tilt_deg is {point.tilt_deg:g}", remedy="give degrees between -90 and 90.")
    if not (math.isfinite(point.let_mev_cm2_mg) and point.let_mev_cm2_mg > 0):
        raise ConfigurationError(f"{where}: let_mev_cm2_mg is {point.let_mev_cm2_mg:g}", remedy="give a LET above 0.")
    if point.let_mev_cm2_mg > _LARGEST_LET:
        raise ConfigurationError(
            f"{where}: a LET of {point.let_mev_cm2_mg:g} MeV·cm²/mg; no ion exceeds about 120 in silicon",
            remedy="if it is in MeV·cm²/g divide by 1000; if in keV/µm divide by 233.",
        )
