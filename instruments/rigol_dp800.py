"""Rigol DP800 series supplies.

Commands as in Rigol's DP800 Series Programming Guide. An output is named ``CHn``; over-current protection has a level
of its own and no delay that could be set; its alarm is answered with YES or NO. Outputs below 0 V are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import LevelTripOutput, Rating, SupplyDriver
from radtest.instruments.properties import Reading, parse_number, two_lines
from radtest.instruments.roles import ChannelSample
from radtest.instruments.session import Ask

__all__ = ["DP800Channel", "RigolDP800"]


def _rating(voltage_v: float, current_a: float) -> Rating:
    """Return a rating from its nominal figures: setpoints go to 105 %, protections to 110 %."""
    return Rating(1.05 * voltage_v, 1.05 * current_a, 0.001, 1.1 * current_a, 1.1 * voltage_v)


_DP832 = (Rating(32.0, 3.2, 0.001, 3.3, 33.0),) * 2 + (Rating(5.3, 3.2, 0.001, 3.3, 5.5),)
_MODELS: dict[str, tuple[Rating, ...]] = {
    "DP821": (_rating(60.0, 1.0), _rating(8.0, 10.0)),
    "DP831": (_rating(8.0, 5.0), _rating(30.0, 2.0)),
    "DP832": _DP832,
}
_VOLTS = "0 to 32 on channels 1 and 2 and 0 to 5.3 on channel 3 of a DP832; 105 % of the rating on others"
_AMPERES = "0 to 3.2 on a DP832, 105 % of the rating on others"


def _parse_alarm(reply: str) -> bool:
    try:
        return {"YES": True, "NO": False}[reply.strip().upper()]
    except KeyError:
        raise ValueError("neither YES nor NO") from None


def _parse_both(reply: str) -> tuple[float, float]:
    """Read voltage, current and power."""
    voltage, current, _ = reply.split(",")
    return parse_number(voltage), parse_number(current)


class DP800Channel(LevelTripOutput):
    """One output of a `RigolDP800`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage(":SOUR{channel}:VOLT {value}", ":SOUR{channel}:VOLT?", _VOLTS, exchange=two_lines)
    current_limit_a = property_of.current_limit(
        ":SOUR{channel}:CURR {value}", ":SOUR{channel}:CURR?", _AMPERES, exchange=two_lines
    )
    output = property_of.output(":OUTP CH{channel},{value}", ":OUTP? CH{channel}", exchange=two_lines)
    over_current_level_a = property_of.trip_level(
        ":OUTP:OCP:VAL CH{channel},{value}",
        ":OUTP:OCP:VAL? CH{channel}",
        "0.001 to 3.3 on a DP832, to 110 % of the rating on others",
        exchange=two_lines,
    )
    over_current_protection = property_of.protection(
        ":OUTP:OCP CH{channel},{value}", ":OUTP:OCP? CH{channel}", exchange=two_lines
    )
    over_voltage_limit_v = property_of.over_voltage(
        ":OUTP:OVP:VAL CH{channel},{value}",
        ":OUTP:OVP:VAL? CH{channel}",
        "0 to 33 on channels 1 and 2 and 0 to 5.5 on channel 3 of a DP832; 110 % of the rating on others",
        exchange=two_lines,
    )
    over_voltage_protection = property_of.protection(
        ":OUTP:OVP CH{channel},{value}", ":OUTP:OVP? CH{channel}", exchange=two_lines, what="over-voltage"
    )
    over_current_tripped = property_of.tripped(":OUTP:OCP:ALAR? CH{channel}", parse=_parse_alarm)
    over_voltage_tripped = property_of.tripped(":OUTP:OVP:ALAR? CH{channel}", parse=_parse_alarm, what="over-voltage")
    reading = Reading(
        "Measure voltage and current together (V and A, range as of each alone).",
        query=":MEAS:ALL? CH{channel}",
        parse=_parse_both,
        unit="",
    )
    measured_voltage_v = property_of.measured_voltage(":MEAS:VOLT? CH{channel}", _VOLTS)
    measured_current_a = property_of.measured_current(":MEAS:CURR? CH{channel}", _AMPERES)
    clear_command = ":OUTP:OCP:CLEAR CH{channel}"

    def look(self, ask: Ask) -> ChannelSample:
        """Measure voltage (V) and current (A) in one reading and ask for the trip (range: as the output's)."""
        voltage_v, current_a = type(self).reading.within(self, ask)
        return ChannelSample(self.number, voltage_v, current_a, tripped=self.looks_tripped(ask))


class RigolDP800(SupplyDriver[DP800Channel]):
    """A DP821(A), DP831(A) or DP832(A).

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The supply listens on port 5555.
    """

    models = tuple(f"{model}{letter}" for model in _MODELS for letter in ("", "A"))
    title: ClassVar[str] = "Rigol DP800"
    trip_delay_settable = False

    def _outputs(self) -> Iterator[DP800Channel]:
        for number, rating in enumerate(_MODELS[self.identity.model.removesuffix("A")], start=1):
            yield DP800Channel(self.session, number, rating)
