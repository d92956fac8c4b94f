"""Rohde & Schwarz (once HAMEG) HMP2020, HMP2030, HMP4030 and HMP4040 supplies.

Commands as in the HMP series' SCPI programmers manual. Commands go to the selected output; the electronic fuse counts
its delay in milliseconds, acts at the current limit, and is reset by switching the output on. A channel gives power
when it is selected and the general output is on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import LimitTripOutput, Rating, SupplyDriver
from radtest.instruments.properties import number_in, parse_number
from radtest.instruments.roles import ChannelSample
from radtest.instruments.selected_supply import after_selecting, selecting_once, selection
from radtest.instruments.session import Ask

__all__ = ["HMPChannel", "RohdeSchwarzHMP"]

_TEN = Rating(32.05, 10.01, highest_over_voltage_v=32.5)
_FIVE = Rating(32.05, 5.01, highest_over_voltage_v=32.5)
_MODELS: dict[str, tuple[Rating, ...]] = {
    "HMP2020": (_TEN, _FIVE),
    "HMP2030": (_FIVE,) * 3,
    "HMP4030": (_TEN,) * 3,
    "HMP4040": (_TEN,) * 4,
}
_VOLTS = "0 to 32.05"
_AMPERES = "0 to 10.01; 0 to 5.01 on an HMP2030 and on channel 2 of an HMP2020"


class HMPChannel(LimitTripOutput):
    """One output of a `RohdeSchwarzHMP`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("{select}VOLT {value}", "{select}VOLT?", _VOLTS, exchange=after_selecting)
    current_limit_a = property_of.current_limit(
        "{select}CURR {value}", "{select}CURR?", _AMPERES, exchange=after_selecting
    )
    output = property_of.output(
        "{select}OUTP:SEL {value}",
        "{select}OUTP:SEL?",
        exchange=after_selecting,
        which="the channel is selected, so that with the general output it",
    )
    over_current_protection = property_of.protection("{select}FUSE {value}", "{select}FUSE?", exchange=after_selecting)
    over_current_delay_s = property_of.delay(
        "{select}FUSE:DEL {value}",
        "{select}FUSE:DEL?",
        number_in(0.0, 0.25, "s"),
        parse=lambda reply: parse_number(reply) / 1000,
        text=lambda value: f"{1000 * value:.0f}",
        exchange=after_selecting,
        resolution_s=5e-4,
    )
    over_voltage_limit_v = property_of.over_voltage(
        "{select}VOLT:PROT {value}", "{select}VOLT:PROT?", "0 to 32.5", exchange=after_selecting
    )
    over_current_tripped = property_of.tripped("{select}FUSE:TRIP?")
    measured_voltage_v = property_of.measured_voltage("{select}MEAS:VOLT?", _VOLTS)
    measured_current_a = property_of.measured_current("{select}MEAS:CURR?", _AMPERES)

    def look(self, ask: Ask) -> ChannelSample:
        """Measure voltage (V) and current (A) and ask for the trip, inside a transaction (range: as the output's)."""
        return super().look(selecting_once(ask))


class RohdeSchwarzHMP(SupplyDriver[HMPChannel]):
    """An HMP2020, HMP2030, HMP4030 or HMP4040.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. With the LAN interface the supply listens on port 5025.
    """

    models = tuple(_MODELS)
    title: ClassVar[str] = "Rohde & Schwarz HMP"
    master = "OUTP:GEN"

    def _outputs(self) -> Iterator[HMPChannel]:
        for number, rating in enumerate(_MODELS[self.identity.model], start=1):
            yield HMPChannel(self.session, number, rating, selection(number))
