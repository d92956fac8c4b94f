"""Fluence from a counter that loses pulses."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from radtest.campaign.counted_fluence import CountedFluence
from radtest.campaign.dosimetry_configuration import DosimetryModel
from radtest.core import InstrumentError


def _counter(**further: object) -> CountedFluence:
    return CountedFluence(DosimetryModel.model_validate({"area_cm2": 2.0, "efficiency": 0.5, **further}))


def _measured_hz(true_hz: float, tau_s: float, model: str) -> float:
    return true_hz / (1 + true_hz * tau_s) if model == "non_paralysable" else true_hz * math.exp(-true_hz * tau_s)


def test_without_a_dead_time_fluence_is_proportional_to_counts():
    counter = _counter()
    assert [counter.at(0, 0), counter.at(1, 10), counter.of(7)] == [0.0, 10.0, 7.0]
    assert (counter.correction, counter.relative_sigma, counter.counting_spread) == (1.0, 0.0, 1.0)


def test_distance_from_a_point_source_is_squared():
    counter = _counter(distance={"dosimeter_m": 2.0, "device_m": 4.0})
    assert counter.at(0, 100) == 25.0


@pytest.mark.parametrize("model", ["non_paralysable", "paralysable"])
def test_pulses_are_found_again_while_the_flux_changes(model):
    tau_s, counts, true = 2e-5, 0.0, 0.0
    counter = _counter(dead_time={"tau_s": tau_s, "model": model})
    counter.at(0, 0)
    for second in range(1, 200):
        true_hz = 12_000 * (1 + 0.5 * math.sin(second / 9))
        counts += _measured_hz(true_hz, tau_s, model)
        true += true_hz
        assert counter.at(second * 1_000_000_000, counts) == pytest.approx(true, rel=1e-9)
    assert counter.correction == pytest.approx(true / counts)
    assert counter.of(counts / 2) < true / 2 * 1.1


def test_readings_close_together_are_corrected_as_those_before():
    counter = _counter(dead_time={"tau_s": 1e-5})
    counter.at(0, 0)
    counter.at(1_000_000_000, 10_000)
    once = counter.at(1_000_000_000, 10_000)
    assert counter.at(1_001_000_000, 10_050) - once == pytest.approx(50 / (1 - 0.1))


def test_fluence_never_falls_while_counts_rise():
    rng = np.random.default_rng(3)
    counter = _counter(dead_time={"tau_s": 1e-5})
    times = np.cumsum(rng.exponential(3e8, 500)).astype(int).tolist()
    counts = np.cumsum(rng.poisson(3000, 500)).tolist()
    fluences = [counter.at(time, count) for time, count in zip(times, counts, strict=True)]
    assert all(before < after for before, after in itertools.pairwise(fluences))
    assert [counter.of(count) for count in counts] == pytest.approx(fluences)


def test_within_the_spills_of_a_pulsed_beam_the_rate_is_higher():
    steady, pulsed = _counter(dead_time={"tau_s": 1e-5}), _counter(dead_time={"tau_s": 1e-5, "duty": 0.25})
    for counter in (steady, pulsed):
        counter.at(0, 0)
        counter.at(1_000_000_000, 10_000)
    assert steady.correction == pytest.approx(1 / (1 - 0.1))
    assert pulsed.correction == pytest.approx(1 / (1 - 0.4))


def test_a_saturated_counter_is_an_error():
    counter = _counter(dead_time={"tau_s": 1e-3})
    counter.at(0, 0)
    with pytest.raises(InstrumentError, match="saturated"):
        counter.at(1_000_000_000, 1_000)


@pytest.mark.parametrize("model", ["non_paralysable", "paralysable"])
def test_what_is_uncertain_about_the_dead_time_is_uncertain_about_the_fluence(model):
    tau_s, sigma_s, true_hz = 1e-5, 1e-6, 20_000.0
    counts = _measured_hz(true_hz, tau_s, model)

    def pulses(assumed_s: float) -> float:
        counter = _counter(dead_time={"tau_s": assumed_s, "sigma_s": sigma_s, "model": model})
        counter.at(0, 0)
        return counter.at(1_000_000_000, counts)

    counter = _counter(dead_time={"tau_s": tau_s, "sigma_s": sigma_s, "model": model})
    counter.at(0, 0)
    counter.at(1_000_000_000, counts)
    slope = (pulses(tau_s + 1e-10) - pulses(tau_s - 1e-10)) / 2e-10
    # Of the pulses found again, not of those that were counted, the share that the dead time moves.
    assert counter.relative_sigma == pytest.approx(slope * sigma_s / true_hz, rel=1e-4)
    more = _counter(dead_time={"tau_s": tau_s, "model": model})
    more.at(0, 0)
    step = more.at(1_000_000_000, counts + 0.5) - pulses(tau_s)
    assert counter.counting_spread * math.sqrt(true_hz) == pytest.approx(step / 0.5 * math.sqrt(counts), rel=1e-3)
