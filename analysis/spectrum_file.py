"""Files of LET spectra: columns and units from their header."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.spectrum import SPHERE_DAY_PER_CM2, LetSpectrum
from radtest.analysis.table_file import table_text
from radtest.core.errors import ConfigurationError

__all__ = ["read_let_spectrum"]

Array = NDArray[np.float64]

_SILICON_MG_CM3 = 2329.0
_LET_UNITS = {"mev_cm2_mg": 1.0, "mev_mg_cm2": 1.0, "mev_cm2_g": 1e-3, "kev_um": 10.0 / _SILICON_MG_CM3}
_FLUX_UNITS = {
    "m2_sr_s": SPHERE_DAY_PER_CM2,
    "cm2_sr_s": SPHERE_DAY_PER_CM2 * 1e4,
    "m2_s": 8.64,
    "cm2_s": 86400.0,
    "cm2_day": 1.0,
}
_SPENVIS = "m2_sr_s"
_SAME_WORDS = {"sec": "s", "d": "day"}
_EMPTY_WORDS = {"flux", "per", "1", "in"}
_TEMPLATE = (
    "head the columns let_mev_cm2_mg (or let_mev_cm2_g, let_kev_um), integral_UNIT and/or differential_UNIT, where "
    f"UNIT is one of {', '.join(_FLUX_UNITS)}; without a unit, m2_sr_s as SPENVIS prints it. The differential flux is "
    "per unit of the LET column."
)
# Above the LET of the heaviest ions at their Bragg peak in silicon, with room for other tables.
_LARGEST_LET = 1000.0


@dataclass(frozen=True, slots=True)
class _Table:
    """The lines of a file: comments, names of columns, numbers and the line each row stands in."""

    comments: tuple[str, ...]
    names: tuple[str, ...]
    rows: Array
    lines: tuple[int, ...]


def read_let_spectrum(path: str | Path) -> LetSpectrum:
    """Read a LET spectrum from a CSV file.

    Parameters
    ----------
    path : str or Path
        Lines that begin with ``#`` are comments and become the description; then a header that names columns and
        units (``let_mev_cm2_mg,integral_cm2_day``), then numbers. Bare ``integral`` and ``differential`` are in
        SPENVIS's units, 1/(m² sr s), the differential flux per unit of the LET column. keV/µm are of silicon. Signs
        between the words of a header do not count: ``LET (MeV cm2/g)`` is ``let_mev_cm2_g``. Columns are separated by
        commas, semicolons or tabs; with the latter two, numbers may have decimal commas.

    Returns
    -------
    LetSpectrum

    Raises
    ------
    ConfigurationError
        If the file cannot be read, its columns or units are not known, the comment contradicts the header, or the
        values do not fit the units.
    """
    path = Path(path)
    table = _read_table(path)
    let_column, let_unit = _let_column(path, table.names)
    _check_comment(path, table.comments, let_unit)
    let = table.rows[:, let_column]
    _check_magnitude(path, let, let_unit)
    _check_order(path, let, table.lines)
    let_scale = _LET_UNITS[let_unit]
    integral = _flux_column(path, table.names, "integral", let_unit)
    differential = _flux_column(path, table.names, "differential", let_unit)
    description = " ".join(table.comments)
    try:
        if integral is not None and differential is not None:
            spectrum = LetSpectrum(
                let * let_scale,
                table.rows[:, integral[0]] * integral[1],
                table.rows[:, differential[0]] * differential[1],
                description,
            )
            _check_agreement(spectrum)
            return spectrum
        if integral is not None:
            return LetSpectrum.from_integral(let * let_scale, table.rows[:, integral[0]] * integral[1], description)
        if differential is not None:
            flux = table.rows[:, differential[0]] * differential[1]
            return LetSpectrum.from_differential(let * let_scale, flux, description)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error.message}", remedy=error.remedy) from None
    raise ConfigurationError(f"{path}: no column of flux among {', '.join(table.names)}", remedy=_TEMPLATE)


def _check_agreement(spectrum: LetSpectrum) -> None:
    """Refuse a differential flux that does not add up to the integral flux, to within 25 %."""
    let, differential = spectrum.let_mev_cm2_mg, spectrum.differential_cm2_day
    summed = float(np.sum(np.diff(let) * (differential[1:] + differential[:-1]) / 2.0))
    dropped = float(spectrum.integral_cm2_day[0] - spectrum.integral_cm2_day[-1])
    ratio = summed / dropped if dropped > 0 else math.inf if summed > 0 else 1.0
    if 0.8 <= ratio <= 1.25:
        return
    # A thousand times too much or too little is the mark of one unit of LET taken for the other.
    mixed = 0.8 <= ratio / 1e3 <= 1.25 or 0.8 <= ratio * 1e3 <= 1.25
    cause = "; one is per MeV·cm²/g, the other per MeV·cm²/mg" if mixed else ""
    raise ConfigurationError(
        f"LET spectrum: the differential flux adds up to {ratio:.4g} times the fall of the integral flux{cause}",
        remedy="check the units of both columns, or give one of them only.",
    )


def _read_table(path: Path) -> _Table:
    text = table_text(path, _TEMPLATE)
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    comments = tuple(line.lstrip("#").strip() for _, line in numbered if line.startswith("#"))
    table = [(number, line) for number, line in numbered if not line.startswith("#")]
    if not table:
        raise ConfigurationError(f"{path}: holds no table", remedy=_TEMPLATE)
    header = table[0][1]
    separator = max(",;\t", key=header.count)
    names = tuple(name.strip() for name in next(csv.reader([header], delimiter=separator)))
    rows = np.empty((len(table) - 1, len(names)))
    for index, (number, line) in enumerate(table[1:]):
        try:
            cells = next(csv.reader([line], delimiter=separator))
            numbers = [float(cell if separator == "," else cell.replace(",", ".")) for cell in cells]
        except ValueError:
            numbers = []
        if len(numbers) != len(names):
            raise ConfigurationError(
                f"{path}: line {number}: {line!r} is not {len(names)} numbers",
                remedy="correct that line; with decimal commas, separate the columns by semicolons.",
            )
        rows[index] = numbers
    return _Table(comments, names, rows, tuple(number for number, _ in table[1:]))


def _words(name: str) -> list[str]:
    """Return the words of a column's name without those that say nothing: ``Flux [m-2 sr-1 s-1]`` is m2 sr s."""
    plain = name.lower().translate(str.maketrans("²⁻¹µμ", "2-1uu"))
    plain = re.sub(r"(?<=[a-z])\^?-(?=\d)", "", plain).replace("^", "")
    words = [word if word == "1" else word.removesuffix("1") for word in re.findall(r"[a-z]+\d?|\d+", plain)]
    words = [_SAME_WORDS.get(word, word) for word in words]
    return [word for word in words if word not in _EMPTY_WORDS]


def _let_column(path: Path, names: Sequence[str]) -> tuple[int, str]:
    found = []
    for index, name in enumerate(names):
        kind, _, unit = "_".join(_words(name)).partition("_")
        if kind == "let" and unit in _LET_UNITS:
            found.append((index, unit))
    if len(found) > 1:
        raise ConfigurationError(f"{path}: {len(found)} columns of LET", remedy="keep one of them.")
    if not found:
        raise ConfigurationError(
            f"{path}: no column of LET with a known unit among {', '.join(names)}", remedy=_TEMPLATE
        )
    return found[0]


def _flux_column(path: Path, names: Sequence[str], kind: str, let_unit: str) -> tuple[int, float] | None:
    """Return the column of a flux and the factor to 1/(cm² day), if differential per MeV·cm²/mg; None without one."""
    found = []
    for index, name in enumerate(names):
        words = _words(name)
        if kind not in words:
            continue
        words.remove(kind)
        per = let_unit
        for unit in _LET_UNITS:
            tail = unit.split("_")
            if kind == "differential" and words[-len(tail) :] == tail:
                words, per = words[: -len(tail)], unit
                break
        known = {frozenset(unit.split("_")): factor for unit, factor in _FLUX_UNITS.items()}
        factor = known.get(frozenset(words)) if words else _FLUX_UNITS[_SPENVIS]
        if factor is None:
            raise ConfigurationError(f"{path}: column {name}: unknown unit {'_'.join(words)!r}", remedy=_TEMPLATE)
        found.append((index, factor if kind == "integral" else factor / _LET_UNITS[per]))
    if len(found) > 1:
        columns = ", ".join(names[index] for index, _ in found)
        raise ConfigurationError(f"{path}: {len(found)} columns of {kind} flux: {columns}", remedy="keep one of them.")
    return found[0] if found else None


def _check_order(path: Path, let: Array, lines: Sequence[int]) -> None:
    before = np.concatenate([[0.0], let[:-1]])
    wrong = ~((let > before) & np.isfinite(let))
    if np.any(wrong):
        place = int(np.argmax(wrong))
        after = f" after {before[place]:g}" if place else ""
        raise ConfigurationError(
            f"{path}: line {lines[place]}: a LET of {let[place]:g}{after}",
            remedy="sort LETs upwards, from above 0, each once.",
        )


def _check_comment(path: Path, comments: Sequence[str], let_unit: str) -> None:
    for comment in comments:
        stated = re.search(r"\blet:\s*MeV[\s·*]*cm(?:2|²|\^2)\s*/\s*(mg|g)\b", comment, flags=re.IGNORECASE)
        if stated and not math.isclose(_LET_UNITS[f"mev_cm2_{stated[1].lower()}"], _LET_UNITS[let_unit]):
            raise ConfigurationError(
                f"{path}: the comment says LET is in MeV·cm²/{stated[1]}, the header says let_{let_unit}",
                remedy="make both say the same.",
            )


def _check_magnitude(path: Path, let: Array, let_unit: str) -> None:
    if let.size == 0:
        raise ConfigurationError(f"{path}: no line of numbers below the header", remedy=_TEMPLATE)
    largest = float(let.max())
    if let_unit in {"mev_cm2_mg", "mev_mg_cm2"} and largest > _LARGEST_LET:
        raise ConfigurationError(
            f"{path}: LETs up to {largest:g} MeV·cm²/mg; no ion exceeds about 120 in silicon",
            remedy="these look like MeV·cm²/g: head the column let_mev_cm2_g.",
        )
    if let_unit == "mev_cm2_g" and largest < 130.0:
        raise ConfigurationError(
            f"{path}: LETs up to {largest:g} MeV·cm²/g only; even protons reach 500 in silicon",
            remedy="these look like MeV·cm²/mg: head the column let_mev_cm2_mg.",
        )
