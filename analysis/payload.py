"""A payload in orbit: everything that an estimate of it rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from radtest.analysis.counting import clopper_pearson
from radtest.analysis.device_configuration import DeviceConfiguration
from radtest.analysis.payload_heat import Chip
from radtest.analysis.rate_environment import RateEnvironment
from radtest.analysis.thermal import Orbit, Radiator
from radtest.core.errors import ConfigurationError
from radtest.core.estimate import Estimate

__all__ = ["Aging", "Condition", "Payload", "Proportion", "Recovery"]


@dataclass(frozen=True, slots=True)
class Proportion:
    """Successes among trials, as a fault injection counts them.

    Parameters
    ----------
    count, trials : int
        Injections with the outcome in question, and all valid injections.
    """

    count: int
    trials: int

    def __post_init__(self) -> None:
        if not (0 <= self.count <= self.trials and self.trials >= 1):
            raise ConfigurationError(
                f"{self.count} outcomes among {self.trials} injections", remedy="give 0 to N among N, N 1 or more."
            )

    def estimate(self, confidence: float = 0.95) -> Estimate:
        """Return the proportion with its Clopper-Pearson interval."""
        low, high = clopper_pearson(self.count, self.trials, confidence)
        return Estimate(self.count / self.trials, float(low), float(high), confidence)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What mends an upset, and how long it takes.

    Parameters
    ----------
    reboot_s : float
        From a hang to being back at work, detection included.
    power_cycle_s : float
        From a latch-up to being back at work, detection included.
    scrub_interval_s : float, optional
        From one scrub of the memory to the next; None without scrubbing.
    scrub_s : float
        Work lost to one scrub.
    interrupt_s : float, optional
        From a functional interrupt to being back at work; None for as long as a hang takes.
    """

    reboot_s: float
    power_cycle_s: float
    scrub_interval_s: float | None = None
    scrub_s: float = 0.0
    interrupt_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("reboot_s", "power_cycle_s", "scrub_s", "interrupt_s"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise ConfigurationError(f"recovery {name}: got {value!r}", remedy="give seconds, 0 or more.")
        if self.scrub_interval_s is not None and not self.scrub_s < self.scrub_interval_s < math.inf:
            raise ConfigurationError(
                f"recovery: a scrub of {self.scrub_s:g} s every {self.scrub_interval_s:g} s",
                remedy="the interval is longer than the scrub.",
            )

    @property
    def scrub_loss(self) -> float:
        """Fraction of the time lost to scrubbing."""
        return 0.0 if self.scrub_interval_s is None else self.scrub_s / self.scrub_interval_s


@dataclass(frozen=True, slots=True)
class Aging:
    """A thermally activated wear-out.

    Parameters
    ----------
    activation_energy_ev : float
        Activation energy, eV.
    reference_k : float
        Junction temperature at which the life of the chip is known, K.
    activation_energy_interval_ev : tuple of float, optional
        95 % interval of the activation energy, eV; None where it is taken as exact.
    """

    activation_energy_ev: float
    reference_k: float
    activation_energy_interval_ev: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A state of the radiation that a payload works in.

    Parameters
    ----------
    name : str
        ``quiet`` for what is always there, the name of a solar event, or ``spectrum`` for a given LET spectrum.
    environment : RateEnvironment
        The particles behind the shielding.
    duration_s : float, optional
        How long it lasts, s; None for always, or where it is not known.
    """

    name: str
    environment: RateEnvironment
    duration_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Payload:
    """Everything that an estimate of a payload rests on.

    Parameters
    ----------
    title : str
        One line for people.
    chips : int
        Number of equal chips, each with its own reboot and power switch.
    bits_per_chip : int
        Bits that can be upset.
    derating : float
        Fraction of them that hold something the work depends on, above 0 to 1.
    device : DeviceConfiguration
        The chip under radiation: upsets per bit; latch-ups and functional interrupts per chip.
    folder : Path
        Where relative paths of `device` start.
    conditions : tuple of Condition
        What the payload lives in first; a solar event second, if there is one.
    sdc, hang : Proportion or Estimate
        Probability that an upset of a bit in use corrupts a result in silence, or stops the chip.
    recovery : Recovery
        Reboots, power cycles and scrubbing.
    chip : Chip
        Power, thermal resistance and throttling.
    overhead_w : float
        Power of everything else on the radiator, W.
    radiator : Radiator
        The radiator.
    orbit : Orbit
        The orbit, for heat.
    aging : Aging
        Wear-out.
    """

    title: str
    chips: int
    bits_per_chip: int
    derating: float
    device: DeviceConfiguration
    folder: Path
    conditions: tuple[Condition, ...]
    sdc: Proportion | Estimate
    hang: Proportion | Estimate
    recovery: Recovery
    chip: Chip
    overhead_w: float
    radiator: Radiator
    orbit: Orbit
    aging: Aging

    def __post_init__(self) -> None:
        if self.chips < 1 or self.bits_per_chip < 1:
            raise ConfigurationError(
                f"payload: {self.chips} chips of {self.bits_per_chip} bits", remedy="give 1 or more of both."
            )
        if not 0 < self.derating <= 1:
            raise ConfigurationError(f"payload derating: got {self.derating!r}", remedy="give above 0, at most 1.")
        if not 0 <= self.overhead_w < math.inf:
            raise ConfigurationError(f"payload overhead_w: got {self.overhead_w!r}", remedy="give W, 0 or more.")
        if self.device.effect != "seu" or (self.device.heavy_ion is None and self.device.proton is None):
            raise ConfigurationError(
                "payload: the device has no cross section of upsets per bit",
                remedy="give [heavy_ion] with [sensitive_volume], or [proton], per bit.",
            )
        if not 1 <= len(self.conditions) <= 2:
            raise ConfigurationError(
                f"payload: {len(self.conditions)} conditions of radiation",
                remedy="give what is always there, and one event at most.",
            )
