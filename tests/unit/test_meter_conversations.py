"""What the drivers of meters, oscilloscopes, temperature, outlets and motion do beyond their properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from meter_benches import (
    CHAMBER,
    ESP,
    HEAD,
    KEYSIGHT_SCOPE,
    METER,
    PI,
    RELAYS,
    RIGOL_SCOPE,
    SCANNER,
    SESAME,
    STRIP_HELLO,
    Lines,
    converse,
    joined,
    told,
    two,
)

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import (
    AddressError,
    EspecP300,
    Keysight34461A,
    KeysightDAQ970A,
    KeysightDAQ970ARelays,
    NetioKshell,
    NewportESP301,
    PIController,
    TemperatureReading,
    TemptronicATS,
    expected_dialogue,
)


def test_a_measurement_beyond_the_range_raises():
    with pytest.raises(InstrumentError, match="overload"):
        converse(METER, [("READ?", "+9.90000000E+37")], lambda meter: meter.measure().result())


def test_the_unit_of_a_meter_is_that_of_its_function():
    lines = [
        *joined('SENS:FUNC "CURR"', "SENS:FUNC?", '"CURR"'),
        *joined("SENS:CURR:DC:NPLC 10", "SENS:CURR:DC:NPLC?", "+1.0E+01"),
        ("READ?", "-1.5E-03"),
    ]

    def act(meter: Keysight34461A) -> tuple[str, str, float]:
        before = meter.unit
        meter.set_up("CURR", integration_cycles=10)
        return before, meter.unit, meter.measure().result()

    assert converse(METER, lines, act) == ("V", "A", -1.5e-3)


def test_a_scan_list_is_read_back_as_the_block_it_comes_as():
    lines: Lines = [("ROUT:SCAN (@101,103);:ROUT:SCAN?", b"#210(@101,103)\n"), ("READ?", "+1.2E+00,+2.5E+01")]

    def act(scanner: KeysightDAQ970A) -> tuple[float, ...]:
        scanner.scan_list([101, 103])
        return scanner.scan().result()

    assert converse(SCANNER, lines, act) == (1.2, 25.0)


def test_a_scan_list_that_reads_back_otherwise_raises():
    lines: Lines = [("ROUT:SCAN (@101,303);:ROUT:SCAN?", b"#16(@101)\n")]
    with pytest.raises(InstrumentError, match=r"reads back '\(@101\)'"):
        converse(SCANNER, lines, lambda scanner: scanner.scan_list([101, 303]))


def test_a_scan_of_another_length_raises():
    lines: Lines = [("ROUT:SCAN (@101);:ROUT:SCAN?", b"#16(@101)\n"), ("READ?", "+1.2E+00,+2.5E+01")]

    def act(scanner: KeysightDAQ970A) -> tuple[float, ...]:
        scanner.scan_list([101])
        return scanner.scan().result()

    with pytest.raises(InstrumentError, match="1 channels are in the scan list"):
        converse(SCANNER, lines, act)


@pytest.mark.parametrize("number", [100, 121, 401, 1, -101, True])
def test_a_scanner_channel_no_slot_can_hold_is_refused_before_a_byte_is_sent(number):
    with pytest.raises(ConfigurationError, match="has no channel"):
        converse(SCANNER, [], lambda scanner: scanner.scan_list([number]))


@pytest.mark.parametrize(("answered", "raises"), [("1,1", False), ("1,0", True)])
def test_relays_are_closed_together_and_read_back(answered, raises):
    lines: Lines = [("ROUT:CLOS (@201,202);:ROUT:CLOS? (@201,202)", answered)]
    if raises:
        with pytest.raises(InstrumentError, match=r"told to close but read back \[True, False\]"):
            converse(RELAYS, lines, lambda relays: relays.switch_on([201, 202]))
    else:
        converse(RELAYS, lines, lambda relays: relays.switch_on([201, 202]))


def test_relays_are_opened_and_all_their_states_read():
    listed = ",".join(str(number) for number in range(201, 221))
    lines: Lines = [
        ("ROUT:OPEN (@201);:ROUT:CLOS? (@201)", "0"),
        (f"ROUT:CLOS? (@{listed})", ",".join(["0", "1", *["0"] * 18])),
    ]

    def act(relays: KeysightDAQ970ARelays) -> dict[int, bool]:
        relays.switch_off([201])
        return relays.states().result()

    states = converse(RELAYS, lines, act)
    assert [number for number, on in states.items() if on] == [202]


def test_a_relay_of_another_slot_is_refused_before_a_byte_is_sent():
    with pytest.raises(ConfigurationError, match="has no outlet 101; legal: 201 to 220"):
        converse(RELAYS, [], lambda relays: relays.switch_off([101]))


def strip(address: str) -> NetioKshell:
    return NetioKshell(address, password=SESAME, timeout_s=1.0)


def greeting_dialogue(lines: Lines, greeting: str | None = "100 HELLO 5FD5F8B6 - KSHELL V1.5"):
    return expected_dialogue([*STRIP_HELLO, *lines], greeting=greeting)


def test_outlets_are_switched_and_read_back():
    script: Lines = [
        ("port 1 1", "250 OK"),
        ("port 3 1", "250 OK"),
        ("port list", "250 1010"),
        ("port 1 0", "250 OK"),
        ("port list", "250 0010"),
        ("port list", "250 0010"),
    ]
    with greeting_dialogue(script) as address:
        outlets = strip(address)
        outlets.switch_on([1, 3])
        outlets.switch_off([1])
        assert outlets.states().result() == {1: False, 2: False, 3: True, 4: False}
        assert outlets.session.last_set == "outlet 1 = off; outlet 3 = on"
        outlets.close()


def test_an_outlet_that_stays_on_raises_and_says_to_pull_the_plug():
    with greeting_dialogue([("port 2 0", "250 OK"), ("port list", "250 0100")]) as address:
        outlets = strip(address)
        with pytest.raises(InstrumentError, match=r"outlets 2 were switched off but read back on[^$]*pull the plug"):
            outlets.switch_off([2])
        outlets.close()


def test_an_outlet_that_may_not_be_switched_raises():
    with greeting_dialogue([("port 2 0", "501 INVALID PARAMETER")]) as address:
        outlets = strip(address)
        with pytest.raises(InstrumentError, match="refuses to switch outlet 2 off"):
            outlets.switch_off([2])
        outlets.close()


def test_an_outlet_the_strip_lacks_is_refused_before_a_byte_is_sent():
    with greeting_dialogue([]) as address:
        outlets = strip(address)
        with pytest.raises(ConfigurationError, match="has no outlet 5; legal: 1, 2, 3, 4"):
            outlets.switch_on([5])
        outlets.close()


def test_the_password_of_a_strip_appears_in_no_message():
    with expected_dialogue([("login admin sesame", "505 FORBIDDEN")], greeting="100 HELLO 0 - KSHELL V1.5") as address:
        with pytest.raises(AddressError, match="refuses the login") as caught:
            strip(address)
        assert SESAME not in str(caught.value)


def test_what_greets_otherwise_is_no_strip():
    with expected_dialogue([], greeting="SSH-2.0-OpenSSH_9.2") as address, pytest.raises(AddressError, match="greets"):
        strip(address)


PREAMBLE = "+1,+0,+4,+1,+1.0E-09,-2.0E-09,+0,+1.0E-03,+5.0E-01,+32768"


def test_a_keysight_capture_is_scaled_by_its_preamble():
    samples = np.array([32768, 32868, 32668, 33768], dtype="<u2").tobytes()
    lines: Lines = [
        (":WAV:SOUR CHAN2;FORM WORD;BYT LSBF;UNS 1;PRE?", PREAMBLE),
        (":WAV:DATA?", b"#800000008" + samples + b"\n"),
    ]
    (capture,) = converse(KEYSIGHT_SCOPE, lines, lambda scope: scope.fetch([2]).result())
    assert capture.channel == 2
    np.testing.assert_allclose(capture.volts, [0.5, 0.6, 0.4, 1.5])
    np.testing.assert_allclose(capture.times_s, [-2e-9, -1e-9, 0.0, 1e-9], atol=1e-15)


def test_a_rigol_capture_is_scaled_by_its_own_formula():
    lines: Lines = [
        (":WAV:SOUR CHAN1", None),
        (":WAV:MODE NORM", None),
        (":WAV:FORM BYTE", None),
        (":WAV:PRE?", "0,0,3,1,2.0e-9,-1.0e-9,0,4.0e-2,-25,127"),
        (":WAV:DATA?", b"#9000000003" + bytes([102, 127, 77]) + b"\n"),
    ]
    (capture,) = converse(RIGOL_SCOPE, lines, lambda scope: scope.fetch([1]).result())
    np.testing.assert_allclose(capture.volts, [0.0, 1.0, -1.0], atol=1e-12)
    np.testing.assert_allclose(capture.times_s, [-1e-9, 1e-9, 3e-9], atol=1e-15)


@pytest.mark.parametrize("preamble", [PREAMBLE.replace("+4", "+5"), "nonsense", PREAMBLE.replace("+1.0E-09", "0")])
def test_a_preamble_that_does_not_fit_raises(preamble):
    lines: Lines = [
        (":WAV:SOUR CHAN1;FORM WORD;BYT LSBF;UNS 1;PRE?", preamble),
        (":WAV:DATA?", b"#18" + bytes(8) + b"\n"),
    ]
    with pytest.raises(InstrumentError, match="preamble of channel 1"):
        converse(KEYSIGHT_SCOPE, lines, lambda scope: scope.fetch([1]).result())


ARM_KEYSIGHT = two(":TRIG:SWE NORM", ":TRIG:SWE?", "NORM")


@pytest.mark.parametrize(("condition", "event", "armed"), [("+8", "+0", True), ("+0", "+1", True), ("+0", "+0", False)])
def test_a_keysight_oscilloscope_that_neither_waits_nor_triggered_was_not_armed(condition, event, armed):
    lines = [*ARM_KEYSIGHT, (":TER?", "+1"), (":SING", None), (":OPER:COND?", condition), (":TER?", event)]
    if armed:
        converse(KEYSIGHT_SCOPE, lines, lambda scope: scope.arm())
    else:
        with pytest.raises(InstrumentError, match="does not wait for a trigger"):
            converse(KEYSIGHT_SCOPE, lines, lambda scope: scope.arm())


def test_a_rigol_that_still_says_stop_after_being_armed_is_asked_again():
    lines = [*ARM_KEYSIGHT, (":SING", None), *[(":TRIG:STAT?", "STOP")] * 3, (":TRIG:STAT?", "WAIT")]
    converse(RIGOL_SCOPE, lines, lambda scope: scope.arm())


@pytest.mark.parametrize(
    ("bench", "lines", "expected"),
    [
        (KEYSIGHT_SCOPE, [(":OPER:COND?", "+8")], False),
        (KEYSIGHT_SCOPE, [(":OPER:COND?", "+0")], True),
        (RIGOL_SCOPE, [(":TRIG:STAT?", "WAIT")], False),
        (RIGOL_SCOPE, [(":TRIG:STAT?", "TD")], False),
        (RIGOL_SCOPE, [(":TRIG:STAT?", "STOP")], True),
    ],
)
def test_a_trigger_is_noticed_once_the_capture_is_complete(bench, lines, expected):
    assert converse(bench, lines, lambda scope: scope.triggered().result()) is expected


def test_an_oscilloscope_channel_that_is_not_there_is_refused():
    with pytest.raises(ConfigurationError, match="has no channel 5; legal: 1, 2, 3, 4"):
        converse(RIGOL_SCOPE, [], lambda scope: scope.channel(5))


@pytest.mark.parametrize(("temperature", "number"), [(-40.0, 2), (25.0, 1), (20.0, 1), (85.0, 0)])
def test_a_head_is_told_in_the_set_point_whose_limits_fit(temperature, number):
    lines = [
        *two(f"SETN {number}", "SETN?", str(number)),
        *two(f"SETP {temperature:.1f}", "SETP?", f"{temperature:.1f}"),
        *two("HEAD 1", "HEAD?", "1"),
        *two("FLOW 1", "FLOW?", "1"),
    ]
    converse(HEAD, lines, lambda head: head.force(temperature))


@pytest.mark.parametrize("temperature", [-60.1, 150.1, math.nan])
def test_a_head_is_not_told_a_temperature_beyond_its_limits(temperature):
    with pytest.raises(ConfigurationError, match="legal: -60 to 150"):
        converse(HEAD, [], lambda head: head.force(temperature))


def test_a_head_without_a_sensor_has_no_temperature():
    lines: Lines = [("TEMP?", "999.9"), ("SETP?", "25.0"), ("TECR?", "2")]
    with pytest.raises(InstrumentError, match="above 400"):
        converse(HEAD, lines, lambda head: head.read().result())


def test_a_head_says_where_it_is_and_is_released():
    lines: Lines = [("TEMP?", "84.9"), ("SETP?", "85.0"), ("TECR?", "1"), *two("FLOW 0", "FLOW?", "0")]

    def act(head: TemptronicATS) -> TemperatureReading:
        reading = head.read().result()
        head.release()
        return reading

    assert converse(HEAD, lines, act) == TemperatureReading(84.9, 85.0, settled=True)


def test_a_chamber_is_forced_read_and_released():
    lines = [
        *told("TEMP, S85.0", "TEMP?", "23.1,85.0,130.0,-45.0"),
        *told("MODE, CONSTANT", "MODE?", "CONSTANT"),
        ("TEMP?", "84.7,85.0,130.0,-45.0"),
        *told("MODE, STANDBY", "MODE?", "STANDBY"),
    ]

    def act(chamber: EspecP300) -> TemperatureReading:
        chamber.force(85.0)
        reading = chamber.read().result()
        chamber.release()
        return reading

    assert converse(CHAMBER, lines, act) == TemperatureReading(84.7, 85.0, settled=True)


def test_a_chamber_that_refuses_is_quoted():
    with pytest.raises(InstrumentError, match=r"refuses 'MODE, STANDBY' with 'NA:CONT NOT READY-2'"):
        converse(CHAMBER, [("MODE, STANDBY", "NA:CONT NOT READY-2")], lambda chamber: chamber.release())


@pytest.mark.parametrize(
    ("bench", "hello"),
    [
        (CHAMBER, [("TYPE?", "NA:CMD ERR")]),
        (CHAMBER, [("TYPE?", "T,T,ES-102,180.0")]),
        (ESP, [("VE?", "SMC100 Version 1.0")]),
        (PI, [("*IDN?", "Physik Instrumente, E-517, 0111176619, V01.243")]),
        (METER, [("*IDN?", "Keysight Technologies,E36312A,MY1,1.0")]),
        (RIGOL_SCOPE, [("*IDN?", "RIGOL TECHNOLOGIES,DP832,1,1")]),
    ],
)
def test_another_instrument_at_the_address_is_refused(bench, hello):
    with expected_dialogue(hello) as address, pytest.raises(AddressError, match="none of"):
        bench.driver(address)


def test_axes_are_referenced_asked_and_stopped():
    esp: Lines = [("1OR1", None), ("TB?", "0, 450322, NO ERROR DETECTED"), ("1TP?", "0.001"), ("1ST", None)]
    esp.append(("TB?", "0, 450399, NO ERROR DETECTED"))
    pi: Lines = [*two("SVO 1 1", "SVO? 1", "1=1"), ("FRF 1", None), ("ERR?", "0"), ("POS? 1", "1=0.001"), ("STP", None)]
    pi.append(("ERR?", "10"))

    def act(controller: NewportESP301 | PIController) -> tuple[float, ...]:
        controller.reference(1)
        positions = controller.positions([1]).result()
        controller.stop()
        return positions

    assert converse(ESP, esp, act) == (0.001,)
    assert converse(PI, pi, act) == (0.001,)


@pytest.mark.parametrize(
    ("bench", "lines", "said"),
    [
        (ESP, [("1OR1", None), ("TB?", "113, 450322, AXIS-1 MOTOR NOT ENABLED")], "MOTOR NOT ENABLED"),
        (PI, [*two("SVO 1 1", "SVO? 1", "1=1"), ("FRF 1", None), ("ERR?", "5")], "reports error 5"),
    ],
)
def test_an_error_that_a_motion_controller_notes_is_raised(bench, lines, said):
    with pytest.raises(InstrumentError, match=said):
        converse(bench, lines, lambda controller: controller.reference(1))


def test_an_axis_without_a_stage_is_refused():
    with pytest.raises(ConfigurationError, match="has no axis 2; legal: 1"):
        converse(ESP, [], lambda controller: controller.axis(2))
