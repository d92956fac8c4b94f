"""Which bit is upset at which cycle: seeded, so that the list is the same on every simulator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radtest.analysis import (
    leveugle_sample_size,
    proportional_sequence,
    sample_size_for_width,
)
from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target
from radtest.inject.sampling_configuration import SamplingKeys
from radtest.inject.sampling_design import Stratum
from radtest.inject.upset_list import STRIKE, UpsetList

__all__ = ["draw_stratified", "draw_upsets", "module_strata", "sample_size"]

_SHUFFLED = 1 << 20
_PORTION = 1024
_AT_ONCE = 1 << 16
_STRATUM_STREAM = 2
"""The random numbers of the strata are none of those of a uniform list or of further bits."""


def sample_size(section: SamplingKeys, population: int) -> int:
    """Return how many upsets a campaign plans.

    Parameters
    ----------
    section : SamplingKeys
        The campaign.
    population : int
        Different upsets that exist: bits × cycles.

    Notes
    -----
    ``margin`` is turned into a number by `leveugle_sample_size`, ``width`` by `sample_size_for_width` for the interval
    of Clopper and Pearson; both at the proportion expected and for a finite population. With ``looks`` it is the last.
    """
    if section.margin is not None:
        return leveugle_sample_size(
            section.margin, population=population, confidence=section.confidence, probability=section.expected
        )
    if section.width is not None:
        return sample_size_for_width(
            section.width / 2.0, section.expected, section.confidence, population, method="clopper-pearson"
        )
    return section.looks[-1] if section.looks is not None else section.upsets or 0


def module_strata(targets: Sequence[Target], chosen: Sequence[int]) -> tuple[Stratum, ...]:
    """Part the chosen targets by module, modules in alphabetical order."""
    members: dict[str, list[int]] = {}
    for index in chosen:
        members.setdefault(targets[index].module, []).append(index)
    return tuple(
        Stratum(name, tuple(indices), sum(targets[index].bits for index in indices))
        for name, indices in sorted(members.items())
    )


def draw_stratified(
    targets: Sequence[Target], strata: Sequence[Stratum], cycles: range, count: int, seed: int, minimum: int = 1
) -> UpsetList:
    """Draw upsets from each stratum by itself, in proportion to the weights of the strata, without repetition.

    Parameters
    ----------
    targets : sequence of Target
        All targets of the design.
    strata : sequence of Stratum
        Parts of the targets that do not overlap.
    cycles : range
        Clock cycles in which an upset may fall.
    count : int
        Number of upsets in all.
    seed : int
        The same seed gives the same list.
    minimum : int
        Upsets that every stratum has at least, or all there are.

    Returns
    -------
    UpsetList
        In such an order (`proportional_sequence`) that any first part of it is a stratified sample too, once each
        stratum has its minimum: the one that a smaller `count` would have given. What is drawn from a stratum depends
        on its place among the strata and its own targets only.

    Raises
    ------
    ConfigurationError
        If there are fewer upsets than the minimum of all strata together, or more than exist.
    """
    populations = [stratum.bits * len(cycles) for stratum in strata]
    least = sum(min(minimum, population) for population in populations)
    if not least <= count <= sum(populations):
        raise ConfigurationError(
            f"{count} upsets for {len(strata)} strata ({_some(strata)}): with a minimum of {minimum} for each there "
            f"are at least {least}, and at most {sum(populations)} exist",
            remedy="ask for a legal number, or change campaign.stratum_minimum.",
        )
    of_upset = proportional_sequence(
        count, [stratum.weight for stratum in strata], minimum=minimum, capacities=populations
    )
    strikes = np.empty(count, dtype=STRIKE)
    for place, stratum in enumerate(strata):
        mine = np.flatnonzero(of_upset == place)
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STRATUM_STREAM, place)))
        strikes[mine] = draw_upsets(targets, stratum.targets, cycles, len(mine), rng).strikes
    strikes["upset"] = np.arange(count)
    return UpsetList(strikes)


def _some(strata: Sequence[Stratum]) -> str:
    return ", ".join(stratum.name for stratum in strata[:3]) + (" ..." if len(strata) > 3 else "")


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
    ends = np.cumsum(bits)
    strikes = np.empty(count, dtype=STRIKE)
    strikes["upset"] = np.arange(count)
    strikes["offset_ps"] = -1
    for start in range(0, count, _AT_ONCE):
        rows = strikes[start : start + _AT_ONCE]
        cycle_of, bit_of = np.divmod(drawn[start : start + _AT_ONCE], int(bits.sum()))
        position = np.searchsorted(ends, bit_of, side="right")
        rows["target"] = np.asarray(chosen)[position]
        rows["word"], rows["bit"] = np.divmod(bit_of - (ends - bits)[position], widths[position])
        rows["cycle"] = cycles.start + cycle_of * cycles.step
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
