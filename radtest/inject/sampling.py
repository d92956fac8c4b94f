"""Which bit is upset at which cycle: seeded, so that the list is the same on every simulator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target
from radtest.inject.upset_list import STRIKE, UpsetList

__all__ = ["draw_upsets"]

_SHUFFLED = 1 << 20
_PORTION = 1024


def draw_upsets(
    targets: Sequence[Target], chosen: Sequence[int], cycles: range, count: int, rng: np.random.Generator
) -> UpsetList:
    """Draw upsets uniformly over bits × cycles, without repetition.

    Parameters
    ----------
    targets : sequence of Target
        All targets of the design.
    chosen : sequence of int
        Indices of the targets that take part.
    cycles : range
        Clock cycles in which an upset may fall.
    count : int
        Number of upsets.
    rng : numpy.random.Generator
        Source of randomness; the same state gives the same list.

    Returns
    -------
    UpsetList
        In the order drawn, so that any first part of it is a sample too: the one that a smaller `count` would have
        given (with the same state of `rng`, and as long as `count` is at most half of more than a million possible
        upsets).

    Raises
    ------
    ConfigurationError
        If there are not that many different upsets.
    """
    bits = np.array([targets[index].bits for index in chosen], dtype=np.int64)
    widths = np.array([targets[index].width for index in chosen], dtype=np.int64)
    population = int(bits.sum()) * len(cycles)
    if count > population:
        raise ConfigurationError(
            f"campaign.upsets = {count}: only {population} different upsets exist "
            f"({int(bits.sum())} bits × {len(cycles)} cycles)",
            remedy="ask for fewer upsets, or choose more targets or a longer window of cycles.",
        )
    drawn = _distinct(population, count, rng)
    cycle_of, bit_of = np.divmod(drawn, int(bits.sum()))
    ends = np.cumsum(bits)
    position = np.searchsorted(ends, bit_of, side="right")
    bit_in_target = bit_of - (ends - bits)[position]
    strikes = np.empty(count, dtype=STRIKE)
    strikes["upset"] = np.arange(count)
    strikes["target"] = np.asarray(chosen)[position]
    strikes["word"], strikes["bit"] = np.divmod(bit_in_target, widths[position])
    strikes["cycle"] = cycles.start + cycle_of * cycles.step
    strikes["offset_ps"] = -1
    return UpsetList(strikes)


def _distinct(population: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `count` different numbers below `population`, each choice and order equally likely."""
    if population <= _SHUFFLED or count > population // 2:
        return rng.permutation(population)[:count]
    # Numbers one after the other, repetitions left out: memory grows with `count`, not with the population.
    drawn = np.empty(0, dtype=np.int64)
    while True:
        _, first = np.unique(drawn, return_index=True)
        if len(first) >= count:
            first.sort()
            return drawn[first[:count]]
        # In portions of one size, so that the numbers do not depend on `count`.
        portions = 1 + 3 * (count - len(first)) // (2 * _PORTION)
        more = [rng.integers(population, size=_PORTION) for _ in range(portions)]
        drawn = np.concatenate([drawn, *more])
