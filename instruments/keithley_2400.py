"""Keithley 2400 series source meters (SCPI), as supplies of one channel.

Commands as in Keithley's Series 2400 SourceMeter User's Manual. The compliance limits the current; its "trip" says that
it does so now, it holds nothing and switches nothing off. With the output off the instrument cannot measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import Rating, SupplyDriver
from radtest.instruments.properties import Reading, parse_flag, parse_number
from radtest.instruments.source_meter import SourceMeterOutput, fixed

__all__ = ["Keithley2400", "Keithley2400Output"]

_MODELS = {
    "MODEL 2400": Rating(210.0, 1.05, lowest_current_a=1e-9),
    "MODEL 2410": Rating(1100.0, 1.05, lowest_current_a=1e-9),
    "MODEL 2420": Rating(63.0, 3.15, lowest_current_a=1e-8),
    "MODEL 2425": Rating(105.0, 3.15, lowest_current_a=1e-8),
    "MODEL 2430": Rating(105.0, 3.15, lowest_current_a=1e-8),
    "MODEL 2440": Rating(42.0, 5.25, lowest_current_a=1e-8),
}
_VOLTS = "0 to 210 on a 2400, 1100 on a 2410, 63 on a 2420, 105 on a 2425 or 2430, 42 on a 2440"
_AMPERES = "1e-9 to 1.05 on a 2400 or 2410, 1e-8 to 3.15 on a 2420, 2425 or 2430, to 5.25 on a 2440"
_BOTH = '"VOLT:DC","CURR:DC"'


def _parse_both(reply: str) -> tuple[float, float]:
    """Read voltage and current, the first elements of a reading whatever ``FORM:ELEM`` leaves after them."""
    voltage, current, *_ = reply.split(",")
    return parse_number(voltage), parse_number(current)


def _parse_voltage(reply: str) -> float:
    return _parse_both(reply)[0]


def _parse_current(reply: str) -> float:
    return _parse_both(reply)[1]


class Keithley2400Output(SourceMeterOutput):
    """The output of a `Keithley2400`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("SOUR:VOLT:LEV {value}", "SOUR:VOLT:LEV?", _VOLTS)
    current_limit_a = property_of.current_limit("SENS:CURR:PROT {value}", "SENS:CURR:PROT?", _AMPERES)
    output = property_of.output("OUTP {value}", "OUTP?")
    source_function = fixed("what is sourced", "SOUR:FUNC {value}", "SOUR:FUNC?", ("VOLT", "CURR"))
    sense_functions = fixed("what is measured", "SENS:FUNC {value}", "SENS:FUNC?", (_BOTH, '"CURR:DC"'))
    off_state = fixed(
        "what the terminals do when the output is off",
        "OUTP:SMOD {value}",
        "OUTP:SMOD?",
        ("NORM", "HIMP", "ZERO", "GUAR"),
    )
    limiting = Reading(
        "Measure whether the compliance limits the current now (no unit, range True or False).",
        query="SENS:CURR:PROT:TRIP?",
        parse=parse_flag,
        unit="",
    )
    measured_voltage_v = property_of.measured_voltage("READ?", _VOLTS, parse=_parse_voltage)
    measured_current_a = property_of.measured_current("READ?", _AMPERES, parse=_parse_current)
    both_question = "READ?"
    prepared_as = (("source_function", "VOLT"), ("sense_functions", _BOTH), ("off_state", "NORM"))

    def parse_both(self, reply: str) -> tuple[float, float]:
        """Read a reading's voltage (V) and current (A), its first elements (range: as the output's)."""
        return _parse_both(reply)


class Keithley2400(SupplyDriver[Keithley2400Output]):
    """A 2400, 2410, 2420, 2425, 2430 or 2440.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. GPIB or RS-232; over TCP through a gateway.
    """

    models = tuple(_MODELS)
    title: ClassVar[str] = "Keithley 2400"
    has_hardware_trip = False
    trip_delay_settable = False
    measures_when_off = False

    def _outputs(self) -> Iterator[Keithley2400Output]:
        yield Keithley2400Output(self.session, 1, _MODELS[self.identity.model])
