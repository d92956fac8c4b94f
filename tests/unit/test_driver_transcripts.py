"""Every property of every driver, word by word."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from supply_dialogues import E36300

from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import (
    AddressError,
    BeamLine,
    BeamStatus,
    BitUpset,
    ChannelSample,
    DeviceSilentError,
    Driver,
    E36300Channel,
    Keysight53230A,
    KeysightE36300,
    MemoryScan,
    MemoryTester,
    Property,
    Setting,
    expected_dialogue,
)

ENTITLEMENT = "secret"
SUPPLY_HELLO = E36300.hello
COUNTER_HELLO = [("*IDN?", "Agilent Technologies,53230A,MY2,2.0")]
TESTER_HELLO = [
    ("*IDN?", "radtest,MEMORY-TESTER,A3,1"),
    ("DEVICE?", "OK part=SRAM serial=A3 words=1024 word_bits=16"),
]
BEAM_HELLO = [
    ("*IDN?", "radtest,BEAM-LINE,1,1"),
    ("TOKEN secret", "OK"),
    ("IONS", "OK N Kr"),
]
STATUS_OFF = ("STATUS", "OK ion=Kr flux=1000 beam=off ready=1")
STATUS_ON = ("STATUS", "OK ion=Kr flux=1000 beam=on ready=1")

SUPPLY_SETTINGS = [*E36300.settings, ("output", False, "OUTP OFF,(@2);:OUTP? (@2)", "0")]
TESTER_READINGS = [
    ("device_answers", "STATUS", "OK state=idle pattern=none device=silent", False),
    ("ready", "STATUS", "OK state=ready pattern=ones device=answers", True),
]
BEAM_READINGS = [("beam_on", *STATUS_ON, True), ("flux_cm2_s", *STATUS_ON, 1000.0)]
DRIVERS: list[type[Any]] = [KeysightE36300, E36300Channel, MemoryTester, BeamLine]


def properties(driver: type[Any]) -> dict[str, Property[Any]]:
    return {name: member for name, member in vars(driver).items() if isinstance(member, Property)}


@pytest.mark.parametrize(("name", "value", "said", "answered"), SUPPLY_SETTINGS)
def test_a_supply_setting_is_sent_and_read_back_in_one_message(name, value, said, answered):
    with expected_dialogue([*SUPPLY_HELLO, (said, answered)]) as address:
        supply = KeysightE36300(address)
        setattr(supply.channel(2), name, value)
        assert f"channel 2 {name}" in supply.session.last_set
        supply.close()


@pytest.mark.parametrize(("name", "said", "answered", "value"), E36300.readings)
def test_a_supply_property_is_read(name, said, answered, value):
    with expected_dialogue([*SUPPLY_HELLO, (said, answered)]) as address:
        supply = KeysightE36300(address)
        assert getattr(supply.channel(2), name) == value
        supply.close()


@pytest.mark.parametrize(
    ("driver", "hello", "name", "said", "answered", "value"),
    [
        *((MemoryTester, TESTER_HELLO, *row) for row in TESTER_READINGS),
        *((lambda address: BeamLine(address, token=ENTITLEMENT), BEAM_HELLO, *row) for row in BEAM_READINGS),
    ],
)
def test_a_property_is_read(driver: Callable[[str], Driver], hello, name, said, answered, value):
    with expected_dialogue([*hello, (said, answered)]) as address:
        instrument = driver(address)
        assert getattr(instrument, name) == value
        instrument.close()


def test_no_property_is_without_a_transcript():
    covered = {
        E36300Channel: {row[0] for row in E36300.readings},
        MemoryTester: {row[0] for row in TESTER_READINGS},
        BeamLine: {row[0] for row in BEAM_READINGS},
        KeysightE36300: set(),
    }
    set_too = {row[0] for row in SUPPLY_SETTINGS}
    for driver in DRIVERS:
        assert set(properties(driver)) == covered[driver]
        assert {name for name, member in properties(driver).items() if isinstance(member, Setting)} <= set_too


@pytest.mark.parametrize(("driver", "name"), [(driver, name) for driver in DRIVERS for name in properties(driver)])
def test_a_property_says_what_it_does_its_unit_and_its_range(driver, name):
    doc = properties(driver)[name].__doc__ or ""
    verb = "Control " if isinstance(properties(driver)[name], Setting) else "Measure "
    assert doc.startswith(verb)
    assert re.search(r"\((no unit|V|A|s|counts|cm⁻² s⁻¹), range ", doc), doc
    assert doc.endswith(".")


@pytest.mark.parametrize(
    ("driver", "name"),
    [
        (KeysightE36300, "sample"),
        (Keysight53230A, "count"),
        (MemoryTester, "memory"),
        (MemoryTester, "write_pattern"),
        (BeamLine, "status"),
        (BeamLine, "set_flux"),
    ],
)
def test_a_method_that_carries_a_quantity_gives_unit_and_range_too(driver, name):
    assert "range" in (inspect.getdoc(inspect.getattr_static(driver, name)) or "")


@pytest.mark.parametrize("value", [-0.001, 25.76, math.nan, math.inf, True])
def test_an_illegal_setpoint_raises_before_a_byte_is_sent(value):
    with expected_dialogue(SUPPLY_HELLO) as address:
        supply = KeysightE36300(address, name="supply")
        with pytest.raises(ConfigurationError, match=r"channel 2: voltage_v = .* legal: 0 to 25\.75 V"):
            supply.channel(2).voltage_v = value
        supply.close()


@pytest.mark.parametrize(("name", "value"), [("output", 1), ("over_current_protection", "ON")])
def test_a_switch_takes_nothing_but_true_and_false(name, value):
    with expected_dialogue(SUPPLY_HELLO) as address:
        supply = KeysightE36300(address)
        with pytest.raises(ConfigurationError, match="legal: True, False"):
            setattr(supply.channel(1), name, value)
        supply.close()


def test_a_setting_that_reads_back_differently_raises():
    with expected_dialogue([*SUPPLY_HELLO, ("VOLT 1.2,(@1);:VOLT? (@1)", "+1.10000000E+00")]) as address:
        supply = KeysightE36300(address)
        with pytest.raises(InstrumentError, match=r"voltage_v was set to 1.2 but reads back 1.1"):
            supply.channel(1).voltage_v = 1.2
        assert supply.session.last_set == "nothing yet"
        supply.close()


def test_channels_are_sampled_together():
    said = "MEAS:VOLT? (@1,2);:MEAS:CURR? (@1,2);:CURR:PROT:TRIP? (@1,2)"
    with expected_dialogue([*SUPPLY_HELLO, (said, "+1.2E0,+3.3E0;+1E-1,+2E-2;0,1")]) as address:
        supply = KeysightE36300(address)
        assert supply.sample((1, 2)).result() == (
            ChannelSample(1, 1.2, 0.1, tripped=False),
            ChannelSample(2, 3.3, 0.02, tripped=True),
        )
        supply.close()


def test_outputs_are_switched_together():
    script = [*SUPPLY_HELLO, ("OUTP ON,(@1,2);:OUTP? (@1,2)", "1,1"), ("OUTP OFF,(@1,2);:OUTP? (@1,2)", "0,0")]
    with expected_dialogue(script) as address:
        supply = KeysightE36300(address)
        supply.switch_on((1, 2))
        supply.switch_off((1, 2))
        supply.close()


def test_an_output_that_stays_off_raises():
    script = [*SUPPLY_HELLO, ("OUTP ON,(@1,2);:OUTP? (@1,2)", "1,0"), ("CURR:PROT:TRIP? (@2)", "0")]
    with expected_dialogue(script) as address:
        supply = KeysightE36300(address)
        with pytest.raises(InstrumentError, match=r"switched ON but read back \[True, False\]"):
            supply.switch_on((1, 2))
        supply.close()


def test_an_output_that_trips_at_once_is_left_to_the_next_sample():
    script = [*SUPPLY_HELLO, ("OUTP ON,(@1,2);:OUTP? (@1,2)", "1,0"), ("CURR:PROT:TRIP? (@2)", "1")]
    with expected_dialogue(script) as address:
        supply = KeysightE36300(address)
        supply.switch_on((1, 2))
        supply.close()


@pytest.mark.parametrize(("answered", "raises"), [("0", False), ("1", True)])
def test_a_trip_is_cleared_and_read_back(answered, raises):
    with expected_dialogue([*SUPPLY_HELLO, ("CURR:PROT:CLE (@1);:CURR:PROT:TRIP? (@1)", answered)]) as address:
        supply = KeysightE36300(address)
        if raises:
            with pytest.raises(InstrumentError, match="stays tripped"):
                supply.clear_trips([1])
        else:
            supply.clear_trips([1])
        supply.close()


def test_a_channel_the_supply_lacks_is_refused():
    with expected_dialogue(SUPPLY_HELLO) as address:
        supply = KeysightE36300(address)
        with pytest.raises(ConfigurationError, match="has no channel 4; legal: 1, 2, 3"):
            supply.channel(4)
        supply.close()


def test_the_error_queue_is_read_to_its_end():
    script = [*SUPPLY_HELLO, ("SYST:ERR?", '-113,"Undefined header"'), ("SYST:ERR?", '+0,"No error"')]
    with expected_dialogue(script) as address:
        supply = KeysightE36300(address)
        assert supply.error_queue() == ['-113,"Undefined header"']
        supply.close()


def test_counting_is_started_and_stopped():
    script = [
        *COUNTER_HELLO,
        ("ABOR;:CONF:TOT:CONT (@1)", None),
        ("SENS:TOT:GATE:SOUR TIME;:SENS:TOT:GATE:SOUR?", "TIME"),
        ("SENS:TOT:GATE:TIME INF;:SENS:TOT:GATE:TIME?", "+9.9E+37"),
        ("INIT;:STAT:OPER:COND?", "16"),
        ("SENS:TOT:DATA?", "42"),
        ("ABOR;:STAT:OPER:COND?", "0"),
    ]
    with expected_dialogue(script) as address:
        counter = Keysight53230A(address)
        counter.start()
        assert counter.count().result() == 42
        counter.stop()
        counter.close()


@pytest.mark.parametrize("reply", ["-1", "1.5", "+9.9E+37", "many"])
def test_a_count_that_is_none_raises(reply):
    with expected_dialogue([*COUNTER_HELLO, ("SENS:TOT:DATA?", reply)]) as address:
        counter = Keysight53230A(address)
        with pytest.raises(InstrumentError, match=r"reply to 'SENS:TOT:DATA\?' makes no sense"):
            counter.count().result()
        counter.close()


def test_a_scan_reads_all_pages_of_its_list():
    first = ";".join(f"{address:x},0,0,1" for address in range(256))
    script = [
        *TESTER_HELLO,
        ("RESET", "OK"),
        ("WRITE zeros", "OK words=1024"),
        ("SCAN", "OK scan=1 upsets=257 overflow=0"),
        ("UPSETS 1 0", f"OK {first}"),
        ("UPSETS 1 256", "OK 3ff,f,0,8000"),
    ]
    with expected_dialogue(script) as address:
        tester = MemoryTester(address)
        assert (tester.memory.bits, tester.memory.serial) == (16384, "A3")
        tester.reset().result()
        assert tester.write_pattern("zeros").result() == 1024
        scan = tester.scan().result()
        assert len(scan.upsets) == 257
        assert scan.upsets[-1] == BitUpset(0x3FF, 15, 0, 0x8000)
        tester.close()


def test_a_scan_that_finds_nothing_has_no_list():
    with expected_dialogue([*TESTER_HELLO, ("SCAN", "OK scan=9 upsets=0 overflow=0")]) as address:
        tester = MemoryTester(address)
        assert tester.scan().result() == MemoryScan((), overflow=False)
        tester.close()


@pytest.mark.parametrize(
    "upset", ["400,0,0,1", "0,10,0,1", "0,0,0,0", "0,0,0,10001", "0,0,0", "x,0,0,1", "", "-1,0,0,1"]
)
def test_an_upset_that_cannot_be_is_refused(upset):
    script = [*TESTER_HELLO, ("SCAN", "OK scan=1 upsets=1 overflow=0"), ("UPSETS 1 0", f"OK {upset}")]
    with expected_dialogue(script) as address:
        tester = MemoryTester(address)
        with pytest.raises(InstrumentError):
            tester.scan().result()
        tester.close()


def test_a_silent_device_is_told_from_a_silent_tester():
    with expected_dialogue([*TESTER_HELLO, ("SCAN", "ERR 20 no response on the memory bus")]) as address:
        tester = MemoryTester(address)
        with pytest.raises(DeviceSilentError, match="the device does not answer"):
            tester.scan().result()
        assert not tester.lost
        tester.close()


def test_a_pattern_the_tester_lacks_is_refused_before_a_byte_is_sent():
    with expected_dialogue(TESTER_HELLO) as address:
        tester = MemoryTester(address)
        with pytest.raises(ConfigurationError, match="no pattern 'stripes'; legal: zeros"):
            tester.write_pattern("stripes")
        tester.close()


def test_the_beam_is_tuned_and_switched_and_each_step_is_read_back():
    script = [
        *BEAM_HELLO,
        ("ION Kr", "OK"),
        STATUS_OFF,
        ("FLUX 1000", "OK"),
        STATUS_OFF,
        ("BEAM ON", "OK"),
        STATUS_ON,
        ("BEAM OFF", "OK"),
        STATUS_OFF,
        STATUS_OFF,
    ]
    with expected_dialogue(script) as address:
        beam = BeamLine(address, token=ENTITLEMENT)
        beam.select_ion("Kr")
        beam.set_flux(1000.0)
        beam.switch_on()
        beam.switch_off()
        assert beam.status() == BeamStatus("Kr", 1000.0, on=False, ready=True)
        beam.close()


def test_the_device_is_turned_and_the_angle_read_back():
    turned = ("STATUS", STATUS_OFF[1] + " tilt=45")
    with expected_dialogue([*BEAM_HELLO, ("TILT 45", "OK"), turned, ("TILT 30", "OK"), turned, turned]) as address:
        beam = BeamLine(address, token=ENTITLEMENT)
        beam.set_tilt(45.0)
        with pytest.raises(ConfigurationError, match=r"tilt = 85\.0 is out of range; legal: -80 to 80 degrees"):
            beam.set_tilt(85.0)
        with pytest.raises(InstrumentError, match="accepted 'tilt 30' but its status disagrees"):
            beam.set_tilt(30.0)
        beam.close()


def test_a_beam_that_stays_on_raises():
    with expected_dialogue([*BEAM_HELLO, ("BEAM OFF", "OK"), STATUS_ON, STATUS_ON]) as address:
        beam = BeamLine(address, token=ENTITLEMENT)
        with pytest.raises(InstrumentError, match="accepted 'beam off' but its status disagrees"):
            beam.switch_off()
        beam.close()


@pytest.mark.parametrize("flux", [0.0, -1.0, 2e9, math.nan])
def test_an_illegal_flux_raises_before_a_byte_is_sent(flux):
    with expected_dialogue(BEAM_HELLO) as address:
        beam = BeamLine(address, token=ENTITLEMENT)
        with pytest.raises(ConfigurationError, match="out of range"):
            beam.set_flux(flux)
        beam.close()


def test_an_ion_not_on_offer_raises_before_a_byte_is_sent():
    with expected_dialogue(BEAM_HELLO) as address:
        beam = BeamLine(address, token=ENTITLEMENT)
        with pytest.raises(ConfigurationError, match="does not offer ion 'U'; legal: N, Kr"):
            beam.select_ion("U")
        beam.close()


def test_the_token_appears_in_no_message():
    with expected_dialogue([BEAM_HELLO[0], ("TOKEN secret", "ERR 401 wrong token")]) as address:
        with pytest.raises(InstrumentError) as caught:
            BeamLine(address, token=ENTITLEMENT)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("answer", ["ACME,42,1,1", "nonsense", "Keysight Technologies,E36312A"])
def test_another_instrument_at_the_address_is_refused(answer):
    with (
        expected_dialogue([("*IDN?", answer)]) as address,
        pytest.raises(AddressError, match=r"answers '\*IDN\?' with") as caught,
    ):
        KeysightE36300(address, name="supply")
    assert caught.value.exit_status == 2
