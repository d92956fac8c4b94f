"""The thermal plant: air that follows a set point, and a device that follows the air and warms itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from radtest.instruments.station.surroundings_configuration import ThermalModel

__all__ = ["Air", "ThermalPlant"]

_LATCH_UP_REFERENCE_C = 25.0
_LONGEST_STEP_S = 0.5


@dataclass(slots=True)
class Air:
    """Air that somebody may force to a temperature.

    Parameters
    ----------
    temperature_c : float
        Now, °C.
    time_s : float
        Time constant with which it follows, s.
    set_point_c : float, optional
        What it is forced to, °C; None where it returns to ambient.
    """

    temperature_c: float
    time_s: float
    set_point_c: float | None = None


class ThermalPlant:
    """Air and device, solved exactly over steps in which set point and power are constant.

    Parameters
    ----------
    model : ThermalModel
        Its constants.

    Notes
    -----
    Air: ``da/dt = (s − a)/τa``; device: ``dT/dt = (a + R·P − T)/τd``. With ``A = a0 − s``, ``T∞ = s + R·P`` and
    ``c = A·τa/(τa − τd)``: ``T(t) = T∞ + (T0 − T∞ − c)·exp(−t/τd) + c·exp(−t/τa)``.
    """

    def __init__(self, model: ThermalModel) -> None:
        self.model = model
        self.device_c = model.ambient_c
        self.head: Air | None = None
        self.chamber: Air | None = None

    @property
    def air(self) -> Air:
        """The air at the device: that of a head that blows, else that of the chamber, else the room's."""
        if self.head is not None and self.head.set_point_c is not None:
            return self.head
        return self.chamber or Air(self.model.ambient_c, 1.0)

    @property
    def longest_step_s(self) -> float:
        """Longest step that may be taken at once, so that what has settled since when stays known, s."""
        forced = any(air is not None and air.set_point_c is not None for air in (self.head, self.chamber))
        return _LONGEST_STEP_S if forced else math.inf

    @property
    def latch_up_growth(self) -> float:
        """Factor by which the latch-up cross section has grown since 25 °C."""
        return math.exp(self.model.latch_up_per_k * (self.device_c - _LATCH_UP_REFERENCE_C))

    def pass_time(self, step_s: float, power_w: float) -> None:
        """Let time pass while the device draws `power_w`."""
        air = self.air
        goal = self.model.ambient_c if air.set_point_c is None else air.set_point_c
        tau_d = self.model.device_time_s
        tau_a = air.time_s * 1.001 if math.isclose(air.time_s, tau_d, rel_tol=1e-3) else air.time_s
        end = goal + self.model.kelvin_per_watt * power_w
        c = (air.temperature_c - goal) * tau_a / (tau_a - tau_d)
        self.device_c = end + (self.device_c - end - c) * math.exp(-step_s / tau_d) + c * math.exp(-step_s / tau_a)
        for each in (self.head, self.chamber):
            if each is not None:
                to = self.model.ambient_c if each.set_point_c is None else each.set_point_c
                each.temperature_c = to + (each.temperature_c - to) * math.exp(-step_s / each.time_s)
