"""Keithley 2230 and 2230G triple-output supplies.

Commands as in Keithley's 2230 and 2230G Series reference manuals. Commands go to the selected output. There is no
over-current trip: an output limits the current and goes on, so that only software protects a device that latches up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import LimitingOutput, Rating, SupplyDriver
from radtest.instruments.selected_supply import after_selecting, selection

__all__ = ["Keithley2230", "Keithley2230Channel"]

_MODELS: dict[str, tuple[Rating, ...]] = {
    "2230-30-1": (Rating(30.0, 1.5), Rating(30.0, 1.5), Rating(6.0, 5.0)),
    "2230G-30-1": (Rating(30.0, 1.5), Rating(30.0, 1.5), Rating(6.0, 5.0)),
    "2230G-30-3": (Rating(30.0, 3.0), Rating(30.0, 3.0), Rating(5.0, 3.0)),
    "2230G-30-6": (Rating(30.0, 6.0), Rating(30.0, 6.0), Rating(5.0, 3.0)),
    "2230G-60-3": (Rating(60.0, 3.0), Rating(60.0, 3.0), Rating(5.0, 3.0)),
}
_VOLTS = "0 to 30 on channels 1 and 2 (60 on a 2230G-60-3) and 0 to 5 or 6 on channel 3"
_AMPERES = "0 to 1.5 on channels 1 and 2 and 0 to 5 on channel 3 of a 2230-30-1; 0 to 3 or 6 on others"


class Keithley2230Channel(LimitingOutput):
    """One output of a `Keithley2230`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("{select}VOLT {value}", "{select}VOLT?", _VOLTS, exchange=after_selecting)
    current_limit_a = property_of.current_limit(
        "{select}CURR {value}", "{select}CURR?", _AMPERES, exchange=after_selecting
    )
    output = property_of.output("{select}CHAN:OUTP {value}", "{select}CHAN:OUTP?", exchange=after_selecting)
    measured_voltage_v = property_of.measured_voltage("MEAS:VOLT? CH{channel}", _VOLTS)
    measured_current_a = property_of.measured_current("MEAS:CURR? CH{channel}", _AMPERES)


class Keithley2230(SupplyDriver[Keithley2230Channel]):
    """A 2230-30-1, 2230G-30-1, 2230G-30-3, 2230G-30-6 or 2230G-60-3.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. USB and, in some models, GPIB; over TCP through a gateway.
    """

    models = tuple(_MODELS)
    title: ClassVar[str] = "Keithley 2230"
    has_hardware_trip = False
    trip_delay_settable = False

    def _outputs(self) -> Iterator[Keithley2230Channel]:
        for number, rating in enumerate(_MODELS[self.identity.model], start=1):
            yield Keithley2230Channel(self.session, number, rating, selection(number))
