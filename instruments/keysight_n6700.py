"""Keysight N6700 modular power system mainframes and N6705 DC power analyzers, with their output watchdog.

Commands as in Keysight's N6700 Series and N6705 Programmer's Reference Guides. What an output can be set to depends on
the module in its slot: the driver asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from radtest.core import InstrumentError
from radtest.instruments import supply_properties as property_of
from radtest.instruments.listed_supply import ListedOutput, ListedSupply
from radtest.instruments.power_supply import Rating
from radtest.instruments.properties import (
    Reading,
    Setting,
    number_in,
    parse_flag,
    parse_number,
    switch,
    switch_text,
    within,
)

__all__ = ["KeysightN6700", "N6700Channel"]

_OVER_CURRENT = 2
_PROTECTED = 2048
_MODULE = "as far as the module in the slot"


def _whole(reply: str) -> int:
    """Read a whole number that may be written as ``+2.00000000E+00``."""
    number = parse_number(reply)
    if not number.is_integer():
        raise ValueError("not a whole number")
    return int(number)


def _parse_over_current(reply: str) -> bool:
    return bool(_whole(reply) & _OVER_CURRENT)


def _parse_protected(reply: str) -> bool:
    return bool(_whole(reply) & _PROTECTED)


class N6700Channel(ListedOutput):
    """One output of a `KeysightN6700`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("VOLT {value},(@{channel})", "VOLT? (@{channel})", f"0 {_MODULE}")
    current_limit_a = property_of.current_limit("CURR {value},(@{channel})", "CURR? (@{channel})", f"0 {_MODULE}")
    output = property_of.output("OUTP {value},(@{channel})", "OUTP? (@{channel})")
    over_current_protection = property_of.protection(
        "CURR:PROT:STAT {value},(@{channel})", "CURR:PROT:STAT? (@{channel})"
    )
    over_current_delay_s = property_of.delay(
        "CURR:PROT:DEL {value},(@{channel})",
        "CURR:PROT:DEL? (@{channel})",
        number_in(0.0, 0.255, "s"),
        resolution_s=1e-3,
    )
    over_voltage_limit_v = property_of.over_voltage(
        "VOLT:PROT {value},(@{channel})", "VOLT:PROT? (@{channel})", f"0 {_MODULE}"
    )
    over_current_tripped = property_of.tripped("STAT:QUES:COND? (@{channel})", parse=_parse_over_current)
    shut_down = Reading(
        "Measure whether the watchdog or a coupled output has switched this one off (no unit, range True or False).",
        query="STAT:QUES:COND? (@{channel})",
        parse=_parse_protected,
        unit="",
    )
    measured_voltage_v = property_of.measured_voltage("MEAS:VOLT? (@{channel})", f"0 {_MODULE}")
    measured_current_a = property_of.measured_current("MEAS:CURR? (@{channel})", f"0 {_MODULE}")
    clear_command = "OUTP:PROT:CLE (@{channel})"


class KeysightN6700(ListedSupply[N6700Channel]):
    """A Keysight (or Agilent) N6700, N6701, N6702 or N6705 with up to four modules.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The mainframe listens on port 5025.
    """

    models = tuple(f"N670{number}{letter}" for number in "0125" for letter in "ABC")
    title: ClassVar[str] = "Keysight N6700"

    watchdog = Setting(
        "Control whether outputs go off after `watchdog_delay_s` without a command (no unit, range True or False).",
        command="OUTP:PROT:WDOG {value}",
        query="OUTP:PROT:WDOG?",
        parse=parse_flag,
        text=switch_text,
        legal=lambda _: switch(),
        unit="",
    )
    watchdog_delay_s = Setting(
        "Control how long the computer may be silent (s, range 1 to 3600).",
        command="OUTP:PROT:WDOG:DEL {value}",
        query="OUTP:PROT:WDOG:DEL?",
        parse=parse_number,
        text=lambda value: f"{value:.0f}",
        legal=lambda _: number_in(1.0, 3600.0, "s"),
        unit="s",
        agrees=within(0.5),
    )

    def _outputs(self) -> Iterator[N6700Channel]:
        count = self.session.submit("SYST:CHAN:COUN?", _parse_count).result()
        for number in range(1, count + 1):
            listed = f"(@{number})"
            limits = self.session.submit(
                f"VOLT? MAX,{listed};:CURR? MIN,{listed};:CURR? MAX,{listed};:VOLT:PROT? MAX,{listed}", _parse_limits
            ).result()
            voltage_v, lowest_a, highest_a, over_voltage_v = limits
            rating = Rating(
                voltage_v, highest_a, highest_over_voltage_v=over_voltage_v, lowest_current_a=max(0.0, lowest_a)
            )
            yield N6700Channel(self.session, number, rating)

    def arm_watchdog(self, silence_s: float) -> None:
        """Switch the outputs off when the computer is silent for longer (s, range 1 to 3600, whole seconds).

        Raises
        ------
        ConfigurationError
            If the time is out of range; nothing was sent.
        InstrumentError
            If a setting reads back differently.
        """
        self.watchdog_delay_s = silence_s
        self.watchdog = True

    def disarm_watchdog(self) -> None:
        """Let the outputs stay as they are when the computer falls silent."""
        self.watchdog = False

    def clear_trips(self, numbers: Sequence[int]) -> None:
        """Re-arm all protections of channels, the watchdog's among them; outputs stay as they are.

        Raises
        ------
        InstrumentError
            If one still reads back as tripped or shut down.
        """
        super().clear_trips(numbers)
        shut = [number for number in numbers if self.channel(number).shut_down]
        if shut:
            raise InstrumentError(
                f"{self.place}: channel {', '.join(map(str, shut))} stays shut down after being cleared",
                remedy="look at the mainframe: a coupled output or the inhibit input may hold it.",
            )


def _parse_count(reply: str) -> int:
    count = _whole(reply)
    if not 1 <= count <= 4:
        raise ValueError("a mainframe has 1 to 4 outputs")
    return count


def _parse_limits(reply: str) -> tuple[float, float, float, float]:
    voltage_v, lowest_a, highest_a, over_voltage_v = (parse_number(part) for part in reply.split(";"))
    return voltage_v, lowest_a, highest_a, over_voltage_v
