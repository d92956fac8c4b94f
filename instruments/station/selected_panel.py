"""Supplies of the station whose commands go to the output that was selected last."""

from __future__ import annotations

from radtest.instruments.station.scpi import Handler, flag, number
from radtest.instruments.station.supply import SupplyChannel
from radtest.instruments.station.supply_panels import (
    ARMING,
    Getter,
    Number,
    Setter,
    SupplyPanel,
    bit,
    by_name,
    current,
    fixed_point,
    voltage,
)
from radtest.instruments.station.world import World

__all__ = ["SelectedPanel"]


class SelectedPanel(SupplyPanel):
    """A supply whose commands go to the output selected last, perhaps with a switch above those of the channels.

    Parameters
    ----------
    world : World
        The physics.
    fuse_delay : Number, optional
        How the fuse counts its delay; none where there is no fuse.
    channel_switch, master_switch : str
        Headers of the switches; no master where empty.
    level : str
        Header of the over-voltage protection.
    named : bool
        Whether readings name their channel.
    """

    def __init__(
        self,
        world: World,
        *,
        fuse_delay: Number | None,
        channel_switch: str,
        master_switch: str,
        level: str = "",
        named: bool = False,
    ) -> None:
        self._selected = 1
        self._chosen: dict[int, bool] = dict.fromkeys(world.channels, False)
        self._master = not master_switch
        self._named = named
        others: dict[str, Handler] = {
            "INSTrument:NSELect": self._select,
            "INSTrument:NSELect?": lambda _: str(self._selected),
        }
        if master_switch:
            others |= {master_switch: self._switch_master, master_switch + "?": lambda _: bit(self._master)}
        numbers = {
            "[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]": voltage(fixed_point(3)),
            "[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]": current(fixed_point(4)),
        }
        switches: dict[str, tuple[Setter, Getter]] = {
            channel_switch: (self._choose, lambda channel: bit(self._chosen[channel.number] and not channel.tripped))
        }
        readings: dict[str, Getter] = {
            "MEASure[:SCALar]:VOLTage[:DC]": self.volts(fixed_point(3)),
            "MEASure[:SCALar]:CURRent[:DC]": self.amperes(fixed_point(4)),
        }
        if fuse_delay is not None:
            numbers["FUSE:DELay"] = fuse_delay
            switches["FUSE[:STATe]"] = ARMING
            readings["FUSE:TRIPped"] = lambda channel: bit(channel.tripped)
        if level:
            numbers[level] = Number("over_voltage_v", lambda _: (0.0, 32.5), fixed_point(3))
        super().__init__(world, numbers=numbers, switches=switches, readings=readings, actions={}, others=others)

    def targets(self, parameters: list[str]) -> list[SupplyChannel]:
        """Return the channel selected, or one named as ``CHn`` where readings may name theirs."""
        if self._named and parameters:
            return by_name(self.world, parameters) or [self.world.channels[self._selected]]
        return [self.world.channels[self._selected]]

    def reset(self) -> None:
        """Return to the settings of ``*RST``: nothing selected, everything off."""
        super().reset()
        self._chosen = dict.fromkeys(self._chosen, False)

    def _select(self, parameters: list[str]) -> None:
        self._selected = int(number(parameters, 1, len(self.world.channels)))

    def _choose(self, channel: SupplyChannel, parameters: list[str]) -> None:
        on = flag(parameters)
        if on:
            channel.clear()  # what re-arms the fuse
        self._chosen[channel.number] = on
        self._apply()

    def _switch_master(self, parameters: list[str]) -> None:
        self._master = flag(parameters)
        self._apply()
        self.world.settle()

    def _apply(self) -> None:
        for channel in self.world.channels.values():
            channel.switch(self.world.now_s, on=self._master and self._chosen[channel.number])
