"""What a campaign asks of what surrounds the device: temperature, mains power and position."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from radtest.instruments.roles import Instrument

__all__ = [
    "Chamber",
    "MotionAxis",
    "MotionStage",
    "OutletStrip",
    "TemperatureReading",
    "ThermalForcing",
    "ThermalHead",
]


@dataclass(frozen=True, slots=True)
class TemperatureReading:
    """One look at a thermal head or chamber.

    Parameters
    ----------
    temperature_c : float
        What it controls (air, or the sensor at the device), °C.
    set_point_c : float
        What it is to become, °C.
    settled : bool
        Whether the instrument says that it is there.
    """

    temperature_c: float
    set_point_c: float
    settled: bool


class ThermalForcing(Instrument, Protocol):
    """What brings a device to a temperature."""

    @property
    def limits_c(self) -> tuple[float, float]:
        """Lowest and highest set point it accepts, °C."""
        ...

    def force(self, temperature_c: float) -> None:
        """Set the temperature and begin to bring it about."""
        ...

    def read(self) -> Future[TemperatureReading]:
        """Return temperature and set point."""
        ...

    def release(self) -> None:
        """Stop heating and cooling."""
        ...


class ThermalHead(ThermalForcing, Protocol):
    """A head that blows air at the device."""

    head_down: bool


class Chamber(ThermalForcing, Protocol):
    """A chamber around the device."""

    mode: str


class OutletStrip(Instrument, Protocol):
    """Mains outlets or relays that can be switched one by one."""

    @property
    def outlets(self) -> tuple[int, ...]:
        """Numbers of the outlets."""
        ...

    def switch_on(self, numbers: Sequence[int]) -> None:
        """Switch outlets on and read back that they are."""
        ...

    def switch_off(self, numbers: Sequence[int]) -> None:
        """Switch outlets off and read back that they are."""
        ...

    def states(self) -> Future[dict[int, bool]]:
        """Return which outlets are on."""
        ...


class MotionAxis(Protocol):
    """One axis of a motion controller."""

    number: int
    velocity_mm_s: float
    target_mm: float

    @property
    def position_mm(self) -> float:
        """Where the axis is, mm."""
        ...

    @property
    def settled(self) -> bool:
        """Whether the axis is where it is to be."""
        ...

    @property
    def travel_mm(self) -> tuple[float, float]:
        """Lowest and highest position, mm."""
        ...


class MotionStage(Instrument, Protocol):
    """A controller of linear axes, for a laser spot or a degrader."""

    def axis(self, number: int) -> MotionAxis:
        """Return an axis, counted from 1."""
        ...

    def positions(self, numbers: Sequence[int]) -> Future[tuple[float, ...]]:
        """Return where axes are, mm."""
        ...

    def reference(self, number: int) -> None:
        """Begin to find the origin of an axis."""
        ...

    def stop(self) -> None:
        """Stop all axes."""
        ...
