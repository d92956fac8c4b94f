"""Every property of the drivers of meters, oscilloscopes, temperature, outlets and motion, word by word."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import (
    AddressError,
    DAQ970AChannel,
    Driver,
    ESP301Axis,
    EspecP300,
    GCS2Axis,
    Keysight34461A,
    Keysight53230A,
    KeysightDAQ970A,
    KeysightDAQ970ARelays,
    KeysightInfiniiVision,
    NetioKshell,
    NewportESP301,
    PIController,
    Property,
    RigolDS1000Z,
    ScopeChannelSettings,
    Setting,
    TemperatureReading,
    TemptronicATS,
    expected_dialogue,
)

Lines = list[tuple[str, "str | bytes | None"]]
SESAME = "sesame"


@dataclass(frozen=True)
class Bench:
    """A driver, what is said while it opens, and the part of it that carries the properties."""

    driver: Callable[[str], Any]
    hello: Lines
    part: Callable[[Any], Any] = lambda driver: driver


METER = Bench(Keysight34461A, [("*IDN?", "Keysight Technologies,34461A,MY1,A.03"), ("SENS:FUNC?", '"VOLT"')])
DAQ_HELLO: Lines = [("*IDN?", "Keysight Technologies,DAQ970A,MY2,A.03")]
SCANNER = Bench(KeysightDAQ970A, DAQ_HELLO)
SCANNED = Bench(KeysightDAQ970A, DAQ_HELLO, lambda daq: daq.channel(103))
RELAYS = Bench(lambda address: KeysightDAQ970ARelays(address, slot=2), DAQ_HELLO)
COUNTER = Bench(Keysight53230A, [("*IDN?", "Agilent Technologies,53230A,MY2,2.0")])
KEYSIGHT_SCOPE = Bench(KeysightInfiniiVision, [("*IDN?", "KEYSIGHT TECHNOLOGIES,DSO-X 3034T,MY3,07.50")])
KEYSIGHT_CHANNEL = Bench(KEYSIGHT_SCOPE.driver, KEYSIGHT_SCOPE.hello, lambda scope: scope.channel(2))
RIGOL_SCOPE = Bench(RigolDS1000Z, [("*IDN?", "RIGOL TECHNOLOGIES,DS1104Z,DS1,00.04")])
HEAD = Bench(TemptronicATS, [("*IDN?", "Temptronic,ATS-545,1,2.0"), ("LLIM?", "-60.0"), ("ULIM?", "150.0")])
CHAMBER_ANSWER = "23.1,25.0,130.0,-45.0"
CHAMBER = Bench(
    EspecP300,
    [("TYPE?", "T,T,P-300,180.0"), ("ROM?", "P3HV1.10"), ("TEMP?", CHAMBER_ANSWER), ("TEMP?", CHAMBER_ANSWER)],
)
STRIP_HELLO: Lines = [("login admin sesame", "250 OK"), ("version", "250 V2.4.0")]
ESP = Bench(NewportESP301, [("VE?", "ESP301 Version 3.0.1 6/1/99"), ("1SL?", "-5.0"), ("1SR?", "55.0")])
ESP_AXIS = Bench(ESP.driver, ESP.hello, lambda controller: controller.axis(1))
PI = Bench(
    PIController,
    [
        ("*IDN?", "(c)2015 Physik Instrumente (PI) GmbH & Co. KG, C-863.11, 0123, 1.2.0.0"),
        ("TMN? 1", "1=0.0000"),
        ("TMX? 1", "1=50.0000"),
    ],
)
PI_AXIS = Bench(PI.driver, PI.hello, lambda controller: controller.axis(1))


def joined(command: str, question: str, answer: str) -> Lines:
    return [(f"{command};:{question}", answer)]


def two(command: str, question: str, answer: str) -> Lines:
    return [(command, None), (question, answer)]


def told(command: str, question: str, answer: str) -> Lines:
    return [(command, f"OK:{command}"), (question, answer)]


def semicolon(command: str, question: str, answer: str) -> Lines:
    return [(f"{command};{question}", answer)]


SETTINGS: list[tuple[Bench, str, Any, Lines]] = [
    (METER, "function", "TEMP", joined('SENS:FUNC "TEMP"', "SENS:FUNC?", '"TEMP"')),
    (METER, "voltage_range_v", 10.0, joined("SENS:VOLT:DC:RANG 10", "SENS:VOLT:DC:RANG?", "+1.00000000E+01")),
    (METER, "voltage_autorange", True, joined("SENS:VOLT:DC:RANG:AUTO ON", "SENS:VOLT:DC:RANG:AUTO?", "1")),
    (METER, "voltage_integration_cycles", 0.2, joined("SENS:VOLT:DC:NPLC 0.2", "SENS:VOLT:DC:NPLC?", "+2.0E-01")),
    (METER, "current_range_a", 1e-3, joined("SENS:CURR:DC:RANG 0.001", "SENS:CURR:DC:RANG?", "+1.0E-03")),
    (METER, "current_integration_cycles", 10, joined("SENS:CURR:DC:NPLC 10", "SENS:CURR:DC:NPLC?", "+1.0E+01")),
    (METER, "temperature_probe", "FTH", joined("SENS:TEMP:TRAN:TYPE FTH", "SENS:TEMP:TRAN:TYPE?", "FTH")),
    (SCANNED, "function", "TEMP", joined('SENS:FUNC "TEMP",(@103)', "SENS:FUNC? (@103)", '"TEMP"')),
    (SCANNED, "integration_cycles", 1.0, joined("SENS:VOLT:DC:NPLC 1,(@103)", "SENS:VOLT:DC:NPLC? (@103)", "+1E0")),
    (SCANNED, "temperature_probe", "TC", joined("SENS:TEMP:TRAN:TYPE TC,(@103)", "SENS:TEMP:TRAN:TYPE? (@103)", "TC")),
    (SCANNED, "thermocouple", "K", joined("SENS:TEMP:TRAN:TC:TYPE K,(@103)", "SENS:TEMP:TRAN:TC:TYPE? (@103)", "K")),
    (COUNTER, "gate_source", "EXT", joined("SENS:TOT:GATE:SOUR EXT", "SENS:TOT:GATE:SOUR?", "EXT")),
    (COUNTER, "gate_time_s", 0.1, joined("SENS:TOT:GATE:TIME 0.1", "SENS:TOT:GATE:TIME?", "+1.00000000E-01")),
    (COUNTER, "gate_time_s", math.inf, joined("SENS:TOT:GATE:TIME INF", "SENS:TOT:GATE:TIME?", "+9.90000000E+37")),
    (COUNTER, "input_level_v", -0.5, joined("INP:LEV -0.5", "INP:LEV?", "-5.00000000E-01")),
    (COUNTER, "input_range_v", 50.0, joined("INP:RANG 50", "INP:RANG?", "+5.00000000E+01")),
    (COUNTER, "input_impedance_ohm", 1e6, joined("INP:IMP 1e+06", "INP:IMP?", "+1.00000000E+06")),
    (COUNTER, "input_coupling", "AC", joined("INP:COUP AC", "INP:COUP?", "AC")),
    (COUNTER, "input_slope", "NEG", joined("INP:SLOP NEG", "INP:SLOP?", "NEG")),
    (COUNTER, "low_pass_filter", True, joined("INP:FILT ON", "INP:FILT?", "1")),
    (COUNTER, "noise_rejection", False, joined("INP:NREJ OFF", "INP:NREJ?", "0")),
    (KEYSIGHT_CHANNEL, "shown", True, two(":CHAN2:DISP 1", ":CHAN2:DISP?", "1")),
    (KEYSIGHT_CHANNEL, "scale_v", 0.05, two(":CHAN2:SCAL 0.05", ":CHAN2:SCAL?", "+50.0E-03")),
    (KEYSIGHT_CHANNEL, "offset_v", -1.2, two(":CHAN2:OFFS -1.2", ":CHAN2:OFFS?", "-1.20000E+00")),
    (KEYSIGHT_CHANNEL, "coupling", "AC", two(":CHAN2:COUP AC", ":CHAN2:COUP?", "AC")),
    (KEYSIGHT_SCOPE, "time_scale_s", 1e-7, two(":TIM:SCAL 1e-07", ":TIM:SCAL?", "+1.000E-07")),
    (KEYSIGHT_SCOPE, "time_position_s", 2e-7, two(":TIM:POS 2e-07", ":TIM:POS?", "+2.000E-07")),
    (KEYSIGHT_SCOPE, "trigger_source", 2, two(":TRIG:EDGE:SOUR CHAN2", ":TRIG:EDGE:SOUR?", "CHAN2")),
    (KEYSIGHT_SCOPE, "trigger_level_v", 0.9, two(":TRIG:EDGE:LEV 0.9", ":TRIG:EDGE:LEV?", "+900.00E-03")),
    (KEYSIGHT_SCOPE, "trigger_slope", "EITH", two(":TRIG:EDGE:SLOP EITH", ":TRIG:EDGE:SLOP?", "EITH")),
    (KEYSIGHT_SCOPE, "trigger_sweep", "NORM", two(":TRIG:SWE NORM", ":TRIG:SWE?", "NORM")),
    (KEYSIGHT_SCOPE, "points", 1000, two(":WAV:POIN 1000", ":WAV:POIN?", "1000")),
    (RIGOL_SCOPE, "time_position_s", 2e-7, two(":TIM:OFFS 2e-07", ":TIM:OFFS?", "2.000000e-07")),
    (RIGOL_SCOPE, "trigger_slope", "RFAL", two(":TRIG:EDGE:SLOP RFAL", ":TRIG:EDGE:SLOP?", "RFAL")),
    (HEAD, "set_point_number", 2, two("SETN 2", "SETN?", "2")),
    (HEAD, "set_point_c", -40.0, two("SETP -40.0", "SETP?", "-40.0")),
    (HEAD, "soak_s", 30, two("SOAK 30", "SOAK?", "30")),
    (HEAD, "window_k", 1.0, two("WNDW 1.0", "WNDW?", "1.0")),
    (HEAD, "device_sensor", True, two("DUTM 1", "DUTM?", "1")),
    (HEAD, "head_down", True, two("HEAD 1", "HEAD?", "1")),
    (HEAD, "air_flow", False, two("FLOW 0", "FLOW?", "0")),
    (HEAD, "lower_limit_c", -50.0, two("LLIM -50.0", "LLIM?", "-50.0")),
    (HEAD, "upper_limit_c", 130.0, two("ULIM 130.0", "ULIM?", "130.0")),
    (CHAMBER, "set_point_c", 85.0, told("TEMP, S85.0", "TEMP?", "23.1,85.0,130.0,-45.0")),
    (CHAMBER, "high_limit_c", 120.0, told("TEMP, H120.0", "TEMP?", "23.1,85.0,120.0,-45.0")),
    (CHAMBER, "low_limit_c", -40.0, told("TEMP, L-40.0", "TEMP?", "23.1,85.0,120.0,-40.0")),
    (CHAMBER, "mode", "CONSTANT", told("MODE, CONSTANT", "MODE?", "CONSTANT")),
    (CHAMBER, "powered", True, told("POWER, ON", "POWER?", "ON")),
    (ESP_AXIS, "target_mm", 12.5, semicolon("1PA12.5", "1PA?", "12.50000")),
    (ESP_AXIS, "velocity_mm_s", 2.0, semicolon("1VA2", "1VA?", "2.00000")),
    (ESP_AXIS, "motor_on", True, semicolon("1MO", "1MO?", "1")),
    (ESP_AXIS, "motor_on", False, semicolon("1MF", "1MO?", "0")),
    (PI_AXIS, "target_mm", 12.5, two("MOV 1 12.5", "MOV? 1", "1=12.5000")),
    (PI_AXIS, "velocity_mm_s", 2.0, two("VEL 1 2", "VEL? 1", "1=2.0000")),
    (PI_AXIS, "servo", True, two("SVO 1 1", "SVO? 1", "1=1")),
]
READINGS: list[tuple[Bench, str, Lines, Any]] = [
    (METER, "front_terminals", [("ROUT:TERM?", "FRON")], True),
    (METER, "front_terminals", [("ROUT:TERM?", "REAR")], False),
    (METER, "measured", [("READ?", "+1.19987000E+00")], 1.19987),
    (METER, "measured", [("READ?", "+9.90000000E+37")], math.inf),
    (COUNTER, "total", [("SENS:TOT:DATA?", "+1.23456000E+05")], 123456),
    (COUNTER, "counting", [("STAT:OPER:COND?", "16")], True),
    (KEYSIGHT_SCOPE, "waiting", [(":OPER:COND?", "+8")], True),
    (KEYSIGHT_SCOPE, "waiting", [(":OPER:COND?", "+0")], False),
    (RIGOL_SCOPE, "trigger_state", [(":TRIG:STAT?", "WAIT")], "WAIT"),
    (HEAD, "temperature_c", [("TEMP?", "24.9")], 24.9),
    (HEAD, "settled", [("TECR?", "1")], True),
    (HEAD, "settled", [("TECR?", "2")], False),
    (HEAD, "error_register", [("EROR?", "4")], 4),
    (CHAMBER, "temperature_c", [("TEMP?", CHAMBER_ANSWER)], 23.1),
    (CHAMBER, "alarms", [("ALARM?", "2,1,7")], (1, 7)),
    (CHAMBER, "alarms", [("ALARM?", "0")], ()),
    (ESP_AXIS, "position_mm", [("1TP?", "12.49998")], 12.49998),
    (ESP_AXIS, "settled", [("1MD?", "1")], True),
    (PI_AXIS, "position_mm", [("POS? 1", "1=12.4999")], 12.4999),
    (PI_AXIS, "settled", [("ONT? 1", "1=0")], False),
    (PI_AXIS, "referenced", [("FRF? 1", "1=1")], True),
]
ILLEGAL: list[tuple[Bench, str, Any]] = [
    (METER, "function", "volt"),
    (METER, "voltage_range_v", 5.0),
    (METER, "voltage_integration_cycles", math.nan),
    (METER, "current_range_a", 10.0),
    (METER, "voltage_autorange", 1),
    (SCANNED, "thermocouple", "Q"),
    (SCANNED, "integration_cycles", 3.0),
    (COUNTER, "input_impedance_ohm", 75.0),
    (COUNTER, "input_slope", "UP"),
    (KEYSIGHT_CHANNEL, "scale_v", 0.0),
    (KEYSIGHT_CHANNEL, "offset_v", 101.0),
    (KEYSIGHT_CHANNEL, "coupling", "GND"),
    (KEYSIGHT_SCOPE, "trigger_source", 5),
    (KEYSIGHT_SCOPE, "trigger_source", 1.5),
    (KEYSIGHT_SCOPE, "trigger_slope", "RFAL"),
    (KEYSIGHT_SCOPE, "points", 1001),
    (RIGOL_SCOPE, "trigger_slope", "EITH"),
    (HEAD, "set_point_c", 151.0),
    (HEAD, "set_point_number", 3),
    (HEAD, "soak_s", math.inf),
    (HEAD, "window_k", 0.0),
    (CHAMBER, "set_point_c", 130.1),
    (CHAMBER, "mode", "RUN"),
    (ESP_AXIS, "target_mm", 55.1),
    (ESP_AXIS, "velocity_mm_s", 0.0),
    (PI_AXIS, "target_mm", -0.1),
    (PI_AXIS, "servo", "ON"),
]
PARTS: list[type[Any]] = [
    Keysight34461A,
    KeysightDAQ970A,
    DAQ970AChannel,
    KeysightDAQ970ARelays,
    Keysight53230A,
    KeysightInfiniiVision,
    ScopeChannelSettings,
    RigolDS1000Z,
    TemptronicATS,
    EspecP300,
    NetioKshell,
    NewportESP301,
    ESP301Axis,
    PIController,
    GCS2Axis,
]
SHOWN_ELSEWHERE = {
    # inherited from SingleShotOscilloscope: the transcripts of the Keysight cover them
    RigolDS1000Z: {"time_scale_s", "trigger_source", "trigger_level_v", "trigger_sweep"},
}


def properties(part: type[Any]) -> dict[str, Property[Any]]:
    return {name: member for name, member in inspect.getmembers(part) if isinstance(member, Property)}


def part_of(bench: Bench) -> type[Any]:
    with expected_dialogue(bench.hello) as address:
        driver = bench.driver(address)
        part = type(bench.part(driver))
        driver.close()
    return part


def converse(bench: Bench, lines: Lines, act: Callable[[Any], Any]) -> Any:
    with expected_dialogue([*bench.hello, *lines]) as address:
        driver = bench.driver(address)
        try:
            return act(bench.part(driver))
        finally:
            driver.close()


@pytest.mark.parametrize(("bench", "name", "value", "lines"), SETTINGS)
def test_a_setting_is_sent_and_read_back(bench, name, value, lines):
    def act(part: Any) -> str:
        setattr(part, name, value)
        return str(part.session.last_set)

    assert name in converse(bench, lines, act)


@pytest.mark.parametrize(
    ("bench", "name", "value", "lines"),
    [
        (METER, "voltage_range_v", 10.0, joined("SENS:VOLT:DC:RANG 10", "SENS:VOLT:DC:RANG?", "+1.0E+02")),
        (
            SCANNED,
            "thermocouple",
            "K",
            joined("SENS:TEMP:TRAN:TC:TYPE K,(@103)", "SENS:TEMP:TRAN:TC:TYPE? (@103)", "J"),
        ),
        (COUNTER, "input_slope", "NEG", joined("INP:SLOP NEG", "INP:SLOP?", "POS")),
        (KEYSIGHT_CHANNEL, "scale_v", 0.05, two(":CHAN2:SCAL 0.05", ":CHAN2:SCAL?", "+1.0E-01")),
        (RIGOL_SCOPE, "trigger_slope", "RFAL", two(":TRIG:EDGE:SLOP RFAL", ":TRIG:EDGE:SLOP?", "POS")),
        (HEAD, "air_flow", True, two("FLOW 1", "FLOW?", "0")),
        (CHAMBER, "set_point_c", 85.0, told("TEMP, S85.0", "TEMP?", CHAMBER_ANSWER)),
        (ESP_AXIS, "target_mm", 12.5, semicolon("1PA12.5", "1PA?", "0.0")),
        (PI_AXIS, "target_mm", 12.5, two("MOV 1 12.5", "MOV? 1", "1=0.0")),
    ],
)
def test_a_setting_that_reads_back_differently_raises(bench, name, value, lines):
    with pytest.raises(InstrumentError, match=f"{name} was set to .* but reads back"):
        converse(bench, lines, lambda part: setattr(part, name, value))


@pytest.mark.parametrize(
    ("bench", "name", "value", "lines"),
    [
        (RIGOL_SCOPE, "trigger_level_v", 0.5, two(":TRIG:EDGE:LEV 0.5", ":TRIG:EDGE:LEV?", "high")),
        (HEAD, "head_down", True, two("HEAD 1", "HEAD?", "2")),
        (CHAMBER, "set_point_c", 85.0, told("TEMP, S85.0", "TEMP?", "NA:DATA NOT READY")),
        (PI_AXIS, "servo", True, two("SVO 1 1", "SVO? 1", "1")),
    ],
)
def test_an_answer_that_makes_no_sense_raises(bench, name, value, lines):
    with pytest.raises(InstrumentError, match="makes no sense"):
        converse(bench, lines, lambda part: setattr(part, name, value))


@pytest.mark.parametrize(("bench", "name", "lines", "value"), READINGS)
def test_a_reading_is_read(bench, name, lines, value):
    assert converse(bench, lines, lambda part: getattr(part, name)) == value


@pytest.mark.parametrize(("bench", "name", "value", "lines"), SETTINGS)
def test_a_setting_can_be_read_by_itself(bench, name, value, lines):
    said, answer = lines[-1]
    question = re.split(r";:?", said)[-1]
    got = converse(bench, [(question, answer)], lambda part: getattr(part, name))
    assert got == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(("bench", "name", "value"), ILLEGAL)
def test_an_illegal_value_raises_before_a_byte_is_sent(bench, name, value):
    with pytest.raises(ConfigurationError, match=f"{name} = .* is out of range; legal: "):
        converse(bench, [], lambda part: setattr(part, name, value))


def test_no_property_is_without_a_transcript():
    shown: dict[type[Any], set[str]] = {part: set(SHOWN_ELSEWHERE.get(part, set())) for part in PARTS}
    set_too: dict[type[Any], set[str]] = {part: set(SHOWN_ELSEWHERE.get(part, set())) for part in PARTS}
    found = {id(bench): part_of(bench) for bench in {id(row[0]): row[0] for row in [*SETTINGS, *READINGS]}.values()}
    for bench, name, *_ in SETTINGS:
        set_too[found[id(bench)]].add(name)
        shown[found[id(bench)]].add(name)
    for bench, name, *_ in READINGS:
        shown[found[id(bench)]].add(name)
    for part in PARTS:
        assert set(properties(part)) == shown[part], part
        assert {name for name, member in properties(part).items() if isinstance(member, Setting)} <= set_too[part], part


@pytest.mark.parametrize(("part", "name"), [(part, name) for part in PARTS for name in properties(part)])
def test_a_property_says_what_it_does_its_unit_and_its_range(part, name):
    member = properties(part)[name]
    doc = member.__doc__ or ""
    assert doc.startswith("Control " if isinstance(member, Setting) else "Measure ")
    units = "no unit|V|A|s|K|ohm|°C|mm|mm/s|cycles|counts|points|channel|unit of the function"
    assert re.search(rf"\(({units}), range ", doc), doc
    assert doc.endswith(".")
    if member.unit:
        assert f"({member.unit}, range" in doc


@pytest.mark.parametrize(
    ("driver", "name"),
    [
        (Keysight34461A, "measure"),
        (Keysight34461A, "set_up"),
        (Keysight53230A, "count"),
        (KeysightDAQ970A, "scan_list"),
        (KeysightDAQ970A, "scan"),
        (KeysightDAQ970ARelays, "switch_on"),
        (KeysightDAQ970ARelays, "states"),
        (KeysightInfiniiVision, "fetch"),
        (RigolDS1000Z, "fetch"),
        (TemptronicATS, "force"),
        (TemptronicATS, "read"),
        (TemptronicATS, "limits_c"),
        (EspecP300, "force"),
        (EspecP300, "read"),
        (NetioKshell, "switch_off"),
        (NewportESP301, "positions"),
        (PIController, "positions"),
    ],
)
def test_a_method_that_carries_a_quantity_gives_its_range_too(driver, name):
    assert "range" in (inspect.getdoc(inspect.getattr_static(driver, name)) or "")


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


def test_every_driver_here_is_one():
    assert all(issubclass(part, Driver) or not hasattr(part, "models") for part in PARTS)
