"""Rohde & Schwarz NGE100 and HMC804x supplies.

Commands as in the NGE100 and HMC804x user manuals. Commands go to the selected output (an HMC8041 has one output and
nothing to select); the electronic fuse counts its delay in seconds, acts at the current limit, and is reset by
switching the output on. A channel gives power when it is switched on and the switch above the channels is, too:
``OUTP:GEN`` in an NGE100, ``OUTP:MAST`` in an HMC804x.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from radtest.instruments import supply_properties as property_of
from radtest.instruments.power_supply import LimitTripOutput, Rating, SupplyDriver
from radtest.instruments.properties import number_in
from radtest.instruments.roles import ChannelSample
from radtest.instruments.selected_supply import after_selecting, selecting_once, selection
from radtest.instruments.session import Ask

__all__ = ["HMC804xChannel", "NGE100Channel", "RohdeSchwarzHMC804x", "RohdeSchwarzNGE100"]

_VOLTS = "0 to 32.05"
_AMPERES = "0 to 3; 0 to 10 on an HMC8041, 0 to 5 on an HMC8042"


class _FusedChannel(LimitTripOutput):
    """What outputs of both series share."""

    voltage_v = property_of.voltage("{select}VOLT {value}", "{select}VOLT?", _VOLTS, exchange=after_selecting)
    current_limit_a = property_of.current_limit(
        "{select}CURR {value}", "{select}CURR?", _AMPERES, exchange=after_selecting
    )
    over_current_protection = property_of.protection(
        "{select}FUSE:STAT {value}", "{select}FUSE:STAT?", exchange=after_selecting
    )
    over_current_delay_s = property_of.delay(
        "{select}FUSE:DEL {value}",
        "{select}FUSE:DEL?",
        number_in(0.01, 10.0, "s"),
        exchange=after_selecting,
        resolution_s=1e-3,
    )
    over_voltage_limit_v = property_of.over_voltage(
        "{select}VOLT:PROT:LEV {value}", "{select}VOLT:PROT:LEV?", "0 to 32.5", exchange=after_selecting
    )
    over_voltage_protection = property_of.protection(
        "{select}VOLT:PROT:STAT {value}",
        "{select}VOLT:PROT:STAT?",
        exchange=after_selecting,
        what="over-voltage",
    )
    over_current_tripped = property_of.tripped("{select}FUSE:TRIP?")
    over_voltage_tripped = property_of.tripped("{select}VOLT:PROT:TRIP?", what="over-voltage")
    measured_voltage_v = property_of.measured_voltage("{select}MEAS:VOLT?", _VOLTS)
    measured_current_a = property_of.measured_current("{select}MEAS:CURR?", _AMPERES)

    def look(self, ask: Ask) -> ChannelSample:
        """Measure voltage (V) and current (A) and ask for the trip, inside a transaction (range: as the output's)."""
        return super().look(selecting_once(ask))


class NGE100Channel(_FusedChannel):
    """One output of a `RohdeSchwarzNGE100`; see `SupplyOutput` for its parameters."""

    output = property_of.output(
        "{select}OUTP:SEL {value}",
        "{select}OUTP:SEL?",
        exchange=after_selecting,
        which="the channel is selected, so that with the general output it",
    )


class HMC804xChannel(_FusedChannel):
    """One output of a `RohdeSchwarzHMC804x`; see `SupplyOutput` for its parameters."""

    output = property_of.output(
        "{select}OUTP {value}",
        "{select}OUTP?",
        exchange=after_selecting,
        which="the channel is switched on, so that with the master switch it",
    )


class RohdeSchwarzNGE100(SupplyDriver[NGE100Channel]):
    """An NGE102(B) or NGE103(B).

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The supply listens on port 5025.
    """

    models = ("NGE102", "NGE102B", "NGE103", "NGE103B")
    title: ClassVar[str] = "Rohde & Schwarz NGE100"
    master = "OUTP:GEN"

    def _outputs(self) -> Iterator[NGE100Channel]:
        for number in range(1, int(self.identity.model[5]) + 1):
            yield NGE100Channel(
                self.session, number, Rating(32.05, 3.0, highest_over_voltage_v=32.5), selection(number)
            )


class RohdeSchwarzHMC804x(SupplyDriver[HMC804xChannel]):
    """An HMC8041, HMC8042 or HMC8043.

    Parameters
    ----------
    address, name, timeout_s
        As for `Driver`. The supply listens on port 5025.
    """

    models = ("HMC8041", "HMC8042", "HMC8043")
    title: ClassVar[str] = "Rohde & Schwarz HMC804x"

    @property
    def master(self) -> str:  # type: ignore[override]
        """Header of the switch above those of the channels; an HMC8041 has one output and no such switch."""
        return "" if self.identity.model == "HMC8041" else "OUTP:MAST"

    def _outputs(self) -> Iterator[HMC804xChannel]:
        count = int(self.identity.model[-1])
        rating = Rating(32.05, {1: 10.0, 2: 5.0, 3: 3.0}[count], highest_over_voltage_v=32.5)
        for number in range(1, count + 1):
            yield HMC804xChannel(self.session, number, rating, selection(number) if count > 1 else {"select": ""})
