"""A real guard process on a real socket: what it recognises, and which faults of the supply it gets over."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from guard_samples import CORE, IO, Engine, guarded
from supply_on_the_wire import SupplyOnTheWire

from radtest.core import BusyError, ConfigurationError
from radtest.guard import GuardedOutlet
from radtest.instruments import AddressError, expected_dialogue


@pytest.fixture
def supply() -> Iterator[SupplyOnTheWire]:
    with SupplyOnTheWire() as running:
        yield running


@pytest.fixture
def engine(supply: SupplyOnTheWire) -> Iterator[Engine]:
    running = guarded(supply)
    running.power()
    yield running
    running.link.close()


def test_protection_is_set_before_power_and_power_is_off_at_the_end(supply, engine):
    assert supply.on == [True, True]
    for number, channel in ((1, CORE), (2, IO)):
        output = supply.outputs[number]
        assert (output.protected, output.limit_a, output.delay_s) == (True, channel.current_limit_a, 0.05)
    engine.link.close()
    assert supply.on == [False, False]


@pytest.mark.parametrize(
    ("current_a", "silent", "causes"),
    [
        pytest.param(0.25, False, {"micro"}, id="micro-latch-up"),
        pytest.param(2.0, False, {"software", "hardware"}, id="latch-up"),
        pytest.param(2.0, True, {"software"}, id="protection-fails-silently"),
    ],
)
def test_a_latch_up_is_cut_recorded_and_cleared(supply, engine, current_a, silent, causes):
    supply.silent_protection = silent
    supply.latch(1, current_a=current_a)
    seen = engine.hear("latch_up")
    (detection,) = seen["detections"]
    assert supply.on == [False, False]
    assert detection["cause"] in causes
    assert detection["channel"] == "core"
    assert detection["peak_current_a"] >= min(0.6, 0.1 + current_a) - 1e-6
    assert 0 <= seen["hold_time_s"] < 1.0
    held = engine.hear("held_off")
    assert supply.on == [False, False]
    assert held["attempt"] == 1
    engine.link.say("restore")
    cleared = engine.hear("cleared")
    assert supply.on == [True, True]
    assert cleared["attempts"] == 1
    assert cleared["off_time_s"] >= 0.2
    assert cleared["residual_voltage_v"] <= 0.1


def test_power_does_not_return_without_the_engines_consent(supply, engine):
    supply.latch(1)
    engine.hear("held_off", "latch_up")
    engine.hear("held_off")
    time.sleep(0.5)
    assert supply.on == [False, False]


def test_a_supply_whose_trip_is_faster_than_the_software_is_a_hardware_latch_up(supply):
    engine = guarded(supply, sample_period_s=0.3)
    try:
        engine.power()
        supply.latch(1, current_a=2.0)
        (detection,) = engine.hear("latch_up")["detections"]
        assert (detection["cause"], detection["peak_measured"], detection["peak_current_a"]) == ("hardware", False, 0.6)
    finally:
        engine.link.close()


def test_two_channels_that_latch_up_at_once_are_both_told(supply, engine):
    supply.latch(1, 2, current_a=2.0)
    detections = engine.hear("latch_up")["detections"]
    assert sorted(detection["channel"] for detection in detections) == ["core", "io"]
    assert all(detection["peak_current_a"] >= 0.2 for detection in detections)


def test_a_latch_up_that_does_not_clear_leaves_the_power_off(supply, engine):
    supply.latch(1, current_a=2.0, sticky=True)
    engine.hear("latch_up")
    for attempt in (1, 2):
        assert engine.hear("held_off")["attempt"] == attempt
        engine.link.say("restore")
    persists = engine.hear("persists")
    assert persists["attempts"] == 2
    assert persists["off_time_s"] >= 0.4  # twice as long as the first time
    assert supply.on == [False, False]
    time.sleep(0.2)
    assert supply.on == [False, False]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(b"+1.2E", id="dropped-in-the-middle"),
        pytest.param(b"\x00", id="dropped-after-a-byte"),
        pytest.param(b"soup\n", id="nonsense"),
        pytest.param(b"\xff\xfe\n", id="not-text"),
        pytest.param(b"1;2\n", id="too-short"),
    ],
)
def test_a_torn_or_senseless_reply_is_got_over_and_the_guard_goes_on(supply, engine, reply):
    supply.answer_next_with(reply)
    deadline_s = time.monotonic() + 5.0
    while not any("holds what was set" in note for note in engine.notes):
        engine.hear("sample")
        assert time.monotonic() < deadline_s
    assert supply.connections >= 2
    assert supply.on == [True, True]
    supply.latch(1)
    engine.hear("latch_up")
    assert supply.on == [False, False]


def test_a_latch_up_while_the_connection_is_down_is_found_when_it_is_back(supply, engine):
    supply.latch(1, current_a=2.0)
    supply.drop_connection()
    (detection,) = engine.hear("latch_up")["detections"]
    assert detection["channel"] == "core"
    assert supply.on == [False, False]


def test_a_supply_that_is_unplugged_is_a_fault_that_names_it(supply, engine):
    supply.unplug()
    fault = engine.hear("fault", seconds=20.0)
    assert supply.address in fault["message"]
    assert fault["problem"] is not None
    assert engine.link.make_safe() is not None
    supply.plug_in()
    assert engine.link.make_safe() is None


def test_a_supply_that_was_off_meanwhile_and_lost_its_settings_is_a_fault_that_names_both_values(supply, engine):
    supply.unplug()
    supply.plug_in()
    fault = engine.hear("fault", seconds=20.0)
    assert "does not hold what was set" in fault["message"]
    assert "channel 1 voltage_v was set to 1.2 V and is 0.000000E+00" in fault["message"]
    assert supply.on == [False, False]


def test_another_supply_at_the_address_is_a_fault(supply, engine):
    supply.serial = "MY2"
    supply.drop_connection()
    fault = engine.hear("fault", seconds=20.0)
    assert "MY1" in fault["message"]
    assert "MY2" in fault["message"]


def test_a_slow_engine_does_not_hold_the_guard_up(supply, engine):
    engine.link._wire.take = list  # type: ignore[method-assign] (it reads nothing any more)
    time.sleep(0.5)
    supply.latch(1)
    assert supply.wait_until([False, False], 1.0) < 0.5


def test_a_supply_that_is_not_there_is_named(supply):
    supply.unplug()
    engine = guarded(supply)
    with pytest.raises(AddressError, match="nothing listens there"):
        engine.link.wait_until_ready()
    engine.link.close()


def test_a_supply_has_one_guard_and_the_second_one_leaves_it_alone(supply, engine):
    second = guarded(supply)
    with pytest.raises(BusyError, match=f"the guard of another campaign has it .process {engine.link.process_id}."):
        second.link.wait_until_ready()
    second.link.close()
    assert supply.on == [True, True]


def test_a_guard_that_was_asked_nothing_leaves_the_supply_as_it_is(supply):
    for number in (1, 2):
        supply.outputs[number].switch(0.0, on=True)
    engine = guarded(supply)
    engine.link.wait_until_ready()
    engine.link.close()
    assert supply.on == [True, True]


def test_a_supply_may_be_named_by_its_serial_number(supply):
    engine = guarded(supply, address="serial:MY1", candidates=(supply.address,))
    engine.power()
    assert supply.on == [True, True]
    assert engine.link.place.endswith(f"serial:MY1 ({supply.address})")
    engine.link.close()


HELLO = [("login admin sesame", "250 OK"), ("version", "250 V1.5")]


def test_a_supply_that_does_not_switch_off_loses_its_mains(supply, monkeypatch):
    monkeypatch.setenv("RADTEST_OUTLET_PASSWORD", "sesame")
    script = [*HELLO, *HELLO, ("port 3 0", "250 OK"), ("port list", "250 1101")]
    with expected_dialogue(script, greeting="100 HELLO 5FD5F8B6 - KSHELL V1.5") as address:
        outlet = GuardedOutlet("netio-kshell", address, 3, "admin", "RADTEST_OUTLET_PASSWORD")
        engine = guarded(supply, outlet=outlet)
        engine.power()
        supply.stuck = True
        supply.latch(1, current_a=0.25)
        engine.hear("latch_up")
        fault = engine.hear("fault")
        assert "its mains outlet was switched off" in fault["message"]
        assert "read back" in fault["message"]
        assert fault["problem"] is None
        assert engine.link.make_safe() is None
        engine.link.close()


def test_an_outlet_without_its_password_is_refused_before_anything_is_switched(supply, monkeypatch):
    monkeypatch.delenv("RADTEST_OUTLET_PASSWORD", raising=False)
    outlet = GuardedOutlet("netio-kshell", "TCPIP::127.0.0.1::1::SOCKET", 3, "admin", "RADTEST_OUTLET_PASSWORD")
    engine = guarded(supply, outlet=outlet)
    with pytest.raises(ConfigurationError, match="RADTEST_OUTLET_PASSWORD is not set"):
        engine.link.wait_until_ready()
    engine.link.close()
