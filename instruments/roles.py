"""What a campaign asks of an instrument, whatever its brand: one protocol per role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from radtest.instruments.identity import Identity

__all__ = [
    "BeamControl",
    "BeamStatus",
    "BitUpset",
    "ChannelSample",
    "Counter",
    "Instrument",
    "MemoryIdentity",
    "MemoryScan",
    "MemoryUnderTest",
    "PowerSupply",
    "SupplyChannel",
    "Watched",
]


@dataclass(frozen=True, slots=True)
class ChannelSample:
    """One look at a supply channel.

    Parameters
    ----------
    number : int
        Channel.
    voltage_v, current_a : float
        Measured at the terminals, V and A.
    tripped : bool
        Whether the over-current protection has switched the output off.
    """

    number: int
    voltage_v: float
    current_a: float
    tripped: bool


@dataclass(frozen=True, slots=True)
class MemoryIdentity:
    """The memory behind a tester.

    Parameters
    ----------
    part, serial : str
        As the tester was told.
    words, word_bits : int
        Size of the array.
    """

    part: str
    serial: str
    words: int
    word_bits: int

    @property
    def bits(self) -> int:
        """Stored bits."""
        return self.words * self.word_bits


@dataclass(frozen=True, slots=True)
class BitUpset:
    """One bit that reads back other than it was written.

    Parameters
    ----------
    address, bit : int
        Word address and bit number.
    expected, observed : int
        Word as written and as read.
    """

    address: int
    bit: int
    expected: int
    observed: int


@dataclass(frozen=True, slots=True)
class MemoryScan:
    """One comparison of the whole array with its pattern.

    Parameters
    ----------
    upsets : tuple of BitUpset
        Mismatches, by address and bit. The tester has rewritten these words.
    overflow : bool
        Whether there were more mismatches than the tester can list; `upsets` is then incomplete.
    """

    upsets: tuple[BitUpset, ...]
    overflow: bool


@dataclass(frozen=True, slots=True)
class BeamStatus:
    """State of a beam line.

    Parameters
    ----------
    particle : str
        Element symbol of the ion selected.
    flux_cm2_s : float
        Flux requested, cm⁻² s⁻¹.
    on : bool
        Whether the beam is let through.
    ready : bool
        Whether the ion is tuned and the beam may be switched on.
    tilt_deg : float
        Angle between the beam and the normal of the device, degrees.
    """

    particle: str
    flux_cm2_s: float
    on: bool
    ready: bool
    tilt_deg: float = 0.0


class Instrument(Protocol):
    """What every driver offers."""

    @property
    def identity(self) -> Identity:
        """Who answered at the address."""
        ...

    @property
    def place(self) -> str:
        """Name and address, for messages."""
        ...

    @property
    def lost(self) -> bool:
        """Whether the connection broke or a reply was late, so that the driver refuses to go on."""
        ...

    def reconnect(self) -> None:
        """Open the connection again and check that the same instrument answers."""
        ...

    def heal(self, attempts: int = 3, said: Callable[[str], None] | None = None) -> None:
        """Get over a lost connection: connect again, check who answers, and that it still holds what was set."""
        ...

    def close(self) -> None:
        """End the conversation; the instrument keeps its state."""
        ...


class SupplyChannel(Protocol):
    """One output of a power supply."""

    number: int
    voltage_v: float
    current_limit_a: float


class PowerSupply(Instrument, Protocol):
    """A supply that limits what a device draws, and as a rule switches it off when it draws too much.

    Attributes
    ----------
    has_hardware_trip : bool
        Whether over-current switches an output off, and keeps it off, without any computer. Where it does not, only
        software stands between a latch-up and the device.
    trip_delay_settable : bool
        Whether the time that over-current must last before the trip can be set.
    measures_when_off : bool
        Whether it measures the voltage at the terminals of an output that is off.
    """

    has_hardware_trip: ClassVar[bool]
    trip_delay_settable: ClassVar[bool]
    measures_when_off: ClassVar[bool]

    def channel(self, number: int) -> SupplyChannel:
        """Return a channel."""
        ...

    def sample(self, numbers: Sequence[int]) -> Future[tuple[ChannelSample, ...]]:
        """Measure channels together."""
        ...

    def protect(self, number: int, *, current_limit_a: float, over_current_delay_s: float) -> None:
        """Arm a channel against over-current (A, s), as far as the supply can, and read back that it is."""
        ...

    def switch_on(self, numbers: Sequence[int]) -> None:
        """Switch outputs on together, and read back that they are, or that over-current has tripped them at once."""
        ...

    def switch_off(self, numbers: Sequence[int]) -> None:
        """Switch outputs off together, and read back that they are."""
        ...

    def clear_trips(self, numbers: Sequence[int]) -> None:
        """Re-arm protections that have tripped, and read back that they are armed."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A supply that switches its outputs off when the computer goes quiet."""

    def arm_watchdog(self, delay_s: float) -> None:
        """Switch outputs off when nothing was said for `delay_s`, s of real time; read back that it is armed."""
        ...

    def disarm_watchdog(self) -> None:
        """Let the computer be quiet again; read back."""
        ...


class Counter(Instrument, Protocol):
    """A counter of pulses."""

    def start(self) -> None:
        """Set the count to zero and count until stopped."""
        ...

    def count(self) -> Future[int]:
        """Return the pulses counted since `start`, without disturbing the counting; no older than the question."""
        ...

    def latest(self) -> Future[int]:
        """Return the newest reading that can be had at once; `count` may have to wait for a facility's next row."""
        ...

    def stop(self) -> None:
        """Stop counting."""
        ...


class MemoryUnderTest(Instrument, Protocol):
    """A memory behind a tester, or one that reports by itself.

    Attributes
    ----------
    verification_patterns : tuple of str
        Patterns that show, after a run, whether the device still works.
    """

    verification_patterns: tuple[str, ...]

    @property
    def memory(self) -> MemoryIdentity:
        """The memory, as the tester was told."""
        ...

    def reset(self) -> Future[None]:
        """Bring the tester into its idle state, forgetting pattern and mismatches."""
        ...

    def write_pattern(self, pattern: str) -> Future[int]:
        """Write the whole array; return the number of words."""
        ...

    def scan(self, compared: Callable[[], object] | None = None) -> Future[MemoryScan]:
        """Compare the whole array with its pattern, list the mismatches, rewrite the words they are in.

        `compared` is called, in the I/O thread, the moment the comparison is complete.
        """
        ...


class BeamControl(Instrument, Protocol):
    """The facility's control of the beam."""

    def select_ion(self, particle: str) -> None:
        """Tune to another ion; `status` tells when it is ready."""
        ...

    def set_flux(self, flux_cm2_s: float) -> None:
        """Request a flux, cm⁻² s⁻¹."""
        ...

    def set_tilt(self, tilt_deg: float) -> None:
        """Turn the device to an angle between the beam and its normal, degrees; the beam must be off."""
        ...

    def switch_on(self) -> None:
        """Let the beam through."""
        ...

    def switch_off(self) -> None:
        """Stop the beam."""
        ...

    def status(self) -> BeamStatus:
        """Return the state of the beam line."""
        ...
