"""Keithley 2600 series source meters (TSP), as supplies of one or two channels.

Commands as in Keithley's Series 2600B Reference Manual: lines of Lua, ``smua`` and ``smub``. A setting and the question
that reads it back are two statements of one line. Compliance says that the current is limited now; it switches nothing
off. In the normal off state an output is driven to 0 V and can be measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import Rating, SupplyDriver
from radtest.instruments.properties import Reading, parse_number, same_line
from radtest.instruments.source_meter import SourceMeterOutput, fixed

__all__ = ["Keithley2600", "Keithley2600Channel"]

_BESIDE = same_line(" ")
_FORTY_VOLTS = Rating(40.4, 3.03, lowest_current_a=1e-8)
_TWO_HUNDRED_VOLTS = Rating(202.0, 1.515, lowest_current_a=1e-10)
_SINGLE = ("2601", "2611", "2635")
_DOUBLE = ("2602", "2604", "2612", "2614", "2634", "2636")
_VOLTS = "0 to 40.4 on a 2601, 2602 or 2604, 0 to 202 on others"
_AMPERES = "1e-8 to 3.03 on a 2601, 2602 or 2604, 1e-10 to 1.515 on others; less at high voltage"


def _parse_switch(reply: str) -> bool:
    number = parse_number(reply)
    if number not in {0.0, 1.0}:
        raise ValueError("neither 0 nor 1")
    return number == 1.0


def _parse_truth(reply: str) -> bool:
    try:
        return {"true": True, "false": False}[reply.strip()]
    except KeyError:
        raise ValueError("neither true nor false") from None


def _parse_whole(reply: str) -> str:
    return f"{parse_number(reply):.0f}"


class Keithley2600Channel(SourceMeterOutput):
    """One channel of a `Keithley2600`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage(
        "{smu}.source.levelv = {value}", "print({smu}.source.levelv)", _VOLTS, exchange=_BESIDE
    )
    current_limit_a = property_of.current_limit(
        "{smu}.source.limiti = {value}", "print({smu}.source.limiti)", _AMPERES, exchange=_BESIDE
    )
    output = property_of.output(
        "{smu}.source.output = {value}",
        "print({smu}.source.output)",
        parse=_parse_switch,
        text=lambda value: str(int(value)),
        exchange=_BESIDE,
    )
    source_function = fixed(
        "what is sourced, 1 for voltage",
        "{smu}.source.func = {value}",
        "print({smu}.source.func)",
        ("1", "0"),
        parse=_parse_whole,
        exchange=_BESIDE,
    )
    off_state = fixed(
        "what the terminals do when the output is off, 0 for normal, 1 for high impedance, 2 for zero",
        "{smu}.source.offmode = {value}",
        "print({smu}.source.offmode)",
        ("0", "1", "2"),
        parse=_parse_whole,
        exchange=_BESIDE,
    )
    limiting = Reading(
        "Measure whether compliance limits the current now (no unit, range True or False).",
        query="print({smu}.source.compliance)",
        parse=_parse_truth,
        unit="",
    )
    measured_voltage_v = property_of.measured_voltage("print({smu}.measure.v())", _VOLTS)
    measured_current_a = property_of.measured_current("print({smu}.measure.i())", _AMPERES)
    both_question = "print({smu}.measure.iv())"
    prepared_as = (("source_function", "1"), ("off_state", "0"))
    measures_when_off = True


class Keithley2600(SupplyDriver[Keithley2600Channel]):
    """A 2601 to 2636, with or without a letter.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The instrument listens on port 5025.
    """

    models = tuple(f"Model {model}{letter}" for model in (*_SINGLE, *_DOUBLE) for letter in ("", "A", "B"))
    title: ClassVar[str] = "Keithley 2600"
    has_hardware_trip = False
    trip_delay_settable = False
    error_question = "print(errorqueue.next())"
    no_error = r"0(\.0+e\+00)?\s"

    def _outputs(self) -> Iterator[Keithley2600Channel]:
        model = self.identity.model.removeprefix("Model ")[:4]
        rating = _FORTY_VOLTS if model.startswith("260") else _TWO_HUNDRED_VOLTS
        for number, smu in enumerate(("smua", "smub") if model in _DOUBLE else ("smua",), start=1):
            yield Keithley2600Channel(self.session, number, rating, {"smu": smu})
