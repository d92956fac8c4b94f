"""Dosimetry: calibration, dead time, distance and tilt, and their uncertainties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.campaign import (
    BeamState,
    BeamWatch,
    Calibration,
    DeadTime,
    DeadTimeModel,
    Fluence,
    Geometry,
    fluence_at_die,
    manual_fluence,
)
from radtest.core import ConfigurationError, InstrumentError

CALIBRATION = Calibration(250.0, 0.05, "certificate 12, 2026-10-01")
KINDS = list(DeadTimeModel)


def test_counts_become_fluence_with_both_uncertainties():
    found = fluence_at_die(400, CALIBRATION)
    assert found.fluence_cm2 == 100_000.0
    assert found.relative == pytest.approx(math.hypot(1 / 20, 0.05))
    assert found.source == "certificate 12, 2026-10-01"


def test_no_counts_are_not_known_exactly():
    assert fluence_at_die(0, CALIBRATION) == Fluence(0.0, 250.0, CALIBRATION.source)


def test_distance_and_tilt_thin_the_fluence_on_the_die():
    place = Geometry(dosimeter_m=1.0, device_m=2.0, device_sigma_m=0.02, tilt_deg=60.0, tilt_sigma_deg=1.0)
    assert place.factor == pytest.approx(0.125)
    assert place.relative_sigma == pytest.approx(math.hypot(0.02, math.sqrt(3) * math.pi / 180))
    found = fluence_at_die(400, CALIBRATION, geometry=place)
    assert found.fluence_cm2 == pytest.approx(12_500)
    assert found.relative == pytest.approx(math.hypot(math.hypot(0.05, 0.05), place.relative_sigma))


@given(st.sampled_from(KINDS), st.floats(1e-9, 1e-3), st.floats(0, 0.9))
def test_the_true_rate_leads_back_to_the_measured_one(model, tau_s, load):
    true_hz = load / tau_s
    measured = true_hz / (1 + load) if model is DeadTimeModel.NON_PARALYSABLE else true_hz * math.exp(-load)
    assert DeadTime(tau_s, model).true_rate_hz(measured) == pytest.approx(true_hz, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("model", KINDS)
def test_a_simulated_counter_gives_its_true_rate_back(model):
    """Pulses at random, those during the dead time lost as the model says."""
    rng = np.random.default_rng(5)
    tau_s, true_hz, time_s = 1e-4, 3000.0, 100.0
    pulses = np.cumsum(rng.exponential(1 / true_hz, round(true_hz * time_s)))
    if model is DeadTimeModel.PARALYSABLE:
        counted = 1 + int((np.diff(pulses) > tau_s).sum())
    else:
        counted, last = 0, -1.0
        for moment in pulses.tolist():
            if moment - last > tau_s:
                counted, last = counted + 1, moment
    found, sigma = DeadTime(tau_s, model).true_counts(counted, float(pulses[-1]))
    assert counted < 0.8 * len(pulses)
    assert abs(found - len(pulses)) < 4 * sigma
    assert sigma < 0.01 * found


@pytest.mark.parametrize(("model", "highest"), list(zip(KINDS, (1000, 367), strict=True)))
def test_a_saturated_counter_is_refused_with_what_it_can_measure(model, highest):
    counter = DeadTime(1e-3, model)
    assert counter.true_rate_hz(0.99 * highest) > highest
    with pytest.raises(InstrumentError, match=f"saturated: .*measurable are rates below {highest}"):
        counter.true_rate_hz(highest + 1)


@pytest.mark.parametrize("model", KINDS)
@pytest.mark.parametrize(("counts", "tau_sigma_s"), [(20_000, 0.0), (100, 2e-6), (20_000, 2e-6)])
def test_uncertainties_of_dead_time_are_the_derivatives(model, counts, tau_sigma_s):
    counter = DeadTime(1e-5, model, tau_sigma_s)
    _, sigma = counter.true_counts(counts, 1.0)
    by_counts = (counter.true_rate_hz(counts + 0.5) - counter.true_rate_hz(counts - 0.5)) * math.sqrt(counts)
    step = 1e-9
    by_tau = (DeadTime(1e-5 + step, model).true_rate_hz(counts) - DeadTime(1e-5 - step, model).true_rate_hz(counts)) / (
        2 * step
    )
    assert sigma == pytest.approx(math.hypot(by_counts, by_tau * tau_sigma_s), rel=1e-4)


def test_dead_time_goes_into_the_fluence():
    found = fluence_at_die(50_000, CALIBRATION, time_s=1.0, dead_time=DeadTime(1e-6))
    assert found.fluence_cm2 == pytest.approx(250 * 50_000 / 0.95)
    with pytest.raises(ConfigurationError, match="needs the length"):
        fluence_at_die(50_000, CALIBRATION, dead_time=DeadTime(1e-6))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Calibration(0.0, 0.1),
        lambda: Calibration(1.0, 1.0),
        lambda: Calibration(math.nan, 0.1),
        lambda: DeadTime(-1.0),
        lambda: Geometry(device_m=0.0),
        lambda: Geometry(tilt_deg=90.0),
        lambda: Geometry(tilt_deg=-10.0),
        lambda: Fluence(-1.0, 0.0),
        lambda: Fluence(1.0, math.inf),
        lambda: BeamWatch(probability=0.0),
    ],
)
def test_what_makes_no_sense_is_refused(make):
    with pytest.raises(ConfigurationError, match="legal"):
        make()


@pytest.mark.parametrize("counts", [-1, math.nan, math.inf])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(InstrumentError, match="legal is a finite number"):
        fluence_at_die(counts, CALIBRATION)


@pytest.mark.parametrize("text", ["1.2e7 +- 5%", "1.2e7 ± 6e5", " 12000000+-600000 "])
def test_a_fluence_can_be_entered_by_hand(text):
    found = manual_fluence(text, who="A. Lab")
    assert (found.fluence_cm2, found.sigma_cm2) == (1.2e7, pytest.approx(6e5))
    assert found.source == "entered by A. Lab"


@pytest.mark.parametrize("text", ["1.2e7", "much +- 5%", "1e7 +- ", "1e7 +- -5%", "nan +- 1", "1e999 +- 1", ""])
def test_what_is_entered_must_be_a_fluence_with_its_uncertainty(text):
    with pytest.raises(ConfigurationError):
        manual_fluence(text, who="A. Lab")


def test_whoever_enters_a_fluence_answers_for_it():
    with pytest.raises(ConfigurationError, match="nobody answers"):
        manual_fluence("1 +- 1", who=" ")


def beam(rate_hz: float, seconds: int, seed: int, start: int = 0, counts: float = 0.0):
    rng = np.random.default_rng(seed)
    for second in range(start, start + seconds):
        counts += float(rng.poisson(rate_hz))
        yield second * 10**9, counts


def test_a_frozen_counter_is_a_beam_that_is_off():
    watch = BeamWatch()
    states = [watch.read(*reading) for reading in beam(1000, 60, 1)]
    assert states[0] is BeamState.UNKNOWN
    assert set(states[1:]) == {BeamState.ON}
    last = list(beam(1000, 60, 1))[-1]
    frozen = [watch.read(last[0] + second * 10**9, last[1]) for second in range(1, 6)]
    assert frozen == [BeamState.ON, BeamState.ON, BeamState.OFF, BeamState.OFF, BeamState.OFF]
    assert (watch.off_since_ns, watch.interruptions) == (last[0], 1)
    assert watch.read(last[0] + 10 * 10**9, last[1] + 500) is BeamState.ON
    assert watch.off_since_ns is None


def test_a_slow_counter_is_given_time():
    """At 0.2 counts/s a standstill of a minute is chance; a steady beam of a night is never called off."""
    watch = BeamWatch()
    states = [watch.read(*reading) for reading in beam(0.2, 36_000, 2)]
    assert BeamState.OFF not in states[100:]
    assert watch.needed_s > 30


def test_readings_that_stop_coming_are_not_a_beam_that_is_off():
    watch = BeamWatch(stale_s=30)
    for reading in beam(100, 10, 3):
        watch.read(*reading)
    assert watch.state(20 * 10**9) is BeamState.ON
    assert watch.state(60 * 10**9) is BeamState.STALE
    assert watch.interruptions == 0


def test_a_counter_that_was_reset_begins_anew():
    watch = BeamWatch()
    for reading in beam(100, 10, 3):
        watch.read(*reading)
    assert watch.read(10 * 10**9, 5.0) is BeamState.ON
    assert watch.read(11 * 10**9, 105.0) is BeamState.ON
    assert watch.interruptions == 0
