"""The picture of ``radtest rate --plot``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radtest.analysis.device_configuration import DeviceConfiguration, VolumeConfiguration
    from radtest.analysis.device_rate import DeviceRate, EffectRate
    from radtest.analysis.orbit_configuration import OrbitConfiguration
    from radtest.analysis.rate_environment import RateEnvironment
    from radtest.report.rate_figures import PlottedIntegrand

__all__ = ["plot_rate"]


def plot_rate(
    path: Path,
    title: str,
    device: DeviceConfiguration,
    folder: Path,
    rates: DeviceRate,
    environment: RateEnvironment,
    orbit: OrbitConfiguration | None,
    *,
    seed: int,
    draws: int,
    confidence: float,
) -> None:
    """Draw the rate of upsets, or of the first effect of a device without them, into a file."""
    from radtest.analysis.rate_details import SHIELD_G_CM2, rates_against_shield
    from radtest.report import write_figure
    from radtest.report.rate_figures import draw_rate

    if rates.upset is not None:
        unit, rate, volume = "bit", rates.upset, device.sensitive_volume
    else:
        name, rate = next(iter(rates.effects.items()))
        unit, volume = "device", device.effects[name].sensitive_volume
        title = f"{title}: {name}"
    integrands = _integrands(rate, volume, environment)
    shield = actual = None
    if orbit is not None:
        actual = orbit.shielding.thickness_g_cm2
        options = {"seed": seed, "draws": min(draws, 1000)}
        found = rates_against_shield(device, folder, orbit, SHIELD_G_CM2, **options, confidence=confidence)
        chosen = [one.upset if one.upset is not None else next(iter(one.effects.values())) for one in found]
        shield = dict(zip(SHIELD_G_CM2, chosen, strict=True))
    write_figure(draw_rate(title, unit, integrands, shield, actual), path)


def _integrands(
    rate: EffectRate,
    volume: VolumeConfiguration | None,
    environment: RateEnvironment,
) -> list[PlottedIntegrand]:
    from radtest.analysis.rate_details import rate_by_let
    from radtest.report.rate_figures import PlottedIntegrand

    found = []
    parts = environment.sources if len(environment.sources) > 1 else {}
    if rate.weibull is not None:
        weibull, box = rate.weibull, None if volume is None else volume.build()
        let, total = rate_by_let(weibull, environment.let_spectrum, box)
        by_source = {name: rate_by_let(weibull, part.let_spectrum, box)[1] for name, part in parts.items()}
        found.append(PlottedIntegrand(let, total, by_source, "LET of the ions, MeV·cm²/mg"))
    if rate.proton_cross_section_cm2 is not None and environment.protons is not None:
        energy, flux = environment.protons
        scale = rate.proton_cross_section_cm2 * energy * 86400.0
        protons = {name: scale * part.protons[1] for name, part in parts.items()}
        found.append(PlottedIntegrand(energy, scale * flux, protons, "proton energy, MeV"))
    return found
