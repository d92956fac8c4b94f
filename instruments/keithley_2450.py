"""Keithley 2450, 2460 and 2470 source meters (TSP), as supplies of one channel.

Commands as in Keithley's 2450 Reference Manual, TSP command set: lines of Lua. A setting and the question that reads it
back are two statements of one line. The limit's "trip" says that the current is limited now; it switches nothing off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import Rating, SupplyDriver
from radtest.instruments.properties import Reading, same_line
from radtest.instruments.source_meter import SourceMeterOutput, fixed

__all__ = ["Keithley2450", "Keithley2450Output"]

_BESIDE = same_line(" ")
_MODELS = {
    "MODEL 2450": Rating(210.0, 1.05, lowest_current_a=1e-9),
    "MODEL 2460": Rating(105.0, 7.35, lowest_current_a=1e-6),
    "MODEL 2470": Rating(1100.0, 1.05, lowest_current_a=1e-9),
}
_VOLTS = "0 to 210 on a 2450, 105 on a 2460, 1100 on a 2470"
_AMPERES = "1e-9 to 1.05 on a 2450 or 2470, 1e-6 to 7.35 on a 2460"


def _parse_on(reply: str) -> bool:
    """Read a switch: ``smu.ON``, or 1 in older firmware."""
    try:
        return {"smu.ON": True, "smu.OFF": False, "1": True, "0": False}[reply.strip()]
    except KeyError:
        raise ValueError("neither smu.ON nor smu.OFF") from None


def _on_text(value: bool) -> str:
    return "smu.ON" if value else "smu.OFF"


class Keithley2450Output(SourceMeterOutput):
    """The output of a `Keithley2450`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("smu.source.level = {value}", "print(smu.source.level)", _VOLTS, exchange=_BESIDE)
    current_limit_a = property_of.current_limit(
        "smu.source.ilimit.level = {value}", "print(smu.source.ilimit.level)", _AMPERES, exchange=_BESIDE
    )
    output = property_of.output(
        "smu.source.output = {value}", "print(smu.source.output)", parse=_parse_on, text=_on_text, exchange=_BESIDE
    )
    source_function = fixed(
        "what is sourced",
        "smu.source.func = {value}",
        "print(smu.source.func)",
        ("smu.FUNC_DC_VOLTAGE", "smu.FUNC_DC_CURRENT"),
        exchange=_BESIDE,
    )
    measure_function = fixed(
        "what is measured",
        "smu.measure.func = {value}",
        "print(smu.measure.func)",
        ("smu.FUNC_DC_CURRENT", "smu.FUNC_DC_VOLTAGE"),
        exchange=_BESIDE,
    )
    readback = fixed(
        "whether the voltage sourced is measured with each reading",
        "smu.source.readback = {value}",
        "print(smu.source.readback)",
        ("smu.ON", "smu.OFF"),
        exchange=_BESIDE,
    )
    off_state = fixed(
        "what the terminals do when the output is off",
        "smu.source.offmode = {value}",
        "print(smu.source.offmode)",
        ("smu.OFFMODE_NORMAL", "smu.OFFMODE_ZERO", "smu.OFFMODE_HIGHZ", "smu.OFFMODE_GUARD"),
        exchange=_BESIDE,
    )
    limiting = Reading(
        "Measure whether the limit holds the current now (no unit, range True or False).",
        query="print(smu.source.ilimit.tripped)",
        parse=_parse_on,
        unit="",
    )
    measured_voltage_v = property_of.measured_voltage(
        "smu.measure.read() print(defbuffer1.sourcevalues[defbuffer1.n])", _VOLTS
    )
    measured_current_a = property_of.measured_current("print(smu.measure.read())", _AMPERES)
    both_question = "print(smu.measure.read(), defbuffer1.sourcevalues[defbuffer1.n])"
    prepared_as = (
        ("source_function", "smu.FUNC_DC_VOLTAGE"),
        ("measure_function", "smu.FUNC_DC_CURRENT"),
        ("readback", "smu.ON"),
        ("off_state", "smu.OFFMODE_NORMAL"),
    )


class Keithley2450(SupplyDriver[Keithley2450Output]):
    """A 2450, 2460 or 2470 whose command set is TSP.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The instrument listens on port 5025.
    """

    models = tuple(_MODELS)
    title: ClassVar[str] = "Keithley 2450"
    has_hardware_trip = False
    trip_delay_settable = False
    measures_when_off = False
    error_question = "print(eventlog.next(eventlog.SEV_ERROR))"
    no_error = r"0(\.0+e\+00)?\s"

    def _opened(self) -> None:
        language = self.session.query("*LANG?").strip()
        if language != "TSP":
            raise InstrumentError(
                f"{self.place}: its command set is {language!r}, this driver speaks TSP",
                remedy="choose TSP under MENU, System Settings, and switch the instrument off and on.",
            )
        super()._opened()

    def _outputs(self) -> Iterator[Keithley2450Output]:
        yield Keithley2450Output(self.session, 1, _MODELS[self.identity.model])
