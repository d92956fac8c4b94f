"""The memory under test: an array of bits with a hidden cross section, and latch-up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from radtest.instruments.station.configuration import DeviceModel, LatchUpModel, RailModel, WeibullModel

__all__ = ["Memory", "Strike", "StrikeKind", "pattern_word"]

_BROWN_OUT = 0.9
_RETENTION = 0.5
_RAD_PER_MEV_CM2_MG = 1.602e-5  # dose in rad of a fluence of 1 cm⁻² at a LET of 1 MeV·cm²/mg


class StrikeKind(Enum):
    """What a single ion can do to the device as a whole."""

    LATCH_UP = "latch-up"
    MICRO_LATCH_UP = "micro latch-up"
    INTERRUPT = "functional interrupt"


@dataclass(frozen=True, slots=True)
class Strike:
    """The next one: what, and after which fraction of a fluence."""

    kind: StrikeKind
    fraction: float


def pattern_word(pattern: str, address: int, word_bits: int) -> int:
    """Return the word that a pattern puts at an address; a checkerboard alternates in bits and in addresses."""
    ones = (1 << word_bits) - 1
    if pattern == "zeros":
        return 0
    if pattern == "ones":
        return ones
    even = int("01" * 32, 2) & ones
    phase = address & 1 if pattern == "checkerboard" else 1 - (address & 1)
    return even ^ ones if phase else even


class Memory:
    """The array and its power state.

    Flipped bits are kept as one mask per word that differs from what was written; a bit hit twice is right again.

    Parameters
    ----------
    model : DeviceModel
        Size and hidden truth.
    rails : tuple of RailModel
        What feeds it.
    rng : numpy.random.Generator
        Where the hits come from.
    """

    def __init__(self, model: DeviceModel, rails: tuple[RailModel, ...], rng: np.random.Generator) -> None:
        self.model = model
        self._rails = rails
        self._rng = rng
        self.flipped: dict[int, int] = {}
        self.corrupt = True
        self.latch_current_a = 0.0
        self.micro_latch_current_a = 0.0
        self.interrupted = False
        self.latch_up_growth = 1.0
        self.dose_rad = 0.0
        self.powered_since_s = math.inf
        self.latch_ups = 0
        self.hits = 0
        self.micro_latch_ups = 0
        self.interrupts = 0
        truths: dict[StrikeKind, WeibullModel | None] = {
            StrikeKind.LATCH_UP: model.latch_up,
            StrikeKind.MICRO_LATCH_UP: model.micro_latch_up,
            StrikeKind.INTERRUPT: model.interrupt,
        }
        self._truths = {kind: truth for kind, truth in truths.items() if truth is not None}
        self._hazards_left = {kind: float(rng.standard_exponential()) for kind in self._truths}

    @property
    def latched(self) -> bool:
        """Whether the parasitic thyristor conducts."""
        return self.latch_current_a > 0.0

    @property
    def bits(self) -> int:
        """Stored bits."""
        return self.model.words * self.model.word_bits

    def answers(self, now_s: float) -> bool:
        """Tell whether the device works: powered, started and not latched."""
        if self.latched or self.interrupted or self.worn_out:
            return False
        return now_s >= self.powered_since_s + self.model.boot_s

    @property
    def worn_out(self) -> bool:
        """Whether the dose has ended the device for good."""
        limit_krad = self.model.dose_limit_krad
        return limit_krad is not None and self.dose_rad > 1e3 * limit_krad

    def draws(self, rail: RailModel) -> Callable[[float], float]:
        """Return the current a rail wants, A, as a function of the time since power-on, s."""
        latch_channel = self.model.latch_up.channel
        micro_channel = self.model.micro_latch_up.channel if self.model.micro_latch_up else None

        def current(since_s: float) -> float:
            wanted = rail.nominal_current_a + rail.inrush_current_a * math.exp(-since_s / rail.inrush_time_s)
            wanted += rail.leakage_a_per_krad * self.dose_rad / 1e3
            wanted += self.latch_current_a if rail.channel == latch_channel else 0.0
            return wanted + (self.micro_latch_current_a if rail.channel == micro_channel else 0.0)

        return current

    def holds(self, rail: RailModel) -> Callable[[], float]:
        """Return the voltage below which a latched device cannot be pulled by current limiting, V."""
        holding_v = self.model.latch_up.holding_voltage_v

        def floor() -> float:
            return 1.05 * holding_v if self.latched and rail.channel == self.model.latch_up.channel else 0.0

        return floor

    def supplied(self, voltages_v: dict[int, float], now_s: float) -> None:
        """Take note of the rails' voltages: lose the contents, release a latch-up, notice power."""
        if any(voltages_v[rail.channel] < _RETENTION * rail.nominal_voltage_v for rail in self._rails):
            self.corrupt = True
            self.interrupted = False
            self.flipped.clear()
        if self.latched and voltages_v[self.model.latch_up.channel] < self.model.latch_up.holding_voltage_v:
            self.latch_current_a = 0.0
        micro = self.model.micro_latch_up
        if micro is not None and voltages_v[micro.channel] < micro.holding_voltage_v:
            self.micro_latch_current_a = 0.0
        if any(voltages_v[rail.channel] < _BROWN_OUT * rail.nominal_voltage_v for rail in self._rails):
            self.powered_since_s = math.inf
        elif math.isinf(self.powered_since_s):
            self.powered_since_s = now_s

    def next_strike(self, let_mev_cm2_mg: float, fluence_cm2: float) -> Strike | None:
        """Spend a fluence on the hazards of what befalls the whole device; return the first that strikes within it.

        Each hazard is integrated against a unit-exponential draw, so strikes are Poisson processes in fluence. A device
        that is latched, or has no power, is spared.
        """
        if self.latched or math.isinf(self.powered_since_s):
            return None
        hazards = {
            kind: truth.sigma_cm2(let_mev_cm2_mg) * fluence_cm2 * self._growth(kind)
            for kind, truth in self._truths.items()
            if not self._is_under(kind)
        }
        strikes = [
            Strike(kind, self._hazards_left[kind] / hazard)
            for kind, hazard in hazards.items()
            if hazard > 0.0 and self._hazards_left[kind] <= hazard
        ]
        first = min(strikes, key=lambda strike: strike.fraction, default=None)
        for kind, hazard in hazards.items():
            spent = hazard * (1.0 if first is None else first.fraction)
            self._hazards_left[kind] = max(0.0, self._hazards_left[kind] - spent)
        return first

    def strike(self, kind: StrikeKind) -> None:
        """Let an ion do what it does to the device as a whole, until the power is cycled."""
        self._hazards_left[kind] = float(self._rng.standard_exponential())
        match kind:
            case StrikeKind.LATCH_UP:
                self.latch_current_a = self._latched_current_a(self.model.latch_up)
                self.latch_ups += 1
                self.corrupt = True
                self.flipped.clear()
            case StrikeKind.MICRO_LATCH_UP if self.model.micro_latch_up is not None:
                self.micro_latch_current_a = self._latched_current_a(self.model.micro_latch_up)
                self.micro_latch_ups += 1
            case _:
                self.interrupted = True
                self.interrupts += 1

    def _growth(self, kind: StrikeKind) -> float:
        return 1.0 if kind is StrikeKind.INTERRUPT else self.latch_up_growth

    def _is_under(self, kind: StrikeKind) -> bool:
        if kind is StrikeKind.MICRO_LATCH_UP:
            return self.micro_latch_current_a > 0.0
        return kind is StrikeKind.INTERRUPT and self.interrupted

    def _latched_current_a(self, model: LatchUpModel) -> float:
        return float(self._rng.uniform(model.lowest_current_a, model.highest_current_a))

    def irradiate(self, let_mev_cm2_mg: float, fluence_cm2: float) -> None:
        """Add to the dose and flip bits: a Poisson number of strikes, uniform over the array."""
        self.dose_rad += _RAD_PER_MEV_CM2_MG * let_mev_cm2_mg * fluence_cm2
        if self.corrupt:
            return
        expected = self.model.upset.sigma_cm2(let_mev_cm2_mg) * self.bits * fluence_cm2 / self.model.bits_per_strike
        strikes = int(self._rng.poisson(expected))
        if not strikes:
            return
        addresses = self._rng.integers(self.model.words, size=strikes).tolist()
        bits = self._rng.integers(self.model.word_bits, size=strikes).tolist()
        for address, bit, size in zip(addresses, bits, self._sizes(strikes), strict=True):
            self.hits += size
            for further in range(size):
                self._flip((address + further) % self.model.words, bit)

    def _sizes(self, strikes: int) -> list[int]:
        shares = self.model.cluster_shares
        if not shares:
            return [1] * strikes
        probabilities = [1.0 - sum(shares.values()), *shares.values()]
        return [int(size) for size in self._rng.choice([1, *shares], size=strikes, p=probabilities)]

    def _flip(self, address: int, bit: int) -> None:
        mask = self.flipped.pop(address, 0) ^ (1 << bit)
        if mask:
            self.flipped[address] = mask

    def write(self) -> None:
        """Write the whole array."""
        self.corrupt = False
        self.flipped.clear()

    def take(self, limit: int) -> tuple[list[tuple[int, int]], bool]:
        """Return ``(address, mask)`` of every word that differs, repair them, and tell whether there were too many.

        An array whose contents were lost differs in half its bits: the list is then filled to `limit` and is not
        complete.
        """
        if self.corrupt:
            addresses = self._rng.integers(self.model.words, size=limit)
            return sorted({int(address): 1 for address in addresses}.items()), True
        differing = sorted(self.flipped.items())
        self.flipped = dict(differing[limit:])
        return differing[:limit], len(differing) > limit
