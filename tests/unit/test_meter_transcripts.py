"""Every property of the drivers of meters, oscilloscopes, temperature, outlets and motion, word by word."""

from __future__ import annotations

import inspect
import math
import re
from typing import Any

import pytest
from meter_benches import (
    CHAMBER,
    CHAMBER_ANSWER,
    COUNTER,
    ESP_AXIS,
    HEAD,
    KEYSIGHT_CHANNEL,
    KEYSIGHT_SCOPE,
    METER,
    PI_AXIS,
    RIGOL_SCOPE,
    SCANNED,
    Bench,
    Lines,
    converse,
    joined,
    semicolon,
    told,
    two,
)

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import (
    DAQ970AChannel,
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
    TemptronicATS,
    expected_dialogue,
)

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
