"""What makes a rate: which LETs, which proton energies, and how it changes with the shield."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.chord import chord_length_exceedance
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.device_rate import DeviceRate, device_rates
from radtest.analysis.orbit_configuration import OrbitConfiguration
from radtest.analysis.rate import SensitiveVolume
from radtest.analysis.rate_environment import shielded_environments
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.weibull import Weibull, weibull_fraction

__all__ = ["SHIELD_G_CM2", "rate_by_let", "rates_against_shield"]

Array = NDArray[np.float64]

SHIELD_G_CM2: tuple[float, ...] = (0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0, 5.5, 10.0, 20.0)
"""Thicknesses of aluminium for a picture, g/cm²."""
_BINS = 150


def rate_by_let(weibull: Weibull, spectrum: LetSpectrum, volume: SensitiveVolume | None) -> tuple[Array, Array]:
    """Return how much each LET adds to a rate of direct ionisation.

    Parameters
    ----------
    weibull : Weibull
        The cross section.
    spectrum : LetSpectrum
        The environment.
    volume : SensitiveVolume or None
        The box; None for a cross section that is the same from every direction.

    Returns
    -------
    let, rate : ndarray, shape (n,)
        LET of the ions, MeV·cm²/mg, and dR/d ln L there, per day; their integral over ln L is the rate.

    Notes
    -----
    dR/d ln L = σ_sat · A/(4XY) · L φ(L) · E[F_W(L s/Z)], the mean over the chords s of the box.
    """
    # Only LETs of the table itself: the spectrum of many ions has steps, which another grid would blur unevenly.
    edges = spectrum.let_mev_cm2_mg[:: max(1, spectrum.let_mev_cm2_mg.size // _BINS)]
    let = np.sqrt(edges[1:] * edges[:-1])
    density = -np.diff(spectrum.exceedance_cm2_day(edges)) / np.diff(np.log(edges))
    four = (weibull.let0_mev_cm2_mg, weibull.width_mev_cm2_mg, weibull.shape)
    if volume is None:
        return let, weibull.sigma_sat_cm2 * density * weibull_fraction(let, *four)
    x, y, z = volume.x_um, volume.y_um, volume.z_um
    diagonal = math.sqrt(x * x + y * y + z * z)
    chords = np.geomspace(1e-4 * min(x, y, z), diagonal, 800)
    longer = chord_length_exceedance(chords, x, y, z)
    share = np.maximum(-np.diff(longer, append=0.0), 0.0)
    middle = np.append(np.sqrt(chords[1:] * chords[:-1]), diagonal)
    response = weibull_fraction(let[:, None] * middle / z, *four) @ share
    surface = 2.0 * (x * y + y * z + z * x)
    return let, weibull.sigma_sat_cm2 * surface / (4.0 * x * y) * density * response


def rates_against_shield(
    device: DeviceConfiguration,
    folder: Path,
    orbit: OrbitConfiguration,
    thickness_g_cm2: Sequence[float] = SHIELD_G_CM2,
    *,
    seed: int = 1,
    draws: int = 2000,
    confidence: float = 0.95,
) -> list[DeviceRate]:
    """Return the rates of a device in an orbit behind several thicknesses of aluminium instead of the orbit's shield.

    Parameters
    ----------
    device : DeviceConfiguration
        The device file.
    folder : Path
        Where its relative paths start.
    orbit : OrbitConfiguration
        The orbit file.
    thickness_g_cm2 : sequence of float
        Thicknesses, g/cm².
    seed, draws, confidence
        As in `device_rate`.

    Returns
    -------
    list of DeviceRate
        One for each thickness.

    Raises
    ------
    ConfigurationError
        If a thickness is out of range, or as in `device_rate`.
    """
    environments = shielded_environments(orbit, thickness_g_cm2)
    return device_rates(device, folder, environments, seed=seed, draws=draws, confidence=confidence)
