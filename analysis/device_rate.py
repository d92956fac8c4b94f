"""The rate of a device file in a LET spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.proton import proton_rate_per_day
from radtest.analysis.rate import effective_flux, rate_estimate, upset_rate
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.weibull import Weibull
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["DeviceRate", "device_rate"]

ProtonSpectrum = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class DeviceRate:
    """Upset rate of one bit of a device.

    Parameters
    ----------
    direct : Estimate
        Upsets per bit and day by direct ionisation, of heavy ions and whatever else is in the LET spectrum.
    proton : Estimate or None
        Upsets per bit and day by nuclear reactions of protons; None without a cross section or a spectrum of them.
    exact_inputs : bool
        Whether the cross section came without uncertainty, so that the interval has no width.
    notes : tuple of str
        What a reader has to know.
    """

    direct: Estimate
    proton: Estimate | None
    exact_inputs: bool
    notes: tuple[str, ...]

    @property
    def total(self) -> Estimate:
        """Both together; limits add, since that of one may not be far from its best value while the other's is."""
        if self.proton is None:
            return self.direct
        return Estimate(
            self.direct.value + self.proton.value,
            self.direct.low + self.proton.low,
            self.direct.high + self.proton.high,
            self.direct.confidence,
        )


def device_rate(
    device: DeviceConfiguration,
    folder: Path,
    spectrum: LetSpectrum,
    protons: ProtonSpectrum | None = None,
    *,
    seed: int = 1,
    draws: int = 2000,
    confidence: float = 0.95,
) -> DeviceRate:
    """Compute the upset rate of one bit by integral RPP.

    Parameters
    ----------
    device : DeviceConfiguration
        The device file.
    folder : Path
        Where its relative paths start.
    spectrum : LetSpectrum
        The environment behind the shielding.
    protons : ProtonSpectrum, optional
        Protons there, by energy (MeV) and as flux (cm⁻² s⁻¹ MeV⁻¹).
    seed, draws : int
        Seed and number of the draws from the fit, where the device names points.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    DeviceRate

    Raises
    ------
    ConfigurationError
        If the points cannot be read, or draws or confidence are out of range.
    FitError
        If the points cannot be fitted.
    """
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    if draws < 100:
        raise ConfigurationError(f"number of draws: got {draws}", remedy="give 100 or more.")
    cross_section = device.heavy_ion.build(folder, "bit")
    flux = effective_flux(spectrum, device.sensitive_volume.build())
    notes: list[str] = []
    if isinstance(cross_section, Weibull):
        best, value = cross_section, upset_rate(cross_section, flux)
        direct = Estimate(value, value, value, confidence)
        notes.append("the cross section is taken as exact: the interval has no width.")
    else:
        best = cross_section.weibull
        direct = rate_estimate(best, cross_section.sample(np.random.default_rng(seed), draws), flux, confidence)
        notes.extend(cross_section.notes)
    if device.proton is None:
        notes.append("no proton cross section is given: the total is direct ionisation only.")
    elif protons is None:
        notes.append("the proton cross section is not used: a LET spectrum holds no proton energies.")
    proton: Estimate | None = None
    if device.proton is not None and protons is not None:
        per_day = proton_rate_per_day(device.proton.cross_section_cm2, *protons)
        proton = Estimate(per_day, per_day, per_day, confidence)
        notes.append("the proton cross section is taken as exact: its part of the interval has no width.")
    reach = float(flux.critical_let_mev_cm2_mg[-1])
    if best.let0_mev_cm2_mg >= reach:
        notes.append(
            f"the threshold, {best.let0_mev_cm2_mg:g} MeV·cm²/mg, lies above all that the spectrum can deposit in this "
            f"volume (a critical LET of {reach:.4g}): no upsets."
        )
    elif best.let0_mev_cm2_mg >= spectrum.let_mev_cm2_mg[-1]:
        notes.append(
            "the threshold lies above every LET of the spectrum: only long chords upset, and the depth matters."
        )
    return DeviceRate(direct, proton, isinstance(cross_section, Weibull), tuple(notes))
