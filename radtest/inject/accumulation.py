"""Upsets that accumulate: several single-bit upsets in one run, at random times.

Upsets come as a Poisson process, so that a run of the window has a Poisson number of them, and each falls uniformly on
bits × cycles. A run without any is the golden run, which nobody needs to simulate again: what is drawn has at least
one, and the probabilities of a campaign are multiplied by that of at least one to become those of a run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radtest.core.errors import ConfigurationError, RecordError
from radtest.core.estimate import Estimate
from radtest.core.injection import Target
from radtest.core.outcome import Outcome
from radtest.inject.fault_configuration import LARGEST_MEAN, AccumulateSection
from radtest.inject.summary import IntervalMethod, summarise
from radtest.inject.upset_list import STRIKE, UpsetList
from radtest.log import Record

__all__ = ["MEAN_UPSETS", "draw_accumulated", "mean_upsets", "per_run_probabilities"]

MEAN_UPSETS = "upsets_per_run_mean"
"""The figure of quality that says how many upsets a run has on average, those without any included."""


def mean_upsets(section: AccumulateSection, bits: int, window_s: float) -> float:
    """Return how many upsets a run has on average.

    Parameters
    ----------
    section : AccumulateSection
        The mean itself, or flux and cross section.
    bits : int
        Bits that can be hit.
    window_s : float
        Duration of the window in which upsets fall, s.

    Raises
    ------
    ConfigurationError
        If there would be more than can be simulated.

    Notes
    -----
    ``mean = flux · cross_section · bits · window``, with the flux in cm⁻² s⁻¹ and the cross section in cm²/bit.
    """
    if section.mean_upsets is not None:
        return section.mean_upsets
    mean = (section.flux_cm2_s or 0.0) * (section.cross_section_cm2_bit or 0.0) * bits * window_s
    if not 0 < mean <= LARGEST_MEAN:
        raise ConfigurationError(
            f"campaign.accumulate: {section.flux_cm2_s:g} cm⁻² s⁻¹ × {section.cross_section_cm2_bit:g} cm²/bit × "
            f"{bits} bits × {window_s:g} s are {mean:g} upsets in a run; legal is more than 0, up to {LARGEST_MEAN:g}",
            remedy="check the units of flux and cross section, or shorten the window.",
        )
    return mean


def draw_accumulated(
    upsets: UpsetList,
    targets: Sequence[Target],
    chosen: Sequence[int],
    cycles: range,
    mean: float,
    rng: np.random.Generator,
) -> UpsetList:
    """Add to each single upset those that come in the same run.

    Parameters
    ----------
    upsets : UpsetList
        Single upsets, drawn uniformly over bits × cycles: one of those of each run.
    targets : sequence of Target
        All targets of the design.
    chosen : sequence of int
        Indices of the targets that take part.
    cycles : range
        Clock cycles in which upsets may fall.
    mean : float
        Upsets of a run on average, runs without any included.
    rng : numpy.random.Generator
        Source of randomness; the same state gives the same list, and a longer list begins with the shorter one.

    Returns
    -------
    UpsetList
        The strikes of each in order of time; no bit is hit twice in a cycle, which would be no upset.

    Raises
    ------
    ConfigurationError
        If a run is to have more upsets than there are bits × cycles.

    Notes
    -----
    The number of upsets follows the Poisson distribution with zero left out: ``P(n) = mean^n / (n! (e^mean − 1))``. It
    is drawn as one at the time ``t``, exponentially distributed but no later than the end (in units in which the window
    lasts `mean`), and a Poisson number with mean ``mean − t`` after it, which is exact for any mean.
    """
    firsts = upsets.strikes
    if len(firsts) != len(upsets):
        raise ValueError(f"upsets are added to single ones; these {len(upsets)} have {len(firsts)} strikes")
    # A stream for each purpose, read in order of the runs: what one run takes does not shift what others get.
    times, numbers, places, again = rng.spawn(4)
    widths = np.array([target.width for target in targets], dtype=np.int64)
    bits = np.array([targets[index].bits for index in chosen], dtype=np.int64)
    ends = np.cumsum(bits)
    population = int(ends[-1]) * len(cycles)
    counts = _at_least_one(mean, len(firsts), times, numbers)
    if len(counts) and counts.max() > population:
        raise ConfigurationError(
            f"campaign.accumulate: a run with {counts.max()} upsets, where only {population} different ones exist "
            f"({ends[-1]} bits × {len(cycles)} cycles)",
            remedy="lower mean_upsets or the flux, or choose more targets or a longer window.",
        )
    run = np.repeat(np.arange(len(firsts)), counts)
    starts = np.cumsum(counts) - counts
    further = np.ones(len(run), dtype=bool)
    further[starts] = False
    drawn = np.empty(len(run), dtype=np.int64)
    drawn[starts] = _numbers_of(firsts, np.asarray(chosen), widths, ends - bits, cycles, int(ends[-1]))
    drawn[further] = places.integers(population, size=int(further.sum()))
    drawn = drawn[np.lexsort((drawn, run))]
    _make_distinct(drawn, run, starts, counts, population, again)
    cycle, bit_of = np.divmod(drawn, int(ends[-1]))
    position = np.searchsorted(ends, bit_of, side="right")
    strikes = np.empty(len(run), dtype=STRIKE)
    strikes["upset"] = firsts["upset"][run]
    strikes["target"] = np.asarray(chosen)[position]
    strikes["word"], strikes["bit"] = np.divmod(bit_of - (ends - bits)[position], widths[strikes["target"]])
    strikes["cycle"] = cycles.start + cycle * cycles.step
    strikes["offset_ps"] = firsts["offset_ps"][run]
    return UpsetList(strikes, upsets.model)


def _at_least_one(
    mean: float, count: int, times: np.random.Generator, numbers: np.random.Generator
) -> NDArray[np.int64]:
    # From 0 to mean; the difference of two equal numbers may come out a little below 0.
    left = np.maximum(mean + np.log1p(times.random(count) * math.expm1(-mean)), 0.0)
    return 1 + numbers.poisson(left)


def _numbers_of(
    strikes: NDArray[np.void],
    chosen: NDArray[np.int64],
    widths: NDArray[np.int64],
    starts: NDArray[np.int64],
    cycles: range,
    bits: int,
) -> NDArray[np.int64]:
    """Return the number of each strike among all bits × cycles, cycle by cycle."""
    order = np.argsort(chosen)
    position = order[np.searchsorted(chosen, strikes["target"], sorter=order)]
    bit = starts[position] + strikes["word"].astype(np.int64) * widths[strikes["target"]] + strikes["bit"]
    number: NDArray[np.int64] = (strikes["cycle"] - cycles.start) // cycles.step * bits + bit
    return number


def _make_distinct(
    drawn: NDArray[np.int64],
    run: NDArray[np.int64],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    population: int,
    rng: np.random.Generator,
) -> None:
    """Draw again what came twice in one run, run by run; the numbers of each run stay in order."""
    same = (np.diff(run) == 0) & (np.diff(drawn) == 0)
    for number in np.unique(run[1:][same]):
        start, stop = starts[number], starts[number] + counts[number]
        kept = set(drawn[start:stop].tolist())
        while len(kept) < stop - start:
            kept.add(int(rng.integers(population)))
        drawn[start:stop] = sorted(kept)


def per_run_probabilities(
    record: Record, confidence: float = 0.95, *, method: IntervalMethod = "clopper-pearson"
) -> dict[Outcome, Estimate]:
    """Return the probability that a run shows an outcome of upsets, for a campaign with accumulated ones.

    Parameters
    ----------
    record : Record
        Its sealed record.
    confidence : float
        Confidence level of the intervals.
    method : {"clopper-pearson", "wilson"}
        Exact interval, or score interval.

    Returns
    -------
    dict
        For each outcome but `invalid`: ``P(outcome) = (1 − exp(−mean)) · P(outcome | at least one upset)``. The rest,
        ``exp(−mean)``, are runs without any upset, which are as the golden run.

    Raises
    ------
    RecordError
        If upsets did not accumulate in this campaign.
    """
    mean = record.quality_value(MEAN_UPSETS)
    if mean is None:
        raise RecordError(
            f"{record.path}: holds no accumulated upsets, so that there is no probability per run",
            remedy="run a campaign with a section [campaign.accumulate].",
        )
    given = summarise(record, confidence, method=method).probabilities
    return {outcome: estimate.scaled(-math.expm1(-mean)) for outcome, estimate in given.items()}
