"""Where time comes from, so that logic can be run faster than life."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "ScaledClock", "SystemClock"]


class Clock(Protocol):
    """A source of time."""

    def now_ns(self) -> int:
        """Return the time, ns since 1970-01-01 UTC; never goes backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock."""
        ...


class SystemClock:
    """The time of day, advanced by the monotonic clock so that it never jumps."""

    def __init__(self) -> None:
        self._wall_ns = time.time_ns()
        self._monotonic_ns = time.monotonic_ns()

    def now_ns(self) -> int:
        """Return the time, ns since 1970-01-01 UTC."""
        return self._wall_ns + time.monotonic_ns() - self._monotonic_ns

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        time.sleep(seconds)


class ScaledClock:
    """A clock for rehearsals that runs `speed` times faster than life, from its creation on.

    Parameters
    ----------
    speed : float
        Seconds of this clock per second of life; above 0.
    origin : pair of int, optional
        Reading of this clock and of the machine's monotonic clock at one moment, both ns: how two processes of one
        machine share a clock. Now where omitted.
    """

    def __init__(self, speed: float, *, origin: tuple[int, int] | None = None) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, got {speed!r}")
        self.speed = speed
        self._wall_ns, self._monotonic_ns = origin or (time.time_ns(), time.monotonic_ns())

    def now_ns(self) -> int:
        """Return the accelerated time, ns since 1970-01-01 UTC."""
        return self._wall_ns + round((time.monotonic_ns() - self._monotonic_ns) * self.speed)

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock."""
        time.sleep(seconds / self.speed)
