"""Keysight 53230A universal counter, as a totaliser of dosimetry pulses.

Commands as in Keysight's 53210A/53220A/53230A Programmer's Reference.
"""

from __future__ import annotations

import math
from concurrent.futures import Future
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments.driver import Driver
from radtest.instruments.properties import (
    Reading,
    Setting,
    number_in,
    number_of,
    one_of,
    parse_flag,
    parse_number,
    switch,
    switch_text,
)

__all__ = ["Keysight53230A"]

_MEASURING = 16  # bit 4 of the operation condition register


def _parse_count(reply: str) -> int:
    number = parse_number(reply)
    if not (math.isfinite(number) and number >= 0 and number == int(number)):
        raise ValueError("not a count")
    return int(number)


def _parse_measuring(reply: str) -> bool:
    return bool(int(reply) & _MEASURING)


def _gate_text(value: float) -> str:
    return "INF" if value == math.inf else f"{value:.9g}"


def _same_gate(wanted: float, got: float) -> bool:
    return wanted == got or math.isclose(wanted, got, rel_tol=1e-6)


class Keysight53230A(Driver):
    """A Keysight 53220A or 53230A that totals the pulses on its input 1.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The counter listens on port 5025.
    """

    models = ("53220A", "53230A")
    title: ClassVar[str] = "Keysight 53230A"

    gate_source = Setting(
        "Control what ends totalising (no unit, range TIME for the gate time, EXT for the gate input).",
        command="SENS:TOT:GATE:SOUR {value}",
        query="SENS:TOT:GATE:SOUR?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("TIME", "EXT")),
        unit="",
    )
    gate_time_s = Setting(
        "Control how long pulses are totalled (s, range 1e-6 to 1000, or inf until stopped).",
        command="SENS:TOT:GATE:TIME {value}",
        query="SENS:TOT:GATE:TIME?",
        parse=parse_number,
        text=_gate_text,
        legal=lambda _: number_in(1e-6, 1000.0, "s", or_infinite=True),
        unit="s",
        agrees=_same_gate,
    )
    input_level_v = Setting(
        "Control the threshold that a pulse must cross (V, range -5.125 to 5.125).",
        command="INP:LEV {value}",
        query="INP:LEV?",
        parse=parse_number,
        text=lambda value: f"{value:.6g}",
        legal=lambda _: number_in(-5.125, 5.125, "V"),
        unit="V",
        agrees=lambda wanted, got: abs(wanted - got) <= 2.5e-3,
    )
    input_range_v = Setting(
        "Control the input range; changing it changes the reach of the threshold (V, range 5 or 50).",
        command="INP:RANG {value}",
        query="INP:RANG?",
        parse=parse_number,
        text=lambda value: f"{value:.6g}",
        legal=lambda _: number_of((5.0, 50.0), "V"),
        unit="V",
    )
    input_impedance_ohm = Setting(
        "Control the input impedance (ohm, range 50 or 1e6).",
        command="INP:IMP {value}",
        query="INP:IMP?",
        parse=parse_number,
        text=lambda value: f"{value:.6g}",
        legal=lambda _: number_of((50.0, 1e6), "ohm"),
        unit="ohm",
    )
    input_coupling = Setting(
        "Control the input coupling (no unit, range AC or DC).",
        command="INP:COUP {value}",
        query="INP:COUP?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("AC", "DC")),
        unit="",
    )
    input_slope = Setting(
        "Control the edge that counts (no unit, range POS or NEG).",
        command="INP:SLOP {value}",
        query="INP:SLOP?",
        parse=str.strip,
        text=str,
        legal=lambda _: one_of(("POS", "NEG")),
        unit="",
    )
    low_pass_filter = Setting(
        "Control whether the low-pass filter of 100 kHz is in (no unit, range True or False).",
        command="INP:FILT {value}",
        query="INP:FILT?",
        parse=parse_flag,
        text=switch_text,
        legal=lambda _: switch(),
        unit="",
    )
    noise_rejection = Setting(
        "Control whether the hysteresis is doubled against noise (no unit, range True or False).",
        command="INP:NREJ {value}",
        query="INP:NREJ?",
        parse=parse_flag,
        text=switch_text,
        legal=lambda _: switch(),
        unit="",
    )
    total = Reading(
        "Measure the pulses counted so far (counts, range 0 to 1e15).",
        query="SENS:TOT:DATA?",
        parse=_parse_count,
        unit="counts",
    )
    counting = Reading(
        "Measure whether the gate is open (no unit, range True or False).",
        query="STAT:OPER:COND?",
        parse=_parse_measuring,
        unit="",
    )

    def start(self) -> None:
        """Set the count to zero and total pulses until `stop`.

        Raises
        ------
        InstrumentError
            If the counter does not start.
        """
        self.session.write("ABOR;:CONF:TOT:CONT (@1)")
        self.gate_source = "TIME"
        self.gate_time_s = math.inf
        if not self.session.submit("INIT;:STAT:OPER:COND?", _parse_measuring).result():
            raise InstrumentError(
                f"{self.place}: was told to count but does not; last set: {self.session.last_set}; errors: "
                f"{'; '.join(self.error_queue()) or 'none'}"
            )
        self.session.remember("counting", "on")

    def count(self) -> Future[int]:
        """Return the pulses totalled since `start` (counts, range 0 to 1e15); counting goes on."""
        return self.session.submit("SENS:TOT:DATA?", _parse_count)

    def latest(self) -> Future[int]:
        """Return the pulses totalled since `start` (counts, range 0 to 1e15), as `count` does."""
        return self.count()

    def stop(self) -> None:
        """Close the gate; the total stays readable.

        Raises
        ------
        InstrumentError
            If the counter goes on.
        """
        if self.session.submit("ABOR;:STAT:OPER:COND?", _parse_measuring).result():
            raise InstrumentError(f"{self.place}: goes on counting after ABOR")
        self.session.remember("counting", "off")
