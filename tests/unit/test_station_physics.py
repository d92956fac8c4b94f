"""The physics the simulated instruments share."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from station_lab import NO_LATCH_UP, SURE_LATCH_UP, Lab

from radtest.instruments.station.lines import BeamPanel
from radtest.instruments.station.memory import pattern_word


def test_upsets_and_counts_agree_with_the_hidden_cross_section():
    lab = Lab(latch_up=NO_LATCH_UP)
    lab.power()
    assert lab.ask("WRITE checkerboard") == "OK words=1048576"
    lab.counter.answer("INIT")
    lab.irradiate("Kr", 1000.0, 60.0)
    fluence = int(str(lab.counter.answer("SENS:TOT:DATA?"))) / (10.0 * 0.95)
    expected = lab.truth.device.upset.sigma_cm2(25.0) * 16777216 * fluence
    assert fluence == pytest.approx(60e3, rel=0.2)  # the flux drifts
    assert abs(lab.mismatches() - expected) < 4 * math.sqrt(expected)


def test_a_scan_repairs_what_it_lists():
    lab = Lab(latch_up=NO_LATCH_UP)
    lab.power()
    lab.ask("WRITE ones")
    lab.irradiate("Xe", 1000.0, 10.0)
    assert lab.mismatches() > 100
    assert lab.mismatches() == 0


def test_a_listed_upset_differs_from_the_pattern_in_the_bit_it_names():
    lab = Lab(latch_up=NO_LATCH_UP)
    lab.power()
    lab.ask("WRITE inverse_checkerboard")
    lab.irradiate("Xe", 1000.0, 10.0)
    assert lab.mismatches() > 256
    page = lab.ask("UPSETS 1 0").removeprefix("OK ").split(";")
    assert len(page) == 256
    for item in page:
        address, bit, expected, observed = (int(field, 16) for field in item.split(","))
        assert expected == pattern_word("inverse_checkerboard", address, 16)
        assert (expected ^ observed) >> bit & 1


def test_a_bit_hit_twice_is_right_again():
    lab = Lab()
    memory = lab.world.memory
    memory.write()

    class SameBit:
        def poisson(self, _: float) -> int:
            return 2

        def integers(self, _: int, size: int) -> np.ndarray:
            return np.zeros(size, dtype=int)

    memory._rng = SameBit()  # type: ignore[assignment]
    memory.irradiate(25.0, 1.0)
    assert memory.flipped == {}
    assert memory.hits == 2


def test_the_beam_does_nothing_when_it_is_off():
    lab = Lab(latch_up=SURE_LATCH_UP)
    lab.power()
    lab.ask("WRITE zeros")
    lab.counter.answer("INIT")
    lab.wait(100.0)
    assert lab.counter.answer("SENS:TOT:DATA?") == "0"
    assert lab.mismatches() == 0


def test_an_ion_below_the_threshold_never_latches_the_device_up():
    lab = Lab()
    lab.power()
    lab.ask("WRITE zeros")
    lab.irradiate("Ar", 1e5, 20.0)
    assert lab.world.memory.latch_ups == 0


def test_latch_up_draws_current_silences_the_device_and_holds_until_power_is_off_long_enough():
    lab = Lab(latch_up=SURE_LATCH_UP)
    lab.power(limit_a=3.0)
    lab.ask("WRITE zeros")
    lab.irradiate("Xe", 100.0, 1.0)
    assert lab.measure("CURR") > 0.12 + 0.25 - 0.01
    assert lab.ask("SCAN") == "ERR 20 no response on the memory bus"
    lab.supply.answer("OUTP OFF,(@1,2)")
    lab.wait(0.3)  # 1.2 V · exp(−0.3 s / 1 s) = 0.89 V, above the holding voltage of 0.6 V
    lab.supply.answer("OUTP ON,(@1,2)")
    lab.wait(1.0)
    assert lab.measure("CURR") > 0.3
    lab.supply.answer("OUTP OFF,(@1,2)")
    lab.wait(4.0)
    assert lab.measure("VOLT") == pytest.approx(1.2 * math.exp(-4.0), abs=5e-3)
    lab.supply.answer("OUTP ON,(@1,2)")
    lab.wait(1.0)
    assert lab.measure("CURR") == pytest.approx(0.12, abs=5e-3)
    assert lab.ask("SCAN").endswith("overflow=1")  # the contents are lost
    lab.ask("WRITE zeros")
    assert lab.mismatches() == 0


def test_over_current_protection_trips_after_its_delay_and_stays_off_until_cleared():
    lab = Lab(latch_up=SURE_LATCH_UP | {"lowest_current_a": 1.0, "highest_current_a": 1.1})
    lab.power(limit_a=0.6, protection=True)
    lab.beam.answer("FLUX 1e6")
    lab.beam.answer("BEAM ON")
    lab.wait(0.02)
    assert lab.world.memory.latched
    assert lab.measure("CURR") == pytest.approx(0.6, abs=5e-3)  # limited
    assert lab.supply.answer("CURR:PROT:TRIP? (@1,2)") == "0,0"
    lab.wait(0.06)
    assert lab.supply.answer("CURR:PROT:TRIP? (@1,2);:OUTP? (@1,2)") == "1,0;0,1"
    lab.supply.answer("OUTP ON,(@1)")
    assert lab.supply.answer("OUTP? (@1)") == "0"
    lab.supply.answer("CURR:PROT:CLE (@1);:OUTP ON,(@1)")
    assert lab.supply.answer("OUTP? (@1)") == "1"


def test_inrush_is_limited_and_does_not_trip_a_protection_with_delay():
    lab = Lab()
    lab.supply.answer("VOLT 1.2,(@1);:CURR 0.6,(@1);:CURR:PROT:DEL 0.05,(@1);STAT 1,(@1);:OUTP ON,(@1)")
    assert lab.measure("CURR") == pytest.approx(0.6, abs=5e-3)
    lab.wait(0.5)
    assert lab.supply.answer("CURR:PROT:TRIP? (@1);:OUTP? (@1)") == "0;1"
    assert lab.measure("CURR") == pytest.approx(0.12, abs=5e-3)


def test_the_counter_closes_its_gate_by_itself():
    lab = Lab()
    lab.counter.answer("SENS:TOT:GATE:TIME 1;:INIT")
    lab.beam.answer("FLUX 1000")
    lab.beam.answer("BEAM ON")
    lab.wait(5.0)
    total = int(str(lab.counter.answer("SENS:TOT:DATA?")))
    assert total == pytest.approx(9500, rel=0.25)
    assert lab.counter.answer("STAT:OPER:COND?") == "0"


def test_nothing_acts_on_the_beam_without_the_token():
    lab = Lab()
    stranger = BeamPanel(lab.world, "token")
    for line in ("ION Kr", "FLUX 100", "BEAM ON"):
        assert str(stranger.answer(line)).startswith("ERR 401")
    assert stranger.answer("TOKEN guess") == "ERR 401 wrong token"
    assert str(stranger.answer("BEAM ON")).startswith("ERR 401")
    assert str(stranger.answer("STATUS")).startswith("OK ion=N ")
    assert not lab.world.beam.on


def test_the_ion_cannot_be_changed_with_the_beam_on_or_used_before_it_is_tuned():
    lab = Lab()
    lab.beam.answer("FLUX 100")
    assert lab.beam.answer("ION Xe") == "OK"
    assert str(lab.beam.answer("BEAM ON")).startswith("ERR 409")
    lab.wait(6.0)
    assert lab.beam.answer("BEAM ON") == "OK"
    assert str(lab.beam.answer("ION N")).startswith("ERR 409")


@pytest.mark.parametrize("pattern", ["zeros", "ones", "checkerboard", "inverse_checkerboard"])
def test_a_pattern_and_its_opposite_differ_in_every_bit(pattern):
    opposite = {"zeros": "ones", "checkerboard": "inverse_checkerboard"}
    other = opposite.get(pattern) or {value: key for key, value in opposite.items()}[pattern]
    for address in (0, 1, 2, 1048575):
        assert pattern_word(pattern, address, 16) ^ pattern_word(other, address, 16) == 0xFFFF


LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["OUTP ON,(@1)", "VOLT 9e99", "MEAS:CURR? (@1:3)", "SCAN", "UPSETS 1 0", "BEAM ON", "FLUX nan", "*RST", "INIT"]
    ),
    st.builds(
        lambda head, tail: f"{head} {tail}",
        st.sampled_from(["VOLT", "CURR:PROT:DEL", "OUTP", "ION", "FLUX", "WRITE", "UPSETS", "SENS:TOT:GATE:TIME"]),
        st.text(alphabet="0123456789eE.+-(@,:)ONF ;?", max_size=30),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), LINES), max_size=8))
def test_no_line_crashes_an_instrument(script):
    lab = Lab()
    panels = (lab.supply, lab.counter, lab.tester, lab.beam)
    for index, line in script:
        reply = panels[index].answer(line)
        while isinstance(reply, tuple):
            lab.wait(reply[0])
            reply = reply[1]()
        assert reply is None or isinstance(reply, str)
        lab.wait(0.1)
