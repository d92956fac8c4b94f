"""Transients of an output of the device, and the oscilloscopes that wait for one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radtest.instruments.station.configuration import WeibullModel
from radtest.instruments.station.surroundings_configuration import TransientModel

__all__ = ["Acquisition", "Pulse", "Transients"]

_LENGTH_OF_A_PULSE = 12.0
_LOOKS = 4096
_MOST_LOOKED_AT = 64


@dataclass(frozen=True, slots=True)
class Pulse:
    """One transient.

    Parameters
    ----------
    amplitude_v : float
        Height above the level of rest, V; negative for a pulse towards ground.
    rise_s, fall_s : float
        Time constants, s.
    """

    amplitude_v: float
    rise_s: float
    fall_s: float

    def volts(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the deviation from the level of rest at times after the strike, V; nothing before it."""
        after = np.maximum(times_s, 0.0)
        peak_s = math.log(self.fall_s / self.rise_s) * self.rise_s * self.fall_s / (self.fall_s - self.rise_s)
        highest = math.exp(-peak_s / self.fall_s) - math.exp(-peak_s / self.rise_s)
        shape = np.exp(-after / self.fall_s) - np.exp(-after / self.rise_s)
        return np.asarray(self.amplitude_v / highest * shape, dtype=np.float64)

    def crossing_s(self, rest_v: float, level_v: float, slope: str) -> float | None:
        """Return when the output first crosses a level with a slope (``POS``, ``NEG`` or either), s; None if never."""
        times = np.linspace(0.0, _LENGTH_OF_A_PULSE * self.fall_s, _LOOKS)
        above = rest_v + self.volts(times) > level_v
        rising = ~above[:-1] & above[1:]
        falling = above[:-1] & ~above[1:]
        edges = rising if slope == "POS" else falling if slope == "NEG" else rising | falling
        found = np.flatnonzero(edges)
        return float(times[found[0] + 1]) if len(found) else None


@dataclass(slots=True)
class Acquisition:
    """What an oscilloscope waits for, and what it has caught.

    Parameters
    ----------
    armed : bool
        Whether it waits.
    level_v, slope
        Trigger.
    pulse : Pulse, optional
        What was caught; None for nothing but the level of rest.
    crossing_s : float
        When the pulse crossed the trigger level after the strike, s.
    rest_v : float
        Level of rest when it was caught, V.
    """

    armed: bool = False
    level_v: float = 0.0
    slope: str = "POS"
    pulse: Pulse | None = None
    crossing_s: float = 0.0
    rest_v: float = 0.0

    def volts(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what was caught at times after the trigger, V."""
        if self.pulse is None:
            return np.full(len(times_s), self.rest_v)
        return self.rest_v + self.pulse.volts(times_s + self.crossing_s)


class Transients:
    """The output and its pulses.

    Parameters
    ----------
    model : TransientModel
        Cross section and shape of the pulses.
    rng : numpy.random.Generator
        Where they come from.
    """

    def __init__(self, model: TransientModel, rng: np.random.Generator) -> None:
        self.model = model
        self._rng = rng
        self._sigma = WeibullModel(
            let0_mev_cm2_mg=model.let0_mev_cm2_mg,
            width_mev_cm2_mg=model.width_mev_cm2_mg,
            shape=model.shape,
            sigma_sat_cm2=model.sigma_sat_cm2,
        )
        self.acquisitions: list[Acquisition] = []
        self.pulses = 0

    def irradiate(self, let_mev_cm2_mg: float, fluence_cm2: float, *, powered: bool) -> None:
        """Let ions strike; whoever waits for a pulse like theirs catches the first."""
        expected = self._sigma.sigma_cm2(let_mev_cm2_mg) * fluence_cm2
        pulses = int(self._rng.poisson(expected)) if powered else 0
        self.pulses += pulses
        for _ in range(min(pulses, _MOST_LOOKED_AT)):
            amplitude = self.model.polarity * float(self._rng.exponential(self.model.mean_amplitude_v))
            pulse = Pulse(amplitude, self.model.rise_s, self.model.fall_s)
            for acquisition in self.acquisitions:
                self._offer(pulse, acquisition)

    def _offer(self, pulse: Pulse, acquisition: Acquisition) -> None:
        if not acquisition.armed:
            return
        crossing = pulse.crossing_s(self.model.rest_v, acquisition.level_v, acquisition.slope)
        if crossing is not None:
            acquisition.armed = False
            acquisition.pulse, acquisition.crossing_s = pulse, crossing
            acquisition.rest_v = self.model.rest_v
