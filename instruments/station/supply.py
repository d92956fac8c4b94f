"""The electrical side: supply channels with current limit and protection, and what their load draws."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["SupplyChannel"]

_UNLOADED_DECAY_S = 0.05

Load = Callable[[float], float]
"""Current a load wants (A) a given time (s) after power-on."""


def _no_load(_: float) -> float:
    return 0.0


@dataclass(slots=True)
class SupplyChannel:
    """One output.

    Parameters
    ----------
    number : int
        Channel.
    load : callable
        Current wanted, A, by the time since power-on, s.
    decay_time_s : float
        Time constant of the voltage after switching off, s.
    floor_v : callable
        Lowest voltage to which current limiting can pull this load, V: a latched-up device holds its own.
    fails : callable
        Whether the protection will not trip although it says that it is armed.
    highest_voltage_v, highest_current_a : float
        What it can be set to, V and A.
    trip_level_a : float or None
        Current above which the protection acts, A; None where it acts when the current is limited.
    shut : bool
        Whether something else than over-current, such as a watchdog, has switched it off and keeps it off.
    """

    number: int
    load: Load = _no_load
    decay_time_s: float = _UNLOADED_DECAY_S
    floor_v: Callable[[], float] = field(default=lambda: 0.0)
    fails: Callable[[], bool] = field(default=lambda: False)
    highest_voltage_v: float = math.inf
    highest_current_a: float = math.inf
    trip_level_a: float | None = None
    shut: bool = False
    voltage_v: float = 0.0
    current_limit_a: float = 0.1
    over_voltage_v: float = 27.5
    protection: bool = False
    delay_s: float = 0.05
    output: bool = False
    tripped: bool = False
    _changed_s: float = 0.0
    _voltage_then_v: float = 0.0
    _limiting_since_s: float | None = None

    def switch(self, now_s: float, *, on: bool) -> None:
        """Switch the output; one that has tripped or was shut down stays off."""
        if on == self.output or (on and (self.tripped or self.shut)):
            return
        self._voltage_then_v = self.voltage(now_s)
        self._changed_s = now_s
        self.output = on
        self._limiting_since_s = None

    def clear(self) -> None:
        """Forget a trip; the output stays off."""
        self.tripped = self.shut = False

    def shut_down(self, now_s: float) -> None:
        """Switch off, for another reason than over-current, and stay off."""
        self.switch(now_s, on=False)
        self.shut = True

    def reset(self, now_s: float) -> None:
        """Switch off and return to the settings of ``*RST``."""
        self.switch(now_s, on=False)
        self.clear()
        self.voltage_v, self.current_limit_a = 0.0, 0.1
        self.protection = False

    def voltage(self, now_s: float) -> float:
        """Return the voltage at the terminals, V."""
        if not self.output:
            return self._voltage_then_v * math.exp(-(now_s - self._changed_s) / self.decay_time_s)
        wanted = self.load(now_s - self._changed_s)
        if wanted <= self.current_limit_a:
            return self.voltage_v
        return min(self.voltage_v, max(self.floor_v(), self.voltage_v * self.current_limit_a / wanted))

    def current(self, now_s: float) -> float:
        """Return the current delivered, A."""
        if not self.output or self.voltage_v <= 0:
            return 0.0
        return min(self.load(now_s - self._changed_s), self.current_limit_a)

    def limiting(self, now_s: float) -> bool:
        """Tell whether the channel limits the current."""
        return self.output and self.voltage_v > 0 and self.load(now_s - self._changed_s) > self.current_limit_a

    def exceeding(self, now_s: float) -> bool:
        """Tell whether the current is what the protection acts on."""
        if self.trip_level_a is None:
            return self.limiting(now_s)
        return self.current(now_s) > self.trip_level_a

    def trip_at(self) -> float:
        """Return when the protection will trip if nothing changes, s; infinite where it will not."""
        if not (self.protection and self.output) or self._limiting_since_s is None or self.fails():
            return math.inf
        return self._limiting_since_s + self.delay_s

    def settle(self, now_s: float) -> None:
        """Bring protection up to date: start or stop its delay, and trip when it has passed."""
        if not self.exceeding(now_s):
            self._limiting_since_s = None
            return
        if self._limiting_since_s is None:
            self._limiting_since_s = now_s
        if now_s >= self.trip_at():
            self.switch(now_s, on=False)
            self.tripped = True

    def settling(self, now_s: float, transient_s: float) -> bool:
        """Tell whether the output was switched on less than `transient_s` ago."""
        return self.output and now_s - self._changed_s < transient_s
