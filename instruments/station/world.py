"""The physics the simulated instruments share, advanced to the moment of each question."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from radtest.core import Clock
from radtest.instruments.station.beam import Beam
from radtest.instruments.station.configuration import StationConfiguration
from radtest.instruments.station.memory import Memory
from radtest.instruments.station.supply import SupplyChannel
from radtest.instruments.station.supply_models import SUPPLY_MODELS
from radtest.instruments.station.surroundings import Surroundings

__all__ = ["World"]

_BEAM_STEP_S = 0.02
_INRUSH_TIMES = 8.0
_HEAT_STEP_S = 0.1


class World:
    """Beam, counter, supply and memory under one clock.

    Nothing happens between questions: `advance` computes the state now, in steps that end at every instant at which
    something switches (a latch-up, a trip of the protection, the end of a counter's gate).

    Parameters
    ----------
    configuration : StationConfiguration
        The station.
    clock : Clock
        Its time.
    rng : numpy.random.Generator
        Its chance.
    """

    def __init__(self, configuration: StationConfiguration, clock: Clock, rng: np.random.Generator) -> None:
        self.configuration = configuration
        self.clock = clock
        self.rng = rng
        self.beam = Beam(configuration.beam, rng)
        self.memory = Memory(configuration.device, configuration.rails, rng)
        supply = SUPPLY_MODELS[configuration.supply.model]
        self.channels = {
            number: SupplyChannel(
                number, highest_voltage_v=volts, highest_current_a=amperes, delay_s=supply.trip_delay_s
            )
            for number, (volts, amperes) in enumerate(supply.ratings, start=1)
        }
        self.watchdog_s = math.inf
        for rail in configuration.rails:
            channel = self.channels[rail.channel]
            channel.load = self.memory.draws(rail)
            channel.floor_v = self.memory.holds(rail)
            channel.decay_time_s = rail.decay_time_s
        self.surroundings = Surroundings(configuration, rng)
        self.watchers: list[Callable[[], None]] = []
        self._unheated_s = 0.0
        self._inrush_s = max(rail.inrush_time_s for rail in configuration.rails)
        self.pulses = 0
        self.counting = False
        self.gate_ends_s = math.inf
        self._start_ns = clock.now_ns()
        self.now_s = 0.0

    def advance(self) -> float:
        """Bring everything up to now and return the time since the start, s."""
        target = (self.clock.now_ns() - self._start_ns) / 1e9
        while self.now_s < target:
            self._step(min(target, self._next_instant()))
        return self.now_s

    def settle(self) -> None:
        """Let supply and device react to what was just set."""
        for channel in self.channels.values():
            channel.settle(self.now_s)
        self.memory.supplied({n: c.voltage(self.now_s) for n, c in self.channels.items()}, self.now_s)

    def power_w(self) -> float:
        """Return the power that the device draws, W."""
        channels = (self.channels[rail.channel] for rail in self.configuration.rails)
        return sum(channel.voltage(self.now_s) * channel.current(self.now_s) for channel in channels)

    def _heat(self) -> None:
        """Let device and air follow; not at every question, as they are slow."""
        self.surroundings.thermal.pass_time(self._unheated_s, self.power_w())
        self.memory.latch_up_growth = self.surroundings.thermal.latch_up_growth
        self._unheated_s = 0.0
        for look in self.watchers:
            look()

    def _next_instant(self) -> float:
        """Return the end of a step within which nothing switches, except possibly a latch-up."""
        end = self.surroundings.next_instant_s(self.now_s)
        if self.beam.on:
            end = min(end, self.now_s + min(_BEAM_STEP_S, self.beam.steady_s))
        for channel in self.channels.values():
            end = min(end, max(channel.trip_at(), self.now_s + 1e-6))
            if channel.settling(self.now_s, _INRUSH_TIMES * self._inrush_s):
                end = min(end, self.now_s + self._inrush_s / 4)
        if self.counting and self.gate_ends_s > self.now_s:
            end = min(end, self.gate_ends_s)
        return min(end, max(self.watchdog_s, self.now_s + 1e-6))

    def _step(self, end_s: float) -> None:
        step_s = end_s - self.now_s
        let, fluence = self.surroundings.pass_beam(
            self.beam.ion.let_mev_cm2_mg, self.beam.fluence_cm2(step_s), self.now_s
        )
        struck = self.memory.next_strike(*self.beam.on_the_device(let, fluence)) if fluence > 0 else None
        if struck is not None:
            end_s = self.now_s + struck.fraction * step_s
            fluence *= struck.fraction
        if fluence > 0:
            seen_let, seen_fluence = self.beam.on_the_device(let, fluence)
            self.memory.irradiate(seen_let, seen_fluence)
            if self.surroundings.transients is not None:
                self.surroundings.transients.irradiate(seen_let, seen_fluence, powered=self.memory.answers(self.now_s))
            counter = self.configuration.counter
            if self.counting and self.now_s < self.gate_ends_s:
                pulses = fluence * counter.area_cm2 * counter.efficiency
                busy = pulses / (end_s - self.now_s) * counter.dead_time_s
                self.pulses += int(self.rng.poisson(pulses / (1.0 + busy)))
        self._unheated_s += end_s - self.now_s
        self.now_s = end_s
        if self._unheated_s >= _HEAT_STEP_S:
            self._heat()
        if self.counting and self.now_s >= self.gate_ends_s:
            self.counting = False
        if struck is not None:
            self.memory.strike(struck.kind)
        if self.now_s >= self.watchdog_s:
            self.watchdog_s = math.inf
            for channel in self.channels.values():
                channel.shut_down(self.now_s)
        self.settle()
