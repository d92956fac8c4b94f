"""The SCPI parser of the simulated station."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radtest.instruments.station.scpi import ScpiDialect, ScpiError, channel_list, flag, number

HEADERS = ["VOLT", "volt", "VOLTAGE", "SOUR:VOLT", ":Source:Voltage:Level", "SOURCE:VOLT:LEV:IMM:AMPL"]


def dialect() -> tuple[ScpiDialect, list[list[str]]]:
    seen: list[list[str]] = []

    def note(parameters: list[str]) -> None:
        seen.append(parameters)

    commands = {
        "*IDN?": lambda _: "me",
        "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": note,
        "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]?": lambda _: "1.2",
        "[SOURce:]CURRent:PROTection:STATe?": lambda _: "0",
        "[SOURce:]CURRent:PROTection:TRIPped?": lambda _: "1",
        "SYSTem:ERRor[:NEXT]?": lambda _: instrument.next_error(),
    }
    instrument = ScpiDialect(commands)
    return instrument, seen


@pytest.mark.parametrize("header", HEADERS)
def test_short_and_long_forms_optional_nodes_and_any_case_are_one_command(header):
    instrument, seen = dialect()
    assert instrument.execute(f"{header} 1.2,(@1,2)") is None
    assert seen == [["1.2", "(@1,2)"]]


@pytest.mark.parametrize("header", ["VOL", "VOLTA", "VOLT:LEVE", "SOUR", "VOLT:AMPL:LEV", "VOLT ?", "?", "::VOLT"])
def test_what_is_neither_short_nor_long_form_is_an_undefined_header(header):
    instrument, seen = dialect()
    if header == "VOLT ?":
        instrument.execute(header)
        assert seen == [["?"]]
        return
    assert instrument.execute(header) is None
    assert instrument.execute("SYST:ERR?") == '-113,"Undefined header"'


def test_replies_of_one_message_are_joined():
    assert dialect()[0].execute("*IDN?;:VOLT?") == "me;1.2"


def test_a_second_header_continues_the_path_of_the_first():
    assert dialect()[0].execute("CURR:PROT:STAT?;TRIP?") == "0;1"


def test_a_colon_starts_again_from_the_root_and_a_star_leaves_the_path_alone():
    instrument, _ = dialect()
    assert instrument.execute("CURR:PROT:STAT?;:VOLT?") == "0;1.2"
    assert instrument.execute("CURR:PROT:STAT?;*IDN?;TRIP?") == "0;me;1"


def test_the_rest_of_a_message_is_carried_out_after_an_error():
    instrument, _ = dialect()
    assert instrument.execute("NONSENSE 1;:VOLT?") == "1.2"
    assert instrument.execute("SYST:ERR?") == '-113,"Undefined header"'
    assert instrument.execute("SYST:ERR?") == '+0,"No error"'


def test_the_error_queue_overflows_visibly():
    instrument, _ = dialect()
    for _ in range(30):
        instrument.execute("NONSENSE")
    errors = [instrument.next_error() for _ in range(20)]
    assert errors[-1] == '-350,"Queue overflow"'
    assert instrument.next_error() == '+0,"No error"'


@pytest.mark.parametrize(
    ("text", "channels"), [("(@1)", [1]), ("(@1,3)", [1, 3]), ("(@1:3)", [1, 2, 3]), ("(@ 2 , 3 )", [2, 3])]
)
def test_a_channel_list_is_read(text, channels):
    assert channel_list(["5", text], 3) == channels


@pytest.mark.parametrize("text", ["(@4)", "(@0)", "(@)", "(1)", "(@1:2:3)", "(@a)", "(@3:1)", "(@1,)", "(@1:999)"])
def test_a_channel_list_that_names_no_channel_is_an_error(text):
    with pytest.raises(ScpiError):
        channel_list([text], 3)


@pytest.mark.parametrize(("text", "code"), [("x", -104), ("7", -222), ("nan", -104), ("inf", -104), ("1_0", -104)])
def test_a_number_out_of_range_or_none_at_all_is_an_error(text, code):
    with pytest.raises(ScpiError, match=str(code)):
        number([text], 0.0, 6.0)


def test_a_missing_parameter_is_an_error():
    with pytest.raises(ScpiError, match="-109"):
        number([], 0.0, 6.0)
    with pytest.raises(ScpiError, match="-109"):
        flag([])


@given(st.text(alphabet=st.sampled_from("VOLTSURCE:;*?()@,\"'1 e-\t\x00é"), max_size=80))
def test_no_message_crashes_the_parser(message):
    instrument, _ = dialect()
    reply = instrument.execute(message)
    assert reply is None or isinstance(reply, str)
