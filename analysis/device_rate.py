"""The rates of a device file in an environment: upsets of its bits, and effects of the whole device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radtest.analysis.contour import stretched_draws
from radtest.analysis.cross_section_configuration import IonSensitivity
from radtest.analysis.device_configuration import DeviceConfiguration, EffectConfiguration
from radtest.analysis.proton import proton_rate_weights
from radtest.analysis.proton_configuration import ProtonConfiguration, ProtonSensitivity
from radtest.analysis.proton_points import ProtonPointsFit
from radtest.analysis.rate import (
    EffectiveFlux,
    SensitiveVolume,
    effective_flux,
    isotropic_flux,
    thin_layer_flux,
    upset_rate,
)
from radtest.analysis.rate_environment import ProtonSpectrum, RateEnvironment
from radtest.analysis.rate_many import rates_of_draws
from radtest.analysis.rate_results import DeviceRate, EffectRate, Rate
from radtest.analysis.rate_suspicions import effect_suspicions, unmeasured_share, upset_suspicions
from radtest.analysis.spectrum import LetSpectrum
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["MODEL_FACTOR", "DeviceRate", "EffectRate", "Rate", "device_rate", "device_rates"]

Array = NDArray[np.float64]

MODEL_FACTOR = 2.0
"""How far a predicted rate may be off, up and down, because model and environment are not nature."""

_UNMEASURED = 0.3
_UNKNOWN_VOLUMES = ((10.0, 10.0, 1.0), (1.0, 1.0, 1.0))


def device_rate(
    device: DeviceConfiguration,
    folder: Path,
    spectrum: LetSpectrum | RateEnvironment,
    protons: ProtonSpectrum | None = None,
    *,
    seed: int = 1,
    draws: int = 2000,
    confidence: float = 0.95,
) -> DeviceRate:
    """Compute the rates of a device: upsets of one bit by integral RPP, effects of the device by its cross sections.

    Parameters
    ----------
    device : DeviceConfiguration
        The device file.
    folder : Path
        Where its relative paths start.
    spectrum : LetSpectrum or RateEnvironment
        The environment behind the shielding.
    protons : ProtonSpectrum, optional
        Protons there, if `spectrum` is a LET spectrum.
    seed, draws : int
        Seed and number of the draws behind the intervals.
    confidence : float
        Confidence level of the intervals.

    Returns
    -------
    DeviceRate

    Raises
    ------
    ConfigurationError
        If a file cannot be used, or draws or confidence are out of range.
    FitError
        If points cannot be fitted.

    Notes
    -----
    Draws of the heavy-ion and of the proton cross section are added one by one, and the limits of the total are
    quantiles of the sums. Estimates of the proton cross section go with the draw of the heavy-ion one.
    """
    environment = spectrum if isinstance(spectrum, RateEnvironment) else RateEnvironment(spectrum, protons)
    return device_rates(device, folder, [environment], seed=seed, draws=draws, confidence=confidence)[0]


def device_rates(
    device: DeviceConfiguration,
    folder: Path,
    environments: Iterable[RateEnvironment],
    *,
    seed: int = 1,
    draws: int = 2000,
    confidence: float = 0.95,
) -> list[DeviceRate]:
    """Compute the rates of a device in several environments, as `device_rate` does, with the same draws in each.

    Parameters
    ----------
    device, folder, seed, draws, confidence
        As in `device_rate`.
    environments : iterable of RateEnvironment
        The environments.

    Returns
    -------
    list of DeviceRate
        One for each.

    Raises
    ------
    ConfigurationError, FitError
        As `device_rate`.
    """
    if not 0 < confidence < 1:
        raise ConfigurationError(
            f"confidence: got {confidence!r}", remedy="give a level between 0 and 1, such as 0.95."
        )
    if draws < 100:
        raise ConfigurationError(f"number of draws: got {draws}", remedy="give 100 or more.")
    ions: dict[str, IonSensitivity] = {}
    if device.effect == "seu" and device.heavy_ion is not None:
        ions["seu"] = device.heavy_ion.sensitivity(folder, "bit", _random(seed, "seu"), draws)
    for name, effect in device.effects.items():
        if effect.has_ions:
            ions[name] = effect.sensitivity(folder, "device", _random(seed, name), draws)
    protons: dict[str, ProtonPointsFit | None] = {}
    if device.effect == "seu" and device.proton is not None:
        protons["seu"] = device.proton.fitted(folder, "bit", _random(seed, "seu points"), draws)
    for name, effect in device.effects.items():
        if effect.proton is not None:
            protons[name] = effect.proton.fitted(folder, "device", _random(seed, f"{name} points"), draws)
    return [_Rating(environment, seed, draws, confidence, device, ions, protons).all() for environment in environments]


def _random(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one cross section, so that its draws do not depend on what else a device has."""
    return np.random.default_rng([seed, *name.encode()])


@dataclass(frozen=True, slots=True)
class _Rating:
    environment: RateEnvironment
    seed: int
    draws: int
    confidence: float
    device: DeviceConfiguration
    ions: Mapping[str, IonSensitivity]
    fits: Mapping[str, ProtonPointsFit | None]

    def all(self) -> DeviceRate:
        upset = self.upset() if self.device.effect == "seu" else None
        effects = {name: self.effect(name, effect) for name, effect in self.device.effects.items()}
        return DeviceRate(upset, effects, () if upset is None else upset.notes)

    def upset(self) -> EffectRate | None:
        device = self.device
        if device.heavy_ion is None and device.proton is None:
            return None
        ions = self.ions.get("seu")
        fluxes: dict[str, EffectiveFlux] = {}
        if ions is not None and device.sensitive_volume is not None:
            volume = device.sensitive_volume.build()
            fluxes = {name: effective_flux(part, volume) for name, part in self._spectra().items()}
        rate = self._rates("seu", fluxes, device.proton)
        notes = [*rate.notes]
        if rate.hydrogen is not None and rate.direct is not None and rate.hydrogen.value > 0.1 * rate.direct.value:
            share = rate.hydrogen.value / rate.direct.value
            notes.append(
                f"{share:.0%} of the direct ionisation is by protons: it rests on the cross section at LETs below "
                "0.5 MeV·cm²/mg and on slow protons, and is an order of magnitude."
            )
        if ions is not None:
            notes.extend(upset_suspicions(device, ions.best, self.environment.let_spectrum, fluxes["all"]))
            if ions.fit is not None:
                lowest = float(ions.fit.likelihood.let_mev_cm2_mg.min())
                share = unmeasured_share(ions.best, lowest, fluxes["all"])
                if share > _UNMEASURED:
                    notes.append(
                        f"{share:.0%} of the direct ionisation is by the curve below the lowest LET of the data, "
                        f"{lowest:g} MeV·cm²/mg: nobody measured there, and another curve through the same points can "
                        "give another rate. Measure lower."
                    )
        return _with(rate, tuple(notes))

    def effect(self, name: str, effect: EffectConfiguration) -> EffectRate:
        fluxes, bounds, notes = dict[str, EffectiveFlux](), list[EffectiveFlux](), list[str]()
        ions = self.ions.get(name)
        if ions is not None:
            spectra = self._spectra()
            if effect.sensitive_volume is None:
                fluxes = {name: isotropic_flux(part) for name, part in spectra.items()}
                whole = self.environment.let_spectrum
                bounds = [thin_layer_flux(whole, effective=False)]
                bounds += [effective_flux(whole, SensitiveVolume(*sides)) for sides in _UNKNOWN_VOLUMES]
                notes.append(
                    "the sensitive volume is not known: the cross section is taken to be the same from every direction;"
                    " the bounds of the geometry are those of a thin layer, of a flat box (10 × 10 × 1) and of a cube."
                )
            else:
                volume = effect.sensitive_volume.build()
                fluxes = {name: effective_flux(part, volume) for name, part in spectra.items()}
        rate = self._rates(name, fluxes, effect.proton)
        if ions is not None and rate.direct is not None and bounds:
            others = [rate.direct.value, *(upset_rate(ions.best, flux) for flux in bounds)]
            rate = _bounded(rate, (min(others), max(others)))
        if ions is not None:
            notes.extend(effect_suspicions(self.device, ions.best, fluxes["all"]))
        share = getattr(effect, "latched_share", None)
        latched = None
        if share is not None and rate.total is not None:
            latched = replace(rate.total.scaled(share), geometry=None)
        return _with(rate, (*rate.notes, *notes), latched)

    def _spectra(self) -> dict[str, LetSpectrum]:
        spectra = {"all": self.environment.let_spectrum}
        if self.environment.hydrogen is not None:
            spectra["hydrogen"] = self.environment.hydrogen
        if len(self.environment.sources) > 1:
            spectra |= {f"source {name}": part.let_spectrum for name, part in self.environment.sources.items()}
        return spectra

    def _direct_draws(self, ions: IonSensitivity, draws: Array, flux: EffectiveFlux) -> Array:
        """Return rates whose quantiles, where the cross section was fitted, are the limits of the fit's profile."""
        rates = rates_of_draws(draws, flux)
        if ions.fit is None:
            return rates
        contour = ions.fit.contour(self.confidence)
        limits = ions.fit.profile_limits(rates_of_draws(contour, flux), self.confidence)
        return stretched_draws(rates, upset_rate(ions.best, flux), limits, self.confidence)

    def _rates(self, name: str, fluxes: Mapping[str, EffectiveFlux], proton: ProtonConfiguration | None) -> EffectRate:
        ions = self.ions.get(name)
        notes = [*ions.notes] if ions is not None else ["no heavy-ion cross section is given: protons only."]
        nuclear = self._nuclear(name, proton, notes)
        direct_rates = {
            key: None if ions is None or ions.draws is None else self._direct_draws(ions, ions.draws, flux)
            for key, flux in fluxes.items()
        }
        sources = {}
        for source, part in self.environment.sources.items() if len(self.environment.sources) > 1 else ():
            flux = fluxes.get(f"source {source}")
            sources[source] = self._both(ions, flux, direct_rates.get(f"source {source}"), nuclear, part.protons)
        whole = self._both(ions, fluxes.get("all"), direct_rates.get("all"), nuclear, self.environment.protons)
        hydrogen = None
        if ions is not None and "hydrogen" in fluxes:
            hydrogen = self._estimate(upset_rate(ions.best, fluxes["hydrogen"]), direct_rates["hydrogen"])
        exact = (ions is None or ions.draws is None) and (nuclear is None or nuclear.draws is None)
        return EffectRate(
            whole.direct,
            whole.proton,
            whole.total,
            hydrogen,
            sources,
            exact,
            weibull=None if ions is None else ions.best,
            proton_cross_section_cm2=None if nuclear is None else nuclear.best,
            notes=tuple(notes),
        )

    def _nuclear(self, name: str, proton: ProtonConfiguration | None, notes: list[str]) -> ProtonSensitivity | None:
        protons = self.environment.protons
        if proton is None:
            notes.append("no proton cross section is given: the total is direct ionisation only.")
            return None
        if protons is None:
            notes.append("the proton cross section is not used: a LET spectrum holds no proton energies.")
            return None
        nuclear = proton.sensitivity(
            protons[0], self.ions.get(name), _random(self.seed, f"{name} proton"), self.draws, self.fits.get(name)
        )
        notes.extend(nuclear.notes)
        return nuclear

    def _both(
        self,
        ions: IonSensitivity | None,
        flux: EffectiveFlux | None,
        direct_draws: Array | None,
        nuclear: ProtonSensitivity | None,
        protons: ProtonSpectrum | None,
    ) -> EffectRate:
        direct_value = None if ions is None or flux is None else upset_rate(ions.best, flux)
        proton_value, proton_draws = None, None
        if nuclear is not None and protons is not None:
            weights = proton_rate_weights(*protons)
            proton_value, proton_draws = float(nuclear.best @ weights), nuclear.rates(weights, self.draws)
        factors = self.device.model
        general = MODEL_FACTOR if factors.uncertainty_factor is None else factors.uncertainty_factor
        direct = self._rate(direct_value, direct_draws, factors.direct_factor or general)
        proton = self._rate(proton_value, proton_draws, factors.proton_factor or general)
        if direct is None or proton is None:
            return EffectRate(direct, proton, direct or proton)
        value = direct.value + proton.value
        summed: Array | None = None
        if direct_draws is not None or proton_draws is not None:
            first = np.full(self.draws, direct.value) if direct_draws is None else direct_draws
            summed = first + (np.full(self.draws, proton.value) if proton_draws is None else proton_draws)
        total = Rate(
            self._estimate(value, summed),
            direct.model_low + proton.model_low,
            direct.model_high + proton.model_high,
            draws=summed,
        )
        return EffectRate(direct, proton, total)

    def _rate(self, value: float | None, draws: Array | None, factor: float) -> Rate | None:
        if value is None:
            return None
        return Rate(self._estimate(value, draws), value / factor, value * factor, draws=draws)

    def _estimate(self, value: float, draws: Array | None) -> Estimate:
        if draws is None:
            return Estimate(value, value, value, self.confidence)
        tail = (1.0 - self.confidence) / 2.0
        low, high = np.quantile(draws, [tail, 1.0 - tail])
        # A rate is not linear in its parameters: at a low confidence the quantiles can lie beside the best value.
        return Estimate(value, min(float(low), value), max(float(high), value), self.confidence)


def _with(rate: EffectRate, notes: tuple[str, ...], latched: Rate | None = None) -> EffectRate:
    return replace(rate, latched=latched, notes=tuple(dict.fromkeys(notes)))


def _bounded(rate: EffectRate, geometry: tuple[float, float]) -> EffectRate:
    """Return the rate with bounds of the geometry on its direct part and on the total."""
    if rate.direct is None or rate.total is None:
        return rate
    other = 0.0 if rate.proton is None else rate.proton.value
    return replace(
        rate,
        direct=replace(rate.direct, geometry=geometry),
        total=replace(rate.total, geometry=(geometry[0] + other, geometry[1] + other)),
    )
