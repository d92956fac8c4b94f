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
        detection = detector.look((start + index) * PERIOD_NS, sample(current))
        if detection is not None:
            return index, detection
    return None


def test_the_alarm_needs_n_samples_in_a_row():
    assert feed(armed(), [0.3, 0.3]) is None
    index, detection = feed(armed(), [0.1, 0.3, 0.4, 0.35, 0.3])
    assert index == 3
    assert detection.cause is Cause.SOFTWARE
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
    detection = armed().look(1, sample(0.0, tripped=True))
    assert detection is not None
    assert detection.cause is Cause.HARDWARE


def test_the_peak_of_a_trip_that_was_not_sampled_is_at_least_the_current_limit():
    detector = armed()
    feed(detector, [0.1])
    detection = detector.look(11 * PERIOD_NS, sample(0.0, tripped=True))
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
