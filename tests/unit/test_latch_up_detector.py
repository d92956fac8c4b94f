"""Recognising a latch-up: two levels, blanking, N samples in a row."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.campaign import Cause, LatchUpDetector
from radtest.campaign.configuration import ChannelModel, GuardModel
from radtest.instruments import ChannelSample

CHANNEL = ChannelModel(
    number=1, name="core", voltage_v=1.2, nominal_current_a=0.1, alarm_above_nominal_a=0.1, current_limit_a=0.6
)
GUARD = GuardModel(samples_in_a_row=3, blanking_s=0.5)
PERIOD_NS = 100_000_000


def armed() -> LatchUpDetector:
    detector = LatchUpDetector([CHANNEL], GUARD)
    detector.arm(0)
    return detector


def sample(current_a: float, *, tripped: bool = False) -> list[ChannelSample]:
    return [ChannelSample(1, 1.2, current_a, tripped)]


def feed(detector: LatchUpDetector, currents: list[float], start: int = 10):
    for index, current in enumerate(currents):
        detections = detector.look((start + index) * PERIOD_NS, sample(current))
        if detections:
            return index, detections[0]
    return None


def test_the_alarm_needs_n_samples_in_a_row():
    assert feed(armed(), [0.3, 0.3]) is None
    index, detection = feed(armed(), [0.1, 0.3, 0.4, 0.35, 0.3])
    assert index == 3
    assert detection.cause is Cause.MICRO
    assert detection.channel == "core"
    assert (detection.peak_current_a, detection.peak_measured) == (0.4, True)
    assert detection.last_good_ns == 10 * PERIOD_NS
    assert detection.detected_ns == 13 * PERIOD_NS


def test_one_normal_sample_starts_the_count_again():
    assert feed(armed(), [0.3, 0.3, 0.1, 0.3, 0.3, 0.1]) is None


def test_inrush_during_blanking_is_no_latch_up():
    assert feed(armed(), [0.6, 0.6, 0.6, 0.6], start=0) is None
    assert feed(armed(), [0.6, 0.6, 0.6, 0.6], start=5) is not None


def test_a_hardware_trip_counts_at_once_and_during_blanking():
    (detection,) = armed().look(1, sample(0.0, tripped=True))
    assert detection.cause is Cause.HARDWARE


def test_the_peak_of_a_trip_that_was_not_sampled_is_at_least_the_current_limit():
    detector = armed()
    feed(detector, [0.1])
    (detection,) = detector.look(11 * PERIOD_NS, sample(0.0, tripped=True))
    assert (detection.peak_current_a, detection.peak_measured) == (0.6, False)


def test_one_high_sample_is_not_calm_and_a_normal_one_is():
    detector = armed()
    feed(detector, [0.1])
    assert detector.calm
    feed(detector, [0.3], start=11)
    assert not detector.calm
    feed(detector, [0.1], start=12)
    assert detector.calm


def test_it_has_settled_after_n_normal_samples():
    detector = armed()
    feed(detector, [0.1, 0.1])
    assert not detector.settled
    feed(detector, [0.1], start=12)
    assert detector.settled


def test_silence_has_no_current():
    detection = armed().silence(5)
    assert detection.cause is Cause.SILENCE
    assert math.isnan(detection.peak_current_a)


@given(st.lists(st.booleans(), max_size=60))
def test_it_alarms_exactly_where_three_in_a_row_are_high(highs):
    found = feed(armed(), [0.3 if high else 0.1 for high in highs])
    expected = next((i for i in range(2, len(highs)) if all(highs[i - 2 : i + 1])), None)
    assert (found[0] if found else None) == expected


def test_the_software_level_must_lie_below_the_hardware_level():
    with pytest.raises(ValueError, match="must lie above the software alarm"):
        ChannelModel.model_validate(CHANNEL.model_dump() | {"current_limit_a": 0.2})


IO = ChannelModel(
    number=2, name="io", voltage_v=3.3, nominal_current_a=0.03, alarm_above_nominal_a=0.03, current_limit_a=0.2
)


def armed_on_two() -> LatchUpDetector:
    detector = LatchUpDetector([CHANNEL, IO], GUARD)
    detector.arm(0)
    return detector


def both(core_a: float, io_a: float, *, tripped: bool = False) -> list[ChannelSample]:
    return [ChannelSample(1, 1.2, core_a, tripped), ChannelSample(2, 3.3, io_a, False)]


def test_one_sample_above_the_latch_up_level_is_enough_even_if_the_supply_does_not_trip():
    index, detection = feed(armed(), [0.1, 0.6])
    assert (index, detection.cause, detection.peak_measured) == (1, Cause.SOFTWARE, True)


def test_the_latch_up_level_lies_between_alarm_and_limit():
    assert CHANNEL.latch_up_a == pytest.approx(0.2 + 0.95 * (0.6 - 0.2))
    with pytest.raises(ValueError, match="must lie above the alarm"):
        ChannelModel.model_validate(CHANNEL.model_dump() | {"latch_up_current_a": 0.7})


def test_two_channels_that_latch_up_together_are_two_detections_the_trip_first():
    detector = armed_on_two()
    first, second = detector.look(10 * PERIOD_NS, both(0.0, 0.2, tripped=True))
    assert [first.channel, second.channel] == ["core", "io"]
    assert [first.cause, second.cause] == [Cause.HARDWARE, Cause.SOFTWARE]


def test_a_channel_that_is_high_but_not_long_enough_is_named():
    (detection,) = armed_on_two().look(10 * PERIOD_NS, both(0.6, 0.1))
    assert (detection.channel, detection.also_high) == ("core", ("io",))
