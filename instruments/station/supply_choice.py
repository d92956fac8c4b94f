"""The supply that a station's file asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from radtest.instruments.station.panels import Reply
from radtest.instruments.station.selected_panel import SelectedPanel
from radtest.instruments.station.source_meter_panels import (
    ScpiSourceMeterPanel,
    TouchSourceMeterPanel,
    TwinSourceMeterPanel,
)
from radtest.instruments.station.supply_models import SUPPLY_MODELS
from radtest.instruments.station.supply_panels import (
    GatewayPanel,
    KeysightModularPanel,
    KeysightPanel,
    Number,
    RigolPanel,
    fixed_point,
)
from radtest.instruments.station.tti_panel import TTiPanel
from radtest.instruments.station.world import World

__all__ = ["Unhurried", "make_supply"]

_MILLISECONDS = Number("delay_s", lambda _: (0.0, 250.0), fixed_point(0), unit=1e-3)
_SECONDS = Number("delay_s", lambda _: (0.01, 10.0), fixed_point(3))


class _Resettable(Protocol):
    def answer(self, line: str) -> Reply: ...
    def too_long(self) -> str | None: ...
    def reset(self) -> None: ...


def _hmp(world: World) -> SelectedPanel:
    return SelectedPanel(
        world,
        fuse_delay=_MILLISECONDS,
        channel_switch="OUTPut:SELect",
        master_switch="OUTPut:GENeral",
        level="[SOURce:]VOLTage:PROTection[:LEVel]",
    )


def _nge100(world: World) -> SelectedPanel:
    return SelectedPanel(
        world,
        fuse_delay=_SECONDS,
        channel_switch="OUTPut:SELect",
        master_switch="OUTPut:GENeral",
        level="[SOURce:]VOLTage:PROTection:LEVel",
    )


def _hmc804x(world: World) -> SelectedPanel:
    return SelectedPanel(
        world,
        fuse_delay=_SECONDS,
        channel_switch="OUTPut[:STATe]",
        master_switch="OUTPut:MASTer[:STATe]",
        level="[SOURce:]VOLTage:PROTection:LEVel",
    )


def _keithley_2230(world: World) -> SelectedPanel:
    return SelectedPanel(
        world, fuse_delay=None, channel_switch="[SOURce:]CHANnel:OUTPut[:STATe]", master_switch="", named=True
    )


_PANELS: dict[str, Callable[[World], _Resettable]] = {
    "E36312A": KeysightPanel,
    "N6705C": KeysightModularPanel,
    "HMP4040": _hmp,
    "NGE103B": _nge100,
    "HMC8043": _hmc804x,
    "DP832": RigolPanel,
    "2230G-30-1": _keithley_2230,
    "2260B-250-4": GatewayPanel,
    "QL355TP": TTiPanel,
    "2400": ScpiSourceMeterPanel,
    "2450": TouchSourceMeterPanel,
    "2602B": TwinSourceMeterPanel,
}


class Unhurried:
    """A panel that takes its time to carry out a line.

    Parameters
    ----------
    panel : object
        What answers.
    latency_s : float
        Time for each line, s.
    """

    def __init__(self, panel: _Resettable, latency_s: float) -> None:
        self._panel = panel
        self._latency_s = latency_s

    def answer(self, line: str) -> Reply:
        """Carry out one line, after a while."""
        if self._latency_s <= 0:
            return self._panel.answer(line)
        return self._latency_s, lambda: self._panel.answer(line)

    def too_long(self) -> str | None:
        """Deal with a line longer than the input buffer."""
        return self._panel.too_long()

    def reset(self) -> None:
        """Return to the settings of ``*RST``."""
        self._panel.reset()


def make_supply(world: World) -> Unhurried:
    """Return the supply that the station's file asks for."""
    model = world.configuration.supply
    latency_s = SUPPLY_MODELS[model.model].latency_s if model.latency_s is None else model.latency_s
    return Unhurried(_PANELS[model.model](world), latency_s)
