"""Keysight E36300 series triple-output supplies.

Commands as in Keysight's E36300 Series Programming Guide; every command addresses its outputs by a channel list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.listed_supply import ListedOutput, ListedSupply
from radtest.instruments.power_supply import Rating
from radtest.instruments.properties import number_in

__all__ = ["E36300Channel", "KeysightE36300"]

# Setpoints go to 103 % of the rating.
_SIX_VOLTS, _TWENTY_FIVE_VOLTS = 6.18, 25.75
_MODELS: dict[str, tuple[Rating, ...]] = {
    model: (
        Rating(_SIX_VOLTS, first_a, highest_over_voltage_v=6.6),
        Rating(_TWENTY_FIVE_VOLTS, others_a, highest_over_voltage_v=27.5),
        Rating(_TWENTY_FIVE_VOLTS, others_a, highest_over_voltage_v=27.5),
    )
    for model, first_a, others_a in (("E36311A", 5.15, 1.03), ("E36312A", 5.15, 1.03), ("E36313A", 10.3, 2.06))
}
_VOLTS = "0 to 6.18 on channel 1, 0 to 25.75 on channels 2 and 3"
_AMPERES = "0 to 5.15 on channel 1 and 0 to 1.03 on channels 2 and 3; twice that on an E36313A"


class E36300Channel(ListedOutput):
    """One output of a `KeysightE36300`; see `SupplyOutput` for its parameters."""

    voltage_v = property_of.voltage("VOLT {value},(@{channel})", "VOLT? (@{channel})", _VOLTS)
    current_limit_a = property_of.current_limit("CURR {value},(@{channel})", "CURR? (@{channel})", _AMPERES)
    output = property_of.output("OUTP {value},(@{channel})", "OUTP? (@{channel})")
    over_current_protection = property_of.protection(
        "CURR:PROT:STAT {value},(@{channel})", "CURR:PROT:STAT? (@{channel})"
    )
    over_current_delay_s = property_of.delay(
        "CURR:PROT:DEL {value},(@{channel})", "CURR:PROT:DEL? (@{channel})", number_in(0.0, 3600.0, "s")
    )
    over_voltage_limit_v = property_of.over_voltage(
        "VOLT:PROT {value},(@{channel})",
        "VOLT:PROT? (@{channel})",
        "0 to 6.6 on channel 1, 0 to 27.5 on channels 2 and 3",
    )
    over_current_tripped = property_of.tripped("CURR:PROT:TRIP? (@{channel})")
    measured_voltage_v = property_of.measured_voltage("MEAS:VOLT? (@{channel})", _VOLTS)
    measured_current_a = property_of.measured_current("MEAS:CURR? (@{channel})", _AMPERES)
    clear_command = "CURR:PROT:CLE (@{channel})"


class KeysightE36300(ListedSupply[E36300Channel]):
    """A Keysight E36311A, E36312A or E36313A.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The supply listens on port 5025.
    """

    models = tuple(_MODELS)
    title: ClassVar[str] = "Keysight E36300"

    def _outputs(self) -> Iterator[E36300Channel]:
        for number, rating in enumerate(_MODELS[self.identity.model], start=1):
            yield E36300Channel(self.session, number, rating)
