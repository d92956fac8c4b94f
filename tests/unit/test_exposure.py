"""Which fluence counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.campaign import Exposure
from radtest.campaign.configuration import StopModel
from radtest.campaign.dosimetry_configuration import FluxModel
from radtest.campaign.flux_watch import FluxWatch
from radtest.campaign.rules import Standing, dose_rad, nearness, reached
from radtest.core import InstrumentError, StopReason

STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "confirm", "lose", "observe"]), st.integers(0, 1000), st.floats(0, 1e6)),
    max_size=50,
)


def test_all_between_the_pattern_and_the_last_scan_is_live():
    exposure = Exposure()
    exposure.begin(10, 100.0)
    exposure.confirm(20, 150.0)
    exposure.confirm(30, 200.0)
    assert (exposure.live_fluence_cm2, exposure.live_time_ns, exposure.dead_time_ns) == (100.0, 20, 0)


def test_what_passes_from_the_last_scan_before_a_latch_up_to_the_new_pattern_is_dead():
    exposure = Exposure()
    exposure.begin(0, 0.0)
    exposure.confirm(10, 100.0)
    exposure.observe(15, 150.0)
    exposure.lose()
    exposure.begin(40, 400.0)
    exposure.confirm(50, 500.0)
    assert exposure.live_fluence_cm2 == 200.0
    assert exposure.fluence_cm2 == 500.0
    assert exposure.dead_time_ns == 30


def test_fluence_since_the_last_scan_is_pending_until_the_next_and_nothing_when_lost():
    exposure = Exposure()
    exposure.begin(0, 0.0)
    exposure.observe(10, 70.0)
    assert exposure.pending_fluence_cm2 == 70.0
    exposure.lose()
    assert exposure.pending_fluence_cm2 == 0.0


def test_a_scan_without_a_pattern_before_it_cannot_count():
    with pytest.raises(ValueError, match="before the memory was written"):
        Exposure().confirm(1, 1.0)


@pytest.mark.parametrize("reading", [(5, 200.0), (20, 50.0)])
def test_a_counter_that_runs_backwards_is_noticed(reading):
    exposure = Exposure()
    exposure.begin(10, 100.0)
    with pytest.raises(InstrumentError, match="ran backwards"):
        exposure.observe(*reading)


@given(STEPS)
def test_live_never_exceeds_total_whatever_happens(steps):
    exposure = Exposure()
    exposure.observe(0, 0.0)
    time_ns, fluence = 0, 0.0
    for step, later_ns, more in steps:
        time_ns, fluence = time_ns + later_ns, fluence + more
        if step == "begin":
            exposure.begin(time_ns, fluence)
        elif step == "confirm" and exposure.live:
            exposure.confirm(time_ns, fluence)
        elif step == "lose":
            exposure.lose()
        else:
            exposure.observe(time_ns, fluence)
        assert 0 <= exposure.live_time_ns <= exposure.time_ns
        assert exposure.live_fluence_cm2 <= exposure.fluence_cm2 * (1 + 1e-12)
        assert exposure.dead_time_ns >= 0


STOP = StopModel(events=100, fluence_cm2=1e4, time_s=60.0, latch_ups=3, interrupts=5, dose_rad=2000.0)


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({}, None),
        ({"interrupts": 5}, StopReason.INTERRUPTS),
        ({"dose_rad": 2000.0}, StopReason.DOSE),
        ({"flux_lost": True}, StopReason.FLUX),
        ({"flux_lost": True, "time_s": 60.0}, StopReason.TIME),
        ({"events": 99, "live_fluence_cm2": 9999.0, "time_s": 59.9, "latch_ups": 2}, None),
        ({"events": 100}, StopReason.EVENTS),
        ({"live_fluence_cm2": 1e4}, StopReason.FLUENCE),
        ({"time_s": 60.0}, StopReason.TIME),
        ({"latch_ups": 3}, StopReason.LATCH_UPS),
        ({"events": 100, "time_s": 60.0}, StopReason.EVENTS),
    ],
)
def test_a_run_stops_by_the_rule_that_is_met(figures, reason):
    assert reached(STOP, Standing(**figures)) is reason


def test_a_rule_that_is_not_given_stops_nothing():
    everything = {"events": 10**9, "live_fluence_cm2": 1e12, "time_s": 59.0, "latch_ups": 10**6}
    assert reached(StopModel(time_s=60.0), Standing(**everything)) is None


def test_the_nearest_rule_tells_the_progress():
    assert nearness(STOP, Standing(events=50, live_fluence_cm2=1e3, time_s=6.0)) == 0.5
    assert nearness(STOP, Standing(events=500)) == 1.0


def test_rules_that_may_never_be_met_are_refused():
    with pytest.raises(ValueError, match="may never end"):
        StopModel(events=100)


def test_a_preset_gives_the_rules_that_the_file_does_not():
    assert StopModel(preset="escc-25100-upsets").events == 100
    rules = StopModel(preset="escc-25100-upsets", fluence_cm2=3e5, time_s=60.0)
    assert (rules.events, rules.fluence_cm2, rules.time_s) == (100, 3e5, 60.0)
    with pytest.raises(ValueError, match="escc-25100-destructive"):
        StopModel.model_validate({"preset": "escc", "time_s": 1.0})


def test_dose_of_a_fluence_of_ions():
    # 1e7 cm⁻² at 60 MeV·cm²/mg, a common worst case, is 9.6 krad(Si).
    assert dose_rad(60.0, 1e7) == pytest.approx(9612.0)


def flux_watched(flux_by_second: list[float], **model: float) -> tuple[list[bool], FluxWatch]:
    watch = FluxWatch(FluxModel(**{"average_s": 5.0, "patience_s": 20.0} | model), 1000.0)
    fluence, lost = 0.0, []
    for second, flux in enumerate(flux_by_second):
        lost.append(watch.observe(second * 10**9, fluence))
        fluence += flux
    return lost, watch


def test_a_beam_that_fails_for_a_while_is_waited_for():
    lost, watch = flux_watched([1000.0] * 20 + [0.0] * 15 + [1000.0] * 20)
    assert not any(lost)
    assert not watch.out_of_range
    # All but the seconds in which the average still held what came before, or held enough again.
    assert 10e9 <= watch.out_of_range_ns <= 15e9


@pytest.mark.parametrize("flux", [0.0, 150.0, 6000.0])
def test_a_flux_that_stays_out_of_range_ends_the_run(flux):
    lost, watch = flux_watched([1000.0] * 20 + [flux] * 60)
    assert 38 <= lost.index(True) <= 46
    assert watch.out_of_range


def test_a_drifting_flux_and_one_that_was_switched_off_are_in_range():
    assert not any(flux_watched([300.0, 3000.0] * 40)[0])
    watch = FluxWatch(FluxModel(average_s=5.0, patience_s=1.0), 1000.0)
    watch.observe(0, 0.0)
    watch.beam_switched()
    assert not any(watch.observe(second * 10**9, (second - 60) * 1000.0) for second in range(60, 80))
