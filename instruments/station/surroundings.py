"""What surrounds the device, under the clock of the world."""

from __future__ import annotations

import math
import re

import numpy as np

from radtest.instruments.station.configuration import StationConfiguration
from radtest.instruments.station.ladder import Ladder
from radtest.instruments.station.mains import Mains
from radtest.instruments.station.supply import SupplyChannel
from radtest.instruments.station.thermal import ThermalPlant
from radtest.instruments.station.transients import Transients

__all__ = ["Surroundings"]


class Surroundings:
    """Thermal plant, transients, ladder of degraders and mains.

    Parameters
    ----------
    configuration : StationConfiguration
        The station.
    rng : numpy.random.Generator
        Its chance.
    """

    def __init__(self, configuration: StationConfiguration, rng: np.random.Generator) -> None:
        self.thermal = ThermalPlant(configuration.thermal)
        self.transients = None if configuration.transients is None else Transients(configuration.transients, rng)
        self.ladder = None if configuration.ladder is None else Ladder(configuration.ladder)
        self.mains = Mains()

    def next_instant_s(self, now_s: float) -> float:
        """Return when something here changes that a step must not cross, s."""
        end = now_s + self.thermal.longest_step_s
        return end if self.ladder is None else min(end, self.ladder.arrives_s(now_s))

    def pass_beam(self, let_mev_cm2_mg: float, fluence_cm2: float, now_s: float) -> tuple[float, float]:
        """Return LET and fluence at the device."""
        if self.ladder is None:
            return let_mev_cm2_mg, fluence_cm2
        return self.ladder.pass_beam(let_mev_cm2_mg, fluence_cm2, now_s)

    def signal(self, name: str, channels: dict[int, SupplyChannel], now_s: float) -> float:
        """Return what a probe sees: ``rail1_voltage`` (V), ``rail1_current`` (A), ``device_temperature`` (°C)...

        A rail that is not there reads as NaN.
        """
        if name == "device_temperature":
            return self.thermal.device_c
        if name == "air_temperature":
            return self.thermal.air.temperature_c
        match = re.fullmatch(r"rail(\d)_(voltage|current)", name)
        channel = None if match is None else channels.get(int(match[1]))
        if match is None or channel is None:
            return math.nan
        return channel.voltage(now_s) if match[2] == "voltage" else channel.current(now_s)
