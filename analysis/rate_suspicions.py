"""What looks wrong in a device file or its spectrum, although it is legal."""

from __future__ import annotations

import math

import numpy as np

from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.rate import EffectiveFlux, upset_rate
from radtest.analysis.spectrum import LetSpectrum
from radtest.analysis.weibull import Weibull, weibull_fraction

__all__ = ["effect_suspicions", "unmeasured_share", "upset_suspicions"]

_ODD_RATIO = 30.0
_LARGEST_DIE_CM2 = 30.0
_FLAT, _THIN = 100.0, 0.02


def upset_suspicions(
    device: DeviceConfiguration, weibull: Weibull, spectrum: LetSpectrum, flux: EffectiveFlux
) -> list[str]:
    """Return sentences about what looks wrong: units, volume, and what the spectrum does not reach.

    Parameters
    ----------
    device : DeviceConfiguration
        The device file.
    weibull : Weibull
        Its cross section per bit.
    spectrum : LetSpectrum
        The spectrum.
    flux : EffectiveFlux
        The spectrum folded with the volume.

    Returns
    -------
    list of str
        Empty where nothing looks wrong.
    """
    volume = device.sensitive_volume
    if volume is None:
        return []
    found = _reach(weibull, spectrum, flux)
    area_cm2 = volume.x_um * volume.y_um * 1e-8
    ratio = weibull.sigma_sat_cm2 / area_cm2
    sigma = f"σ_sat = {weibull.sigma_sat_cm2:.3g} cm² per bit"
    side = math.sqrt(weibull.sigma_sat_cm2) * 1e4
    if ratio > _ODD_RATIO:
        per_device = device.bits is not None and 0.1 < ratio / device.bits < 10
        guess = f"; divided by the {device.bits:,} bits it would fit" if per_device else ""
        found.append(
            f"suspicious: {sigma} is {ratio:.3g} times the face X·Y of the volume{guess}: is it per device? Give it "
            f"per bit, or a volume with sides of about {side:.3g} µm."
        )
    elif ratio < 1 / _ODD_RATIO:
        found.append(
            f"suspicious: {sigma} is only {ratio:.2g} of the face X·Y of the volume: are its sides in µm? √σ_sat is "
            f"{side:.3g} µm."
        )
    shape = volume.z_um / math.sqrt(volume.x_um * volume.y_um)
    if shape > _FLAT or shape < _THIN:
        found.append(
            f"suspicious: the volume is {shape:.3g} times as deep as wide, and the rate follows the depth: is z right?"
        )
    return found


def effect_suspicions(device: DeviceConfiguration, weibull: Weibull, flux: EffectiveFlux) -> list[str]:
    """Return sentences about what looks wrong in a cross section per device, as `upset_suspicions` does for bits.

    Parameters
    ----------
    device : DeviceConfiguration
        The device file.
    weibull : Weibull
        The cross section per device.
    flux : EffectiveFlux
        What the device sees.

    Returns
    -------
    list of str
        Empty where nothing looks wrong.
    """
    found = []
    if weibull.sigma_sat_cm2 > _LARGEST_DIE_CM2:
        found.append(f"suspicious: σ_sat = {weibull.sigma_sat_cm2:.3g} cm² per device is larger than a die: check it.")
    if device.bits is not None and device.heavy_ion is not None and device.heavy_ion.sigma_sat_cm2 is not None:
        per_bit = device.heavy_ion.sigma_sat_cm2
        if weibull.sigma_sat_cm2 <= per_bit:
            found.append(
                f"suspicious: σ_sat = {weibull.sigma_sat_cm2:.3g} cm² per device is not more than the {per_bit:.3g} "
                "cm² of one bit: was it given per bit?"
            )
    if upset_rate(weibull, flux) == 0:
        found.append(
            f"the threshold, {weibull.let0_mev_cm2_mg:g} MeV·cm²/mg, lies above all that the spectrum holds: no events."
        )
    return found


def unmeasured_share(weibull: Weibull, lowest_let: float, flux: EffectiveFlux) -> float:
    """Return the share of a rate by volumes that a LET below the lowest measured one upsets.

    Parameters
    ----------
    weibull : Weibull
        The cross section.
    lowest_let : float
        Lowest LET of the data, MeV·cm²/mg.
    flux : EffectiveFlux
        Environment and volume.
    """
    four = (weibull.let0_mev_cm2_mg, weibull.width_mev_cm2_mg, weibull.shape)
    fraction = weibull_fraction(flux.critical_let_mev_cm2_mg, *four)
    measured = np.maximum(fraction - weibull_fraction(lowest_let, *four), 0.0)
    whole = float(fraction @ flux.weight_cm2_day)
    return 1.0 - float(measured @ flux.weight_cm2_day) / whole if whole > 0 else 0.0


def _reach(weibull: Weibull, spectrum: LetSpectrum, flux: EffectiveFlux) -> list[str]:
    let0, lowest = weibull.let0_mev_cm2_mg, float(spectrum.let_mev_cm2_mg[0])
    reach = float(flux.critical_let_mev_cm2_mg[-1])
    found = []
    if not spectrum.integral_cm2_day[0] > 0:
        found.append("the spectrum holds no particles: no upsets.")
    elif let0 >= reach:
        found.append(
            f"the threshold, {let0:g} MeV·cm²/mg, lies above all that the spectrum can deposit in this "
            f"volume (a critical LET of {reach:.4g}): no upsets."
        )
    elif let0 >= spectrum.let_mev_cm2_mg[-1]:
        found.append(
            "the threshold lies above every LET of the spectrum: only long chords upset, and the depth matters."
        )
    if weibull.let_at_fraction(0.1) <= lowest:
        found.append(
            f"the spectrum begins at {lowest:.3g} MeV·cm²/mg, where the cross section is at a tenth of its saturation "
            "already: ions below are missed, and the rate is too low."
        )
    return found
