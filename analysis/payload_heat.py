"""Heat balance of a payload whose chips slow down when they are hot."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq

from radtest.analysis.thermal import (
    AbsorbedHeat,
    Orbit,
    Radiator,
    absorbed_heat,
    eclipse_fraction,
    emitted_w,
    equilibrium_temperature_k,
)
from radtest.core.errors import ConfigurationError

__all__ = ["Chip", "HeatCase", "Throttle", "heat_cases", "solve_heat"]


@dataclass(frozen=True, slots=True)
class Throttle:
    """Throughput against junction temperature: full up to a temperature, then falling in a straight line to nothing.

    Parameters
    ----------
    start_k : float
        Junction temperature up to which throughput is full, K.
    derating_per_k : float
        Fraction of full throughput lost per K above that; above 0.
    shutdown_k : float
        Junction temperature at which the chip protects itself and stops; above `start_k`.
    """

    start_k: float
    derating_per_k: float
    shutdown_k: float

    def __post_init__(self) -> None:
        if not 0 < self.start_k < self.shutdown_k < math.inf:
            raise ConfigurationError(
                f"throttle: starts at {self.start_k:g} K, shuts down at {self.shutdown_k:g} K",
                remedy="the shutdown temperature lies above the start of throttling.",
            )
        if not 0 < self.derating_per_k < math.inf:
            raise ConfigurationError(
                f"throttle derating_per_k: got {self.derating_per_k!r}", remedy="give a fraction per K, above 0."
            )

    def throughput(self, junction_k: float) -> float:
        """Return the throughput, 0 to 1, that a junction temperature allows."""
        return min(1.0, max(0.0, 1.0 - self.derating_per_k * (junction_k - self.start_k)))


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip as heat sees it.

    Parameters
    ----------
    power_w : float
        Power at full throughput, W.
    idle_power_w : float
        Power at no throughput, W; between the two it goes in proportion.
    thermal_resistance_k_w : float
        From junction to radiator, K/W.
    throttle : Throttle
        How it slows down.
    """

    power_w: float
    idle_power_w: float
    thermal_resistance_k_w: float
    throttle: Throttle

    def __post_init__(self) -> None:
        if not 0 <= self.idle_power_w <= self.power_w < math.inf or self.power_w == 0:
            raise ConfigurationError(
                f"chip power: {self.power_w:g} W at work, {self.idle_power_w:g} W idle",
                remedy="power is above 0, and idle power between 0 and it.",
            )
        if not 0 <= self.thermal_resistance_k_w < math.inf:
            raise ConfigurationError(
                f"chip thermal_resistance_k_w: got {self.thermal_resistance_k_w!r}", remedy="give K/W, 0 or more."
            )

    def power_at(self, throughput: float) -> float:
        """Return the power at a throughput of 0 to 1, W."""
        return self.idle_power_w + (self.power_w - self.idle_power_w) * throughput


@dataclass(frozen=True, slots=True)
class HeatCase:
    """The equilibrium in one situation.

    Parameters
    ----------
    name : str
        ``hot`` (in the Sun, at the point of the orbit with most albedo), ``mean`` (loads averaged over the orbit) or
        ``cold`` (in eclipse, or without albedo where there is none).
    absorbed : AbsorbedHeat
        Heat from outside.
    payload_w : float
        Heat from the payload.
    emitted_w : float
        Heat that the radiator emits: the sum of the two.
    radiator_k, junction_k : float
        Temperatures.
    throughput : float
        Throughput left by throttling, 0 to 1.
    shut_down : bool
        Whether the junction reaches its shutdown temperature even so; `throughput` is then 0 and the payload idles.
    """

    name: str
    absorbed: AbsorbedHeat
    payload_w: float
    emitted_w: float
    radiator_k: float
    junction_k: float
    throughput: float
    shut_down: bool


def solve_heat(
    name: str, chip: Chip, chips: int, overhead_w: float, radiator: Radiator, absorbed: AbsorbedHeat
) -> HeatCase:
    """Find the throughput at which heat, temperature and throttling agree.

    Parameters
    ----------
    name : str
        Name of the situation.
    chip : Chip
        One of the chips.
    chips : int
        Their number.
    overhead_w : float
        Power of everything else on the radiator, W.
    radiator : Radiator
        The panel.
    absorbed : AbsorbedHeat
        Heat from outside.

    Returns
    -------
    HeatCase

    Notes
    -----
    With throughput θ: Q = chips · P(θ) + overhead, radiator T = [(Q + absorbed)/(ε σ A faces)]^¼, junction T_j = T +
    P(θ) R. T_j rises with θ and the allowed throughput falls with T_j, so θ = allowed(T_j(θ)) has exactly one
    solution.
    """

    def state(throughput: float) -> tuple[float, float, float]:
        power = chip.power_at(throughput)
        heat = chips * power + overhead_w
        temperature = float(equilibrium_temperature_k(radiator, heat + absorbed.total_w))
        return heat, temperature, temperature + power * chip.thermal_resistance_k_w

    def excess(throughput: float) -> float:
        return chip.throttle.throughput(state(throughput)[2]) - throughput

    throughput = 1.0 if excess(1.0) >= 0 else 0.0 if excess(0.0) <= 0 else float(brentq(excess, 0.0, 1.0, xtol=1e-12))
    shut_down = state(throughput)[2] >= chip.throttle.shutdown_k
    if shut_down:
        throughput = 0.0
    heat, temperature, junction = state(throughput)
    emitted = float(emitted_w(radiator, temperature))
    return HeatCase(name, absorbed, heat, emitted, temperature, junction, throughput, shut_down)


def heat_cases(
    chip: Chip, chips: int, overhead_w: float, radiator: Radiator, orbit: Orbit
) -> tuple[HeatCase, HeatCase, HeatCase]:
    """Return the hot, the mean and the cold case of a payload in a circular orbit.

    Notes
    -----
    Hot: in the Sun over the point of the orbit nearest to noon, where the albedo is that of the zenith angle β. Mean:
    the Sun outside eclipse, and cos β/π for the albedo (the cosine of the zenith angle, averaged over the orbit with
    the night as 0). Cold: in eclipse, or in the Sun over the terminator where the orbit has no eclipse. Hot and cold
    are equilibria: a panel with heat capacity stays between them and swings about the mean.
    """
    eclipse = float(eclipse_fraction(orbit.altitude_km, orbit.beta_deg))
    noon = math.cos(math.radians(orbit.beta_deg))
    light = {"hot": (1.0, noon), "mean": (1.0 - eclipse, noon / math.pi), "cold": (0.0 if eclipse else 1.0, 0.0)}
    hot, mean, cold = (
        solve_heat(
            name, chip, chips, overhead_w, radiator, absorbed_heat(radiator, orbit, sunlit=sunlit, reflected=reflected)
        )
        for name, (sunlit, reflected) in light.items()
    )
    return hot, mean, cold
