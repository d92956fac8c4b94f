"""LET spectra: the value type and the reader of spectrum files."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError

__all__ = ["SPHERE_DAY_PER_CM2", "LetSpectrum", "read_let_spectrum"]

Array = NDArray[np.float64]

SPHERE_DAY_PER_CM2 = 4.0 * math.pi * 1e-4 * 86400.0
"""1/(m² sr s) over the whole sphere in 1/(cm² day): 108.573."""

_LET_UNITS = {"mev_cm2_mg": 1.0, "mev_cm2_g": 1e-3}
_FLUX_UNITS = {
    "m2_sr_s": SPHERE_DAY_PER_CM2,
    "cm2_sr_s": SPHERE_DAY_PER_CM2 * 1e4,
    "m2_s": 8.64,
    "cm2_s": 86400.0,
    "cm2_day": 1.0,
}
_SPENVIS = "m2_sr_s"
_TEMPLATE = (
    "head the columns let_mev_cm2_mg (or let_mev_cm2_g), integral_UNIT and/or differential_UNIT, where UNIT is one of "
    f"{', '.join(_FLUX_UNITS)}; without a unit, m2_sr_s as SPENVIS prints it. The differential flux is "
    "per unit of the LET column."
)
# Above the LET of the heaviest ions at their Bragg peak in silicon, with room for other tables.
_LARGEST_LET = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class LetSpectrum:
    """Particles by LET in silicon, from all directions.

    Parameters
    ----------
    let_mev_cm2_mg : ndarray, shape (n,)
        LET, increasing, above 0.
    integral_cm2_day : ndarray, shape (n,)
        Particles of that LET or more, integrated over the sphere, cm⁻² day⁻¹; never increasing.
    differential_cm2_day : ndarray, shape (n,)
        Particles per unit of LET, cm⁻² day⁻¹ per MeV·cm²/mg.
    description : str
        Where it comes from.

    Raises
    ------
    ConfigurationError
        If the arrays are not as described.

    Notes
    -----
    Rates are computed from the integral flux; the differential flux is for plots and checks.
    """

    let_mev_cm2_mg: Array
    integral_cm2_day: Array
    differential_cm2_day: Array
    description: str = ""

    def __post_init__(self) -> None:
        let, integral, differential = self.let_mev_cm2_mg, self.integral_cm2_day, self.differential_cm2_day
        if let.ndim != 1 or let.size < 2 or integral.shape != let.shape or differential.shape != let.shape:
            raise ConfigurationError(f"LET spectrum: {let.size} LETs", remedy="give two or more, and as many fluxes.")
        if not (np.all(np.isfinite(let)) and let[0] > 0 and np.all(np.diff(let) > 0)):
            place = int(np.argmax(~(np.diff(let, prepend=0.0) > 0)))
            raise ConfigurationError(
                f"LET spectrum: LET number {place + 1} is {let[place]:g}",
                remedy="sort LETs upwards, from above 0, each once.",
            )
        for name, flux in (("integral", integral), ("differential", differential)):
            wrong = ~(np.isfinite(flux) & (flux >= 0))
            if np.any(wrong):
                place = int(np.argmax(wrong))
                raise ConfigurationError(
                    f"LET spectrum: {name} flux at LET {let[place]:g} is {flux[place]:g}", remedy="a flux is 0 or more."
                )
        rise = np.diff(integral) > 1e-9 * integral[0]
        if np.any(rise):
            place = int(np.argmax(rise))
            raise ConfigurationError(
                f"LET spectrum: the integral flux rises from {integral[place]:g} to {integral[place + 1]:g} "
                f"at LET {let[place + 1]:g}",
                remedy="the integral flux counts particles above a LET and can only fall; are the columns swapped?",
            )

    @classmethod
    def from_integral(
        cls, let_mev_cm2_mg: ArrayLike, integral_cm2_day: ArrayLike, description: str = ""
    ) -> LetSpectrum:
        """Make a spectrum from the integral flux; the differential flux follows by differences."""
        let = np.asarray(let_mev_cm2_mg, dtype=np.float64)
        integral = np.asarray(integral_cm2_day, dtype=np.float64)
        if let.size < 2 or integral.shape != let.shape:
            raise ConfigurationError(f"LET spectrum: {let.size} LETs", remedy="give two or more, and as many fluxes.")
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = -np.diff(integral) / np.diff(let)  # the constructor refuses LETs that stand still
        padded = np.concatenate([steps[:1], steps, steps[-1:]])
        return cls(let, integral, np.maximum((padded[1:] + padded[:-1]) / 2.0, 0.0), description)

    @classmethod
    def from_differential(
        cls, let_mev_cm2_mg: ArrayLike, differential_cm2_day: ArrayLike, description: str = ""
    ) -> LetSpectrum:
        """Make a spectrum from the differential flux; the integral flux is summed from the top (trapezoidal rule)."""
        let = np.asarray(let_mev_cm2_mg, dtype=np.float64)
        differential = np.asarray(differential_cm2_day, dtype=np.float64)
        if let.size < 2 or differential.shape != let.shape:
            raise ConfigurationError(f"LET spectrum: {let.size} LETs", remedy="give two or more, and as many fluxes.")
        pieces = np.diff(let) * (differential[1:] + differential[:-1]) / 2.0
        return cls(let, np.concatenate([np.cumsum(pieces[::-1])[::-1], [0.0]]), differential, description)

    def exceedance_cm2_day(self, let_mev_cm2_mg: ArrayLike) -> Array:
        """Return the integral flux at other LETs, by interpolation in log-log; 0 above the table, constant below it."""
        wanted = np.asarray(let_mev_cm2_mg, dtype=np.float64)
        log_let, x = np.log(self.let_mev_cm2_mg), np.log(wanted)
        # Where the table reaches 0 a logarithm has no value, so that last step is taken linearly.
        positive = self.integral_cm2_day > 0
        linear = np.interp(x, log_let, self.integral_cm2_day, right=0.0)
        if np.count_nonzero(positive) < 2:
            return linear
        logarithmic = np.exp(np.interp(x, log_let[positive], np.log(self.integral_cm2_day[positive])))
        return np.where(x <= log_let[positive][-1], logarithmic, linear)


def read_let_spectrum(path: str | Path) -> LetSpectrum:
    """Read a LET spectrum from a CSV file.

    Parameters
    ----------
    path : str or Path
        Lines that begin with ``#`` are comments and become the description; then a header that names columns and
        units (``let_mev_cm2_mg,integral_cm2_day``), then numbers. Bare ``integral`` and ``differential`` are in
        SPENVIS's units, 1/(m² sr s), the differential flux per unit of the LET column.

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
    comments, names, rows = _read_table(path)
    let_column, let_unit = _let_column(path, names)
    _check_comment(path, comments, let_unit)
    let = rows[:, let_column]
    _check_magnitude(path, let, let_unit)
    let_scale = _LET_UNITS[let_unit]
    integral = _flux_column(path, names, "integral", let_unit)
    differential = _flux_column(path, names, "differential", let_unit)
    description = " ".join(comments)
    try:
        if integral is not None and differential is not None:
            spectrum = LetSpectrum(
                let * let_scale,
                rows[:, integral[0]] * integral[1],
                rows[:, differential[0]] * differential[1] / let_scale,
                description,
            )
            _check_agreement(spectrum)
            return spectrum
        if integral is not None:
            return LetSpectrum.from_integral(let * let_scale, rows[:, integral[0]] * integral[1], description)
        if differential is not None:
            flux = rows[:, differential[0]] * differential[1] / let_scale
            return LetSpectrum.from_differential(let * let_scale, flux, description)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error.message}", remedy=error.remedy) from None
    raise ConfigurationError(f"{path}: no column of flux among {', '.join(names)}", remedy=_TEMPLATE)


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


def _read_table(path: Path) -> tuple[list[str], list[str], Array]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file", remedy="check the path of the spectrum.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not a text file", remedy="give a LET spectrum as CSV.") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    comments = [line.lstrip("#").strip() for _, line in numbered if line.startswith("#")]
    table = [(number, line) for number, line in numbered if not line.startswith("#")]
    if not table:
        raise ConfigurationError(f"{path}: holds no table", remedy=_TEMPLATE)
    names = [name.strip().lower() for name in next(csv.reader([table[0][1]]))]
    rows = np.empty((len(table) - 1, len(names)))
    for index, (number, line) in enumerate(table[1:]):
        try:
            numbers = [float(cell) for cell in next(csv.reader([line]))]
        except ValueError:
            numbers = []
        if len(numbers) != len(names):
            raise ConfigurationError(
                f"{path}: line {number}: {line!r} is not {len(names)} numbers", remedy="correct that line."
            )
        rows[index] = numbers
    return comments, names, rows


def _let_column(path: Path, names: list[str]) -> tuple[int, str]:
    for unit in _LET_UNITS:
        if f"let_{unit}" in names:
            return names.index(f"let_{unit}"), unit
    raise ConfigurationError(f"{path}: no column of LET with a known unit among {', '.join(names)}", remedy=_TEMPLATE)


def _flux_column(path: Path, names: list[str], kind: str, let_unit: str) -> tuple[int, float] | None:
    """Return the column of a flux and the factor to 1/(cm² day), or None where there is none."""
    for index, name in enumerate(names):
        if name == kind:
            return index, _FLUX_UNITS[_SPENVIS]
        if name.startswith(f"{kind}_"):
            unit = name.removeprefix(f"{kind}_").removesuffix(f"_{let_unit}")
            if unit not in _FLUX_UNITS:
                raise ConfigurationError(f"{path}: column {name}: unknown unit {unit!r}", remedy=_TEMPLATE)
            return index, _FLUX_UNITS[unit]
    return None


def _check_comment(path: Path, comments: list[str], let_unit: str) -> None:
    for comment in comments:
        stated = re.search(r"\blet:\s*MeV[\s·*]*cm(?:2|²|\^2)\s*/\s*(mg|g)\b", comment, flags=re.IGNORECASE)
        if stated and f"mev_cm2_{stated[1].lower()}" != let_unit:
            raise ConfigurationError(
                f"{path}: the comment says LET is in MeV·cm²/{stated[1]}, the header says let_{let_unit}",
                remedy="make both say the same.",
            )


def _check_magnitude(path: Path, let: Array, let_unit: str) -> None:
    if let.size == 0:
        raise ConfigurationError(f"{path}: no line of numbers below the header", remedy=_TEMPLATE)
    largest = float(let.max())
    if let_unit == "mev_cm2_mg" and largest > _LARGEST_LET:
        raise ConfigurationError(
            f"{path}: LETs up to {largest:g} MeV·cm²/mg; no ion exceeds about 120 in silicon",
            remedy="these look like MeV·cm²/g: head the column let_mev_cm2_g.",
        )
    if let_unit == "mev_cm2_g" and largest < 130.0:
        raise ConfigurationError(
            f"{path}: LETs up to {largest:g} MeV·cm²/g only; even protons reach 500 in silicon",
            remedy="these look like MeV·cm²/mg: head the column let_mev_cm2_mg.",
        )
