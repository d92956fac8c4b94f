"""Keysight Truevolt digital multimeters: 34460A, 34461A, 34465A, 34470A.

Commands as in Keysight's Truevolt Series DMM Operating and Service Guide (34460-90901), chapter SCPI Programming
Reference.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.properties import (
    Reading,
    Setting,
    number_of,
    one_of,
    parse_flag,
    parse_number,
    switch,
    switch_text,
)

__all__ = ["Keysight34461A"]

_UNITS = {"VOLT": "V", "VOLT:AC": "V", "CURR": "A", "CURR:AC": "A", "RES": "ohm", "FRES": "ohm", "TEMP": "degC"}
_INTEGRATION = (0.02, 0.2, 1.0, 10.0, 100.0)


def _number_text(value: float) -> str:
    return f"{value:.6g}"


def _same(wanted: float, got: float) -> bool:
    return abs(wanted - got) <= 1e-6 * abs(wanted)


def _parse_function(reply: str) -> str:
    word = reply.strip().strip('"')
    if word not in _UNITS:
        raise ValueError(f"legal: {', '.join(_UNITS)}")
    return word


def _parse_front(reply: str) -> bool:
    if reply.strip() not in ("FRON", "REAR"):
        raise ValueError("neither FRON nor REAR")
    return reply.strip() == "FRON"


class Keysight34461A(Driver):
    """A Keysight Truevolt multimeter.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The meter listens on port 5025; 100 power-line cycles last 2 s at 50 Hz, so allow more.
    """

    models = ("34460A", "34461A", "34465A", "34470A")
    title: ClassVar[str] = "Keysight 34461A"

    function = Setting(
        "Control what is measured (no unit, range VOLT, VOLT:AC, CURR, CURR:AC, RES, FRES, TEMP).",
        command='SENS:FUNC "{value}"',
        query="SENS:FUNC?",
        parse=_parse_function,
        text=str,
        legal=lambda _: one_of(_UNITS),
        unit="",
    )
    voltage_range_v = Setting(
        "Control the range for DC voltage (V, range 0.1, 1, 10, 100 or 1000).",
        command="SENS:VOLT:DC:RANG {value}",
        query="SENS:VOLT:DC:RANG?",
        parse=parse_number,
        text=_number_text,
        legal=lambda _: number_of((0.1, 1.0, 10.0, 100.0, 1000.0), "V"),
        unit="V",
        agrees=_same,
    )
    voltage_autorange = Setting(
        "Control whether the meter chooses its range for DC voltage (no unit, range True or False).",
        command="SENS:VOLT:DC:RANG:AUTO {value}",
        query="SENS:VOLT:DC:RANG:AUTO?",
        parse=parse_flag,
        text=switch_text,
        legal=lambda _: switch(),
        unit="",
    )
    voltage_integration_cycles = Setting(
        "Control how many power-line cycles DC voltage is integrated over (cycles, range 0.02, 0.2, 1, 10 or 100).",
        command="SENS:VOLT:DC:NPLC {value}",
        query="SENS:VOLT:DC:NPLC?",
        parse=parse_number,
        text=_number_text,
        legal=lambda _: number_of(_INTEGRATION, "cycles"),
        unit="cycles",
        agrees=_same,
    )
    current_range_a = Setting(
        "Control the range for DC current on the 3 A input (A, range 1e-4, 1e-3, 1e-2, 0.1, 1 or 3).",
        command="SENS:CURR:DC:RANG {value}",
        query="SENS:CURR:DC:RANG?",
        parse=parse_number,
        text=_number_text,
        legal=lambda _: number_of((1e-4, 1e-3, 1e-2, 0.1, 1.0, 3.0), "A"),
        unit="A",
        agrees=_same,
    )
    current_integration_cycles = Setting(
        "Control how many power-line cycles DC current is integrated over (cycles, range 0.02, 0.2, 1, 10 or 100).",
        command="SENS:CURR:DC:NPLC {value}",
        query="SENS:CURR:DC:NPLC?",
        parse=parse_number,
        text=_number_text,
        legal=lambda _: number_of(_INTEGRATION, "cycles"),
        unit="cycles",
        agrees=_same,
    )
    temperature_probe = Setting(
        "Control the probe for temperature (no unit, range RTD, FRTD for four wires, THER or FTH for thermistors).",
        command="SENS:TEMP:TRAN:TYPE {value}",
        query="SENS:TEMP:TRAN:TYPE?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("RTD", "FRTD", "THER", "FTH")),
        unit="",
    )
    front_terminals = Reading(
        "Measure whether the front terminals are connected, not those at the rear (no unit, range True or False).",
        query="ROUT:TERM?",
        parse=_parse_front,
        unit="",
    )
    measured = Reading(
        "Measure what `function` says (unit of the function, range of the function; inf at overload).",
        query="READ?",
        parse=parse_number,
        unit="",
    )

    def _opened(self) -> None:
        self._unit = _UNITS[self.function]

    @property
    def unit(self) -> str:
        """Unit of what the meter was last set to measure by `set_up`."""
        return self._unit

    def set_up(self, function: str, *, integration_cycles: float = 1.0) -> None:
        """Choose what is measured (range as `function`) and for how long (cycles, range as the setting's).

        Raises
        ------
        ConfigurationError
            If a value is illegal; nothing was sent.
        """
        self.function = function
        self._unit = _UNITS[function]
        if function == "VOLT":
            self.voltage_integration_cycles = integration_cycles
        elif function == "CURR":
            self.current_integration_cycles = integration_cycles

    def measure(self) -> Future[float]:
        """Take a measurement (`unit`, range of the function).

        The future raises `InstrumentError` at overload, where the meter answers 9.9E37.
        """

        def parse(reply: str) -> float:
            value = parse_number(reply)
            if abs(value) == float("inf"):
                raise InstrumentError(
                    f"{self.place}: overload: the input is beyond the range", remedy="choose a higher range."
                )
            return value

        return self.session.submit("READ?", parse)
