"""The station's further instruments as a process, spoken to by the real drivers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from radtest.campaign import SimulatedStation, simulate
from radtest.core import InstrumentError
from radtest.instruments import (
    AddressError,
    BeamLine,
    EspecP300,
    Keysight34461A,
    KeysightDAQ970A,
    KeysightDAQ970ARelays,
    KeysightE36300,
    KeysightInfiniiVision,
    NetioKshell,
    NewportESP301,
    Oscilloscope,
    PIController,
    RigolDS1000Z,
    TemptronicATS,
)

STATION = Path(__file__).parents[2] / "fixtures" / "stations" / "whole_laboratory.toml"
SPEED = 50.0
SESAME = "netio"


@pytest.fixture(scope="module")
def station() -> Iterator[SimulatedStation]:
    with simulate(STATION, speed=SPEED, seed=3) as running:
        yield running


@pytest.fixture
def supply(station: SimulatedStation) -> Iterator[KeysightE36300]:
    """Power for the device."""
    with_power = KeysightE36300(station.addresses["supply"], name="supply")
    for number, voltage, limit in ((1, 1.2, 0.6), (2, 3.3, 0.3)):
        channel = with_power.channel(number)
        channel.voltage_v, channel.current_limit_a = voltage, limit
    with_power.switch_on([1, 2])
    yield with_power
    with_power.close()


def wait_until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"


def test_the_meter_reads_the_rail_in_volts_and_amperes_and_the_device_in_degrees(station, supply):
    meter = Keysight34461A(station.addresses["meter"], name="meter")
    meter.set_up("VOLT", integration_cycles=1.0)
    assert meter.measure().result() == pytest.approx(1.2, rel=1e-3)
    meter.set_up("CURR", integration_cycles=1.0)
    assert meter.measure().result() == pytest.approx(0.12, rel=0.2)
    meter.set_up("TEMP")
    assert 20.0 < meter.measure().result() < 40.0
    meter.function = "RES"
    with pytest.raises(InstrumentError, match="overload"):
        meter.measure().result()
    meter.close()


def test_the_meter_overloads_on_a_range_that_is_too_low(station, supply):
    meter = Keysight34461A(station.addresses["meter"])
    meter.set_up("VOLT")
    meter.voltage_range_v = 0.1
    assert meter.voltage_autorange is False
    with pytest.raises(InstrumentError, match="overload"):
        meter.measure().result()
    meter.voltage_autorange = True
    assert meter.measure().result() == pytest.approx(1.2, rel=1e-3)
    meter.close()


def test_the_scanner_visits_its_channels_in_the_order_given(station, supply):
    scanner = KeysightDAQ970A(station.addresses["scanner"], name="scanner")
    scanner.channel(103).function = "TEMP"
    scanner.channel(103).temperature_probe = "TC"
    scanner.channel(103).thermocouple = "K"
    scanner.scan_list([103, 101, 102])
    temperature, core, inputs = scanner.scan().result()
    assert 20.0 < temperature < 40.0
    assert (core, inputs) == (pytest.approx(1.2, rel=1e-3), pytest.approx(3.3, rel=1e-3))
    scanner.close()


def test_a_relay_that_is_opened_takes_the_power_of_what_it_feeds(station):
    relays = KeysightDAQ970ARelays(station.addresses["scanner"], slot=2)
    meter = Keysight34461A(station.addresses["meter"], timeout_s=1.0)
    relays.switch_off([201])
    with pytest.raises(InstrumentError):
        meter.measure().result()
    relays.switch_on([201])
    wait_until(lambda: _comes_back(meter))
    assert relays.states().result()[201]
    for instrument in (relays, meter):
        instrument.close()


def _comes_back(driver: Keysight34461A | KeysightE36300) -> bool:
    try:
        driver.reconnect()
    except AddressError:
        return False
    return True


def _beam(station: SimulatedStation) -> BeamLine:
    beam = BeamLine(station.addresses["beam"], name="beam", token=station.token)
    beam.select_ion("Ne")
    beam.set_flux(1e5)
    wait_until(lambda: beam.status().ready)
    return beam


@pytest.mark.parametrize("kind", ["scope", "second_scope"])
def test_an_oscilloscope_captures_a_transient_when_an_ion_strikes(station, supply, kind):
    scope: Oscilloscope = (KeysightInfiniiVision if kind == "scope" else RigolDS1000Z)(station.addresses[kind])
    channel = scope.channel(1)
    channel.shown = True
    channel.scale_v = 0.2
    channel.offset_v = 1.0 if kind == "scope" else -1.0
    scope.time_scale_s, scope.time_position_s = 20e-9, 60e-9
    scope.trigger_source, scope.trigger_level_v, scope.trigger_slope = 1, 1.0, "NEG"
    beam = _beam(station)
    scope.arm()
    assert not scope.triggered().result()
    beam.switch_on()
    wait_until(lambda: scope.triggered().result())
    beam.switch_off()
    (capture,) = scope.fetch([1]).result()
    before = capture.volts[capture.times_s < -5e-9]
    assert np.mean(before) == pytest.approx(1.2, abs=0.02)
    crossing = np.flatnonzero(capture.volts < 1.0)[0]
    assert capture.times_s[crossing] == pytest.approx(0.0, abs=3e-9)
    assert capture.volts[-1] > capture.volts.min() + 0.1
    for instrument in (scope, beam):
        instrument.close()


def test_an_oscilloscope_without_a_beam_waits_until_it_is_disarmed(station, supply):
    scope = KeysightInfiniiVision(station.addresses["scope"])
    scope.trigger_source, scope.trigger_level_v, scope.trigger_slope = 1, 1.0, "NEG"
    scope.arm()
    assert not scope.triggered().result()
    assert scope.waiting
    scope.disarm()
    assert not scope.waiting
    scope.close()


def test_the_head_brings_the_device_to_its_temperature_and_says_when(station, supply):
    head = TemptronicATS(station.addresses["head"], name="head")
    meter = Keysight34461A(station.addresses["meter"])
    meter.set_up("TEMP")
    head.soak_s, head.window_k, head.device_sensor = 5, 1.0, True
    head.force(85.0)
    assert not head.read().result().settled
    wait_until(lambda: head.read().result().settled)
    assert meter.measure().result() == pytest.approx(85.0, abs=2.0)
    assert head.error_register == 0
    head.release()
    wait_until(lambda: meter.measure().result() < 40.0)
    for instrument in (head, meter):
        instrument.close()


def test_the_chamber_acknowledges_and_follows_slowly(station):
    chamber = EspecP300(station.addresses["chamber"], name="chamber", window_k=2.0)
    chamber.force(60.0)
    wait_until(lambda: chamber.read().result().settled)
    assert chamber.alarms == ()
    chamber.release()
    assert chamber.mode == "STANDBY"
    chamber.close()


def test_the_outlet_of_the_supply_is_the_last_resort(station, supply):
    outlets = NetioKshell(station.addresses["outlets"], password=SESAME)
    meter = Keysight34461A(station.addresses["meter"])
    meter.set_up("VOLT")
    outlets.switch_off([1])
    wait_until(lambda: meter.measure().result() < 0.1)
    with pytest.raises(InstrumentError):
        supply.sample([1]).result()
    outlets.switch_on([1])
    wait_until(lambda: _comes_back(supply))
    assert not supply.channel(1).output
    for instrument in (outlets, meter):
        instrument.close()


def test_an_outlet_that_is_stuck_says_so_and_a_welded_one_does_not(station):
    outlets = NetioKshell(station.addresses["outlets"], password=SESAME)
    with pytest.raises(InstrumentError, match="outlets 3 were switched off but read back on"):
        outlets.switch_off([3])
    outlets.switch_off([4])
    assert outlets.states().result() == {1: True, 2: True, 3: True, 4: False}
    outlets.close()


def test_a_wrong_password_is_refused(station):
    with pytest.raises(AddressError, match="refuses the login"):
        NetioKshell(station.addresses["outlets"], password=SESAME * 2)


def test_the_stage_moves_once_it_knows_its_origin(station):
    stage = PIController(station.addresses["stage"], name="stage")
    axis = stage.axis(1)
    assert axis.travel_mm == (0.0, 100.0)
    stage.reference(1)
    wait_until(lambda: axis.settled)
    axis.velocity_mm_s = 10.0
    axis.target_mm = 50.0
    assert not axis.settled
    wait_until(lambda: axis.settled)
    assert stage.positions([1]).result() == (50.0,)
    axis.target_mm = 10.0
    stage.stop()
    assert 10.0 < axis.position_mm <= 50.0
    axis.target_mm = 10.0
    wait_until(lambda: axis.settled)
    stage.close()


def test_the_other_motion_controller_speaks_its_own_dialect(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(STATION.read_text().replace('kind = "pi-gcs2"', 'kind = "newport-esp301"'))
    with simulate(path, speed=SPEED, seed=1) as running:
        stage = NewportESP301(running.addresses["stage"], name="stage")
        axis = stage.axis(1)
        axis.target_mm = 30.0
        wait_until(lambda: axis.settled)
        assert stage.positions([1]).result() == (30.0,)
        axis.motor_on = False
        assert not axis.motor_on
        with pytest.raises(InstrumentError, match=r"target_mm was set to 20\.0 but reads back 30"):
            axis.target_mm = 20.0
        with pytest.raises(InstrumentError, match="MOTOR NOT ENABLED"):
            stage.check()
        stage.close()
