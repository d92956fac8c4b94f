"""Every property of every supply and source meter, word by word."""

from __future__ import annotations

import contextlib
import inspect
import math
import re
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from supply_dialogues import FAMILIES, N6700, Lines

from radtest import instruments
from radtest.campaign.roles_configuration import SupplyRole
from radtest.core import ConfigurationError, InstrumentError
from radtest.instruments import (
    SUPPLY_DRIVERS,
    AddressError,
    ChannelSample,
    KeysightN6700,
    Property,
    Setting,
    Watched,
    expected_dialogue,
    supply_shortfalls,
)
from radtest.instruments.source_meter import SourceMeterOutput

SETTINGS = [(name, *row) for name, family in FAMILIES.items() for row in family.settings]
READINGS = [(name, *row) for name, family in FAMILIES.items() for row in family.readings]


def lines(script: Lines) -> Lines:
    """Split what is said in several lines: only the last one is answered."""
    split: Lines = []
    for said, answered in script:
        *unanswered, last = said.split("\n")
        split += [(line, None) for line in unanswered] + [(last, answered)]
    return split


def with_supply(name: str, script: Lines):
    return expected_dialogue(lines([*FAMILIES[name].hello, *script]))


def properties(subject: type[Any]) -> dict[str, Property[Any]]:
    return {name: member for name, member in inspect.getmembers(subject) if isinstance(member, Property)}


def output_class(name: str) -> type[Any]:
    return typing.get_args(SUPPLY_DRIVERS[name].__orig_bases__[0])[0]


def test_every_family_has_a_transcript_and_can_be_named_in_a_campaign_file():
    assert set(FAMILIES) == set(SUPPLY_DRIVERS)
    assert set(typing.get_args(SupplyRole.model_fields["driver"].annotation)) == set(SUPPLY_DRIVERS)


@pytest.mark.parametrize("name", FAMILIES)
def test_no_property_of_a_supply_is_without_a_transcript(name):
    known = properties(output_class(name))
    assert {row[0] for row in FAMILIES[name].readings} == set(known)
    assert {row[0] for row in FAMILIES[name].settings} == {
        key for key, member in known.items() if isinstance(member, Setting)
    }
    assert {row[0] for row in FAMILIES[name].whole} == set(properties(SUPPLY_DRIVERS[name]))


@pytest.mark.parametrize(("name", "key", "value", "said", "answered"), SETTINGS)
def test_a_setting_is_sent_and_read_back(name, key, value, said, answered):
    with with_supply(name, [(said, answered)]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        setattr(supply.channel(FAMILIES[name].channel), key, value)
        assert f"channel {FAMILIES[name].channel} {key}" in supply.session.last_set
        supply.close()


@pytest.mark.parametrize(("name", "key", "said", "answered", "value"), READINGS)
def test_a_property_is_read(name, key, said, answered, value):
    with with_supply(name, [(said, answered)]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        assert getattr(supply.channel(FAMILIES[name].channel), key) == pytest.approx(value)
        supply.close()


@pytest.mark.parametrize(
    ("name", "key", "value", "said", "answered"),
    [(name, *row) for name, family in FAMILIES.items() for row in family.whole],
)
def test_a_setting_of_the_whole_supply_is_sent_and_read_back_and_read(name, key, value, said, answered):
    question = said.partition(";:")[2]
    with with_supply(name, [(said, answered), (question, answered)]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        setattr(supply, key, value)
        assert getattr(supply, key) == value
        supply.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_a_channel_is_sampled_switched_and_re_armed(name):
    family = FAMILIES[name]
    with with_supply(name, [*family.sample, *family.switch_on, *family.switch_off, *family.clear]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        assert supply.sample([family.channel]).result() == (family.sampled,)
        supply.switch_on([family.channel])
        supply.switch_off([family.channel])
        supply.clear_trips([family.channel])
        supply.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_an_illegal_voltage_raises_before_a_byte_is_sent(name):
    with with_supply(name, []) as address:
        supply = SUPPLY_DRIVERS[name](address, name="supply")
        for value in (-0.001, FAMILIES[name].illegal_v, math.nan, math.inf, True):
            with pytest.raises(ConfigurationError, match=r"voltage_v = .* legal: 0 to"):
                supply.channel(FAMILIES[name].channel).voltage_v = value
        for value in (-0.001, 1e6, math.nan, math.inf, True):
            with pytest.raises(ConfigurationError, match=r"current_limit_a = .* legal: "):
                supply.channel(FAMILIES[name].channel).current_limit_a = value
        for value in (1, "ON", None):
            with pytest.raises(ConfigurationError, match="legal: True, False"):
                supply.channel(FAMILIES[name].channel).output = value
        supply.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_a_setting_that_reads_back_differently_raises(name):
    key, value, said, _ = FAMILIES[name].settings[0]
    named = {"tti-ql": "V2 9.000"}
    with with_supply(name, [(said, named.get(name, "9.0"))]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        with pytest.raises(InstrumentError, match=rf"{key} was set to {value} but reads back 9.0"):
            setattr(supply.channel(FAMILIES[name].channel), key, value)
        supply.close()


@pytest.mark.parametrize(("name", "key", "said"), [row[:3] for row in READINGS if not isinstance(row[4], str)])
def test_a_reply_that_makes_no_sense_is_refused(name, key, said):
    if (
        key in {"source_function", "sense_functions", "measure_function", "readback", "off_state"}
        and name != "keithley-2600"
    ):
        pytest.skip("any word is an answer; it is compared when it is set")
    with with_supply(name, [(said, "what?")]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        with pytest.raises(InstrumentError, match="makes no sense"):
            getattr(supply.channel(FAMILIES[name].channel), key)
        supply.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_a_sample_that_makes_no_sense_is_refused(name):
    script = FAMILIES[name].sample
    with with_supply(name, [*script[:-1], (script[-1][0], "what?")]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        with pytest.raises(InstrumentError, match="makes no sense"):
            supply.sample([FAMILIES[name].channel]).result()
        supply.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_another_instrument_is_refused_and_so_is_a_channel_it_lacks(name):
    with (
        expected_dialogue([("*IDN?", "ACME,42,1,1")]) as address,
        pytest.raises(AddressError, match="none of the models"),
    ):
        SUPPLY_DRIVERS[name](address)
    with with_supply(name, []) as address:
        supply = SUPPLY_DRIVERS[name](address)
        with pytest.raises(ConfigurationError, match="has no channel 9; legal: 1"):
            supply.channel(9)
        supply.close()


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (subject, key)
        for subject in vars(instruments).values()
        if isinstance(subject, type)
        for key in properties(subject)
    ],
)
def test_a_property_of_any_driver_says_what_it_does_its_unit_and_its_range(subject, key):
    member = properties(subject)[key]
    doc = member.__doc__ or ""
    assert doc.startswith("Control " if isinstance(member, Setting) else "Measure "), doc
    assert re.search(r"\([^,()]+, range \S", doc), doc
    assert doc.endswith(".")


LIMIT_TRIPS = (
    "keysight-e36300",
    "keysight-n6700",
    "rohde-schwarz-hmc804x",
    "rohde-schwarz-hmp",
    "rohde-schwarz-nge100",
)


@pytest.mark.parametrize("name", LIMIT_TRIPS)
def test_a_fuse_at_the_limit_is_armed_limit_delay_then_trip(name):
    said = {row[0]: (row[2], row[3]) for row in FAMILIES[name].settings}
    script = [said["over_current_delay_s"], said["over_current_protection"]]
    limit_a = next(row[1] for row in FAMILIES[name].settings if row[0] == "current_limit_a")
    with with_supply(name, [said["current_limit_a"], *script]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        supply.protect(2, current_limit_a=limit_a, over_current_delay_s=0.05)
        supply.close()


@pytest.mark.parametrize("name", ["keithley-2260b", "rigol-dp800", "tti-ql"])
def test_a_trip_with_a_level_of_its_own_gets_a_current_limit_above_it(name):
    said = {row[0]: (row[2], row[3]) for row in FAMILIES[name].settings}
    level_a = next(row[1] for row in FAMILIES[name].settings if row[0] == "over_current_level_a")
    order = ("over_current_level_a", "over_current_delay_s", "over_current_protection", "current_limit_a")
    with with_supply(name, [said[key] for key in order if key in said]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        supply.protect(FAMILIES[name].channel, current_limit_a=level_a, over_current_delay_s=0.05)
        supply.close()


def test_a_trip_level_without_room_for_the_limit_above_it_is_refused_before_a_byte_is_sent():
    with with_supply("rigol-dp800", []) as address:
        supply = SUPPLY_DRIVERS["rigol-dp800"](address)
        with pytest.raises(ConfigurationError, match=r"needs a current limit of 3\.41 A above"):
            supply.protect(2, current_limit_a=3.1, over_current_delay_s=0.0)
        supply.close()


@pytest.mark.parametrize("name", ["keithley-2230", "keithley-2400", "keithley-2450", "keithley-2600"])
def test_what_has_no_trip_says_so_and_is_armed_with_its_limit_alone(name):
    said = {row[0]: (row[2], row[3]) for row in FAMILIES[name].settings}
    prepared = [said[key] for key, _ in getattr(output_class(name), "prepared_as", ())]
    limit_a = next(row[1] for row in FAMILIES[name].settings if row[0] == "current_limit_a")
    assert not SUPPLY_DRIVERS[name].has_hardware_trip
    assert "ONLY THE SOFTWARE GUARD" in supply_shortfalls(name)["hardware_trip"]
    with with_supply(name, [*prepared, said["current_limit_a"]]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        supply.protect(FAMILIES[name].channel, current_limit_a=limit_a, over_current_delay_s=0.05)
        supply.close()


@pytest.mark.parametrize("name", ["keithley-2400", "keithley-2450"])
def test_a_source_meter_that_is_off_reports_what_it_drives(name):
    question, off = next((row[1], row[2]) for row in FAMILIES[name].readings if row[0] == "output")
    with with_supply(name, [(question, off)]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        assert supply.sample([1]).result() == (ChannelSample(1, 0.0, 0.0, tripped=False),)
        assert "not measured" in supply_shortfalls(name)["voltage_when_off"]
        supply.close()


def test_a_trip_of_a_ql_is_remembered_until_it_is_re_armed():
    sample = [("V1O?", "0.000V"), ("I1O?", "0.0000A")]
    script = [*sample, ("LSR1?", "8"), *sample, ("LSR1?", "0"), ("TRIPRST;LSR1?", "0"), ("LSR1?", "0"), *sample]
    with with_supply("tti-ql", [*script, ("LSR1?", "0")]) as address:
        supply = SUPPLY_DRIVERS["tti-ql"](address)
        assert supply.sample([1]).result()[0].tripped
        assert supply.sample([1]).result()[0].tripped
        supply.clear_trips([1])
        assert not supply.sample([1]).result()[0].tripped
        supply.close()


def test_a_ql_whose_trip_comes_again_after_being_cleared_raises():
    with with_supply("tti-ql", [("TRIPRST;LSR1?", "8"), ("LSR1?", "8")]) as address:
        supply = SUPPLY_DRIVERS["tti-ql"](address)
        with pytest.raises(InstrumentError, match="stays tripped"):
            supply.clear_trips([1])
        supply.close()


@pytest.mark.parametrize("name", ["keysight-n6700", "rigol-dp800", "keithley-2260b"])
def test_a_trip_that_stays_raises(name):
    said, _ = FAMILIES[name].clear[0]
    answer = {"keysight-n6700": "+2", "rigol-dp800": "YES"}.get(name, "1")
    with with_supply(name, [(said, answer)]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        with pytest.raises(InstrumentError, match="stays tripped"):
            supply.clear_trips([FAMILIES[name].channel])
        supply.close()


def test_a_master_switch_brings_nothing_else_on():
    script = [
        ("OUTP:GEN?", "0"),
        ("INST:NSEL 1\nOUTP:SEL?", "0"),
        ("INST:NSEL 3\nOUTP:SEL?", "1"),
        ("INST:NSEL 4\nOUTP:SEL?", "0"),
    ]
    with with_supply("rohde-schwarz-hmp", script) as address:
        supply = SUPPLY_DRIVERS["rohde-schwarz-hmp"](address)
        with pytest.raises(InstrumentError, match="channel 3 is selected too"):
            supply.switch_on([2])
        supply.close()


def test_a_supply_of_one_output_has_nothing_to_select():
    script = [
        ("*IDN?", "HAMEG,HMC8041,012345678,42000000,1.400"),
        ("VOLT 1.2", None),
        ("VOLT?", "1.200"),
        ("OUTP ON", None),
        ("OUTP?", "1"),
    ]
    with expected_dialogue(script) as address:
        supply = SUPPLY_DRIVERS["rohde-schwarz-hmc804x"](address)
        supply.channel(1).voltage_v = 1.2
        supply.switch_on([1])
        supply.close()


def test_a_2450_that_speaks_scpi_is_refused_with_the_remedy():
    hello = [("*IDN?", "KEITHLEY INSTRUMENTS,MODEL 2450,04096331,1.6.7c"), ("*LANG?", "SCPI")]
    with expected_dialogue(hello) as address, pytest.raises(InstrumentError, match="choose TSP"):
        SUPPLY_DRIVERS["keithley-2450"](address)


def test_only_the_n6700_has_a_watchdog_and_arms_delay_first():
    script = [(row[2], row[3]) for row in reversed(N6700.whole)] + [("OUTP:PROT:WDOG OFF;:OUTP:PROT:WDOG?", "0")]
    with with_supply("keysight-n6700", script) as address:
        supply = KeysightN6700(address)
        assert isinstance(supply, Watched)
        with pytest.raises(ConfigurationError, match="legal: 1 to 3600 s"):
            supply.arm_watchdog(0.5)
        supply.arm_watchdog(5.0)
        supply.disarm_watchdog()
        supply.close()
    assert [name for name, driver in SUPPLY_DRIVERS.items() if hasattr(driver, "arm_watchdog")] == ["keysight-n6700"]


@pytest.mark.parametrize(
    ("name", "question", "errors"),
    [
        (
            "keithley-2600",
            "print(errorqueue.next())",
            ["-286\tTSP Runtime error\t20\t1", "0.00000e+00\tQueue Is Empty"],
        ),
        ("keithley-2450", "print(eventlog.next(eventlog.SEV_ERROR))", ["-113\tUndefined header", "0\tNo error\t0"]),
        ("tti-ql", "EER?", ["120", "0"]),
    ],
)
def test_the_error_queue_of_another_dialect_is_read_to_its_end(name, question, errors):
    with with_supply(name, [(question, error) for error in errors]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        assert supply.error_queue() == errors[:1]
        supply.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_what_was_set_is_verified_after_the_connection_was_lost(name):
    key, value, said, answered = FAMILIES[name].settings[0]
    question = next(row[1] for row in FAMILIES[name].readings if row[0] == key)
    hello = FAMILIES[name].hello
    with with_supply(name, [(said, answered), hello[0], (question, answered)]) as address:
        supply = SUPPLY_DRIVERS[name](address)
        setattr(supply.channel(FAMILIES[name].channel), key, value)
        supply.heal()
        supply.close()


PIECES = ["1", "E", "+", "-", ".", "9.9E37", "9.91E37", ",", "V1 ", "A", "nan", "\t", "YES", " "]
REPLIES = st.one_of(st.text(max_size=40), st.floats().map(str), st.lists(st.sampled_from(PIECES)).map("".join))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_reply_is_understood_or_refused_whatever_comes(name):
    members = [*properties(output_class(name)).values(), *properties(SUPPLY_DRIVERS[name]).values()]

    @settings(max_examples=200, deadline=None)
    @given(REPLIES)
    def understand(reply: str) -> None:
        for member in members:
            with contextlib.suppress(ValueError):
                member.parse(reply)
        if issubclass(output_class(name), SourceMeterOutput):
            with contextlib.suppress(ValueError):
                output_class(name).parse_both(None, reply)

    understand()
