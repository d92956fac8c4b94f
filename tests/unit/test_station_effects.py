"""What else befalls beam and device: spills, interruptions, clusters, functional interrupts, micro latch-ups, dose."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError
from station_lab import NO_LATCH_UP, Lab

ALWAYS = {"sigma_sat_cm2": 1.0, "let0_mev_cm2_mg": 0.1, "width_mev_cm2_mg": 1.0, "shape": 1.0}
MICRO = ALWAYS | {"channel": 2, "lowest_current_a": 0.05, "highest_current_a": 0.06, "holding_voltage_v": 1.0}
NEVER = ALWAYS | {"sigma_sat_cm2": 0.0}


def count_in(lab: Lab, seconds: float) -> int:
    lab.counter.answer("INIT")
    lab.wait(seconds)
    pulses = int(str(lab.counter.answer("SENS:TOT:DATA?")))
    lab.counter.answer("ABOR")
    return pulses


def test_a_synchrotron_delivers_all_particles_in_spills():
    lab = Lab(beam={"spill_period_s": 4.0, "spill_s": 1.0, "drift_relative": 0.0})
    lab.beam.answer("FLUX 1000")
    lab.beam.answer("BEAM ON")
    pulses = [count_in(lab, 0.5) for _ in range(16)]
    assert pulses[2:8] == [0] * 6
    assert pulses[10:16] == [0] * 6
    # 1,000 on average, of which the detector of 10 cm² sees 95 %.
    assert sum(pulses) == pytest.approx(8 * 9500, rel=0.02)


def test_jitter_leaves_the_mean_flux_as_it_is_and_spreads_the_counts():
    lab = Lab(beam={"jitter_relative": 0.8, "drift_relative": 0.0})
    lab.beam.answer("FLUX 1e5")
    lab.beam.answer("BEAM ON")
    pulses = [count_in(lab, 0.02) for _ in range(400)]
    mean = sum(pulses) / len(pulses)
    assert mean == pytest.approx(0.02 * 9.5e5, rel=0.15)
    spread = math.sqrt(sum((one - mean) ** 2 for one in pulses) / len(pulses)) / mean
    assert 0.6 < spread < 1.3  # Poisson alone would give 0.7 %


def test_an_interruption_stops_the_particles_but_not_the_beam_line():
    lab = Lab(beam={"interruptions": [{"after_s": 10.0, "lasts_s": 5.0}]})
    lab.beam.answer("FLUX 1000")
    lab.wait(100.0)  # counted is time with the beam on
    lab.beam.answer("BEAM ON")
    assert count_in(lab, 10.0) > 0
    assert count_in(lab, 5.0) == 0
    assert "beam=on" in str(lab.beam.answer("STATUS"))
    assert count_in(lab, 1.0) > 0


def test_clusters_flip_bits_at_neighbouring_addresses_and_keep_the_cross_section_of_bits():
    lab = Lab(latch_up=NO_LATCH_UP, device={"cluster_shares": {"2": 0.3, "4": 0.1}})
    lab.power()
    lab.ask("WRITE zeros")
    memory = lab.world.memory
    memory.irradiate(25.0, 3e4)
    expected = lab.truth.device.upset.sigma_cm2(25.0) * memory.bits * 3e4
    # Var of the bits: strikes × (0.6·1 + 0.3·4 + 0.1·16).
    spread = math.sqrt(expected / 1.6 * 3.4)
    assert abs(memory.hits - expected) < 4 * spread
    pairs = sum(memory.flipped.get(address + 1) == mask for address, mask in memory.flipped.items())
    assert pairs / memory.hits == pytest.approx((0.3 * 1 + 0.1 * 3) / 1.6, rel=0.1)


def test_a_functional_interrupt_silences_the_device_at_its_normal_current_until_power_is_cycled():
    lab = Lab(latch_up=NO_LATCH_UP, device={"interrupt": ALWAYS})
    lab.power()
    lab.ask("WRITE zeros")
    lab.irradiate("Xe", 100.0, 1.0)
    assert lab.world.memory.interrupts == 1
    assert lab.ask("SCAN") == "ERR 20 no response on the memory bus"
    assert lab.measure("CURR") == pytest.approx(0.12, abs=5e-3)
    lab.supply.answer("OUTP OFF,(@1,2)")
    lab.wait(4.0)
    lab.supply.answer("OUTP ON,(@1,2)")
    lab.wait(1.0)
    lab.ask("WRITE zeros")
    assert lab.mismatches() == 0


def test_a_micro_latch_up_draws_current_and_leaves_the_device_working():
    lab = Lab(latch_up=NO_LATCH_UP, device={"micro_latch_up": MICRO, "upset": NEVER})
    lab.power()
    lab.ask("WRITE zeros")
    lab.irradiate("Xe", 100.0, 1.0)
    assert lab.world.memory.micro_latch_ups == 1
    assert lab.measure("CURR", 2) == pytest.approx(0.03 + 0.055, abs=7e-3)
    assert lab.mismatches() == 0
    lab.supply.answer("OUTP OFF,(@1,2)")
    lab.wait(4.0)
    lab.supply.answer("OUTP ON,(@1,2)")
    lab.wait(1.0)
    assert lab.measure("CURR", 2) == pytest.approx(0.03, abs=3e-3)


def test_a_tilted_device_sees_a_higher_let_and_fewer_ions():
    lab = Lab(latch_up=NO_LATCH_UP, beam={"drift_relative": 0.0})
    lab.power()
    lab.ask("WRITE zeros")
    assert lab.beam.answer("TILT 60") == "OK"
    assert str(lab.beam.answer("TILT 85")).startswith("ERR 3")
    lab.counter.answer("INIT")
    lab.irradiate("Ar", 3000.0, 60.0)
    fluence = int(str(lab.counter.answer("SENS:TOT:DATA?"))) / (10.0 * 0.95)
    truth = lab.truth.device.upset
    expected = truth.sigma_cm2(2 * 7.27) * lab.world.memory.bits * fluence / 2
    assert expected > 3 * truth.sigma_cm2(7.27) * lab.world.memory.bits * fluence / 4
    assert abs(lab.mismatches() - expected) < 4 * math.sqrt(expected)
    assert "tilt=60" in str(lab.beam.answer("STATUS"))


def test_dose_raises_the_current_and_ends_the_device():
    lab = Lab(latch_up=NO_LATCH_UP, device={"dose_limit_krad": 20.0}, core={"leakage_a_per_krad": 1e-3})
    lab.power()
    lab.world.memory.irradiate(50.0, 1e7)
    # 1.602e-5 rad per MeV·cm²/mg and cm⁻²: 8.01 krad.
    assert lab.world.memory.dose_rad == pytest.approx(8010.0)
    assert lab.measure("CURR") == pytest.approx(0.12801, abs=2e-3)
    assert lab.ask("WRITE zeros").startswith("OK")
    lab.world.memory.irradiate(50.0, 2e7)
    assert lab.ask("WRITE zeros") == "ERR 20 no response on the memory bus"


@pytest.mark.parametrize(
    ("beam", "device", "said"),
    [
        ({"spill_s": 1.0}, {}, "go together"),
        ({"spill_period_s": 1.0, "spill_s": 2.0}, {}, "must not exceed"),
        ({"interruptions": [{"after_s": 5, "lasts_s": 5}, {"after_s": 7, "lasts_s": 1}]}, {}, "one after the other"),
        ({}, {"cluster_shares": {"2": 0.7, "3": 0.7}}, "add up to 1.4"),
        ({}, {"micro_latch_up": MICRO | {"channel": 3}}, "micro_latch_up.channel = 3 feeds no rail"),
    ],
)
def test_a_station_that_cannot_be_is_refused(beam, device, said):
    with pytest.raises(ValidationError, match=said):
        Lab(beam=beam, device=device)
