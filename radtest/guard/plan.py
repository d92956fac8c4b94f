"""What the guard is told before it opens the supply."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from radtest.guard.outlet import GuardedOutlet
from radtest.guard.wire import WireError

__all__ = ["GuardPlan", "GuardedChannel"]


@dataclass(frozen=True, slots=True)
class GuardedChannel:
    """One supply channel of the device.

    Parameters
    ----------
    number, name
        Channel of the supply, and what the campaign calls it.
    voltage_v : float
        Setpoint, V.
    nominal_current_a, alarm_a, latch_up_a, current_limit_a : float
        What the device draws, and the three levels above it, A: alarm (N samples in a row), latch-up (one sample), and
        the limit at which the supply itself trips.
    over_current_delay_s : float
        How long the supply limits before it trips, s.
    """

    number: int
    name: str
    voltage_v: float
    nominal_current_a: float
    alarm_a: float
    latch_up_a: float
    current_limit_a: float
    over_current_delay_s: float


@dataclass(frozen=True, slots=True)
class GuardPlan:
    """Supply, channels, times and counts. Times are seconds of the campaign's clock unless said otherwise.

    Parameters
    ----------
    driver, address : str
        Which driver opens the supply, and where; `candidates` are the places to look where the address is a serial
        number.
    candidates : tuple of str
        See above.
    outlet : GuardedOutlet or None
        What feeds the supply, to be switched off where the supply does not obey.
    timeout_s : float
        Longest wait for a reply, s of real time.
    channels : tuple of GuardedChannel
        What feeds the device.
    sample_period_s, record_period_s : float
        Least time between samples (0: as fast as the supply answers), and between those that go into the record.
    samples_in_a_row : int
        Samples above the alarm level that make a micro-latch-up.
    blanking_s : float
        Time after power-on during which only the supply's own trip counts.
    off_time_s, residual_voltage_v, residual_timeout_s : float
        How long power stays off, what voltage may be left before it returns, and how long to wait for that.
    attempts : int
        Power cycles before a latch-up counts as one that does not clear.
    engine_silence_s : float
        How long the engine may be silent while the device has power, s of real time.
    watchdog_s : float
        Delay of the supply's own watchdog, where it has one, s of real time.
    heal_attempts : int
        How often to connect again to a supply whose connection was lost.
    last_tries_s : float
        How long to go on trying to switch the device off where the engine is gone, s of real time.
    speed, clock_ns, monotonic_ns : float, int, int
        The campaign's clock: its speed, and its reading at a reading of the machine's monotonic clock.
    """

    driver: str
    address: str
    timeout_s: float
    channels: tuple[GuardedChannel, ...]
    sample_period_s: float
    record_period_s: float
    samples_in_a_row: int
    blanking_s: float
    off_time_s: float
    residual_voltage_v: float
    residual_timeout_s: float
    attempts: int
    engine_silence_s: float
    watchdog_s: float
    heal_attempts: int
    last_tries_s: float
    speed: float
    clock_ns: int
    monotonic_ns: int
    candidates: tuple[str, ...] = ()
    outlet: GuardedOutlet | None = None

    def to_message(self) -> dict[str, Any]:
        """Return the plan as what goes over the wire."""
        return dataclasses.asdict(self)

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> GuardPlan:
        """Return the plan that `to_message` made.

        Raises
        ------
        WireError
            If it is none.
        """
        try:
            channels = tuple(GuardedChannel(**channel) for channel in message["channels"])
            outlet = None if message["outlet"] is None else GuardedOutlet(**message["outlet"])
            given = {"channels": channels, "candidates": tuple(message["candidates"]), "outlet": outlet}
            return cls(**(message | given))
        except (KeyError, TypeError) as error:
            raise WireError(f"no plan for a guard: {error}") from error
