"""What a payload will see: upsets, corruption and outages, availability, throughput and life, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from radtest.analysis.device_rate import device_rates
from radtest.analysis.draws import Draws
from radtest.analysis.lifetime import arrhenius_acceleration
from radtest.analysis.modelled_estimate import ModelledEstimate
from radtest.analysis.parameter_draws import interval_draws
from radtest.analysis.payload import Aging, Condition, Payload, Proportion
from radtest.analysis.payload_heat import HeatCase, heat_cases
from radtest.analysis.payload_notes import payload_notes
from radtest.analysis.rate_results import DeviceRate, EffectRate
from radtest.analysis.thermal import eclipse_fraction
from radtest.analysis.uncertain import Uncertain
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["PayloadErrors", "PayloadEstimate", "estimate_payload"]

_DAY_S = 86400.0
_PUBLISHED = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class PayloadErrors:
    """What radiation does to a payload in one condition. Rates are per day for the whole payload.

    Parameters
    ----------
    condition : Condition
        The condition.
    rates : DeviceRate
        Rates of one chip, as `device_rate` gives them: direct, proton, total; by source; per bit and per effect.
    upsets_per_bit_day : Estimate
        Upset rate of one bit, by all particles.
    upsets_per_day : ModelledEstimate
        Upsets of bits in use.
    sdc_per_day, hangs_per_day, interrupts_per_day, latch_ups_per_day : ModelledEstimate
        Silent corruptions, hangs, functional interrupts and latch-ups.
    outages_per_day : ModelledEstimate
        Hangs, functional interrupts and latch-ups together.
    standing_upsets : ModelledEstimate or None
        Upsets present at a time, on average, between scrubs: rate times half the interval. None without scrubbing.
    availability : ModelledEstimate
        Fraction of the time that a chip is up, which is also the mean fraction of the chips that are up.
    all_chips_availability : ModelledEstimate
        Fraction of the time that all chips are up.
    throughput : ModelledEstimate
        Work done, as a fraction of all chips at full speed all the time: throttling in the hot case, outages and
        scrubs.
    mean_throughput : ModelledEstimate
        The same with throttling at the orbit's mean loads.
    """

    condition: Condition
    rates: DeviceRate
    upsets_per_bit_day: Estimate
    upsets_per_day: ModelledEstimate
    sdc_per_day: ModelledEstimate
    hangs_per_day: ModelledEstimate
    interrupts_per_day: ModelledEstimate
    latch_ups_per_day: ModelledEstimate
    outages_per_day: ModelledEstimate
    standing_upsets: ModelledEstimate | None
    availability: ModelledEstimate
    all_chips_availability: ModelledEstimate
    throughput: ModelledEstimate
    mean_throughput: ModelledEstimate


@dataclass(frozen=True, slots=True, eq=False)
class PayloadEstimate(PayloadErrors):
    """What a payload will see: errors in the condition it lives in, the same in an event, heat and life.

    Parameters
    ----------
    inputs : Payload
        What it rests on.
    seed, draws, confidence : int, int, float
        Seed and number of the draws behind the intervals, and their level.
    event : PayloadErrors or None
        The same figures while the event lasts.
    hot, mean, cold : HeatCase
        Thermal equilibria.
    eclipse_fraction : float
        Fraction of the orbit in shadow.
    life_factor_hot : Estimate
        Life over that at the reference temperature, if it were always in the hot case.
    life_factor : Estimate
        The same with the hot case in the Sun and the cold case in eclipse. Intervals hold the activation energy.
    notes : tuple of str
        What a reader has to know.
    """

    inputs: Payload
    seed: int
    draws: int
    confidence: float
    event: PayloadErrors | None
    hot: HeatCase
    mean: HeatCase
    cold: HeatCase
    eclipse_fraction: float
    life_factor_hot: Estimate
    life_factor: Estimate
    notes: tuple[str, ...]


def estimate_payload(
    payload: Payload, *, seed: int = 1, draws: int = 2000, confidence: float = 0.95
) -> PayloadEstimate:
    """Carry cross sections and outcome probabilities, with their uncertainty, to what a payload will see.

    Parameters
    ----------
    payload : Payload
        What is known.
    seed : int
        Seed of the draws behind the intervals; the values do not depend on it.
    draws : int
        Number of draws, 100 or more.
    confidence : float
        Confidence level of the intervals.

    Returns
    -------
    PayloadEstimate

    Raises
    ------
    ConfigurationError
        If a file cannot be used, draws or confidence are out of range, or no particle of the environment upsets a bit.
    FitError
        If points cannot be fitted.

    Notes
    -----
    Rates, their intervals and their draws are those of `device_rate` with the same seed. Each draw takes one rate and
    one probability from the counts of the injection (see `Draws`) and multiplies through; limits are quantiles. A chip
    alternates between up, for 1/λ on average, and down, so its availability is 1 / (1 + Σ λ t), with rates while it is
    up and the times that hangs, functional interrupts and latch-ups take. All chips share the same cross section and
    the same environment; their upsets are independent. The stated uncertainty of the model (`Rate`) is carried through
    beside the intervals and never merged with them: each rate off by its factor in the same direction.
    """
    environments = [condition.environment for condition in payload.conditions]
    rates = device_rates(payload.device, payload.folder, environments, seed=seed, draws=draws, confidence=confidence)
    heat = heat_cases(payload.chip, payload.chips, payload.overhead_w, payload.radiator, payload.orbit)
    errors = [
        _errors(payload, condition, found, heat, seed, draws, confidence)
        for condition, found in zip(payload.conditions, rates, strict=True)
    ]
    hot, mean, cold = heat
    eclipse = float(eclipse_fraction(payload.orbit.altitude_km, payload.orbit.beta_deg))
    always_hot, life = _life(payload.aging, hot, cold, eclipse, seed, draws, confidence)
    return PayloadEstimate(
        **{field.name: getattr(errors[0], field.name) for field in fields(PayloadErrors)},
        inputs=payload,
        seed=seed,
        draws=draws,
        confidence=confidence,
        event=errors[1] if len(errors) > 1 else None,
        hot=hot,
        mean=mean,
        cold=cold,
        eclipse_fraction=eclipse,
        life_factor_hot=always_hot,
        life_factor=life,
        notes=payload_notes(payload, rates, hot),
    )


def _errors(
    payload: Payload,
    condition: Condition,
    rates: DeviceRate,
    heat: tuple[HeatCase, HeatCase, HeatCase],
    seed: int,
    draws: int,
    confidence: float,
) -> PayloadErrors:
    if rates.upset is None or rates.upset.total is None:
        raise ConfigurationError(
            f"payload in {condition.name}: nothing in the environment upsets a bit: the device has only a proton cross "
            "section, and a LET spectrum holds no proton energies",
            remedy="give environment.orbit, environment.protons, or a heavy-ion cross section.",
        )
    recovery, n = payload.recovery, payload.chips
    sdc, hang = (
        _probability(known, np.random.default_rng([seed, *name.encode()]), draws)
        for name, known in (("sdc", payload.sdc), ("hang", payload.hang))
    )
    upsets = Uncertain.of_rate(rates.upset.total, draws).scaled(payload.bits_per_chip * payload.derating)
    hangs = upsets.times(*hang)
    interrupts, latch_ups = (_of_chip(rates.effects.get(name), draws) for name in ("sefi", "sel"))
    outages = hangs.plus(interrupts).plus(latch_ups)
    interrupt_s = recovery.reboot_s if recovery.interrupt_s is None else recovery.interrupt_s
    up = (
        hangs.scaled(recovery.reboot_s / _DAY_S)
        .plus(interrupts.scaled(interrupt_s / _DAY_S))
        .plus(latch_ups.scaled(recovery.power_cycle_s / _DAY_S))
        .share_up()
    )
    standing = None
    if recovery.scrub_interval_s is not None:
        standing = upsets.scaled(n * recovery.scrub_interval_s / _DAY_S / 2.0).figure(confidence)
    work = 1.0 - recovery.scrub_loss
    hot, mean, _ = heat
    return PayloadErrors(
        condition=condition,
        rates=rates,
        upsets_per_bit_day=rates.upset.total.estimate,
        upsets_per_day=upsets.scaled(n).figure(confidence),
        sdc_per_day=upsets.times(*sdc).scaled(n).figure(confidence),
        hangs_per_day=hangs.scaled(n).figure(confidence),
        interrupts_per_day=interrupts.scaled(n).figure(confidence),
        latch_ups_per_day=latch_ups.scaled(n).figure(confidence),
        outages_per_day=outages.scaled(n).figure(confidence),
        standing_upsets=standing,
        availability=up.figure(confidence),
        all_chips_availability=up.to_the_power(n).figure(confidence),
        throughput=up.scaled(hot.throughput * work).figure(confidence),
        mean_throughput=up.scaled(mean.throughput * work).figure(confidence),
    )


def _of_chip(effect: EffectRate | None, draws: int) -> Uncertain:
    if effect is None or effect.total is None:
        return Uncertain.nothing(draws)
    return Uncertain.of_rate(effect.total, draws)


def _probability(known: Proportion | Estimate, rng: np.random.Generator, n: int) -> tuple[float, Draws]:
    if isinstance(known, Proportion):
        return known.count / known.trials, Draws.of_proportion(known.count, known.trials, rng, n)
    if known.value == known.low == known.high:
        return known.value, Draws.of_exact(known.value, n)
    return known.value, Draws.of_probability(known, rng, n)


def _life(
    aging: Aging, hot: HeatCase, cold: HeatCase, eclipse: float, seed: int, draws: int, confidence: float
) -> tuple[Estimate, Estimate]:
    """Return the life factor if it were always hot, and with the hot case in the Sun and the cold one in eclipse."""
    value, interval = aging.activation_energy_ev, aging.activation_energy_interval_ev
    energies = np.array([value])
    if interval is not None:
        rng = np.random.default_rng([seed, *b"activation energy"])
        drawn = interval_draws("aging activation_energy_ev", value, interval, _PUBLISHED, rng, draws)
        energies = np.concatenate([energies, drawn])
    wear_hot, wear_cold = (
        np.array([float(arrhenius_acceleration(one, aging.reference_k, case.junction_k)) for one in energies])
        for case in (hot, cold)
    )
    lives = (1.0 / wear_hot, 1.0 / ((1.0 - eclipse) * wear_hot + eclipse * wear_cold))
    always_hot, life = (
        Draws.of_sample(one if interval is None else one[1:]).estimate(float(one[0]), confidence) for one in lives
    )
    return always_hot, life
