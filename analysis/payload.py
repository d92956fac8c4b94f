"""A payload in orbit: upsets, corruption and outages per day, availability, throughput and life, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from radtest.analysis.counting import clopper_pearson
from radtest.analysis.draws import Draws
from radtest.analysis.lifetime import arrhenius_acceleration
from radtest.analysis.payload_heat import Chip, HeatCase, heat_cases
from radtest.analysis.rate import EffectiveFlux, upset_rate, upset_rates
from radtest.analysis.thermal import Orbit, Radiator, eclipse_fraction
from radtest.analysis.weibull import Weibull
from radtest.analysis.weibull_fit import WeibullFit
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["Aging", "Payload", "PayloadEstimate", "Proportion", "Recovery", "estimate_payload"]

_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Proportion:
    """Successes among trials, as a fault injection counts them.

    Parameters
    ----------
    count, trials : int
        Injections with the outcome in question, and all valid injections.
    """

    count: int
    trials: int

    def __post_init__(self) -> None:
        if not (0 <= self.count <= self.trials and self.trials >= 1):
            raise ConfigurationError(
                f"{self.count} outcomes among {self.trials} injections", remedy="give 0 to N among N, N 1 or more."
            )

    def estimate(self, confidence: float = 0.95) -> Estimate:
        """Return the proportion with its Clopper-Pearson interval."""
        low, high = clopper_pearson(self.count, self.trials, confidence)
        return Estimate(self.count / self.trials, float(low), float(high), confidence)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What mends an upset, and how long it takes.

    Parameters
    ----------
    reboot_s : float
        From a hang to being back at work, detection included.
    power_cycle_s : float
        From a latch-up to being back at work, detection included.
    scrub_interval_s : float, optional
        From one scrub of the memory to the next; None without scrubbing.
    scrub_s : float
        Work lost to one scrub.
    """

    reboot_s: float
    power_cycle_s: float
    scrub_interval_s: float | None = None
    scrub_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("reboot_s", "power_cycle_s", "scrub_s"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ConfigurationError(f"recovery {name}: got {value!r}", remedy="give seconds, 0 or more.")
        if self.scrub_interval_s is not None and not self.scrub_s < self.scrub_interval_s < math.inf:
            raise ConfigurationError(
                f"recovery: a scrub of {self.scrub_s:g} s every {self.scrub_interval_s:g} s",
                remedy="the interval is longer than the scrub.",
            )

    @property
    def scrub_loss(self) -> float:
        """Fraction of the time lost to scrubbing."""
        return 0.0 if self.scrub_interval_s is None else self.scrub_s / self.scrub_interval_s


@dataclass(frozen=True, slots=True)
class Aging:
    """A thermally activated wear-out.

    Parameters
    ----------
    activation_energy_ev : float
        Activation energy, eV.
    reference_k : float
        Junction temperature at which the life of the chip is known, K.
    """

    activation_energy_ev: float
    reference_k: float


@dataclass(frozen=True, slots=True, eq=False)
class Payload:
    """Everything that an estimate of a payload rests on.

    Parameters
    ----------
    title : str
        One line for people.
    chips : int
        Number of equal chips, each with its own reboot and power switch.
    bits_per_chip : int
        Bits that can be upset.
    derating : float
        Fraction of them that hold something the work depends on, above 0 to 1.
    upset : Weibull or WeibullFit
        Cross section per bit; a fit carries its uncertainty, a bare Weibull is exact.
    upset_flux : EffectiveFlux
        Environment folded with the sensitive volume of a bit.
    sdc, hang : Proportion or Estimate
        Probability that an upset of a bit in use corrupts a result in silence, or stops the chip.
    latch_up : Weibull, WeibullFit or None
        Cross section per device.
    latch_up_flux : EffectiveFlux or None
        Environment as latch-up sees it; needed with `latch_up`.
    recovery : Recovery
        Reboots, power cycles and scrubbing.
    chip : Chip
        Power, thermal resistance and throttling.
    overhead_w : float
        Power of everything else on the radiator, W.
    radiator : Radiator
        The radiator.
    orbit : Orbit
        The orbit, for heat.
    aging : Aging
        Wear-out.
    """

    title: str
    chips: int
    bits_per_chip: int
    derating: float
    upset: Weibull | WeibullFit
    upset_flux: EffectiveFlux
    sdc: Proportion | Estimate
    hang: Proportion | Estimate
    latch_up: Weibull | WeibullFit | None
    latch_up_flux: EffectiveFlux | None
    recovery: Recovery
    chip: Chip
    overhead_w: float
    radiator: Radiator
    orbit: Orbit
    aging: Aging

    def __post_init__(self) -> None:
        if self.chips < 1 or self.bits_per_chip < 1:
            raise ConfigurationError(
                f"payload: {self.chips} chips of {self.bits_per_chip} bits", remedy="give 1 or more of both."
            )
        if not 0 < self.derating <= 1:
            raise ConfigurationError(f"payload derating: got {self.derating!r}", remedy="give above 0, at most 1.")
        if not 0 <= self.overhead_w < math.inf:
            raise ConfigurationError(f"payload overhead_w: got {self.overhead_w!r}", remedy="give W, 0 or more.")
        if isinstance(self.upset, WeibullFit) and self.upset.per != "bit":
            raise ConfigurationError(
                "payload: the upset cross section is fitted per device", remedy="give the bits of every point."
            )
        if isinstance(self.latch_up, WeibullFit) and self.latch_up.per != "device":
            raise ConfigurationError(
                "payload: the latch-up cross section is fitted per bit", remedy="fit it per device."
            )
        if (self.latch_up is None) != (self.latch_up_flux is None):
            raise ConfigurationError(
                "payload: latch-up needs both a cross section and a flux", remedy="give both or none."
            )


@dataclass(frozen=True, slots=True, eq=False)
class PayloadEstimate:
    """What a payload will see. Rates are per day for the whole payload unless they say otherwise.

    Parameters
    ----------
    inputs : Payload
        What it rests on.
    draws, confidence : int, float
        Number of draws behind the intervals, and their level.
    upsets_per_bit_day : Estimate
        Upset rate of one bit.
    upsets_per_day : Estimate
        Upsets of bits in use.
    sdc_per_day, hangs_per_day, latch_ups_per_day : Estimate
        Silent corruptions, hangs and latch-ups.
    outages_per_day : Estimate
        Hangs and latch-ups together.
    standing_upsets : Estimate or None
        Upsets present at a time, on average, between scrubs: rate times half the interval. None without scrubbing.
    availability : Estimate
        Fraction of the time that a chip is up, which is also the mean fraction of the chips that are up.
    all_chips_availability : Estimate
        Fraction of the time that all chips are up.
    hot, mean, cold : HeatCase
        Thermal equilibria.
    eclipse_fraction : float
        Fraction of the orbit in shadow.
    throughput : Estimate
        Work done, as a fraction of all chips at full speed all the time: throttling in the hot case, outages and
        scrubs.
    mean_throughput : Estimate
        The same with throttling at the orbit's mean loads.
    life_factor_hot : float
        Life at the junction temperature of the hot case over life at the reference temperature.
    life_factor : float
        The same with the wear of hot and cold case weighted by the time in sunlight and in eclipse.
    notes : tuple of str
        What a reader has to know.
    """

    inputs: Payload
    draws: int
    confidence: float
    upsets_per_bit_day: Estimate
    upsets_per_day: Estimate
    sdc_per_day: Estimate
    hangs_per_day: Estimate
    latch_ups_per_day: Estimate
    outages_per_day: Estimate
    standing_upsets: Estimate | None
    availability: Estimate
    all_chips_availability: Estimate
    hot: HeatCase
    mean: HeatCase
    cold: HeatCase
    eclipse_fraction: float
    throughput: Estimate
    mean_throughput: Estimate
    life_factor_hot: float
    life_factor: float
    notes: tuple[str, ...]


def estimate_payload(
    payload: Payload, rng: np.random.Generator, *, draws: int = 4000, confidence: float = 0.95
) -> PayloadEstimate:
    """Carry cross sections and outcome probabilities, with their uncertainty, to what a payload will see.

    Parameters
    ----------
    payload : Payload
        What is known.
    rng : numpy.random.Generator
        Source of randomness of the intervals; the values do not depend on it.
    draws : int
        Number of draws, 100 or more.
    confidence : float
        Confidence level of the intervals.

    Returns
    -------
    PayloadEstimate

    Notes
    -----
    Each draw takes one Weibull from the fit, one probability from the counts of the injection (see `Draws`) and
    multiplies through; limits are quantiles. A chip alternates between up, for 1/λ on average, and down, so its
    availability is 1 / (1 + λ_hang t_reboot + λ_latch-up t_power-cycle), with rates while it is up. All chips share
    the same cross section and the same environment; their upsets are independent. Statistical uncertainty only:
    environment and models are taken as given.
    """
    if draws < 100:
        raise ConfigurationError(f"number of draws: got {draws}", remedy="give 100 or more.")
    in_use = payload.bits_per_chip * payload.derating
    per_bit, per_bit_draws = _rate(payload.upset, payload.upset_flux, rng, draws)
    latch, latch_draws = _rate(payload.latch_up, payload.latch_up_flux, rng, draws)
    sdc, sdc_draws = _probability(payload.sdc, rng, draws)
    hang, hang_draws = _probability(payload.hang, rng, draws)
    chip_hangs, chip_hang_draws = per_bit * in_use * hang, per_bit_draws.scaled(in_use).times(hang_draws)
    recovery, n = payload.recovery, payload.chips
    down = (chip_hangs * recovery.reboot_s + latch * recovery.power_cycle_s) / _DAY_S
    down_draws = chip_hang_draws.scaled(recovery.reboot_s / _DAY_S).plus(
        latch_draws.scaled(recovery.power_cycle_s / _DAY_S)
    )
    availability = 1.0 / (1.0 + down)
    # More down time is less availability, so the pair of draws changes places.
    up_draws = Draws(1.0 / (1.0 + down_draws.upper), 1.0 / (1.0 + down_draws.lower))
    hot, mean, cold = heat_cases(payload.chip, n, payload.overhead_w, payload.radiator, payload.orbit)
    eclipse = float(eclipse_fraction(payload.orbit.altitude_km, payload.orbit.beta_deg))
    work = 1.0 - recovery.scrub_loss
    wear_hot, wear_cold = (
        float(arrhenius_acceleration(payload.aging.activation_energy_ev, payload.aging.reference_k, case.junction_k))
        for case in (hot, cold)
    )
    standing = None
    if recovery.scrub_interval_s is not None:
        kept = n * in_use * recovery.scrub_interval_s / _DAY_S / 2.0
        standing = per_bit_draws.scaled(kept).estimate(per_bit * kept, confidence)
    outage_draws = chip_hang_draws.plus(latch_draws).scaled(n)
    return PayloadEstimate(
        inputs=payload,
        draws=draws,
        confidence=confidence,
        upsets_per_bit_day=per_bit_draws.estimate(per_bit, confidence),
        upsets_per_day=per_bit_draws.scaled(n * in_use).estimate(per_bit * n * in_use, confidence),
        sdc_per_day=per_bit_draws.scaled(n * in_use).times(sdc_draws).estimate(per_bit * n * in_use * sdc, confidence),
        hangs_per_day=chip_hang_draws.scaled(n).estimate(chip_hangs * n, confidence),
        latch_ups_per_day=latch_draws.scaled(n).estimate(latch * n, confidence),
        outages_per_day=outage_draws.estimate((chip_hangs + latch) * n, confidence),
        standing_upsets=standing,
        availability=up_draws.estimate(availability, confidence),
        all_chips_availability=Draws(up_draws.lower**n, up_draws.upper**n).estimate(availability**n, confidence),
        hot=hot,
        mean=mean,
        cold=cold,
        eclipse_fraction=eclipse,
        throughput=up_draws.estimate(availability, confidence).scaled(hot.throughput * work),
        mean_throughput=up_draws.estimate(availability, confidence).scaled(mean.throughput * work),
        life_factor_hot=1.0 / wear_hot,
        life_factor=1.0 / ((1.0 - eclipse) * wear_hot + eclipse * wear_cold),
        notes=_notes(payload, hot),
    )


def _rate(
    cross_section: Weibull | WeibullFit | None, flux: EffectiveFlux | None, rng: np.random.Generator, n: int
) -> tuple[float, Draws]:
    if cross_section is None or flux is None:
        return 0.0, Draws.of_exact(0.0, n)
    if isinstance(cross_section, Weibull):
        value = upset_rate(cross_section, flux)
        return value, Draws.of_exact(value, n)
    sigma_sat, let0, width, shape = cross_section.sample(rng, n).T
    return upset_rate(cross_section.weibull, flux), Draws.of_sample(upset_rates(sigma_sat, let0, width, shape, flux))


def _probability(known: Proportion | Estimate, rng: np.random.Generator, n: int) -> tuple[float, Draws]:
    if isinstance(known, Proportion):
        return known.count / known.trials, Draws.of_proportion(known.count, known.trials, rng, n)
    if known.value == known.low == known.high:
        return known.value, Draws.of_exact(known.value, n)
    return known.value, Draws.of_probability(known, rng, n)


def _notes(payload: Payload, hot: HeatCase) -> tuple[str, ...]:
    notes = ["heavy ions only: upsets by protons are not counted."]
    for name, cross_section in (("upset", payload.upset), ("latch-up", payload.latch_up)):
        if isinstance(cross_section, WeibullFit):
            notes.extend(f"{name} fit: {note}" for note in cross_section.notes)
    if isinstance(payload.upset, Weibull):
        notes.append("the upset cross section is taken as exact: no uncertainty of it is in the intervals.")
    if payload.latch_up is None:
        notes.append("no latch-up cross section is given: outages are those of hangs.")
    elif isinstance(payload.latch_up, Weibull):
        notes.append("the latch-up cross section is taken as exact.")
    if payload.latch_up is not None:
        notes.append("the latch-up cross section is taken to be the same in every direction.")
    if hot.shut_down:
        notes.append("the junction reaches its shutdown temperature in the hot case: the payload cannot work there.")
    elif hot.throughput < 1:
        notes.append(f"throttling in the hot case leaves {hot.throughput:.1%} of the throughput.")
    return tuple(notes)
