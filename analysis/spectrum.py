"""LET spectra: particles by LET in silicon."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.core.errors import ConfigurationError

__all__ = ["SPHERE_DAY_PER_CM2", "LetSpectrum"]

Array = NDArray[np.float64]

SPHERE_DAY_PER_CM2 = 4.0 * math.pi * 1e-4 * 86400.0
"""1/(m² sr s) over the whole sphere in 1/(cm² day): 108.573."""


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
