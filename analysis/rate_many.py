"""Rates of many cross sections at once: draws of a fit, many devices, in one environment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radtest.analysis.rate import EffectiveFlux, SensitiveVolume, effective_flux
from radtest.analysis.spectrum import LetSpectrum
from radtest.core.errors import ConfigurationError

__all__ = ["rates_of_devices", "rates_of_draws"]

Array = NDArray[np.float64]

_STEP = 0.25
_NODES: Array = np.arange(-22.0, 3.75, _STEP)
_WEIGHTS: Array = np.exp(_NODES - np.exp(_NODES)) * _STEP
_GRID = 1e-3
_AT_ONCE = 2000


def rates_of_draws(draws: ArrayLike, flux: EffectiveFlux) -> Array:
    """Return the rates of many Weibull cross sections in one environment, fast.

    Parameters
    ----------
    draws : array_like, shape (n, 4)
        (σ_sat, let0, width, shape) in rows: cm² (per bit or per device), MeV·cm²/mg, MeV·cm²/mg, 1.
    flux : EffectiveFlux
        From `effective_flux` or `isotropic_flux`.

    Returns
    -------
    ndarray, shape (n,)
        Per day (per bit or per device, as σ_sat).

    Raises
    ------
    ConfigurationError
        If `draws` has not four columns.

    Notes
    -----
    R = σ_sat ∫ J(Lc(t)) e^−t dt, Lc = let0 + width · t^(1/shape), the inverse of the Weibull, by the trapezoidal rule
    in ln t: the integrand falls off twice exponentially above and exponentially below, so that 103 nodes do. Within
    0.3 % of `upset_rates`, which is for one cross section what this is for thousands; within 1 %
    where the spectrum has a kink that decides, such as its first LET, and some per cent where the threshold is so close
    to the end of the spectrum that hardly an ion is left.
    """
    table = np.asarray(draws, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 4:
        raise ConfigurationError(
            f"draws: got shape {table.shape}", remedy="give rows of saturation, threshold, width and shape."
        )
    first, values = _even(flux)
    rates = np.empty(len(table))
    for start in range(0, len(table), _AT_ONCE):
        sigma_sat, let0, width, shape = table[start : start + _AT_ONCE].T[..., None]
        # Flat shapes reach critical LETs beyond the largest number, where no ion is; log of 0 is the lowest LET.
        with np.errstate(over="ignore", divide="ignore"):
            critical = let0 + width * np.exp(_NODES / shape)
            place = np.minimum((np.log(critical) - first) / _GRID, len(values) - 1.0)
        rates[start : start + _AT_ONCE] = sigma_sat[:, 0] * (values[np.maximum(place, 0.0).astype(np.int64)] @ _WEIGHTS)
    return rates


def rates_of_devices(draws: ArrayLike, volumes: Sequence[SensitiveVolume], spectrum: LetSpectrum) -> Array:
    """Return the rates of many devices, many draws of each, in one LET spectrum.

    Parameters
    ----------
    draws : array_like, shape (m, n, 4)
        Draws of (σ_sat, let0, width, shape) for each device.
    volumes : sequence of SensitiveVolume, length m
        Their volumes; equal ones are folded with the spectrum once.
    spectrum : LetSpectrum
        The environment behind the shielding.

    Returns
    -------
    ndarray, shape (m, n)
        Per day.

    Raises
    ------
    ConfigurationError
        If the numbers of devices do not match.
    """
    table = np.asarray(draws, dtype=np.float64)
    if table.ndim != 3 or len(table) != len(volumes):
        raise ConfigurationError(
            f"draws: got shape {table.shape} for {len(volumes)} volumes", remedy="give draws of each device."
        )
    folded: dict[SensitiveVolume, EffectiveFlux] = {}
    rates = np.empty(table.shape[:2])
    for row, (device, volume) in enumerate(zip(table, volumes, strict=True)):
        if volume not in folded:
            folded[volume] = effective_flux(spectrum, volume)
        rates[row] = rates_of_draws(device, folded[volume])
    return rates


def _even(flux: EffectiveFlux) -> tuple[float, Array]:
    """Return the effective flux in the middle of even, narrow steps of ln Lc from its first one; 0 after the last."""
    log_let = np.log(flux.critical_let_mev_cm2_mg)
    first, last = float(log_let[0]), float(log_let[-1])
    middles = first + _GRID * (np.arange(int((last - first) / _GRID)) + 0.5)
    return first, np.append(np.interp(middles, log_let, flux.flux_cm2_day), 0.0)
