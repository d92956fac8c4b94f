"""The text file into which a facility writes its counters, in the format of ChipIR."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from radtest.instruments.station.world import World

__all__ = ["CounterFeed"]


class CounterFeed:
    """Adds a row each period; its detector counts without end.

    Parameters
    ----------
    world : World
        The physics.
    path : Path
        The file.
    period_s : float
        Simulated time between two rows, s.
    speed : float
        Simulated seconds per second.
    """

    def __init__(self, world: World, path: Path, period_s: float, speed: float) -> None:
        self._world = world
        self._path = path
        self._period_s = period_s / speed
        world.counting = True

    def write(self) -> None:
        """Add a row, and the next one after the period."""
        self._world.advance()
        moment = datetime.fromtimestamp(self._world.clock.now_ns() / 1e9, tz=UTC)
        pulses = self._world.pulses
        with self._path.open("a", encoding="ascii") as file:
            file.write(
                f"{moment:%d/%m/%Y %H:%M:%S} {moment.microsecond / 1e6:.3f} "
                f"{pulses} {pulses} {pulses} {pulses} 0.0 0.0\n"
            )
        asyncio.get_running_loop().call_later(self._period_s, self.write)
