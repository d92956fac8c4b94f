"""The memory under test: an array of bits with a hidden cross section, and latch-up."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from radtest.instruments.station.configuration import DeviceModel, RailModel

__all__ = ["Memory", "pattern_word"]

_BROWN_OUT = 0.9
_RETENTION = 0.5


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
        self.powered_since_s = math.inf
        self.latch_ups = 0
        self.hits = 0
        self._hazard_left = float(rng.standard_exponential())

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
        return not self.latched and now_s >= self.powered_since_s + self.model.boot_s

    def draws(self, rail: RailModel) -> Callable[[float], float]:
        """Return the current a rail wants, A, as a function of the time since power-on, s."""
        latch_channel = self.model.latch_up.channel

        def current(since_s: float) -> float:
            wanted = rail.nominal_current_a + rail.inrush_current_a * math.exp(-since_s / rail.inrush_time_s)
            return wanted + (self.latch_current_a if rail.channel == latch_channel else 0.0)

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
            self.flipped.clear()
        if self.latched and voltages_v[self.model.latch_up.channel] < self.model.latch_up.holding_voltage_v:
            self.latch_current_a = 0.0
        if any(voltages_v[rail.channel] < _BROWN_OUT * rail.nominal_voltage_v for rail in self._rails):
            self.powered_since_s = math.inf
        elif math.isinf(self.powered_since_s):
            self.powered_since_s = now_s

    def latch_fraction(self, let_mev_cm2_mg: float, fluence_cm2: float) -> float | None:
        """Spend a fluence on the latch-up hazard; return the fraction of it at which latch-up strikes, or None.

        The hazard is integrated against a unit-exponential draw, so latch-ups are a Poisson process in fluence.
        """
        if self.latched or math.isinf(self.powered_since_s):
            return None
        hazard = self.model.latch_up.sigma_cm2(let_mev_cm2_mg) * fluence_cm2
        if hazard <= 0.0 or hazard < self._hazard_left:
            self._hazard_left -= hazard
            return None
        return self._hazard_left / hazard

    def latch(self) -> None:
        """Strike: the thyristor conducts until its rail falls below the holding voltage."""
        low, high = self.model.latch_up.lowest_current_a, self.model.latch_up.highest_current_a
        self.latch_current_a = float(self._rng.uniform(low, high))
        self.latch_ups += 1
        self._hazard_left = float(self._rng.standard_exponential())
        self.corrupt = True
        self.flipped.clear()

    def irradiate(self, let_mev_cm2_mg: float, fluence_cm2: float) -> None:
        """Flip bits: a Poisson number, uniform over the array."""
        if self.corrupt:
            return
        expected = self.model.upset.sigma_cm2(let_mev_cm2_mg) * self.bits * fluence_cm2
        hits = int(self._rng.poisson(expected))
        if not hits:
            return
        self.hits += hits
        addresses = self._rng.integers(self.model.words, size=hits).tolist()
        bits = self._rng.integers(self.model.word_bits, size=hits).tolist()
        for address, bit in zip(addresses, bits, strict=True):
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
