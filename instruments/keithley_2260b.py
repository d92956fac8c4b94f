"""Keithley 2260B single-output switching supplies.

Commands as in Keithley's 2260B reference manual (the GW Instek PSW speaks the same). What the model can be set to is
asked for. The over-current level starts at about a tenth of the rated current: a 36 A model cannot protect a small
device, a 4 A or 1 A model can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import LevelTripOutput, Rating, SupplyDriver
from radtest.instruments.properties import number_in, parse_number, two_lines

__all__ = ["Keithley2260B", "Keithley2260BOutput"]

_LIMITS = ("VOLT? MAX", "CURR? MAX", "CURR:PROT? MIN", "CURR:PROT? MAX", "VOLT:PROT? MAX")
_RATED = "0 to 105 % of the model's rating"


class Keithley2260BOutput(LevelTripOutput):
    """The output of a `Keithley2260B`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("VOLT {value}", "VOLT?", _RATED, exchange=two_lines)
    current_limit_a = property_of.current_limit("CURR {value}", "CURR?", _RATED, exchange=two_lines, resolution_a=1e-2)
    output = property_of.output("OUTP {value}", "OUTP?", exchange=two_lines)
    over_current_level_a = property_of.trip_level(
        "CURR:PROT {value}",
        "CURR:PROT?",
        "10 to 110 % of the model's rating",
        exchange=two_lines,
        resolution_a=1e-2,
    )
    over_current_protection = property_of.protection("CURR:PROT:STAT {value}", "CURR:PROT:STAT?", exchange=two_lines)
    over_current_delay_s = property_of.delay(
        "CURR:PROT:DEL {value}",
        "CURR:PROT:DEL?",
        number_in(0.05, 2.5, "s"),
        exchange=two_lines,
        resolution_s=1e-2,
    )
    over_voltage_limit_v = property_of.over_voltage(
        "VOLT:PROT {value}", "VOLT:PROT?", "0 to 110 % of the model's rating", exchange=two_lines
    )
    over_current_tripped = property_of.tripped("CURR:PROT:TRIP?")
    measured_voltage_v = property_of.measured_voltage("MEAS:VOLT?", _RATED)
    measured_current_a = property_of.measured_current("MEAS:CURR?", _RATED)
    clear_command = "OUTP:PROT:CLE"


class Keithley2260B(SupplyDriver[Keithley2260BOutput]):
    """A 2260B of any rating.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The supply listens on port 2268.
    """

    models = tuple(
        f"2260B-{rating}"
        for rating in (
            *("30-36", "30-72", "30-108", "80-13", "80-27", "80-40"),
            *("250-4", "250-9", "250-13", "800-1", "800-2", "800-4"),
        )
    )
    title: ClassVar[str] = "Keithley 2260B"

    def _outputs(self) -> Iterator[Keithley2260BOutput]:
        voltage_v, current_a, lowest_a, highest_a, over_voltage_v = (
            self.session.submit(question, parse_number).result() for question in _LIMITS
        )
        rating = Rating(voltage_v, current_a, lowest_a, highest_a, over_voltage_v)
        yield Keithley2260BOutput(self.session, 1, rating)
